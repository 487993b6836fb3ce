"""The command line: quick help, clear refusals, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from toys import write_client, write_small, write_source

from keytouch import words
from keytouch.__main__ import COMMANDS, main, read_arguments

ROOT = Path(__file__).parents[1]


def keytouch(*texts, **environment):
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "keytouch", *map(str, texts)],
        capture_output=True,
        text=True,
        encoding="utf8",
        env={**os.environ, "PYTHONUTF8": "1", **environment},
    )


def cpu_seconds(*texts, calls=3):
    """The least CPU time of some calls: a busy machine slows some."""
    code = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
        "usage = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(usage.ru_utime + usage.ru_stime)"
    )
    command = [sys.executable, "-c", code, sys.executable, "-m", "keytouch", *texts]
    # A user's Python keeps what it compiled; the first call pays for that.
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = [
        subprocess.run(command, capture_output=True, text=True, check=True, env=kept)
        for _ in range(calls)
    ]
    return min(float(one.stdout) for one in done)


@pytest.mark.skipif(os.name != "posix", reason="needs the resource module")
def test_help_comes_at_once():
    assert cpu_seconds("--help") < 0.3


@pytest.mark.parametrize("language, expected", [("zh", "用法："), ("en", "usage: ")])
def test_help_is_in_the_language_asked_for(language, expected, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--language", language, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(expected) and words.word("help_report") in text


def test_help_follows_the_systems_language():
    done = keytouch("--help", LANG="zh_CN.UTF-8", LC_ALL="")
    assert "用法：" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--language", "en", command, "--help"])
    assert ended.value.code == 0
    assert f"keytouch {command}" in capsys.readouterr().out


def test_help_imports_no_data_library():
    code = (
        "import sys, contextlib\nfrom keytouch.__main__ import main\n"
        "with contextlib.suppress(SystemExit): main(['--help'])\n"
        "print({'pandas', 'ibis', 'papermill', 'pydantic'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "set()"


@pytest.mark.parametrize(
    "texts", [[], ["reprt"], ["report"], ["report", "x", "--fast"], ["--language", "fr", "build"]]
)
def test_wrong_usage_ends_with_2(texts):
    done = keytouch(*texts)
    assert done.returncode == 2 and "Traceback" not in done.stderr and "keytouch" in done.stderr


@pytest.mark.parametrize("language, expected", [("zh", "找不到"), ("en", "no client.yaml")])
def test_a_users_mistake_is_told_without_a_traceback(tmp_path, language, expected):
    done = keytouch("report", tmp_path, "--language", language)
    assert done.returncode == 1 and expected in done.stderr and "Traceback" not in done.stderr


def test_a_wrong_parameter_is_refused_by_the_command(tmp_path):
    folder = write_source(tmp_path / "notebooks", "1 + 1")
    client = write_client(tmp_path / "client")
    done = keytouch(
        "report", client, "--out", tmp_path / "out", "-p", "min_m=5", "--language", "en",
        KEYTOUCH_NOTEBOOKS=str(folder),
    )  # fmt: skip
    assert done.returncode == 1 and "min_n" in done.stderr and not (tmp_path / "out").exists()


def test_the_language_may_stand_before_or_after_the_command():
    assert read_arguments(["--language", "en", "build"]).language == "en"
    assert read_arguments(["build", "--language", "en"]).language == "en"


def test_an_interrupt_ends_with_130(monkeypatch, capsys):
    def interrupted(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("keytouch.editions.build_command", interrupted)
    assert main(["build"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_closed_pipe_is_no_crash():
    command = f"{sys.executable} -m keytouch --help | head -c 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert "Traceback" not in done.stderr


def test_a_system_error_is_told(monkeypatch, capsys):
    def full(arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("keytouch.editions.build_command", full)
    assert main(["--language", "en", "build"]) == 1
    assert "No space left" in capsys.readouterr().err


def test_check_answers_within_three_seconds_on_a_small_client(tmp_path, monkeypatch):
    spent = []
    for name in ("first", "second"):  # of one client a second call finds it prepared
        client = write_small(tmp_path / name)
        monkeypatch.setenv("KEYTOUCH_WORK", str(tmp_path / name / "work"))
        spent.append(cpu_seconds("check", str(client), calls=1))
    assert min(spent) < 3


def test_make_names_a_python_that_is_too_old():
    command = ["make", "python", "PYTHON=false"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0 and "3.11" in done.stdout


def test_make_lists_what_it_can_do():
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("report", "lab", "build", "cases", "test", "bench", "lock", "clean"):
        assert f"make {target} " in done.stdout
