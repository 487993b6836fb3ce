"""The house rules that a machine can keep."""

import ast
import csv
import re
import string
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import keytouch

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "helpers" / "keytouch"
ROOMS = sorted(PACKAGE.rglob("*.py"))
MEASURES = {
    "estimate", "satisfaction", "touchpoints", "drivers", "journeys", "lanes", "endings",
    "prepared", "flows", "flow_graph", "funnel", "stage_sets",
    "comments", "remembering", "memory_rules", "emotions", "incidents", "agreement", "completeness",
    "respondents", "reliability", "service_quality", "expectations", "kano_model", "kano_groups",
    "competitors", "brand",
    "plain_text", "text_corpus", "polarity", "topic_words", "word_counts", "client_model",
    "hearing", "touchpoint_voices", "voice_contrasts", "own_words",
    "voice_trends", "voice_changes", "service_dimensions", "word_lists",
    "readings", "comment_sample", "comment_codes", "machine_scores",
    "plan", "questions", "keys", "key_levels", "key_questions", "weightings", "after_effects",
    "stance", "moment_types", "moment_numbers", "affect_shift", "odds_shift",
    "lasting_mood",
    "rework", "medians", "journey_traits", "returning", "kpi_cells", "path_table", "passing_on",
    "efficiency",
    "held_fixed", "complaining", "recovering", "answer_speed", "settling", "callbacks",
    "weighted", "contrasts", "histograms", "group_means", "comparisons", "strata", "answering",
    "propensity", "loyalty",
    "variance_shares", "resample", "fits", "verdicts", "asymmetry", "synergy", "heterogeneity",
    "individuals", "ordered_logit", "outcome_drivers",
    "alignment", "plan_layout", "plan_marks", "planned_actual", "deviation_rates", "plan_draft",
    "map_parts", "opportunities", "evidence", "cell_evidence", "map_groups",
    "key_terms", "phrase_grammar", "chinese_phrases", "english_phrases", "telling_phrases",
    "control_charts", "trend_alarms", "theme_space", "unasked_themes",
}  # fmt: skip
INTAKE_ONLY = {"pandera": {"gate"}, "ibis": {"engine"}}
FORBIDDEN_TO_MEASURES = {
    "words", "labels", "tables", "findings", "figures", "style", "colours", "intake", "report",
    "run", "editions", "settings",
}  # fmt: skip
HAN = r"[\u4e00-\u9fff]"


def room(path):
    return path.stem if path.parent == PACKAGE else path.parent.name


def imports(path, *, top_only=False):
    """Every module that a file imports, with keytouch's rooms as keytouch.<room>."""
    tree = ast.parse(path.read_text(encoding="utf8"))
    nodes = tree.body if top_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def tracked():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git working tree")
    return [ROOT / line for line in done.stdout.splitlines() if (ROOT / line).is_file()]


def texts():
    for path in tracked():
        try:
            yield path, path.read_text(encoding="utf8")
        except UnicodeDecodeError:
            continue


# Walls.


@pytest.mark.parametrize(
    "path", [path for path in ROOMS if room(path) in MEASURES], ids=lambda path: path.stem
)
def test_measures_know_neither_words_nor_pictures_nor_files(path):
    used = {name.split(".")[1] for name in imports(path) if name.startswith("keytouch.")}
    assert not used & FORBIDDEN_TO_MEASURES


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_engines_stay_in_their_rooms(path):
    for package, rooms in INTAKE_ONLY.items():
        if room(path) not in rooms:
            assert package not in {name.split(".")[0] for name in imports(path)}, package


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_stays_small(path):
    assert len(path.read_text(encoding="utf8").splitlines()) <= 400


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_room_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf8")))
    assert path.stem not in {"utils", "util", "common", "misc", "helpers"}


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_writes_live_formulas_or_styled_html(path):
    """pandas' Excel writer makes formulas of texts, its Styler makes HTML of them."""
    called = {
        node.attr for node in ast.walk(ast.parse(path.read_text("utf8")))
        if isinstance(node, ast.Attribute)
    }  # fmt: skip
    assert not called & {"to_excel", "to_html"}
    assert "pandas.io.formats.style" not in set(imports(path))


