"""The report: one page that anyone can open, and the files behind it.

Everything is written into the folder that the run gives: index.html, the executed notebooks,
the tables, findings.json and manifest.json.
"""

from __future__ import annotations

import json
import math
import os
import platform
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from keytouch import __version__
from keytouch.chapters import Chapter, make_chapter
from keytouch.clock import Clock
from keytouch.harvest import Harvest, harvest, write_findings, write_pictures, write_tables
from keytouch.markup import plain, sieve
from keytouch.settings import Settings
from keytouch.words import language, word

TEMPLATES = Path(__file__).with_name("templates")
LANGUAGE_TAGS = {"zh": "zh-CN", "en": "en"}
TOP_FINDINGS = 3
SLOTS = ("first", "effort", "know", "undecided")
SURE = "sure"


@dataclass(frozen=True)
class Material:
    """What a report is made of."""

    settings: Settings
    client: Any
    language: str
    values: Mapping[str, Any]
    runs: Mapping[str, Any]

    @property
    def notebooks(self) -> dict[str, Any]:
        return {stem: run.notebook for stem, run in self.runs.items()}


def write_pages(material: Material, *, folder: Path, clock: Clock) -> None:
    """Write every file of a report into an empty folder."""
    with clock.phase("tables"):
        gathered = harvest(material.notebooks)
        write_tables(gathered.tables, folder / "tables")
        write_findings(gathered.findings, folder / "findings.json")
        write_pictures(gathered.pictures, folder / "figures")
        write_notebooks(material.notebooks, folder / "notebooks")
    with clock.phase("page"):
        html = render(material, gathered)
        (folder / "index.html").write_text(html, encoding="utf8", newline="\n")
    manifest = json.dumps(make_manifest(material, clock), ensure_ascii=False, indent=1, default=str)
    (folder / "manifest.json").write_text(manifest + "\n", encoding="utf8", newline="\n")


def write_notebooks(notebooks: Mapping[str, Any], folder: Path) -> None:
    """Write the executed notebooks."""
    import nbformat

    folder.mkdir(parents=True, exist_ok=True)
    for stem, notebook in notebooks.items():
        nbformat.write(notebook, folder / f"{stem}.ipynb")


def render(material: Material, gathered: Harvest) -> str:
    """The page: the answer first, then a chapter for each notebook, then the appendix."""
    import jinja2

    from keytouch.appendix import make_appendix
    from keytouch.fontface import font_css

    chapters = [
        make_chapter(int(stem[:2]), notebook) for stem, notebook in material.notebooks.items()
    ]
    places = dict(zip(material.notebooks, chapters, strict=True))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True
    )
    environment.filters["safe_html"] = lambda html: jinja2.utils.markupsafe.Markup(html)
    environment.globals["word"] = word
    body = {
        "language": language(),
        "tag": LANGUAGE_TAGS[language()],
        "client": client_name(material.settings),
        "synthetic": material.settings.synthetic,
        "period": period(material),
        "date": run_date(),
        "answer": slot_html(gathered, "answer"),
        "sure": slot_html(gathered, SURE),
        "findings": first_page(top_findings(gathered), places),
        "slots": [(slot, html) for slot in SLOTS if (html := slot_html(gathered, slot))],
        "chapters": chapters,
        "css": (TEMPLATES / "report.css").read_text(encoding="utf8"),
    }
    template = environment.get_template("report.html")
    text = plain(template.render(**body, appendix=None, fonts=""))
    body["appendix"] = make_appendix(material, gathered, text)
    return template.render(**body, fonts=font_css(template.render(**body, fonts="")))


def client_name(settings: Settings) -> str:
    """The client's name in the language in use, else in the other one."""
    names = {"zh": settings.name_zh, "en": settings.name_en}
    return names[language()] or settings.name_zh or settings.name_en or settings.id


def period(material: Material) -> str:
    """The days that count: as asked, else as the settings say, else those of the data."""
    wanted = material.settings.period
    start = material.values.get("start") or wanted.start
    end = material.values.get("end") or wanted.end
    if not (start or end) and hasattr(material.client, "interactions"):
        from keytouch.summary import data_period

        start, end = (day and f"{day:%Y-%m-%d}" for day in data_period(material.client))
    if not (start or end):
        return ""
    return word("report_period", start=start or "…", end=end or "…")


