"""A client whose names and comments attack: the whole run, seen in a real browser."""

import csv
import json
from pathlib import Path

import pytest
import yaml
from test_browser import browser, open_page, outside  # noqa: F401
from test_report import HOSTILE, Watcher

from keytouch.run import Request, write_report

pytestmark = [pytest.mark.slow, pytest.mark.browser]
FORMULAS = ["=1+1", "=HYPERLINK(0)", "+1+cmd", "@SUM(1)", "价格 $x^{$", "另付$20，退$5", "{n} %s"]
ATTACKS = [*HOSTILE.values(), *FORMULAS]


def write_hostile(folder: Path) -> Path:
    """A client with five touchpoints named by attacks, and attacks as comments."""
    ids = [f"t{number}" for number in range(5)]
    named = [
        {"id": name, "name_zh": text, "name_en": text, "stage": "s1", "side": "front",
         "medium": "digital", "owner": text, "terms": [f"词{name}"]}
        for name, text in zip(ids, ATTACKS, strict=False)
    ]  # fmt: skip
    settings = {
        "id": "hostile",
        "name_zh": HOSTILE["end"],
        "name_en": HOSTILE["picture"],
        "stages": [{"id": "s1", "name_zh": HOSTILE["script"], "name_en": HOSTILE["script"]}],
        "touchpoints": named,
        "segments": [{"id": "a", "name_zh": "=1+1", "name_en": HOSTILE["vector"]}],
        "sources": [
            {"file": "visits.csv", "tables": [{"table": "interactions", "columns": {
                "customer_id": "who", "journey_id": "who", "touchpoint_id": "where", "ts": "at"}}]},
            {"file": "answers.csv", "tables": [{"table": "feedback", "columns": {
                "customer_id": "who", "journey_id": "who", "touchpoint_id": "where", "ts": "at",
                "score": "score", "comment": "text", "segment": "kind"},
                "constants": {"metric": "csat"}}]},
        ],
    }  # fmt: skip
    rows = [
        {"who": f"c{number}", "where": name, "at": f"2025-01-{number % 28 + 1:02d} 0{place}:00:00",
         "score": 1 + (number * 7 + place * 3) % 5, "kind": "ab"[number % 2],
         "text": f"词{name} {ATTACKS[(number + place) % len(ATTACKS)]} 很差"}
        for number in range(120)
        for place, name in enumerate(ids)
    ]  # fmt: skip
    folder.mkdir()
    text = yaml.safe_dump(settings, allow_unicode=True)
    (folder / "client.yaml").write_text(text, encoding="utf8")
    for name, columns in (
        ("visits", ["who", "where", "at"]),
        ("answers", ["who", "where", "at", "score", "text", "kind"]),
    ):
        with (folder / f"{name}.csv").open("w", encoding="utf8", newline="") as file:
            writer = csv.DictWriter(file, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
    return folder


@pytest.fixture(scope="module", params=["zh", "en"])
def folder(request, tmp_path_factory):
    place = tmp_path_factory.mktemp("hostile")
    client = write_hostile(place / "client")
    return write_report(
        Request(client=client, language=request.param, out=place / "report", progress=False)
    )


def test_nothing_of_a_hostile_client_runs_or_loads(browser, folder):  # noqa: F811
    page = open_page(browser, folder / "index.html")
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    assert page.said == [] and outside(page) == []
    page.close()


def test_the_page_of_a_hostile_client_holds_nothing_that_could_run(folder):
    watcher = Watcher()
    watcher.feed((folder / "index.html").read_text(encoding="utf8"))
    assert watcher.found == []


def test_no_table_of_a_hostile_client_holds_a_formula(folder):
    for path in (folder / "tables").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    if cell.lstrip().startswith(("=", "+", "@", "\t")):
                        float(cell)


def test_the_attacks_are_shown_as_they_were_written(folder):
    """Escaped, not swallowed: a reader sees what the client wrote."""
    html = (folder / "index.html").read_text(encoding="utf8")
    assert "&lt;script&gt;window.hacked = 1&lt;/script&gt;" in html
    findings = json.loads((folder / "findings.json").read_text(encoding="utf8"))
    assert findings