def test_the_package_fetches_nothing():
    fetching = {"urllib.request", "requests", "httpx", "aiohttp", "http.client", "ftplib"}
    for path in ROOMS:
        assert not fetching & set(imports(path)), path.name


def test_the_top_of_the_project_is_as_drawn():
    found = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert found >= {
        "notebooks", "datasets", "helpers", "tests", "environment.yml", "README.md",
        "README.zh.md", "CONTRIBUTING.md", "LICENSE", "pyproject.toml", "Makefile", ".ci",
        "requirements.lock", "requirements-dev.lock", "course",
    }  # fmt: skip
    assert "build" not in found and ".venv" not in found


def test_the_repository_stays_small():
    assert sum(path.stat().st_size for path in tracked()) < 25_000_000
    data = [path for path in tracked() if path.is_relative_to(ROOT / "datasets")]
    assert sum(path.stat().st_size for path in data) < 15_000_000


# Words.


def word_rows():
    with open(PACKAGE / "words.csv", encoding="utf8", newline="") as file:
        return list(csv.reader(file))


def test_every_word_has_both_languages_once():
    header, *rows = word_rows()
    assert header == ["key", "zh", "en", "meaning_zh", "meaning_en"]
    keys = [row[0] for row in rows]
    assert [key for key in set(keys) if keys.count(key) > 1] == []
    for row in rows:
        assert len(row) == 5 and row[1] and row[2], row
        assert bool(row[3]) == bool(row[4]), row


