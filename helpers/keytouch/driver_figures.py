"""Pictures of drivers: the triangle of readings, what punishes or pleases, who differs, drift."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import COLOURS, GOOD, GREY, INK, KEY, PAIN, PALE
from keytouch.conclusions import driver_findings
from keytouch.drawing import ROW_HEIGHT, ROWS, dots, message, n_range, rows_of, skips_missing
from keytouch.driver_conclusions import (
    drift_findings,
    outcome_driver_findings,
    penalty_reward_findings,
    segment_effect_findings,
)
from keytouch.labels import cell_text, chance_text, name_of, number_text
from keytouch.style import canvas, titles, wrap
from keytouch.words import word

PANELS = (("correlation", 0.0), ("explained_share", 0.355), ("slope", 0.71))
PANEL_WIDTH = 0.29
LINES = 5


@skips_missing
def plot_importance(importance: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """The driver triangle: correlation, explained share and own effect side by side.

    Each with its interval; the verdict at the right. In the middle a bar marks the share that a
    halo alone would give; at the right a dotted line the smallest effect worth acting on.
    """
    shown, folded = rows_of(importance)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.75)
    ax.set_axis_off()
    names = [name_of("touchpoint_id", i) for i in shown.touchpoint_id]
    panels = {name: ax.inset_axes([left, 0, PANEL_WIDTH, 1]) for name, left in PANELS}
    for name, panel in panels.items():
        _panel(panel, shown, name)
    panels["correlation"].set_yticks(range(len(shown)), [wrap(name, 24) for name in names])
    for place, share in enumerate(shown.halo_share):
        panels["explained_share"].plot([share] * 2, [place - 0.36, place + 0.36], color=INK, lw=1.6)
    panels["explained_share"].xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    panels["slope"].axvline(float(shown.material.iloc[0]), color=GREY, lw=1, ls=(0, (1, 2)))
    for place, row in enumerate(shown.itertuples()):
        strong = {"weight": "bold", "color": KEY} if row.verdict == "robust" else {"color": INK}
        panels["slope"].annotate(
            word(f"verdict_{row.verdict}"), (1.05, place), xycoords=("axes fraction", "data"),
            va="center", size=9, **strong,
        )  # fmt: skip
    titles(
        ax,
        message(driver_findings(importance), "title_importance"),
        word("subtitle_importance", n=n_range(importance), r2=f"{100 * importance.r2.iloc[0]:.0f}%")
        + folded,
        word("note_importance", material=number_text("slope", importance.material.iloc[0])),
    )
    return ax


def _panel(panel: Axes, shown: pd.DataFrame, column: str) -> None:
    """One reading of the triangle: a dot and an interval per touchpoint."""
    panel.axvline(0, color=GREY, lw=1)
    for place, row in enumerate(shown.to_dict("records")):
        tint = KEY if row["verdict"] == "robust" else GREY
        tint = PALE if row["small"] else tint
        ends = [row[f"{column}_lo"], row[f"{column}_hi"]]
        panel.plot(ends, [place, place], color=tint, lw=2.2)
        face = tint if row["verdict"] == "robust" else "white"
        panel.plot(row[column], place, "o", ms=6, color=tint, mfc=face)
    panel.set_ylim(len(shown) - 0.4, -0.6)
    panel.set_yticks([])
    panel.tick_params(axis="y", length=0)
    panel.set_title(word(f"panel_{column}"), size=9, color=INK, loc="left", pad=5)
    low = min(0.0, float(shown[f"{column}_lo"].min()))
    high = float(
        np.nanmax(np.append(shown[f"{column}_hi"], shown.halo_share.max() * (column != "slope")))
    )
    panel.set_xlim(low * 1.05, high * 1.06)
    panel.locator_params(axis="x", nbins=4)


@skips_missing
def plot_penalty_reward(table: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """What the whole loses per point below usual (left) and gains per point above (right)."""
    shown, folded = rows_of(table)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.6)
    names = [name_of("touchpoint_id", i) for i in shown.touchpoint_id]
    for place, row in enumerate(shown.to_dict("records")):
        dim = row["small"] or row["impact"] == "none"
        for side, sign, tint in (("penalty", -1, PAIN), ("reward", 1, GOOD)):
            tint = PALE if dim else tint
            shift = -0.17 if side == "penalty" else 0.17
            ax.barh(place + shift, sign * row[side], color=tint, height=0.32, alpha=0.85)
            ends = [sign * row[f"{side}_lo"], sign * row[f"{side}_hi"]]
            ax.plot(ends, [place + shift] * 2, color=INK, lw=1.2)
        text = f"{word('impact_' + row['impact'])}  {chance_text(row['probability'])}"
        ax.annotate(
            text, (1.02, place), xycoords=("axes fraction", "data"), va="center", size=9,
            color=GREY if dim else INK,
        )  # fmt: skip
    ax.axvline(0, color=GREY, lw=1)
    ax.set_yticks(range(len(shown)), [wrap(name, 24) for name in names])
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    clear = shown[~shown.small & (shown.impact != "none")]
    ends = (clear if len(clear) else shown)[["penalty_lo", "penalty_hi", "reward_lo", "reward_hi"]]
    widest = 1.05 * float(ends.abs().max().max())
    ax.set_xlim(-widest, widest)
    ax.xaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    ax.set_xlabel(word("axis_penalty_reward"))
    titles(
        ax,
        message(penalty_reward_findings(table), "title_penalty_reward"),
        word("subtitle_penalty_reward", n=n_range(table)) + folded,
        word("note_penalty_reward"),
    )
    return ax


@skips_missing
def plot_importance_by(
    table: pd.DataFrame, ax: Axes | None = None, *, by: str = "segment"
) -> Axes | None:
    """Each group's own effect with its interval, for the touchpoints that differ most.

    A bar marks the effect in all other groups together; what surely differs from it is in the
    accent colour.
    """
    groups = table[by].nunique()
    order = table.groupby("touchpoint_id")[["p_any", "p_value"]].min()
    order = order.sort_values(["p_any", "p_value"])
    chosen = list(order.index[: max(1, ROWS // groups)])
    shown = table[table.touchpoint_id.isin(chosen)]
    place = shown.touchpoint_id.map(chosen.index)
    shown = shown.assign(_place=place).sort_values(["_place", "slope"], ascending=[True, False])
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.6)
    ax.axvline(0, color=GREY, lw=1)
    names = [
        f"{name_of('touchpoint_id', row.touchpoint_id)} · {cell_text(by, getattr(row, by))}"
        for row in shown.itertuples()
    ]
    dots(ax, shown, "slope", names, colour=lambda row: KEY if row.differs else GREY)
    for at, row in enumerate(shown.itertuples()):
        rest = row.slope - row.slope_difference
        ax.plot([rest, rest], [at - 0.34, at + 0.34], color=INK, lw=1.6)
    for at in np.flatnonzero(np.diff(shown._place)) + 0.5:
        ax.axhline(at, color=PALE, lw=0.8)
    ax.set_xlabel(word("panel_slope"))
    left = len(order) - len(chosen)
    folded = word("figure_others", shown=len(chosen), all=len(order)) if left else ""
    titles(
        ax,
        message(segment_effect_findings(table, by=by), "title_importance_by"),
        word("subtitle_importance_by", n=n_range(shown)) + folded,
        word("note_importance_by"),
    )
    return ax


@skips_missing
def plot_drift(table: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Own effects period by period with their intervals: those that changed, then the strongest."""
    periods = sorted(table.period.unique())
    if len(periods) < 2:
        return None
    strong = table.groupby("touchpoint_id").agg(due=("rerank_due", "max"), low=("slope_lo", "mean"))
    chosen = list(strong.sort_values(["due", "low"], ascending=False).index[:LINES])
    ax = canvas(ax, height=3.6)
    ax.axhline(0, color=GREY, lw=1)
    ends = []
    for number, name in enumerate(chosen):
        rows = table[table.touchpoint_id == name].sort_values("period")
        x = rows.period.map(periods.index).to_numpy() + 0.06 * (number - (len(chosen) - 1) / 2)
        tint, due = COLOURS[number % len(COLOURS)], bool(rows.rerank_due.iloc[0])
        ax.plot([x, x], [rows.slope_lo, rows.slope_hi], color=tint, lw=1.6, alpha=0.6)
        ax.plot(x, rows.slope, "o-", color=tint, lw=2.4 if due else 1.2, ms=6 if due else 4.5)
        mark = f"{word('rerank_mark')} " if due else ""
        ends.append((float(rows.slope.iloc[-1]), mark + name_of("touchpoint_id", name), tint))
    low = min(0.0, float(table[table.touchpoint_id.isin(chosen)].slope_lo.min()))
    ax.set_ylim(low * 1.05, float(table[table.touchpoint_id.isin(chosen)].slope_hi.max()) * 1.05)
    _label_ends(ax, ends, gap=0.062)
    ax.set_xticks(range(len(periods)), [cell_text("period", period) for period in periods])
    ax.set_xlim(-0.3, len(periods) - 0.7)
    ax.grid(True, axis="y")
    ax.grid(False, axis="x")
    ax.set_title(word("panel_slope"), size=9, color=GREY, loc="left")
    titles(
        ax,
        message(drift_findings(table), "title_drift"),
        word("subtitle_drift", n=n_range(table), shown=len(chosen), all=len(strong)),
        word("note_drift"),
    )
    return ax


