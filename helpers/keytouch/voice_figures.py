"""Pictures of comments: what is complained about, and how two groups differ."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import GOOD, GREY, INK, PAIN
from keytouch.drawing import ROW_HEIGHT, dots, message, percent_axis, rows_of, skips_missing
from keytouch.engine import Missing
from keytouch.labels import name_of, number_text
from keytouch.style import canvas, titles
from keytouch.voice_conclusions import focus_findings, group_name, voice_contrast_findings
from keytouch.words import word

TINTS = {"worse": PAIN, "better": GOOD}


@skips_missing
def plot_comment_evidence(
    evidence: pd.DataFrame, ax: Axes | None = None, *, focus: pd.DataFrame | Missing | None = None
) -> Axes | None:
    """The negative share of the comments at each touchpoint, corrected for the machine's errors.

    A tick marks the share as counted. With `focus` (`complaint_focus`) the title says which
    touchpoints are surely complained about more than the rest, and they are coloured.
    """
    shown, folded = rows_of(_corrected(evidence))
    verdicts = _verdicts(focus)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.6)
    names = [name_of("touchpoint_id", name) for name in shown.touchpoint_id]
    notes = [
        f"{number_text('negative_rate', row.negative_rate)}  "
        + word("mention_count", n=f"{row.mentions:,}")
        for row in shown.itertuples()
    ]
    dots(ax, shown, "negative_rate", names, notes=notes,
         colour=lambda row: TINTS.get(verdicts.get(row.touchpoint_id, ""), GREY))  # fmt: skip
    ax.plot(shown.counted_rate, np.arange(len(shown)), "|", ms=11, mew=1.4, color=INK)
    percent_axis(ax, top=1)
    findings = focus_findings(focus) if focus is not None else []
    titles(
        ax,
        message(findings, "title_comment_evidence"),
        word("subtitle_comment_evidence", n=f"{int(evidence.comments.max()):,}") + folded,
        word("note_comment_evidence"),
    )
    return ax


def _corrected(evidence: pd.DataFrame) -> pd.DataFrame:
    """The share that is drawn: corrected where that can be done; worst first, small groups last."""
    known = evidence.adjusted_rate.notna()
    shown = {
        f"negative_rate{end}": evidence[f"adjusted_rate{end}"].where(
            known, evidence[f"negative_rate{end}"]
        )
        for end in ("", "_lo", "_hi")
    }
    drawn = evidence.assign(**shown, counted_rate=evidence.negative_rate)
    return drawn.sort_values(["small", "negative_rate"], ascending=[True, False], kind="stable")


def _verdicts(focus: pd.DataFrame | Missing | None) -> dict[str, str]:
    if not isinstance(focus, pd.DataFrame):
        return {}
    return dict(zip(focus.touchpoint_id, focus.verdict))


@skips_missing
def plot_voice_contrast(
    contrast: pd.DataFrame, ax: Axes | None = None, *, by: str = "segment"
) -> Axes | None:
    """How much more often one group's comments are negative than another's, per touchpoint."""
    judged = contrast[~contrast.small]
    shown, folded = rows_of(judged if len(judged) else contrast)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.6)
    ax.axvline(0, color=GREY, lw=1)
    names = [name_of("touchpoint_id", name) for name in shown.touchpoint_id]
    notes = [number_text("rate_difference", value) for value in shown.rate_difference]
    dots(ax, shown, "rate_difference", names, notes=notes,
         colour=lambda row: TINTS.get(row.verdict, GREY))  # fmt: skip
    reach = float(np.nanmax(np.abs(shown[["rate_difference_lo", "rate_difference_hi"]])))
    ax.set_xlim(-reach * 1.05, reach * 1.05)
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}".replace("-", "−"))
    first = contrast.iloc[0]
    pair = {name: group_name(by, first[f"group_{name}"]) for name in ("a", "b")}
    titles(
        ax,
        message(voice_contrast_findings(contrast, by=by), "title_voice_contrast"),
        word("subtitle_voice_contrast", **pair) + folded,
        word("note_voice_contrast", hidden=int(contrast.small.sum())),
    )
    return ax
