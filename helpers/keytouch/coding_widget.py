"""The face of coding by people: one comment at a time, with buttons, in a notebook.

Needs ipywidgets (`keytouch[lab]`). Its plain twin is the sheet of `write_comment_sheet`.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from keytouch.code_cells import codebook
from keytouch.code_files import calm_text
from keytouch.coding_session import CodingSession, lacking
from keytouch.colours import INK, PAIN
from keytouch.comment_codes import NONE, joined, label_set
from keytouch.comment_sheets import ANSWERS
from keytouch.engine import Missing
from keytouch.labels import name_of
from keytouch.problems import DataError, Problem
from keytouch.schema import POLARITIES
from keytouch.words import language, word

TEXT = (
    "font-size:1.2em;line-height:1.7;max-width:42em;padding:.7em 1em;margin:.4em 0;"
    f"color:{INK};background:#F7F8FA;border-left:4px solid #0072B2;white-space:pre-wrap;"
    "overflow-wrap:anywhere"
)
TICK = "✓ "


def code_comments(
    sample: pd.DataFrame | Missing, client: Any, *, coder: str, path: str | Path
) -> Any:
    """Code comments in a notebook, one at a time: the widget.

    `sample` is `sample_for_coding`'s table, `coder` who codes, `path` the coder's CSV sheet. Each
    click is saved at once (the file is replaced whole), and a later call goes on where the coder
    stopped. For each comment: the touchpoints it is about, or none; its tone; whether it tells of
    a critical incident; a note. Next asks for what lacks, skip leaves it open. All controls are
    buttons and fields that Tab reaches and the space bar presses. Missing gives Missing. Raises
    DataError where ipywidgets isn't installed, the sheet can't be read, or no comment was drawn.
    Read the sheets of all coders with `read_codes`.
    """
    if isinstance(sample, Missing):
        return sample
    try:
        import ipywidgets
    except ImportError as error:
        raise DataError(Problem("problem_no_lab")) from error
    if sample.empty:
        raise DataError(Problem("problem_codes_nothing"))
    book = codebook(client)
    session = CodingSession(sample, book, coder=coder, path=path)
    return _Face(ipywidgets, session, list(book.names)).box


class _Face:
    """The controls, and what each of them does to the session."""

    def __init__(self, kit: Any, session: CodingSession, touchpoints: list[str]):
        self.session, self._filling = session, False
        self.progress, self.comment, self.status = kit.HTML(), kit.HTML(), kit.HTML()
        self.chips = {
            name: kit.ToggleButton(layout=kit.Layout(width="auto"), tooltip=self._name(name))
            for name in (*touchpoints, NONE)
        }
        self.polarity = _choice(kit, "polarity", POLARITIES)
        self.incident = _choice(kit, "incident", ANSWERS)
        self.note = kit.Textarea(
            continuous_update=False,
            placeholder=word("coding_note_hint"),
            layout=kit.Layout(width="42em", height="4em", max_width="100%"),
        )
        self._listen()
        self.box = kit.VBox(self._laid_out(kit))
        self.show()

    def _laid_out(self, kit: Any) -> list[Any]:
        """The controls from the top, each under its question."""
        flow = kit.Layout(flex_flow="row wrap", display="flex")
        buttons = [self._button(kit, what) for what in ("back", "next", "skip")]
        return [
            self.progress, self.comment,
            _heading(kit, "touchpoints"), kit.Box(list(self.chips.values()), layout=flow),
            _heading(kit, "polarity"), self.polarity,
            _heading(kit, "incident"), self.incident,
            _heading(kit, "note"), self.note,
            kit.HBox(buttons), self.status,
        ]  # fmt: skip

    @staticmethod
    def _name(touchpoint: str) -> str:
        if touchpoint == NONE:
            return word("codes_none")
        return calm_text(name_of("touchpoint_id", touchpoint))

    def _listen(self) -> None:
        for name, chip in self.chips.items():
            chip.observe(lambda change, name=name: self._chip(name, change.new), names="value")
        for coding in ("polarity", "incident", "note"):
            getattr(self, coding).observe(
                lambda change, coding=coding: self._do(
                    lambda: self.session.code(coding, change.new or "")
                ),
                names="value",
            )

    def _button(self, kit: Any, what: str) -> Any:
        style = "primary" if what == "next" else ""
        button = kit.Button(description=word(f"coding_{what}"), button_style=style)
        button.on_click(lambda _: self._do(getattr(self, f"_{what}")))
        return button

    def _chip(self, name: str, on: bool) -> None:
        """One touchpoint switched: none excludes the others, and they exclude none."""

        def change() -> None:
            labels = set(label_set(self.session.row["touchpoints"]))
            if name == NONE:
                value = NONE if on else ""
            else:
                labels = labels | {name} if on else labels - {name}
                value = joined(labels) if labels else ""
            self.session.code("touchpoints", value)

        self._do(change)

    def _back(self) -> None:
        self.session.back()

    def _next(self) -> str:
        before = self.session.place
        self.session.next()
        return self._hint() if self.session.place == before else ""

    def _skip(self) -> None:
        self.session.skip()

    def _do(self, act: Callable[[], str | None]) -> None:
        """Do what a click asks and show what came of it; a problem is told, not swallowed."""
        if self._filling:
            return
        try:
            told = act()
        except (DataError, OSError) as error:
            self.show(str(error), wrong=True)
        else:
            self.show(told or "")

    def _hint(self) -> str:
        """What the shown comment lacks, or that all are coded."""
        names = [word(f"coding_{coding}") for coding in lacking(self.session.row)]
        if names:
            return word("coding_lacks", names=word("list_joint").join(names))
        return word("coding_done", path=self.session.path.name)

    def show(self, told: str = "", *, wrong: bool = False) -> None:
        """Show the session's comment with its codes."""
        session, row = self.session, self.session.row
        total = len(session.rows)
        progress = word("coding_progress", place=session.place + 1, total=total, done=session.coded)
        self.progress.value = f'<p lang="{language()}"><b>{escape(progress)}</b></p>'
        text = escape(calm_text(row["comment"]))
        self.comment.value = f'<div style="{TEXT}" dir="auto"><bdi>{text}</bdi></div>'
        self._filling = True
        chosen = label_set(row["touchpoints"]) or {row["touchpoints"]}
        for name, chip in self.chips.items():
            chip.value = name in chosen
            chip.description = (TICK if chip.value else "") + self._name(name)
        self.polarity.value = row["polarity"] or None
        self.incident.value = row["incident"] or None
        self.note.value = calm_text(row["note"])
        self._filling = False
        tint = PAIN if wrong else INK
        self.status.value = f'<p role="status" style="color:{tint}">{escape(told)}</p>'


def _choice(kit: Any, coding: str, values: tuple[str, ...]) -> Any:
    """One of several answers, none of them chosen yet."""
    options = [(word(f"{coding}_{value}"), value) for value in values]
    return kit.ToggleButtons(options=options, value=None)


def _heading(kit: Any, coding: str) -> Any:
    return kit.HTML(f"<b>{escape(word(f'coding_ask_{coding}'))}</b>")
