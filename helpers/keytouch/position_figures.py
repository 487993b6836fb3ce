"""Pictures of position: the Kano map, and the client among its competitors."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from keytouch.colours import COLOURS, GREY, INK, KEY, PAIN, PALE
from keytouch.drawing import ROWS, label_points, message, n_range, skips_missing
from keytouch.instrument_conclusions import (
    SURE,
    competitor_findings,
    item_name,
    kano_findings,
    place_name,
)
from keytouch.instrument_figures import verdict_colour
from keytouch.labels import cell_text, column_label, name_of, number_text
from keytouch.style import canvas, titles, wrap
from keytouch.words import word

SHAPES = {
    "must_be": ("s", PAIN),
    "one_dimensional": ("o", KEY),
    "attractive": ("^", "#009E73"),
    "indifferent": ("D", GREY),
    "reverse": ("v", COLOURS[3]),
    "questionable": ("X", COLOURS[1]),
}
MARKERS = "osD^vPX"
RIVALS, LINES = 4, 36  # competitors and intervals that one picture holds


@skips_missing
def plot_kano(kano: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Every item by what having it gains and what lacking it costs, with both intervals."""
    known = kano[kano.better.notna()]
    shown = known.head(ROWS).reset_index(drop=True)
    folded = word("figure_folded", shown=ROWS, all=len(known)) if len(known) > ROWS else ""
    ax = canvas(ax, height=5.4)
    for row in shown.itertuples():
        shape, tint = SHAPES[row.kano_category]
        tint = PALE if row.small else tint
        light = {"color": tint, "lw": 1.1, "alpha": 0.45}
        ax.plot([-row.worse_hi, -row.worse_lo], [row.better] * 2, **light)
        ax.plot([-row.worse] * 2, [row.better_lo, row.better_hi], **light)
        face = tint if row.p_category >= SURE else "white"
        ax.plot(-row.worse, row.better, shape, ms=8, color=tint, mfc=face)
    ax.axvline(0.5, color=GREY, lw=1, ls=(0, (4, 3)))
    ax.axhline(0.5, color=GREY, lw=1, ls=(0, (4, 3)))
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.02)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    ax.grid(True, axis="both")
    ax.set_xlabel(word("axis_worse"))
    ax.set_ylabel(word("axis_better"))
    _regions(ax)
    _legend(ax, [(SHAPES[name], word(f"kano_category_{name}")) for name in SHAPES
                 if (shown.kano_category == name).any()])  # fmt: skip
    titles(
        ax,
        message(kano_findings(kano), "title_kano"),
        word("subtitle_kano", n=n_range(shown)) + folded,
        word("note_kano"),
    )
    names = [_short(item_name(row)) for _, row in shown.iterrows()]
    # A little above the point, clear of its own interval.
    label_points(ax, -shown.worse.to_numpy(), shown.better.to_numpy() + 0.02, names)
    for text in ax.texts:
        text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
    return ax


def _short(name: str) -> str:
    """A name in one line, cut where it is too long for the map."""
    first, *rest = wrap(name, 40).split("\n")
    return f"{first}…" if rest else first


def _regions(ax: Axes) -> None:
    """The category that each quarter of the map stands for."""
    corners = {
        "attractive": (0.012, 0.97), "one_dimensional": (0.988, 0.97),
        "indifferent": (0.012, 0.03), "must_be": (0.988, 0.03),
    }  # fmt: skip
    for name, (x, y) in corners.items():
        ax.text(
            x, y, word(f"kano_category_{name}"), transform=ax.transAxes, color=GREY, size=10,
            ha="left" if x < 0.5 else "right", va="top" if y > 0.5 else "bottom",
        )  # fmt: skip


def _legend(ax: Axes, entries: list[tuple[tuple[str, str], str]]) -> None:
    """Shapes and what they mean, in one line under the axes' top."""
    handles = [
        Line2D([], [], marker=shape, color=tint, ls="", ms=7, label=label)
        for (shape, tint), label in entries
    ]
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=len(handles),
        frameon=False, fontsize=8.5, handletextpad=0.2, columnspacing=1.2, borderaxespad=0.2,
    )  # fmt: skip


@skips_missing
def plot_competitor_grid(grid: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """The client against every competitor at every touchpoint, with the band that counts as par."""
    rivals = grid.groupby("company").n.sum().sort_values(ascending=False).index[:RIVALS].tolist()
    part = grid[grid.company.isin(rivals)]
    places = list(dict.fromkeys(part.sort_values("gap_points").touchpoint_id))
    most = LINES // len(rivals)
    folded = word("figure_folded", shown=most, all=len(places)) if len(places) > most else ""
    places = places[:most]
    ax = canvas(ax, height=(0.16 + 0.17 * len(rivals)) * len(places) + 0.75)
    margin = float(grid.margin.iloc[0])
    ax.axvspan(-margin, margin, color="#F1F3F5", zorder=0)
    ax.axvline(0, color=GREY, lw=1)
    shapes = dict(zip(rivals, MARKERS))
    for _, row in part[part.touchpoint_id.isin(places)].iterrows():
        step = 0.17 / (0.16 + 0.17 * len(rivals))
        lane = rivals.index(row.company) - (len(rivals) - 1) / 2
        y = places.index(row.touchpoint_id) + step * lane
        tint = PALE if row.small else verdict_colour(row)
        ax.plot([row.gap_points_lo, row.gap_points_hi], [y, y], color=tint, lw=1.8)
        ax.plot(row.gap_points, y, shapes[row.company], ms=6, color=tint)
        note = f"{number_text('gap_points', row.gap_points)}  {cell_text('verdict', row.verdict)}"
        ax.annotate(note, (1.022, y), xycoords=("axes fraction", "data"), va="center", size=8.2,
                    color=INK)  # fmt: skip
    for place in range(1, len(places)):
        ax.axhline(place - 0.5, color="#E9ECF0", lw=0.8)
    ax.set_yticks(range(len(places)), [wrap(place_name(name), 24) for name in places])
    ax.set_ylim(len(places) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(column_label("gap_points"))
    _legend(ax, [((shapes[name], GREY), name_of("company", name)) for name in rivals])
    titles(
        ax,
        message(competitor_findings(grid), "title_competitors"),
        word("subtitle_competitors", margin=number_text("gap_points", margin), n=n_range(grid))
        + folded,
        word("note_competitors"),
    )
    return ax
