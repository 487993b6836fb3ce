"""What the paths of journeys say, and their picture: the usual ways, beside all the others."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from scipy.special import ndtr

from keytouch.colours import GREY, KEY
from keytouch.drawing import dots, message, percent_axis, skips_missing
from keytouch.engine import Missing
from keytouch.findings import Finding, one
from keytouch.flows import REST
from keytouch.labels import cell_text, number_text, path_text
from keytouch.style import canvas, titles, wrap
from keytouch.words import word

LINE, LINES = 44, 3


def variant_findings(variants: pd.DataFrame | Missing) -> list[Finding]:
    """The most frequent path, how sure its lead is, and how much of all the listed ones cover."""
    if isinstance(variants, Missing):
        return []
    known = variants[variants.path != REST].reset_index(drop=True)
    if known.empty or known.n.iloc[0] < 2:
        return []
    first, total = known.iloc[0], variants.n.sum()
    second = known.n.iloc[1] if len(known) > 1 else 0
    # Two shares of one whole: their difference has the variance (a + b) / n² where both are small.
    lead = ndtr((first.n - second) / (first.n + second) ** 0.5)
    return [
        one(
            pd.concat([first.drop("n"), pd.Series({"n": total})]),
            "finding_path",
            "path_rate",
            rank=7.2,
            probability=lead,
            path=path_text(first.path),
            paths=number_text("paths", len(known)),
            cover=number_text("path_rate", known.n.sum() / total),
        )
    ]


@skips_missing
def plot_variants(variants: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """The share of journeys that take each path, with its interval, count and median time."""
    if variants.empty:
        return None
    texts = [_short(path_text(path)) for path in variants.path]
    heights = [text.count("\n") + 1 for text in texts]
    ax = canvas(ax, height=0.2 * sum(heights) + 0.24 * len(texts) + 0.5)
    notes = [_note(row) for _, row in variants.iterrows()]
    dots(
        ax, variants, "path_rate", texts, notes=notes,
        colour=lambda row: GREY if row.path == REST else KEY,
    )  # fmt: skip
    ax.set_yticks(range(len(texts)), texts)
    percent_axis(ax, top=min(1.0, float(variants.path_rate_hi.max()) * 1.1))
    n = number_text("n", variants.n.sum())
    titles(ax, message(variant_findings(variants), "title_variants"),
           word("subtitle_variants", n=n))  # fmt: skip
    return ax


def _short(path: str) -> str:
    """A path in a few lines; what is left out in the middle is marked."""
    steps = path.split(" → ")
    while len(lines := wrap(" → ".join(steps), LINE).split("\n")) > LINES and len(steps) > 3:
        middle = len(steps) // 2
        steps = [step for step in steps if step != "…"]
        steps = [*steps[: middle - 1], "…", *steps[middle + 1 :]]
    return "\n".join(lines)


def _note(row: pd.Series) -> str:
    """The figures beside a path: its share, its journeys and, with clocks, its median time."""
    parts = [number_text("path_rate", row.path_rate), number_text("n", row.n)]
    if pd.notna(row.minutes_p50):
        parts.append(cell_text("minutes_p50", row.minutes_p50))
    return "  ".join(parts)
