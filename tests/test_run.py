"""The run: refused before it starts, or whole at its end, or named where it failed."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from toys import open_toy, report, write_client, write_source

from keytouch import execute, folders, kernels, parameters, run, signals, words
from keytouch.clock import Clock
from keytouch.problems import DataError
from keytouch.run import Request, choose_notebooks, write_report

import nbformat  # isort: skip


@pytest.fixture(autouse=True)
def english():
    words.set_language("en")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A place of its own for reports and failed notebooks."""
    monkeypatch.setattr(run, "build_folder", lambda: tmp_path / "build")
    return tmp_path


@pytest.fixture(scope="module")
def warm():
    kernels.warm_up()
    yield
    kernels.cool_down()


def execute_toy(place, *cells, more=(), values=None, **options):
    """Run toy notebooks without a report around them; the runs by stem."""
    folder = write_source(place / "notebooks", *cells)
    if more:
        write_source(folder, *more, stem="02_toy_more")
    editions = {path.stem: execute.read_edition(path) for path in sorted(folder.glob("zh/*.ipynb"))}
    return execute.run_all(
        editions,
        values or {},
        folder=folder / "zh",
        options=execute.Options(progress=False, **options),
        failed=place / "failed",
        clock=Clock(),
    )


def printed(notebook):
    return [
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "stream"
    ]


def failure(place, *cells, **options):
    """The message of a run that fails, and the notebook kept."""
    with pytest.raises(DataError) as caught:
        execute_toy(place, *cells, **options)
    (kept,) = (place / "failed").glob("*.ipynb")
    return str(caught.value), nbformat.read(kept, as_version=4)


# Parameters, checked before anything runs.


def known(tmp_path):
    folder = write_source(tmp_path / "notebooks", "1 + 1")
    path = folder / "zh" / "01_toy_question.ipynb"
    return parameters.parameters_of({path.stem: execute.read_edition(path)})


def test_parameters_come_with_type_default_and_comment(tmp_path):
    found = known(tmp_path)["min_n"]
    assert (found.kind, found.default, found.help) == ("int", 30, "最小样本")


@pytest.mark.parametrize(
    "given, expected",
    [
        ({"min_n": "50"}, {"min_n": 50}),
        ({"share": "1e-1"}, {"share": 0.1}),
        ({"deep": "yes"}, {"deep": True}),
        ({"segment": "no"}, {"segment": "no"}),
        ({"segment": "1e3"}, {"segment": "1e3"}),
        ({"start": "2024-02-29"}, {"start": "2024-02-29"}),
        ({"start": ""}, {"start": ""}),
    ],
)
def test_a_value_gets_the_type_that_the_notebook_wants(tmp_path, given, expected):
    assert parameters.check_values(given, known(tmp_path)) == expected


@pytest.mark.parametrize(
    "given, told",
    [
        ({"min_m": "5"}, "min_n"),
        ({"min_n": "many"}, "int"),
        ({"min_n": "2.5"}, "int"),
        ({"share": "nan"}, "float"),
        ({"deep": "perhaps"}, "true, false"),
        ({"start": "2024-13-01"}, "2024-01-31"),
        ({"min_n": "0"}, "≥ 1"),
        ({"client": "elsewhere"}, "argument"),
        ({"language": "en"}, "--language"),
    ],
)
def test_a_wrong_parameter_is_refused_with_what_is_wanted(tmp_path, given, told):
    with pytest.raises(DataError, match=told):
        parameters.check_values(given, known(tmp_path))


def test_all_wrong_parameters_are_told_at_once(tmp_path):
    with pytest.raises(DataError) as caught:
        parameters.check_values({"min_m": "5", "min_n": "x", "share": "y"}, known(tmp_path))
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("text", ["min_n", "=5", "min n=5"])
def test_a_parameter_is_written_as_an_assignment(text):
    with pytest.raises(DataError, match="name=value"):
        parameters.split_assignments([text])


def test_no_kernel_starts_for_a_parameter_that_is_refused(place, monkeypatch):
    folder = write_source(place / "notebooks", "1 + 1")
    monkeypatch.setenv("KEYTOUCH_NOTEBOOKS", str(folder))
    orders = []
    monkeypatch.setattr(kernels.Zygote, "order", lambda self, order, **v: orders.append(order))
    with pytest.raises(DataError, match="min_n"):
        report(place, parameters={"min_m": "5"})
    assert orders == [] and not (place / "report").exists()


def test_an_unknown_notebook_is_refused_with_the_nearest(tmp_path):
    folder = write_source(tmp_path / "notebooks", "1 + 1") / "zh"
    with pytest.raises(DataError, match="01_toy_question"):
        choose_notebooks(folder, ("01_toy_qestion",))
    assert [path.stem for path in choose_notebooks(folder, ("01",))] == ["01_toy_question"]


SHIPPED = sorted((Path(__file__).parents[1] / "notebooks").glob("zh/*.ipynb"))