def _label_ends(ax: Axes, ends: Sequence[tuple[float, str, str]], *, gap: float) -> None:
    """Names at the right of lines, moved apart where they would touch (in shares of the axes)."""
    low, high = ax.get_ylim()
    order = sorted(range(len(ends)), key=lambda k: ends[k][0])
    places = [(ends[k][0] - low) / (high - low) for k in order]
    for k in range(1, len(places)):
        places[k] = max(places[k], places[k - 1] + gap)
    if places and places[-1] > 1:
        places = [place - (places[-1] - 1) for place in places]
        for k in reversed(range(len(places) - 1)):
            places[k] = min(places[k], places[k + 1] - gap)
    for place, k in zip(places, order):
        _, name, tint = ends[k]
        ax.annotate(
            wrap(name, 22), (1.02, place), xycoords="axes fraction", va="center", size=9, color=tint
        )


@skips_missing
def plot_outcome_drivers(
    table: pd.DataFrame, ax: Axes | None = None, *, outcome: str
) -> Axes | None:
    """How an outcome's share moves per touchpoint point, the others held fixed, with verdicts."""
    shown, folded = rows_of(table)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.6)
    ax.axvline(0, color=GREY, lw=1)
    names = [name_of("touchpoint_id", i) for i in shown.touchpoint_id]
    notes = [
        f"{number_text('effect_rate', row.effect_rate)}  {word(f'verdict_{row.verdict}')}"
        for row in shown.itertuples()
    ]
    dots(
        ax, shown, "effect_rate", names, notes=notes,
        colour=lambda row: KEY if row.verdict == "robust" else GREY,
    )  # fmt: skip
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g}".replace("-", "−"))
    ax.locator_params(axis="x", nbins=6)
    ax.set_xlabel(word("axis_effect_rate"))
    titles(
        ax,
        message(outcome_driver_findings(table, outcome=outcome), "title_outcome_drivers"),
        word(
            "subtitle_outcome_drivers",
            outcome=word(f"driven_{outcome}"),
            n=n_range(table),
            events=f"{int(table.events.iloc[0]):,}",
        )
        + folded,
        word("note_outcome_drivers"),
    )
    return ax
