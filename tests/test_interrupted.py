"""Killed in mid-run, on a full disk, with little memory: a clear error, and nothing half-made."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from toys import write_client, write_small, write_source

from keytouch import execute, folders, limits, run, signals, storing, words
from keytouch.engine import Store, collect, row_number, window
from keytouch.intake import open_client
from keytouch.prepare import prepare

posix = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")
WORDY = "INSERT INTO t SELECT range, hash(range)::VARCHAR FROM range(1000000)"


@pytest.fixture(autouse=True)
def english():
    words.set_language("en")


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A work folder of its own."""
    monkeypatch.setenv("KEYTOUCH_WORK", str(tmp_path / "work"))
    return tmp_path / "work"


def keytouch(*texts, code="", **environment):
    """The command in a process of its own, after some code."""
    start = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    end = "\nfrom keytouch.__main__ import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", start + code + end, *map(str, texts), "--language", "en"]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf8",
        env={**os.environ, "PYTHONUTF8": "1", **environment},
    )


def wait_for(found, seconds=60):
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


# Killed.

IN_INTAKE = """
from keytouch import prepare, signals
signals.GRACE = 2
def take_in(intake):
    print("here", flush=True)
    intake.con.execute("SELECT sum(hash(range, 1)) FROM range(100000000000)").fetchall()
prepare.take_in = take_in
"""


@posix
@pytest.mark.parametrize(
    "number, code, told",
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 1, "asked to stop"),
        (signal.SIGKILL, -9, ""),
    ],
)
def test_an_intake_that_is_stopped_in_a_query_leaves_nothing_for_the_next(
    tmp_path, work, number, code, told
):
    client = write_small(tmp_path / "client")
    with keytouch("check", client, code=IN_INTAKE) as runner:
        assert runner.stdout.readline() == "here\n"
        time.sleep(0.3)  # the query runs
        runner.send_signal(number)
        _, said = runner.communicate(timeout=20)
    assert runner.returncode == code and told in said and "Traceback" not in said
    left = [path for path in work.iterdir() if path.suffix == ".duckdb"]
    assert left == []
    _, store, _ = prepare(client)
    assert list(work.iterdir()) == [store]


