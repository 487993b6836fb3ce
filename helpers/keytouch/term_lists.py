"""The list of touchpoint terms as a consultant edits it: a sheet, or a grid in the notebook.

The list holds every term in use with where it comes from. Saved as `lexicons/touchpoints.csv`
in the client's folder it only keeps what differs from the packaged terms, so that a better
packaged list still reaches the client.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pandas as pd

from keytouch.engine import Missing
from keytouch.labels import name_of
from keytouch.lexicons import FOLDER, starter_of, touchpoint_terms
from keytouch.plain_text import languages, plain_text
from keytouch.problems import DataError, Problem
from keytouch.safe_csv import calm
from keytouch.storing import workshop
from keytouch.words import word

COLUMNS = ("touchpoint_id", "language", "term", "use")
FILE = "touchpoints.csv"


def term_list(client: Any) -> pd.DataFrame | Missing:
    """The terms that show each touchpoint in comments, one row per touchpoint and term.

    Columns out: `touchpoint_id`, `language` (zh, en), `term`, `origin`: "inventory" (its name or
    its terms in client.yaml), "packaged" (of the industry), "own" (`lexicons/touchpoints.csv`).
    """
    used = touchpoint_terms(client.settings, client.folder)
    if not used:
        return Missing("touchpoints")
    starters = starter_of(client.settings)
    packaged = touchpoint_terms(client.settings)
    rows = []
    for entry in client.settings.touchpoints:
        named = {plain_text(text).lower() for text in
                 (entry.name_zh or "", entry.name_en or "", *entry.terms)}  # fmt: skip
        for term in used[entry.id]:
            origin = "inventory" if term in named else "own"
            if origin == "own" and term in packaged[entry.id] and entry.id in starters:
                origin = "packaged"
            rows.append((entry.id, _language(term), term, origin))
    return pd.DataFrame(rows, columns=["touchpoint_id", "language", "term", "origin"])


def _language(term: str) -> str:
    return "zh" if languages([term])[0] in ("zh", "mixed") else "en"


def save_terms(client: Any, wanted: dict[str, list[str]]) -> Path:
    """Save the terms wanted for each touchpoint; what a touchpoint isn't given stays as it is.

    Writes `lexicons/touchpoints.csv` whole or not at all: terms that the packaged list and the
    inventory lack with use "yes", theirs that aren't wanted with "no". Raises DataError for a
    touchpoint that the inventory doesn't have.
    """
    known = touchpoint_terms(client.settings)
    strange = [name for name in wanted if name not in known]
    if strange:
        values = {"found": ", ".join(strange), "nearest": ""}
        raise DataError(Problem("problem_lexicon_touchpoint", file=FILE, values=values))
    before = touchpoint_terms(client.settings, client.folder)
    rows = []
    for name, standard in known.items():
        terms = [plain_text(term).lower() for term in wanted.get(name, before[name])]
        kept = dict.fromkeys(term for term in terms if term)
        rows += [(name, _language(term), term, "yes") for term in kept if term not in standard]
        rows += [(name, _language(term), term, "no") for term in standard if term not in kept]
    path = Path(client.folder) / FOLDER / FILE
    path.parent.mkdir(exist_ok=True)
    with workshop(path.parent) as place:
        draft = place / FILE
        with draft.open("w", encoding="utf-8-sig", newline="") as lines:
            writer = csv.writer(lines)
            writer.writerow(COLUMNS)
            writer.writerows([calm(cell) for cell in row] for row in rows)
        draft.replace(path)
    return path


def edit_terms(client: Any) -> Any:
    """Edit the terms of each touchpoint in a notebook: choose, change one term a line, save.

    The plain twin is `term_list` and `save_terms`, or the file itself in a spreadsheet. Raises
    DataError where ipywidgets isn't installed.
    """
    table = term_list(client)
    if isinstance(table, Missing):
        return table
    try:
        import ipywidgets as kit
    except ImportError as error:
        raise DataError(Problem("problem_no_lab_terms")) from error
    ids = list(dict.fromkeys(table.touchpoint_id))
    chosen = kit.Dropdown(
        options=[(name_of("touchpoint_id", name), name) for name in ids],
        description=word("col_touchpoint_id"),
    )
    terms = kit.Textarea(rows=16, layout=kit.Layout(width="36em"))
    told = kit.HTML()
    save = kit.Button(description=word("terms_save"), button_style="primary")
    reset = kit.Button(description=word("terms_reset"))

    def fill(_: Any = None) -> None:
        now = touchpoint_terms(client.settings, client.folder)
        terms.value = "\n".join(now[chosen.value])

    def keep(_: Any) -> None:
        save_terms(client, {chosen.value: terms.value.split("\n")})
        fill()
        told.value = word("terms_saved", n=len(terms.value.split("\n")))

    def back(_: Any) -> None:
        save_terms(client, {chosen.value: touchpoint_terms(client.settings)[chosen.value]})
        fill()
        told.value = word("terms_saved", n=len(terms.value.split("\n")))

    chosen.observe(fill, names="value")
    save.on_click(keep)
    reset.on_click(back)
    fill()
    hint = kit.HTML(word("terms_hint"))
    return kit.VBox([chosen, hint, terms, kit.HBox([save, reset]), told])
