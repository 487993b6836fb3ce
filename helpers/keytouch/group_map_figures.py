"""Journeys of groups: curves one above the other over the same stages, and what differs."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import GREY, INK, KEY, PAIN, PALE
from keytouch.drawing import dots, message, rows_of, skips_missing
from keytouch.engine import Missing
from keytouch.findings import Finding, one
from keytouch.fitting import fit_lines
from keytouch.labels import name_of, number_text
from keytouch.map_cells import tint_of
from keytouch.map_layout import room_for
from keytouch.style import titles
from keytouch.words import word

WIDTH, PANEL, GROUPS = 15.0, 1.25, 6
UNDECIDED, SURE = 0.5, 1.0


def group_name(by: str, group: Any) -> str:
    """A group as a reader names it."""
    return name_of("segment" if by == "half" else by, group)


def difference_findings(table: pd.DataFrame | Missing, by: str = "segment") -> list[Finding]:
    """The largest sure difference of scores, or that none is sure; of reach where no score is."""
    if isinstance(table, Missing):
        return []
    for column, key, sure in (
        ("score_difference", "finding_map_difference", "differs"),
        ("rate_difference", "finding_map_reach", "rate_differs"),
    ):
        if column in table and table[column].notna().any():
            return [_difference(table[table[column].notna()], column, key, sure, by)]
    return []


def _difference(known: pd.DataFrame, column: str, key: str, sure: str, by: str) -> Finding:
    certain = known[known[sure]]
    pool = certain if len(certain) else known
    row = pool.loc[pool[column].abs().idxmax()]
    names = {side: group_name(by, row[side]) for side in ("first", "second")}
    way = word("side_higher" if row[column] > 0 else "side_lower")
    if column == "rate_difference":
        row = row.drop("n").rename({"n_reach": "n"})
    size = number_text("score" if column == "score_difference" else column, abs(row[column]))
    return one(
        row, key, column, rank=7.4, probability=SURE if len(certain) else UNDECIDED, way=way,
        size=size, count=len(certain), **names,
    )  # fmt: skip


@skips_missing
def plot_journey_curves(
    curves: pd.DataFrame, *, by: str = "segment", scale: tuple[float, float] = (1, 5)
) -> Axes | None:
    """One panel per group over the same touchpoints: mean score with its band, and n.

    All panels share the scale; the grey line is the first group's, to compare with.
    """
    groups = list(dict.fromkeys(curves[by]))
    order = curves.drop_duplicates("touchpoint_id")[["touchpoint_id", "stage_id"]]
    order = _in_order(curves, order)
    x = {name: number for number, name in enumerate(order.touchpoint_id)}
    drawn = curves[curves.touchpoint_id.isin(x)]
    shown = groups[:GROUPS]
    figure, axes = plt.subplots(
        len(shown), 1, figsize=(WIDTH, PANEL * len(shown) + 0.75), sharex=True, sharey=True,
        layout="constrained", squeeze=False,
    )  # fmt: skip
    figure._keytouch_own = True
    base = drawn[drawn[by] == groups[0]]
    for number, (ax, group) in enumerate(zip(axes[:, 0], shown)):
        own = drawn[drawn[by] == group]
        if number:
            ax.plot(base.touchpoint_id.map(x), base.score, color=PALE, lw=1.5, zorder=1)
        _curve(ax, own.assign(x=own.touchpoint_id.map(x)), scale)
        size = number_text("n", own.n.sum())
        name = "\n".join(fit_lines(group_name(by, group), 1.3, 9.5, lines=3, bold=True))
        ax.set_ylabel(f"{name}\nn={size}", rotation=0, ha="right", va="center", color=INK)
        _stage_bands(ax, order, head=number == 0)
    wide = (WIDTH - 1.8) / max(len(order), 1)
    ticks = [
        "\n".join(fit_lines(name_of("touchpoint_id", name), wide - 0.06, 8, lines=3)) for name in x
    ]
    axes[-1, 0].set_xticks(range(len(order)), ticks, size=8)
    folded = (
        ""
        if len(shown) == len(groups)
        else word("figure_folded", shown=len(shown), all=len(groups))
    )
    listed = curves.touchpoint_id.nunique()
    if listed > len(order):
        folded += word("map_all_folded", n=listed - len(order), all=listed)
    titles(axes[0, 0], _lows(drawn, shown, by),
           word("subtitle_curves", lo=f"{scale[0]:g}", hi=f"{scale[1]:g}") + folded)  # fmt: skip
    return axes[0, 0]


def _lows(drawn: pd.DataFrame, shown: list[str], by: str) -> str:
    """Where the groups' curves are lowest; cells of few answers don't count."""
    judged = drawn[drawn[by].isin(shown) & ~drawn.small]
    if judged.empty:
        return word("title_curves", name=group_name(by, shown[0]))
    lows = judged.loc[judged.groupby(by).score.idxmin()]
    lowest = lows.loc[lows.score.idxmin()]
    values = {
        "name": name_of("touchpoint_id", lowest.touchpoint_id),
        "group": group_name(by, lowest[by]),
        "score": number_text("score", lowest.score),
        "count": len(lows),
    }
    same = lows.touchpoint_id.nunique() == 1 and len(lows) > 1
    return word("title_curves_alike" if same else "title_curves_apart", **values)


def _in_order(curves: pd.DataFrame, order: pd.DataFrame) -> pd.DataFrame:
    """The touchpoints in the order of the map; of too many those with the most answers."""
    stages = list(dict.fromkeys(curves.stage_id))
    first = {name: place for place, name in enumerate(curves.touchpoint_id.drop_duplicates())}
    best = curves.groupby("touchpoint_id").n.sum().sort_values(ascending=False, kind="stable")
    kept = best.head(room_for(stages)).index
    order = order[order.touchpoint_id.isin(kept)]
    return order.sort_values("touchpoint_id", key=lambda ids: ids.map(first)).reset_index(drop=True)


def _curve(ax: Axes, own: pd.DataFrame, scale: tuple[float, float]) -> None:
    lo, hi = own.score_lo.fillna(own.score), own.score_hi.fillna(own.score)
    ax.fill_between(own.x, lo, hi, color=KEY, alpha=0.18, lw=0)
    ax.plot(own.x, own.score, color=KEY, lw=1.8)
    tint = [PALE if small else KEY for small in own.small]
    size = 12 + 60 * (own.n / max(own.n.max(), 1)) ** 0.5
    ax.scatter(own.x, own.score, s=size, c=tint, zorder=3, edgecolor="white", lw=0.8)
    ax.set_ylim(*scale)
    ax.grid(True, axis="y")
    ax.grid(False, axis="x")


def _stage_bands(ax: Axes, order: pd.DataFrame, *, head: bool) -> None:
    """The stages' colours behind the curves, and their names above the first panel."""
    for number, (stage, part) in enumerate(order.groupby("stage_id", sort=False)):
        left, right = part.index.min() - 0.47, part.index.max() + 0.47
        ax.axvspan(left, right, color=tint_of(number), alpha=0.09, lw=0, zorder=0)
        if head:
            wide = (right - left) * (WIDTH - 1.8) / len(order)
            name = "\n".join(fit_lines(name_of("stage_id", stage), wide, 9.5, lines=2, bold=True))
            ax.annotate(
                name, ((left + right) / 2, 1.03), xycoords=("data", "axes fraction"), ha="center",
                va="bottom", size=9.5, weight="bold",
            )  # fmt: skip
    ax.set_xlim(-0.6, len(order) - 0.4)


