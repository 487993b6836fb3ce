"""Pictures of critical incidents: do the coders agree, and where do the bad ones happen."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from keytouch.agreement import RELIABLE, TENTATIVE
from keytouch.colours import GOOD, GREY, PAIN
from keytouch.drawing import (
    ROW_HEIGHT,
    dots,
    message,
    n_range,
    percent_axis,
    rows_of,
    skips_missing,
)
from keytouch.incident_conclusions import agreement_findings, incident_findings
from keytouch.labels import cell_text, number_text
from keytouch.style import canvas, titles
from keytouch.words import word

DECIDED = 0.8


@skips_missing
def plot_coder_agreement(agreement: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Krippendorff's α of each coding with its interval, beside the two limits of trust."""
    ax = canvas(ax, height=0.42 * len(agreement) + 0.6)
    alpha_dots(ax, agreement, [word(f"coding_{coding}") for coding in agreement.coding])
    titles(
        ax,
        message(agreement_findings(agreement), "title_coder_agreement"),
        word(
            "subtitle_coder_agreement",
            n=n_range(agreement),
            coders=int(agreement.coders.max()),
        ),
        word("note_coder_agreement", reliable=f"{RELIABLE:g}", tentative=f"{TENTATIVE:g}"),
    )
    return ax


def alpha_dots(ax: Axes, agreement: pd.DataFrame, names: Sequence[str]) -> None:
    """A row per coding: its α, the verdict where it is decided, and the two limits of trust."""
    decided = agreement.probability >= DECIDED
    told = agreement.verdict.where(decided, "open")
    notes = [
        f"{number_text('alpha', alpha)}  {word(f'verdict_{verdict}')}"
        for alpha, verdict in zip(agreement.alpha, told)
    ]
    for limit, style in ((TENTATIVE, (0, (2, 3))), (RELIABLE, (0, (5, 3)))):
        ax.axvline(limit, color=GREY, lw=1, ls=style)
    tints = {"reliable": GOOD, "unreliable": PAIN}
    dots(ax, agreement.assign(verdict=told), "alpha", names, notes=notes,
         colour=lambda row: tints.get(row.verdict, GREY))  # fmt: skip
    ax.set_xlim(min(0.0, float(agreement.alpha_lo.min())), 1)
    ax.set_xlabel(word("axis_alpha"))


@skips_missing
def plot_incidents(
    incidents: pd.DataFrame, ax: Axes | None = None, *, by: str = "touchpoint_id"
) -> Axes | None:
    """The negative share of each group's incidents with its interval, most incidents first."""
    shown, folded = rows_of(incidents)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.6)
    names = [cell_text(by, value) for value in shown[by]]
    level = incidents.negative.sum() / incidents.n.sum()
    ax.axvline(level, color=GREY, lw=1, ls=(0, (4, 3)))
    notes = [
        word("incident_note", negative=f"{row.negative:,}", positive=f"{row.positive:,}")
        for row in shown.itertuples()
    ]
    tints = {"worse": PAIN, "better": GOOD}
    dots(ax, shown, "negative_rate", names, notes=notes,
         colour=lambda row: tints.get(row.verdict, GREY))  # fmt: skip
    percent_axis(ax, top=1)
    ax.tick_params(axis="y", pad=8)
    first = incidents.iloc[0]
    titles(
        ax,
        message(incident_findings(incidents, by), "title_incidents"),
        word("subtitle_incidents", n=f"{int(first.all_n):,}", left_out=f"{int(first.left_out):,}")
        + folded,
        word("note_incidents", level=f"{100 * level:.0f}%"),
    )
    return ax