def test_the_shipped_notebooks_share_their_parameters():
    found = parameters.parameters_of({path.stem: execute.read_edition(path) for path in SHIPPED})
    assert {"client", "language", "segment", "start", "end", "min_n"} <= set(found)
    for parameter in found.values():
        assert parameter.kind in parameters.READERS, parameter
        assert parameter.help, f"{parameter.name} needs a comment on its line"
        assert len(parameter.notebooks) == len(SHIPPED), parameter


# Executing: the truth about every cell.


def test_every_notebook_has_a_kernel_of_its_own(place, warm):
    runs = execute_toy(place, "shared = 1", more=["print('shared' in globals())"])
    assert printed(runs["02_toy_more"].notebook) == ["False\n"]


def test_chinese_parameters_stay_readable(place, warm):
    runs = execute_toy(place, "print(segment)", values={"segment": "微信\n'\"", "unknown": 1})
    notebook = runs["01_toy_question"].notebook
    assert printed(notebook) == ["微信\n'\"\n"]
    injected = [c for c in notebook.cells if "injected-parameters" in c.metadata.get("tags", ())]
    assert "微信" in injected[0].source and "unknown" not in injected[0].source


def test_widget_cells_do_not_run_in_reports(place, warm):
    cell = "1\n\n# %% tags=['interactive']\n1 / 0\n\n# %%\nprint('static twin')"
    cell = cell.replace("'", '"')
    assert printed(execute_toy(place, cell)["01_toy_question"].notebook) == ["static twin\n"]


def test_two_runs_give_the_same_notebook(place, warm):
    one, two = (execute_toy(place, "print(min_n)")["01_toy_question"].notebook for _ in range(2))
    assert nbformat.writes(one) == nbformat.writes(two)


def test_a_failing_cell_is_named_and_its_notebook_kept(place, warm):
    message, kept = failure(place, "1 + 1", "1 / 0", "print('never')")
    assert "cell 4 of 5" in message and "ZeroDivisionError: division by zero" in message
    assert "客户在哪里遇到我们？" in message
    assert "failed" in kept.cells[3].metadata.tags and kept.cells[4].outputs == []


def test_a_data_error_is_told_in_its_own_words(place, warm):
    cell = "from keytouch.problems import *\n"
    cell += "raise DataError(Problem('problem_language', values={'found': 'fr'}))"
    message, _ = failure(place, cell)
    assert "“fr”" in message and "DataError" not in message


@pytest.mark.parametrize("end", ["", "0", "3"])
def test_a_notebook_that_ends_early_has_failed(place, warm, end):
    """papermill takes sys.exit(0) for success although later cells never ran."""
    message, _ = failure(place, f"import sys; sys.exit({end})", "print('never')")
    assert "cell 3 of 4" in message


def test_a_killed_kernel_is_a_failure_although_papermill_says_completed(place, warm):
    message, kept = failure(place, "1", "import os; os.kill(os.getpid(), 9)", "print('never')")
    assert "cell 4 of 5" in message and "kernel died" in message
    assert not any("papermill" in cell.metadata for cell in kept.cells)
    assert "papermill" not in kept.metadata and kept.cells[4].execution_count is None


def test_a_cell_that_takes_too_long_is_a_failure(place, warm):
    message, _ = failure(place, "import time; time.sleep(60)", cell_timeout=1)
    assert "cell 3 of 3" in message and "longer" in message


def test_one_failure_ends_the_other_notebooks(place, warm):
    begin = time.monotonic()
    with pytest.raises(DataError, match="ZeroDivisionError"):
        execute_toy(place, "1 / 0", more=["import time; time.sleep(60)"])
    assert time.monotonic() - begin < 20


def test_a_warning_is_noted_and_in_strict_runs_an_error(place, warm):
    cell = "import warnings; warnings.warn('Glyph 24494 missing from font(s) DejaVu Sans.')"
    runs = execute_toy(place, cell)
    assert "Glyph 24494" in runs["01_toy_question"].warnings[0]
    message, _ = failure(place, cell, strict=True)
    assert "warning" in message


def test_the_progress_bar_names_notebook_and_cell(place, warm, capsys):
    folder = write_source(place / "notebooks", "1 + 1")
    path = folder / "zh" / "01_toy_question.ipynb"
    found = execute.Run(path.stem, execute.read_edition(path), position=2)
    bar = execute.Bar({path.stem: found}, shown=True)
    bar.show(found, None)
    bar.close()
    assert "01 客户在哪里遇到我们？" in capsys.readouterr().err


# The folder: whole or not at all.


def make_report(folder, text):
    folder.mkdir(parents=True)
    (folder / "index.html").write_text(text)
    (folder / "manifest.json").write_text("{}")


def test_a_folder_appears_only_at_the_end(tmp_path):
    out = tmp_path / "report"
    with folders.whole(out) as partial:
        (partial / "index.html").write_text("new")
        assert not out.exists()
    assert (out / "index.html").read_text() == "new"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, signals.Stopped, SystemExit])
