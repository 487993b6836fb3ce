"""Pictures of coded comments: do people agree, and how near does a machine come to them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from keytouch.agreement import RELIABLE, TENTATIVE
from keytouch.colours import GREY, INK, KEY, PALE
from keytouch.drawing import message, n_range, percent_axis, rows_of, skips_missing
from keytouch.incident_figures import alpha_dots
from keytouch.labels import cell_text, name_of, number_text
from keytouch.machine_conclusions import code_findings, headline_row, machine_findings
from keytouch.style import canvas, titles, wrap
from keytouch.words import word

HEADLINES = (
    ("touchpoints", "accuracy"), ("touchpoints", "f1"), ("touchpoints", "macro_f1"),
    ("polarity", "accuracy"), ("polarity", "macro_f1"),
)  # fmt: skip
APART = 0.19


@skips_missing
def plot_code_agreement(agreement: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Krippendorff's α of each coding and touchpoint with its interval, and the limits of trust."""
    shown, folded = rows_of(agreement[agreement.alpha.notna()])
    if shown.empty:
        return None
    names = [
        name_of("touchpoint_id", row.touchpoint_id)
        if row.coding == "presence"
        else word(f"coding_{row.coding}")
        for row in shown.itertuples()
    ]
    ax = canvas(ax, height=0.38 * len(shown) + 0.6)
    alpha_dots(ax, shown, names)
    titles(
        ax,
        message(code_findings(agreement), "title_code_agreement"),
        word("subtitle_code_agreement", n=n_range(shown), coders=int(shown.coders.max())) + folded,
        word("note_coder_agreement", reliable=f"{RELIABLE:g}", tentative=f"{TENTATIVE:g}"),
    )
    return ax


@skips_missing
def plot_machine_accuracy(
    accuracy: pd.DataFrame, ax: Axes | None = None, *, by: str = ""
) -> Axes | None:
    """The machine beside people, each with its interval: as a whole, or `by` touchpoint or tone.

    `by` is "" (accuracy, F1 and macro F1), "touchpoint_id" or "polarity" (F1 of each). Both are
    compared with every single person; where only one person coded, the machine stands alone.
    """
    against = "each" if (accuracy.against == "each").any() else "agreed"
    rows = _labelled(accuracy, by, against) if by else _headlines(accuracy, against)
    machine = rows[rows.who == "machine"].reset_index(drop=True)
    shown, folded = rows_of(machine)
    if shown.empty:
        return None
    people = rows[rows.who == "people"].set_index("name").reindex(shown.name).reset_index()
    ax = canvas(ax, height=0.52 * len(shown) + 0.6)
    _two(ax, shown, people)
    percent_axis(ax, top=1)
    ax.set_xlabel(word("axis_machine"))
    subtitle = {"": "accuracy", "touchpoint_id": "touchpoints"}.get(by, by)
    told = {"n": n_range(shown), "coders": int(accuracy.coders.max())}
    findings = machine_findings(accuracy)
    if by:
        findings = [finding for finding in findings if _about(finding.key, by)]
    titles(
        ax,
        message(findings, "title_machine_accuracy"),
        word(f"subtitle_machine_{subtitle}", **told) + folded,
        word("note_machine_accuracy"),
    )
    return ax


def _about(key: str, by: str) -> bool:
    return "weak" in key if by == "touchpoint_id" else "polarity" in key


def _headlines(accuracy: pd.DataFrame, against: str) -> pd.DataFrame:
    """The numbers over all labels, with the names of their rows."""
    found = []
    for coding, measure in HEADLINES:
        for who in ("machine", "people"):
            row = headline_row(accuracy, coding, who, measure)
            if row is not None and row.against == against:
                name = word(
                    "machine_row",
                    coding=word(f"coding_{coding}"),
                    measure=word(f"measure_{measure}"),
                )
                found.append({**row, "name": name})
    return pd.DataFrame(found, columns=[*accuracy.columns, "name"])


def _labelled(accuracy: pd.DataFrame, by: str, against: str) -> pd.DataFrame:
    """F1 of each touchpoint or tone, those on most comments first."""
    rows = accuracy[accuracy[by].notna() & (accuracy.measure == "f1")]
    rows = rows[rows.against == against]
    rows = rows.assign(name=[cell_text(by, value) for value in rows[by]])
    return rows.sort_values(["n", by], ascending=[False, True])


def _two(ax: Axes, machine: pd.DataFrame, people: pd.DataFrame) -> None:
    """Two rows of dots with intervals: the machine's above, people's below, named at the first."""
    for table, shift, tint, mark, who in (
        (machine, -APART, KEY, "o", "machine"), (people, APART, GREY, "D", "people"),
    ):  # fmt: skip
        for place, (_, row) in enumerate(table.iterrows()):
            if not np.isfinite(row.rate):
                continue
            at, small = place + shift, bool(row.small)
            colour = PALE if small else tint
            ax.plot([row.rate_lo, row.rate_hi], [at, at], color=colour, lw=2.2)
            ax.plot(row.rate, at, mark, ms=6 if mark == "o" else 5, color=colour, clip_on=False)
            label = f"{word(f'who_{who}')} {number_text('rate', row.rate)}"
            ax.annotate(
                label, (1.022, at), xycoords=("axes fraction", "data"), va="center", size=8.5,
                color=INK if not small else GREY,
            )  # fmt: skip
    _name_rows(ax, list(machine.name))


def _name_rows(ax: Axes, names: Sequence[str]) -> None:
    ax.set_yticks(range(len(names)), [wrap(name, 26) for name in names])
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0, pad=8)
