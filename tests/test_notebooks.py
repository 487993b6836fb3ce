"""The committed notebooks run as a reader opens them: from their own folder, top to bottom."""

import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_notebooks_run_untouched(language, tmp_path):
    paths = sorted((NOTEBOOKS / language).glob("*.ipynb"))
    assert len(paths) >= 4
    command = [
        sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", str(tmp_path),
        "-p", "no:cacheprovider", "--nbval-lax", "--nbval-current-env",
        *map(str, paths if language == "zh" else paths[:1]),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
