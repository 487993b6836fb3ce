"""Editions: the same text minus some cells, byte for byte the same every time."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from toys import PARAMETERS, TITLE, write_source

from keytouch import editions
from keytouch.editions import Cell, choose, edition, edition_text


@pytest.fixture
def source(tmp_path):
    text = TITLE + PARAMETERS + '\n# %% tags=["solution"]\nanswer = 42\n'
    text += "\n# %%\nquestion = 1\n# solution\nquestion = 2\n"
    path = tmp_path / "01_toy_question.py"
    path.write_text(text, encoding="utf8")
    return path


def sources_of(content):
    return ["".join(cell["source"]) for cell in content["cells"]]


def test_an_edition_holds_only_its_language(source):
    texts = "\n".join(sources_of(edition(source, language="en")))
    assert "Where do customers" in texts and "客户在哪里" not in texts


def test_the_parameters_default_to_the_editions_language(source):
    texts = "\n".join(sources_of(edition(source, language="en")))
    assert 'language: str = "en"' in texts


def test_students_get_no_solutions(source):
    texts = sources_of(edition(source, language="zh", solutions=False))
    assert "answer = 42" not in texts and texts[-1] == "question = 1"


def test_teachers_get_solutions(source):
    texts = sources_of(edition(source, language="zh"))
    assert "answer = 42" in texts and texts[-1].endswith("question = 2")


def test_two_builds_are_the_same_bytes(source):
    assert edition_text(source, language="zh") == edition_text(source, language="zh")


def test_a_shared_cell_has_the_same_id_in_both_languages(source):
    zh, en = (edition(source, language=language)["cells"] for language in ("zh", "en"))
    assert zh[1]["id"] == en[1]["id"] == "01-003"
    assert zh[0]["id"] != en[0]["id"]


def test_an_edition_is_a_valid_notebook_without_outputs(source):
    notebook = nbformat.reads(edition_text(source, language="zh"), as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert all(cell.outputs == [] for cell in notebook.cells if cell.cell_type == "code")


def test_a_changed_source_makes_its_editions_stale(tmp_path):
    folder = write_source(tmp_path / "notebooks", "1 + 1")
    assert editions.stale(folder) == []
    path = folder / "01_toy_question.py"
    path.write_text(path.read_text(encoding="utf8").replace("1 + 1", "1 + 2"), encoding="utf8")
    assert [file.parent.name for file in editions.stale(folder)] == ["en", "zh"]
    assert len(editions.build(folder)) == 2 and editions.stale(folder) == []


def test_an_edition_without_a_source_is_removed(tmp_path):
    folder = write_source(tmp_path / "notebooks", "1 + 1")
    (folder / "01_toy_question.py").rename(folder / "02_toy_question.py")
    assert len(editions.stale(folder)) == 4
    editions.build(folder)
    assert [file.name for file in sorted(folder.glob("*/*.ipynb"))] == ["02_toy_question.ipynb"] * 2


@pytest.mark.parametrize("tags, kept", [((), 2), (("en",), 1), (("zh",), 1), (("solution",), 1)])
def test_a_tag_decides_who_sees_a_cell(tags, kept):
    cells = [Cell(1, "markdown", "x", tags)]
    students = [list(choose(cells, language=name, solutions=False)) for name in ("zh", "en")]
    teachers = [list(choose(cells, language=name)) for name in ("zh", "en")]
    if tags == ("solution",):
        assert students == [[], []] and all(teachers)
    else:
        assert sum(map(len, teachers)) == kept


def shipped():
    folder = Path(__file__).parents[1] / "notebooks"
    return editions.sources(folder) if folder.is_dir() else []


def test_the_shipped_notebooks_agree_with_their_sources():
    assert len(shipped()) >= 4
    assert editions.stale(shipped()[0].parent) == [], "run `keytouch build`"


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_the_editions_of_both_languages_have_the_same_code(path):
    zh, en = (edition(path, language=language) for language in ("zh", "en"))
    code = [
        ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "code"]
        for content in (zh, en)
    ]
    assert code[0][1:] == code[1][1:]
    assert len(zh["cells"]) == len(en["cells"])


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_prose_types_no_figures(path):
    """A number in prose would be right for one client only; years and list marks are not."""
    for cell in editions.read_source(path):
        if cell.kind == "markdown":
            text = re.sub(r"^\s*(#+|\d+\.|[-*])\s", "", cell.text, flags=re.MULTILINE)
            assert not re.search(r"\d+(\.\d+)?\s?%|\bn\s?=\s?\d", text.replace("95%", "")), (
                cell.text
            )


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_code_cells_are_short_and_plain(path):
    for cell in editions.read_source(path):
        if cell.kind == "code" and "parameters" not in cell.tags:
            assert not re.search(r"^\s*(def|class|print)\b", cell.text, re.MULTILINE), cell.text
            assert len(cell.text.splitlines()) <= 12, cell.text


def test_the_build_command_tells_stale_notebooks(tmp_path, monkeypatch, capsys):
    from keytouch.__main__ import main

    folder = write_source(tmp_path / "notebooks", "1 + 1")
    monkeypatch.setenv("KEYTOUCH_NOTEBOOKS", str(folder))
    assert main(["build", "--check"]) == 0
    (folder / "zh" / "01_toy_question.ipynb").write_text(json.dumps({}), encoding="utf8")
    assert main(["build", "--check"]) == 1
    assert main(["build"]) == 0 and main(["build", "--check"]) == 0
    assert "01_toy_question.ipynb" in capsys.readouterr().out
