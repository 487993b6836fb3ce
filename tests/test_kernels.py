"""Kernels: forked from a warm process, clean for every notebook, gone when the run is over."""

import os
import signal
import subprocess
import sys
import time

import pytest

from keytouch import kernels

import nbformat.v4 as v4  # isort: skip
from papermill.execute import execute_notebook  # isort: skip
from traitlets.config import Config  # isort: skip

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")


@pytest.fixture(scope="module", autouse=True)
def warm():
    kernels.warm_up()
    yield
    kernels.cool_down()


def execute(*cells, **options):
    """Some cells as an executed notebook."""
    notebook = v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "python3", "language": "python", "display_name": "P"}
    return execute_notebook(
        notebook,
        None,
        kernel_name=options.pop("kernel_name", kernels.kernel_name()),
        progress_bar=False,
        shutdown_kernel="immediate",
        kernel_manager_class=kernels.Manager,
        config=Config({"AsyncKernelManager": {"transport_encryption": "auto"}}),
        **options,
    )


def run(*cells, **options):
    """The texts that some cells print, one notebook a call."""
    done = execute(*cells, **options)
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in done.cells]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@forks
def test_libraries_are_imported_before_the_notebook_starts():
    (text,) = run("import sys; print('pandas' in sys.modules, 'keytouch.engine' in sys.modules)")
    assert text.split() == ["True", "True"]


@forks
def test_each_kernel_starts_clean():
    run(
        "import pandas, os; pandas.set_option('display.max_rows', 3)\n"
        "os.environ['LEAK'] = '1'; x = 1"
    )
    (text,) = run(
        "import pandas, os\n"
        "print(pandas.get_option('display.max_rows'), 'LEAK' in os.environ, 'x' in globals())"
    )
    assert text.split() == ["60", "False", "False"]


@forks
def test_kernels_draw_different_random_numbers():
    cell = "import numpy, random; print(numpy.random.rand(), random.random())"
    first, second = run(cell), run(cell)
    assert not set(first[0].split()) & set(second[0].split())


def test_a_figure_shows_in_a_forked_kernel():
    cell = "import matplotlib.pyplot as plt; plt.plot([1, 2]); print(plt.get_backend())"
    assert "inline" in run(cell)[0]


@pytest.mark.parametrize("name", ["python3", kernels.kernel_name()])
def test_a_figure_carries_its_text_alternative(name):
    done = execute(
        "import keytouch as kt; import matplotlib.pyplot as plt; kt.use('zh')",
        "figure, axes = plt.subplots(); figure.set_label('退款 $50')",
        kernel_name=name,
    )
    (output,) = done.cells[1].outputs
    assert output.metadata["image/png"]["alt"] == "退款 $50"


@forks
def test_tables_of_the_engine_work_after_the_fork():
    cell = (
        "import ibis, pandas; table = ibis.memtable(pandas.DataFrame({'a': [1, 2]}))\n"
        "print(table.a.sum().execute())"
    )
    assert run(cell)[0].strip() == "3"


def test_no_kernel_is_left_after_its_notebook():
    (text,) = run("import os; print(os.getpid())")
    assert not alive(int(text))


def test_a_kernel_of_its_own_session_does_not_get_the_terminals_signals():
    (text,) = run("import os; print(os.getsid(0))")
    assert int(text) != os.getsid(0)


def test_nothing_is_said_about_encryption(capfd):
    run("print(1)")
    assert capfd.readouterr().err == ""


def test_the_stock_kernel_is_used_where_asked(monkeypatch):
    monkeypatch.setenv("KEYTOUCH_KERNEL", "python3")
    assert kernels.kernel_name() == "python3"
    assert run("print('ok')", kernel_name=kernels.kernel_name())[0].strip() == "ok"


def test_the_stock_kernel_is_used_where_the_system_cannot_fork(monkeypatch):
    monkeypatch.delattr(os, "fork", raising=False)
    assert kernels.kernel_name() == "python3"


def test_a_cell_can_be_interrupted():
    """nbclient interrupts a cell that takes too long, once; the next one still runs."""
    slow = (
        "import time\ntry:\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    time.sleep(0.3); print('stopped')"
    )
    begin = time.monotonic()
    texts = run(slow, "print('on')", execution_timeout=1, interrupt_on_timeout=True)
    assert [text.strip() for text in texts] == ["stopped", "on"] and time.monotonic() - begin < 20


@forks
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_kernel_outlives_a_killed_runner(number, tmp_path):
    """Whatever ends the process that ordered a kernel, the kernel ends too."""
    code = (
        "from keytouch import kernels\n"
        "import os, sys, time\n"
        "zygote = kernels.warm_up()\n"
        "kernel = kernels.Forked(zygote, ['-f', sys.argv[1]], dict(os.environ), None)\n"
        "print(zygote.process.pid, kernel.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "kernel.json")]
    runner = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    pids = [int(pid) for pid in runner.stdout.readline().split()]
    assert all(map(alive, pids))
    runner.send_signal(number)
    runner.wait()
    end = time.monotonic() + 10
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(alive, pids))


def test_notebooks_are_read_without_the_grammar_of_uris():
    """jsonschema imports a module that builds a grammar for 1.3 s; nobody here needs it."""
    code = "import keytouch.execute, keytouch.editions, sys; print(sys.modules.get('lark'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None"


def test_papermill_comes_without_the_slow_grammar():
    # JupyterLab brings a package that costs every import of nbformat more than a second.
    code = (
        "import sys, keytouch.execute; print(sys.modules['rfc3987_syntax'], 'lark' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None", "False"]