@skips_missing
def plot_map_difference(table: pd.DataFrame, *, by: str = "segment") -> Axes | None:
    """Per touchpoint in the order of the map: the score's difference, and the reach's."""
    names = {"score_difference": "differs", "rate_difference": "rate_differs"}
    kinds = [name for name in names if name in table and table[name].notna().any()]
    if not kinds:
        return None
    size = table[kinds].abs().max(axis=1)
    shown, folded = rows_of(table.assign(_size=size).sort_values("_size", ascending=False))
    shown = shown.sort_index()
    figure, axes = plt.subplots(
        1, len(kinds), figsize=(11.0, 0.36 * len(shown) + 0.7), sharey=True, layout="constrained",
        squeeze=False,
    )  # fmt: skip
    figure._keytouch_own = True
    places = [name_of("touchpoint_id", name) for name in shown.touchpoint_id]
    for ax, kind in zip(axes[0], kinds):
        sure = names[kind]
        ax.axvline(0, color=GREY, lw=1, zorder=0)
        dots(
            ax, shown, kind, places, colour=lambda row, sure=sure, kind=kind: _tint(row, kind, sure)
        )
        if kind == "rate_difference":
            ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}".replace("-", "−"))
        ax.set_title(word(f"panel_{kind}"), loc="left", size=9.5, color=GREY)
    first, second = (group_name(by, table[side].iloc[0]) for side in ("first", "second"))
    titles(axes[0, 0], message(difference_findings(table, by), "title_difference"),
           word("subtitle_difference", first=first, second=second) + folded)  # fmt: skip
    return axes[0, 0]


def _tint(row: pd.Series, kind: str, sure: str) -> str:
    if not row[sure]:
        return GREY
    return PAIN if row[kind] < 0 else KEY
