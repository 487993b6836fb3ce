"""A picture of the variety of contact: how many forms each stage offers."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import GREY, KEY
from keytouch.drawing import ROW_HEIGHT, dots, message, n_range, rows_of, skips_missing
from keytouch.gap_conclusions import form_findings
from keytouch.labels import name_of, number_text
from keytouch.style import canvas, titles
from keytouch.words import word


@skips_missing
def plot_contact_forms(forms: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """The diversity of channels in each stage, in the stages' order, with its interval."""
    shown, folded = rows_of(forms)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.6)
    names = [name_of("stage_id", stage) for stage in shown.stage_id]
    notes = [
        word(
            "form_note",
            channel=name_of("channel", row.channel),
            share=number_text("main_rate", row.main_rate),
        )
        for row in shown.itertuples()
    ]
    ax.barh(range(len(shown)), shown.diversity, color=KEY, alpha=0.15, height=0.62)
    dots(ax, shown, "diversity", names, notes=notes,
         colour=lambda row: GREY if row.channels == 1 else KEY)  # fmt: skip
    ax.set_xlim(0, 1)
    ax.tick_params(axis="y", pad=8)
    ax.set_xticks([0, 0.5, 1], [word(f"forms_{end}") for end in ("one", "half", "all")])
    titles(
        ax,
        message(form_findings(forms), "title_contact_forms"),
        word("subtitle_contact_forms", n=n_range(forms)) + folded,
    )
    return ax