@posix
def test_what_another_process_is_making_is_left_alone(tmp_path):
    code = (
        "import sys; from pathlib import Path; from keytouch.storing import workshop\n"
        "with workshop(Path(sys.argv[1])) as made: print(made, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as maker:
        made = Path(maker.stdout.readline().strip())
        storing.sweep(tmp_path)
        assert made.is_dir()
        maker.kill()
        maker.wait()
    storing.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_workshop_that_has_no_lock_yet_is_left_alone(tmp_path):
    young, old = tmp_path / ".making-young", tmp_path / ".making-old"
    young.mkdir()
    old.mkdir()
    os.utime(old, (0, 0))
    storing.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [young]


@posix
def test_what_a_killed_engine_had_spilled_is_removed(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / "a.duckdb.tmp").mkdir()
    (tmp_path / "a.duckdb.tmp" / f"duckdb_temp_{dead.pid}_0_storage_DEFAULT-0.tmp").touch()
    (tmp_path / "b.duckdb.tmp").mkdir()
    (tmp_path / "b.duckdb.tmp" / f"duckdb_temp_{os.getpid()}_0_storage_DEFAULT-0.tmp").touch()
    storing.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["b.duckdb.tmp"]


WRITING = """
import os, time
from pathlib import Path
sys.path.insert(0, {tests!r})
import toys
from keytouch import report, run
run.build_folder = lambda: Path({place!r}) / "build"
write = run.write_report
run.write_report = lambda request: write(request, open_client=toys.open_toy)
pages = report.write_pages
def slowly(material, *, folder, clock):
    pages(material, folder=folder, clock=clock)
    print("here", flush=True)
    time.sleep(60)
report.write_pages = slowly
"""


def tree(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_report_that_is_stopped_while_it_is_written_leaves_the_earlier_one(tmp_path, number):
    client, out = write_client(tmp_path / "client"), tmp_path / "report"
    out.mkdir()
    for name in ("index.html", folders.MARK):
        (out / name).write_text("old")
    before = tree(out)
    notebooks = write_source(tmp_path / "notebooks", "1 + 1")
    code = WRITING.format(tests=str(Path(__file__).parent), place=str(tmp_path))
    environment = {"KEYTOUCH_NOTEBOOKS": str(notebooks), "KEYTOUCH_WORK": str(tmp_path / "work")}
    with keytouch("report", client, "--out", out, code=code, **environment) as runner:
        assert runner.stdout.readline() == "here\n", runner.stderr.read()
        runner.send_signal(number)
        _, said = runner.communicate(timeout=20)
    assert runner.returncode != 0 and "Traceback" not in said
    assert tree(out) == before
    assert [path.name for path in tmp_path.glob("[!.]*") if "report" in path.name] == ["report"]
    with folders.whole(out) as partial:
        (partial / "index.html").write_text("new")
    assert [path.name for path in tmp_path.glob("*report*")] == ["report"]


@posix
def test_signals_that_were_to_be_ignored_stay_ignored():
    """A run under nohup outlives its terminal."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals.ending_on_signals():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@posix
@pytest.mark.parametrize(
    "number, ended", [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, signals.Stopped)]
)
def test_an_interrupted_query_ends_as_what_interrupted_it(number, ended):
    """The database says no more than `Query interrupted`."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(ended), signals.ending_on_signals():
            try:
                os.kill(os.getpid(), number)
                time.sleep(1)
            except BaseException:
                raise RuntimeError("Query interrupted") from None
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_run_inside_a_run_leaves_signals_to_the_outer():
    with signals.ending_on_signals():
        outer = signal.getsignal(signal.SIGTERM)
        with signals.ending_on_signals():
            assert signal.getsignal(signal.SIGTERM) is outer
        assert signal.getsignal(signal.SIGTERM) is outer
    assert signal.getsignal(signal.SIGTERM) is not outer


def test_a_killed_kernel_says_what_ran_out_and_what_to_do():
    for language, told in (("en", "lower memory_limit"), ("zh", "调低 engine 的 memory_limit")):
        words.set_language(language)
        for cause in (execute.DeadKernelError("Kernel died"), ConnectionError("has ended")):
            assert told in execute.reason_of(cause) and "client.yaml" in execute.reason_of(cause)


# A full disk.


def full():
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


LIMITED = """
import resource
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
"""


@posix
@pytest.mark.parametrize("size", [30_000, 270_000, 600_000])
def test_a_store_that_cannot_be_written_whole_is_not_there(tmp_path, work, size):
    client = write_small(tmp_path / "client")
    with keytouch("check", client, code=LIMITED.format(size=size)) as runner:
        out, said = runner.communicate(timeout=60)
    assert runner.returncode == 1 and "can't grow" in said and str(work) in said
    assert "Traceback" not in said and "Not fit for use" not in out
    assert list(work.iterdir()) == []


@pytest.fixture
def little_disk(tmp_path):
    """A disk of its own with 6 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)]
    with contextlib.suppress(OSError):
        if subprocess.run(mount, capture_output=True).returncode == 0:
            yield place
            subprocess.run(["umount", str(place)], check=True)
            return
    pytest.skip("mounting a small disk needs root")


def test_a_full_work_disk_is_told_in_both_languages(tmp_path, little_disk, monkeypatch):
    monkeypatch.setenv("KEYTOUCH_WORK", str(little_disk / "work"))
    client = write_small(tmp_path / "client")
    (little_disk / "film").write_bytes(bytes(5_900_000))
    for language, told in (("en", "free. Make room"), ("zh", "请腾出空间")):
        words.set_language(language)
        with pytest.raises(limits.Shortage, match=told):
            prepare(client)
        assert list((little_disk / "work").iterdir()) == []
    (little_disk / "film").unlink()
    prepare(client)


def test_a_store_that_does_not_fit_is_told_when_it_is_saved(little_disk):
    """Closing alone would leave half of it in a log beside the file, in silence."""
    store = Store(little_disk / "s.duckdb")
    store.con.raw_sql("SET wal_autocheckpoint = '1GB'")
    store.con.raw_sql("CREATE TABLE t (a BIGINT, b VARCHAR)")
    store.con.raw_sql(
        "INSERT INTO t SELECT range, concat(hash(range), hash(range + 1)) FROM range(60000)"
    )
    left = limits.shutil.disk_usage(little_disk).free
    (little_disk / "film").write_bytes(bytes(left - 20_000))
    with pytest.raises(limits.Shortage, match="disk is too full"):
        store.save()
    store.close()


def test_an_engine_that_finds_no_room_to_spill_tells_it(tmp_path, work):
    store = Store(tmp_path / "s.duckdb", memory_limit="50MB")
    store.con.raw_sql("CREATE TABLE t (a BIGINT, b VARCHAR)")
    store.con.raw_sql(WORDY)
    store.con.raw_sql("SET max_temp_directory_size = '1MB'")
    data = store.table("t")
    ordered = data.mutate(place=row_number().over(window(order_by=data.b)))
    with pytest.raises(limits.Shortage, match="disk is too full"):
        collect(ordered.agg(n=(ordered.place * ordered.a).max()))
    store.close()


def test_a_disk_that_is_full_is_refused_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "_free", lambda place: 4096)
    monkeypatch.setattr(run, "_open", lambda *values: pytest.fail("the client was opened"))
    client = write_client(tmp_path / "client")
    request = run.Request(client=client, language="en", out=tmp_path / "report")
    with pytest.raises(limits.Shortage, match="a run needs some room here"):
        run.write_report(request)


def test_what_ran_out_while_a_file_is_read_is_not_the_files_fault(tmp_path, work, monkeypatch):
    """Kept in the store, it would be told for ever."""
    openpyxl = pytest.importorskip("openpyxl")
    client = write_small(tmp_path / "client")
    book = openpyxl.Workbook()
    for row in (("guest", "score", "day"), ("G1", 5, "2025-01-01")):
        book.active.append(row)
    book.save(client / "survey.xlsx")
    text = (client / "client.yaml").read_text().replace("survey.csv", "survey.xlsx")
    (client / "client.yaml").write_text(text)

    def fail(*values, **options):
        raise full()

    with monkeypatch.context() as patch:
        patch.setattr("keytouch.workbooks._read_sheet", fail)
        with pytest.raises(limits.Shortage):
            prepare(client)
    assert open_client(client).quality.errors == []


def test_a_failing_notebook_that_cannot_be_kept_is_told_all_the_same(tmp_path):
    path = write_source(tmp_path / "notebooks", "1 / 0") / "zh" / "01_toy_question.ipynb"
    failed = tmp_path / "failed"
    failed.write_text("no folder can be made here")
    failure = execute.Failure(execute.Run(path.stem, execute.read_edition(path)), full())
    text = str(execute.keep_failed(failure, failed))
    assert "could not be kept" in text and "disk is too full" in text


# Little memory.


@pytest.mark.parametrize(
    "error, key",
    [
        (full(), "problem_disk_full"),
        (OSError(errno.EFBIG, "File too large"), "problem_file_size"),
        (MemoryError(), "problem_no_memory"),
        (ValueError("No space left"), None),
        (OSError(errno.EACCES, "refused"), None),
    ],
)
def test_a_shortage_is_known_by_its_cause(tmp_path, error, key):
    found = limits.shortage(error, tmp_path)
    assert (found and found.key) == key


def test_an_engine_that_needs_more_memory_says_which_setting_to_change(tmp_path, work):
    store = Store(tmp_path / "s.duckdb", memory_limit="30MB")
    store.con.raw_sql("CREATE TABLE t (a BIGINT, b VARCHAR)")
    store.con.raw_sql(WORDY)
    data = store.table("t")
    with pytest.raises(limits.Shortage, match=r"limit of 2\d\.\d MiB .* Raise memory_limit"):
        collect(data.agg(all=data.b.collect()))
    store.close()


def machine(folder, monkeypatch, *, free, groups=(), cgroup=""):
    """A system's files as Linux shows them."""
    (folder / "self").mkdir(parents=True)
    (folder / "meminfo").write_text(f"MemTotal: 99 kB\nMemAvailable:   {free} kB\n")
    (folder / "self" / "cgroup").write_text(cgroup)
    for path, text in groups:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    monkeypatch.setattr(limits, "PROC", folder)
    monkeypatch.setattr(limits, "GROUPS", folder / "groups")


def test_the_engine_takes_a_quarter_of_the_memory_that_is_free(tmp_path, monkeypatch, work):
    machine(tmp_path / "proc", monkeypatch, free=4_000_000)
    assert limits.engine_limit() == "976MiB"
    store = Store()
    limit = store.con.raw_sql("SELECT current_setting('memory_limit')").fetchall()[0][0]
    assert limit == "976.0 MiB"
    store.close()


@pytest.mark.parametrize(
    "cgroup, folder, limit, used, cached",
    [
        ("0::/", "groups", "memory.max", "memory.current", "inactive_file"),
        ("0::/a/b", "groups/a", "memory.max", "memory.current", "inactive_file"),
        (
            "4:memory:/docker/12\n0::/", "groups/memory", "memory.limit_in_bytes",
            "memory.usage_in_bytes", "total_inactive_file",
        ),
    ],
)  # fmt: skip
def test_a_containers_limit_counts(tmp_path, monkeypatch, cgroup, folder, limit, used, cached):
    groups = [
        (f"{folder}/{limit}", "1000000000\n"),
        (f"{folder}/{used}", "300000000\n"),
        (f"{folder}/memory.stat", f"anon 1\n{cached} 100000000\n"),
    ]
    machine(tmp_path / "proc", monkeypatch, free=4_000_000, groups=groups, cgroup=cgroup)
    assert limits.free_memory() == 800_000_000


def test_a_container_without_a_limit_has_the_machines_memory(tmp_path, monkeypatch):
    groups = [
        ("groups/memory.max", "max\n"),
        ("groups/memory.current", "3\n"),
        ("groups/memory.stat", "anon 1\n"),
    ]
    machine(tmp_path / "proc", monkeypatch, free=4_000_000, groups=groups, cgroup="0::/")
    assert limits.free_memory() == 4_096_000_000


@pytest.mark.parametrize("free, at_once", [(900_000, 1), (8_000_000, 2)])
def test_notebooks_run_one_by_one_where_memory_is_scarce(tmp_path, monkeypatch, free, at_once):
    machine(tmp_path / "proc", monkeypatch, free=free)
    assert run.workers(run.Request(client=tmp_path)) == at_once
