"""The shipped cases end to end: whole, quiet, the same numbers in both languages."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from test_browser import browser, open_page, outside  # noqa: F401

from keytouch.cases.answers import CLAIMS
from keytouch.run import Request, write_report

ROOT = Path(__file__).parents[1]
CASES = sorted(path.parent.name for path in (ROOT / "datasets").glob("*/client.yaml"))
LANGUAGES = ("zh", "en")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=CASES)
def reports(request, tmp_path_factory):
    """A case's report in both languages; a warning in a notebook fails it."""
    place = tmp_path_factory.mktemp(request.param)
    return {
        language: write_report(
            Request(
                client=ROOT / "datasets" / request.param,
                language=language,
                out=place / language,
                strict=True,
                progress=False,
            )
        )
        for language in LANGUAGES
    }


def findings(folder):
    return json.loads((folder / "findings.json").read_text(encoding="utf8"))


def page(folder):
    return (folder / "index.html").read_text(encoding="utf8")


def test_both_languages_find_the_same(reports):
    same = [
        [
            {key: entry[key] for key in entry if key not in ("sentence",)}
            for entry in findings(reports[language])
        ]
        for language in LANGUAGES
    ]
    assert len(same[0]) >= 5 and same[0] == same[1]


def test_both_languages_have_the_same_tables(reports):
    names = [
        sorted(p.name for p in (reports[language] / "tables").iterdir()) for language in LANGUAGES
    ]
    assert len(names[0]) >= 10 and names[0] == names[1]
    for path in sorted((reports["zh"] / "tables").glob("*.parquet")):
        zh, en = (pd.read_parquet(reports[name] / "tables" / path.name) for name in LANGUAGES)
        assert list(zh.columns) == list(en.columns) and len(zh) == len(en), path.name
        numbers = list(zh.select_dtypes("number").columns)
        pd.testing.assert_frame_equal(zh[numbers], en[numbers], obj=path.name)


def test_every_finding_carries_its_interval_n_and_method(reports):
    for finding in findings(reports["zh"]):
        assert {"id", "metric", "value", "lo", "hi", "n", "method", "sentence"} <= set(finding)
        assert finding["lo"] <= finding["value"] <= finding["hi"], finding["id"]
        assert finding["n"] > 0 and finding["method"], finding["id"]
        assert not finding.get("claim") or finding["claim"] in CLAIMS, finding["id"]


def test_every_table_is_kept_twice(reports):
    folder = reports["zh"] / "tables"
    assert {p.stem for p in folder.glob("*.csv")} == {p.stem for p in folder.glob("*.parquet")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_light_and_has_no_code(reports, language):
    html = page(reports[language])
    assert len(html.encode()) < 3_000_000
    assert "import keytouch" not in html and "kt.open_client" not in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_is_filled(reports, language):
    first = page(reports[language]).split('class="chapter"')[0]
    assert 1 <= len(re.findall(r'<li class="finding', first)) <= 3
    assert 'class="slot first"' in first and 'class="slot know"' in first


def test_an_english_page_has_no_chinese_of_ours(reports):
    """Names that a client gives in Chinese only may stay; our own words may not."""
    html = re.sub(
        r"<(style|p class=\"kt-quote\")[^>]*>.*?</\1>", "", page(reports["en"]), flags=re.S
    )
    titles = re.findall(r"<h[1-4][^>]*>(.*?)</h[1-4]>|<figcaption>(.*?)</figcaption>", html, re.S)
    for title in ("".join(parts) for parts in titles):
        assert not re.search(r"[\u4e00-\u9fff]", title), title


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_says_what_it_shows(reports, language):
    alternatives = re.findall(r"<img [^>]*alt=\"([^\"]*)\"", page(reports[language]))
    assert len(alternatives) >= 8
    assert all(len(text) > 10 for text in alternatives), alternatives


def test_no_trace_of_the_machine_is_left(reports):
    for folder in reports.values():
        for path in (*folder.glob("*.*"), *folder.glob("notebooks/*")):
            assert str(ROOT) not in path.read_text(encoding="utf8"), path.name


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_the_page_reads_well_in_a_browser(browser, reports, width):  # noqa: F811
    for language in LANGUAGES:
        opened = open_page(browser, reports[language] / "index.html", width)
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        assert opened.said == [] and outside(opened) == []
        assert opened.evaluate(
            "[...document.images].every(i => i.complete && i.naturalWidth && i.alt)"
        )
        opened.close()