def fields(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def test_both_languages_of_a_sentence_have_the_same_places():
    for key, zh, en, *_ in word_rows()[1:]:
        assert set(fields(zh)) == set(fields(en)), key


def test_chinese_uses_its_own_punctuation():
    for key, zh, _, meaning, _ in word_rows()[1:]:
        for text in (re.sub("“[^”]*: [^”]*”", "", zh), meaning):  # but YAML as it is typed
            assert not re.search(rf"{HAN}[,;:?!]|[,;:?!]{HAN}|{HAN}\.(?!\w)", text), (key, text)
            assert not re.search(rf"\([^)]*{HAN}[^)]*\)", text), (key, text)


def test_english_has_no_chinese():
    for key, _, en, _, meaning in word_rows()[1:]:
        if key.startswith("new_"):  # a draft's remarks stand there in both languages
            continue
        assert not re.search(HAN, en + meaning), key


def used_keys(path):
    """The keys that a file asks of the word list by a written-out name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ("word", "Problem") and isinstance(node.args[0].value, str):
                yield node.args[0].value


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_word_that_is_used_exists(path):
    keys = {row[0] for row in word_rows()}
    assert set(used_keys(path)) <= keys


def test_every_word_of_the_page_exists():
    keys = {row[0] for row in word_rows()}
    template = (PACKAGE / "templates" / "report.html").read_text(encoding="utf8")
    assert set(re.findall(r'word\("([a-z_]+)"[,)]', template)) <= keys


# What leaves the house.


def test_no_file_names_a_registry_or_a_place_of_work():
    registries = re.compile(
        r"pypi\.org|pythonhosted|registry\.npmjs|conda\.anaconda\.org|(?<!emit-)index-url|file:///"
    )
    places = re.compile(r"(?<![\w.])/(work|tmp|root|home)/\w")
    for path, text in texts():
        if path == Path(__file__):
            continue
        assert not registries.search(text), path
        assert path.suffix == ".lock" or not places.search(text), path


def test_notebooks_are_committed_without_outputs():
    for path, text in texts():
        if path.suffix == ".ipynb":
            assert '"output_type"' not in text, path


# Installing.


def requirement_name(line):
    return re.split(r"[\s<>=!~;\[]", line)[0].lower()


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]


def test_the_conda_environment_agrees_with_the_dependency_list():
    ours = project()
    lines = [*ours["dependencies"], *sum(ours["optional-dependencies"].values(), [])]
    wanted = {requirement_name(line): line.replace(" ", "") for line in lines}
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf8"))["dependencies"]
    names = {requirement_name(line) for line in listed if isinstance(line, str)}
    assert names >= {
        "python", "jupyterlab", "ipywidgets", "pandas", "seaborn", "nbval", "papermill", "pip",
    }  # fmt: skip
    assert {"pip": ["-e ."]} in listed
    for line in listed:
        if isinstance(line, str) and line not in ("pip",):
            name = requirement_name(line)
            bounds = f"python{ours['requires-python']}" if name == "python" else wanted[name]
            assert line.replace(" ", "") == bounds


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_everything_with_hashes(name):
    text = (ROOT / name).read_text(encoding="utf8")
    pins = re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE)
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    wanted = {requirement_name(line) for line in project()["dependencies"]} | {"setuptools"}
    assert wanted <= set(pins)
    assert ("jupyterlab" in pins) == ("dev" in name)


def test_the_lock_fits_the_ranges_of_the_dependency_list():
    from packaging.requirements import Requirement

    ours = project()
    extras = ours["optional-dependencies"]
    # Spark weighs more than all else together: who has a cluster installs it.
    lines = [*ours["dependencies"], *sum((extras[e] for e in extras if e != "spark"), [])]
    text = (ROOT / "requirements-dev.lock").read_text(encoding="utf8")
    pinned = dict(re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE))
    for requirement in map(Requirement, lines):
        name = requirement.name.lower()
        assert name in pinned and requirement.specifier.contains(pinned[name]), name


def test_what_is_installed_is_shipped():
    """Every file beside the modules is named in the package data."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
    patterns = patterns["tool"]["setuptools"]["package-data"]["keytouch"]
    shipped = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    others = {
        path for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc") and path in set(tracked())
    }  # fmt: skip
    assert others <= shipped


# Fonts and figures: the traps that were met.


def test_the_fonts_are_static_and_know_the_usual_characters():
    from fontTools.ttLib import TTFont

    usual = set()
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            usual |= set(bytes([high, low]).decode("gb2312", "ignore"))
    weights = {}
    for path in sorted((PACKAGE / "fonts").glob("*.*tf")):
        font = TTFont(path, lazy=True)
        assert "fvar" not in font, "a variable font shows its thinnest weight"
        assert set(map(ord, usual)) <= set(font.getBestCmap()), path.name
        weights[path.stem] = font["OS/2"].usWeightClass
    assert sorted(weights.values()) == [400, 700]
    assert (PACKAGE / "fonts" / "OFL.txt").is_file()


FIGURE = """
import sys, warnings
warnings.simplefilter("error")
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
import keytouch as kt
kt.use(sys.argv[1])
figure, axes = plt.subplots()
axes.set_title(sys.argv[2], fontweight="bold")
axes.plot([-1, 1])
figure.savefig(sys.stdout.buffer if len(sys.argv) < 4 else sys.argv[3])
from matplotlib import font_manager
print(font_manager.findfont(font_manager.FontProperties(weight="bold")), file=sys.stderr)
"""


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("text", ["退款$50，另付$20", "价格 $x^{$", "−5 % ✓ é 门锁故障", "<b>&"])
def test_any_text_can_stand_in_a_figure(language, text, tmp_path):
    command = [sys.executable, "-c", FIGURE, language, text, str(tmp_path / "figure.png")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "NotoSansSC-Bold" in done.stderr


# What a package is called where its modules have another name.
NAMES = {
    "PIL": "pillow", "yaml": "pyyaml", "ibis": "ibis-framework", "IPython": "ipython",
    "pydantic_core": "pydantic", "charset_normalizer": "charset-normalizer",
    "fontTools": "fonttools", "jupyter_client": "jupyter-client", "sklearn": "scikit-learn",
    "ahocorasick_rs": "ahocorasick-rs",
}  # fmt: skip


def test_every_package_that_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    declared = {re.match(r"[\w-]+", entry)[0].lower() for entries in lists for entry in entries}
    used = {name.split(".")[0] for path in ROOMS for name in imports(path)}
    foreign = {name for name in used if name not in sys.stdlib_module_names and name != "keytouch"}
    assert {NAMES.get(name, name).lower() for name in foreign} <= declared


def test_no_room_has_the_name_of_something_public():
    # Importing a room binds its name on the package, over what the name should be.
    assert {path.stem for path in ROOMS} & set(keytouch.__all__) == set()