def run_date() -> str:
    """Today, or the day of SOURCE_DATE_EPOCH where pages must repeat byte for byte."""
    seconds = float(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def slot_html(gathered: Harvest, slot: str) -> str:
    """The headlines of one slot of the first page."""
    parts = [
        sieve(str(entry.get("html", "")))
        for entry in gathered.headlines
        if entry.get("slot") == slot
    ]
    return "".join(f"<p>{part}</p>" for part in dict.fromkeys(parts) if part)


def top_findings(gathered: Harvest) -> list[dict[str, Any]]:
    """The findings of the first page: best rank first, each touchpoint's sentence once."""
    seen: set[str] = set()
    chosen = []
    for finding in gathered.findings:
        sentence = str(finding.get("sentence", ""))
        if sentence and sentence not in seen:
            seen.add(sentence)
            chosen.append(finding)
    return chosen[:TOP_FINDINGS]


def first_page(
    findings: list[dict[str, Any]], places: Mapping[str, Chapter]
) -> list[dict[str, Any]]:
    """The findings as the first page shows them; a picture that proves two stands once."""
    cards = [finding_card(finding, places[finding["notebook"]]) for finding in findings]
    seen: set[str] = set()
    for card in cards:
        if card["figure"] in seen:
            card["figure"] = ""
        seen.add(card["figure"])
    return cards


def finding_card(finding: Mapping[str, Any], chapter: Chapter) -> dict[str, Any]:
    """A finding's number, sentence, picture and where it comes from."""
    figure = chapter.figure_for(finding["cell"])
    _, section = chapter.cells.get(finding["cell"], (0, chapter.id))
    title = next((heading.text for heading in chapter.headings if heading.id == section), "")
    return {
        **number_and_interval(finding),
        "sentence": finding["sentence"],
        "strength": str(finding.get("strength", "")),
        "figure": figure.html if figure else "",
        "link": section,
        "title": title or chapter.title,
    }


def number_and_interval(finding: Mapping[str, Any]) -> dict[str, str]:
    """A finding's number and interval in their unit; nothing where a number is unknown."""
    from keytouch.labels import column_label, interval_text, number_text

    value, low, high = (finding.get(name) for name in ("value", "lo", "hi"))
    if not isinstance(value, int | float) or not math.isfinite(value):
        return {"metric": "", "number": "", "interval": ""}
    metric = str(finding.get("metric", ""))
    label = column_label(metric)
    same = low == high == value
    interval = "" if same else interval_text(metric, low, high)  # type: ignore[arg-type]
    return {
        "metric": label if label != metric else "",
        "number": number_text(metric, float(value)),
        "interval": interval,
    }


def make_manifest(material: Material, clock: Clock) -> dict[str, Any]:
    """Where a report comes from. All that differs from run to run stands under `run`."""
    client = material.client
    return {
        "client": material.settings.id,
        "language": material.language,
        "parameters": dict(material.values),
        "notebooks": list(material.runs),
        "fingerprint": getattr(client, "fingerprint", ""),
        "inputs": client.inputs.to_dict("records") if hasattr(client, "inputs") else [],
        "keytouch": __version__,
        "python": platform.python_version(),
        "packages": package_versions(),
        "warnings": {stem: run.warnings for stem, run in material.runs.items() if run.warnings},
        "run": {
            "started": clock.started.isoformat(timespec="seconds"),
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(clock.total, 2),
            "phases": {name: round(value, 2) for name, value in clock.phases.items()},
            "notebooks": {name: round(value, 2) for name, value in clock.notebooks.items()},
        },
    }


def package_versions() -> dict[str, str]:
    """The versions of the packages that this one needs."""
    wanted = [line for line in metadata.requires("keytouch") or [] if "extra ==" not in line]
    names = sorted({re.split(r"[^A-Za-z0-9_.\-]", line)[0] for line in wanted})
    return {name: metadata.version(name) for name in names}