def test_whatever_ends_a_run_leaves_the_old_report(tmp_path, error):
    make_report(tmp_path / "report", "old")
    with pytest.raises(error), folders.whole(tmp_path / "report") as partial:
        (partial / "index.html").write_text("half")
        raise error
    assert (tmp_path / "report" / "index.html").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_full_disk_is_told_and_leaves_the_old_report(tmp_path):
    make_report(tmp_path / "report", "old")
    with (
        pytest.raises(DataError, match="free. The earlier report is unchanged"),
        folders.whole(tmp_path / "report"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert (tmp_path / "report" / "index.html").read_text() == "old"


def test_the_old_report_comes_back_if_the_new_one_cannot_take_its_place(tmp_path, monkeypatch):
    make_report(tmp_path / "report", "old")
    rename = Path.rename

    def refuse(self, target):
        if "partial" in self.name:
            raise PermissionError(errno.EACCES, "refused")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(DataError, match="refused"), folders.whole(tmp_path / "report"):
        pass
    assert (tmp_path / "report" / "index.html").read_text() == "old"


def test_a_run_killed_between_the_renames_is_mended(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    make_report(tmp_path / f"report.old-{dead.pid}", "old")
    make_report(tmp_path / f".report.partial-{dead.pid}", "half")
    folders.recover(tmp_path / "report")
    assert [path.name for path in tmp_path.iterdir()] == ["report"]
    assert (tmp_path / "report" / "index.html").read_text() == "old"


def test_a_running_reports_folder_is_left_alone(tmp_path):
    (tmp_path / f".report.partial-{os.getppid()}").mkdir()
    folders.recover(tmp_path / "report")
    assert (tmp_path / f".report.partial-{os.getppid()}").exists()


def test_a_report_never_replaces_what_is_not_a_report(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(DataError, match="left alone"), folders.whole(tmp_path / "thesis"):
        pass
    assert (tmp_path / "thesis" / "chapter.txt").exists()


# The whole.


def test_a_report_is_one_folder_with_everything(place, monkeypatch):
    folder = write_source(place / "notebooks", "print(language, min_n)")
    monkeypatch.setenv("KEYTOUCH_NOTEBOOKS", str(folder))
    out = report(place, parameters={"min_n": "50"})
    assert sorted(path.name for path in out.iterdir()) == [
        "findings.json", "index.html", "manifest.json", "notebooks", "tables",
    ]  # fmt: skip
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf8"))
    assert manifest["client"] == "toy" and manifest["parameters"] == {"min_n": 50}
    assert manifest["inputs"][0]["sha256"] == "ab" * 32 and "pandas" in manifest["packages"]
    assert set(manifest["run"]["phases"]) >= {"import", "intake", "notebooks", "page"}
    notebook = nbformat.read(out / "notebooks" / "01_toy_question.ipynb", as_version=4)
    assert printed(notebook) == ["zh 50\n"]


def test_two_reports_differ_only_in_the_record_of_the_run(place, monkeypatch):
    folder = write_source(place / "notebooks", "print(language)")
    monkeypatch.setenv("KEYTOUCH_NOTEBOOKS", str(folder))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    outs = [report(place, out=place / name) for name in ("one", "two")]
    texts = [
        {path.relative_to(out): path.read_text(encoding="utf8") for path in out.rglob("*.*")}
        for out in outs
    ]
    for text in texts:
        manifest = json.loads(text.pop(Path("manifest.json")))
        del manifest["run"]
        text["manifest"] = manifest
    assert texts[0] == texts[1]


def test_the_folder_of_a_client_is_named_by_its_checked_id(place, monkeypatch):
    """No client's name leads out of build/reports."""
    client = write_client(place / "client")
    (client / "client.yaml").write_text("id: ../../evil\nname_zh: a\nname_en: b\n")
    with pytest.raises(DataError):
        write_report(Request(client=client), open_client=open_toy)
    assert not (place / "evil").exists()


RUNNER = """
import signal
import sys
from pathlib import Path
# A shell that starts the tests in the background lets its children ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, sys.argv[1])
import toys
from keytouch import run
run.build_folder = lambda: Path(sys.argv[2]) / "build"
write = run.write_report
run.write_report = lambda request: write(request, open_client=toys.open_toy)
from keytouch.__main__ import main
sys.exit(main(["report", sys.argv[2] + "/client", "--out", sys.argv[2] + "/report"]))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(
    "number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 1), (signal.SIGKILL, -9)]
)
def test_a_run_that_is_stopped_leaves_no_kernel_and_the_old_report(place, number, code):
    write_client(place / "client")
    make_report(place / "report", "old")
    told = place / "pid"
    cell = f"import os, time; open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    folder = write_source(place / "notebooks", cell)
    command = [sys.executable, "-c", RUNNER, str(Path(__file__).parent), str(place)]
    environment = {**os.environ, "KEYTOUCH_NOTEBOOKS": str(folder)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as runner:
        end = time.monotonic() + 60
        while not (told.exists() and told.read_text()) and time.monotonic() < end:
            time.sleep(0.05)
        pid = int(told.read_text())
        runner.send_signal(number)
        assert runner.wait(20) == code
        assert "Traceback" not in runner.stderr.read()
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            break
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()
    assert (place / "report" / "index.html").read_text() == "old"
    folders.recover(place / "report")
    assert sorted(path.name for path in place.glob("*report*")) == ["report"]
