"""Pictures of service recovery: what came after trouble, quick answers, who waits for a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import GREY, INK, KEY, PAIN, PALE, tinted
from keytouch.drawing import ROW_HEIGHT, message, rows_of, skips_missing
from keytouch.engine import Missing
from keytouch.findings import Finding
from keytouch.labels import cell_text, number_text
from keytouch.recovery_conclusions import (
    ageing_findings,
    empowerment_findings,
    recovery_findings,
    response_time_findings,
)
from keytouch.style import WIDTH, canvas, titles, wrap
from keytouch.words import word

NONE = Missing("interactions", ("success",))
COUNTS = {"score": "score_n", "rebuy_rate": "rebuy_n", "nps": "nps_n", "recovered_rate": "n",
          "settled_rate": "n"}  # fmt: skip
GROUP_TINTS = {"recovered": KEY, "not_recovered": PAIN}
EDGE = 0.2  # of a panel: numbers nearer to its side are turned inwards
LINE = 0.18  # inches that a line of a row's name takes
FEW_ROWS = 6  # below so many rows each gets more room


@skips_missing
def plot_service_recovery(
    groups: pd.DataFrame, paradox: pd.DataFrame | Missing = NONE
) -> Axes | None:
    """Satisfaction, later purchases and recommendation of each group, with intervals.

    The title says what `recovery_paradox` found.
    """
    names = [
        (cell_text("recovery_group", row.recovery_group), word("group_n", n=f"{row.n:,}"))
        for row in groups.itertuples()
    ]
    ax = _panels(groups, ("score", "rebuy_rate", "nps"), names,
                 lambda row: GROUP_TINTS.get(row.recovery_group, GREY))  # fmt: skip
    if ax is None:
        return None
    early = int(groups.censored_n.sum()) if "censored_n" in groups else 0
    note = word("note_service_recovery_censored", n=f"{early:,}") if early else ""
    titles(
        ax,
        message(recovery_findings(paradox), "title_service_recovery"),
        word("subtitle_service_recovery", n=f"{int(groups.n.sum()):,}"),
        " ".join([word("note_service_recovery"), note, *_pale(groups)]).strip(),
    )
    return ax


def _panels(
    table: pd.DataFrame,
    wanted: Sequence[str],
    names: Sequence[Sequence[str]],
    colour: Callable[[pd.Series], str],
) -> Axes | None:
    """A panel per figure on the same rows: a dot, its interval, its number and n above it."""
    columns = [name for name in wanted if name in table and table[name].notna().any()]
    if not columns:
        return None
    texts = ["\n".join(wrap(part, 28) for part in parts) for parts in names]
    lines = 1 + max(text.count("\n") for text in texts)
    tall = max(ROW_HEIGHT * (1.5 if len(table) < FEW_ROWS else 1.25), LINE * lines)
    figure, axes = plt.subplots(
        1, len(columns), figsize=(WIDTH, tall * len(table) + 0.7), layout="constrained",
        squeeze=False,
    )  # fmt: skip
    figure._keytouch_own = True
    for ax, name in zip(axes[0], columns):
        _panel(ax, table, name, colour)
    axes[0][0].set_yticks(range(len(table)), texts)
    return axes[0][0]


def _panel(ax: Axes, table: pd.DataFrame, name: str, colour: Callable[[pd.Series], str]) -> None:
    _limits(ax, table, name)
    for place, (_, row) in enumerate(table.iterrows()):
        if pd.isna(row[name]):
            continue
        tint = PALE if row[COUNTS[name]] < row.min_n else colour(row)
        ax.plot([row[f"{name}_lo"], row[f"{name}_hi"]], [place, place], color=tint, lw=2.2)
        known = np.isfinite(row[f"{name}_lo"])
        ax.plot(row[name], place, "o", ms=6, color=tint, mfc=tint if known else "white")
        _number(ax, row, name, place)
    ax.set_yticks(range(len(table)), [""] * len(table))
    ax.set_ylim(len(table) - 0.5, -0.8)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(plt.MaxNLocator(4))
    if name.endswith("_rate"):
        ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    else:
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "−"))
    ax.set_title(word(f"panel_{name}"), size=9.5, color=INK, loc="left")


def _number(ax: Axes, row: pd.Series, name: str, place: int) -> None:
    """A dot's number and n above it, turned inwards where it would leave the panel."""
    low, high = ax.get_xlim()
    at = (row[name] - low) / (high - low)
    side = "left" if at < EDGE else "right" if at > 1 - EDGE else "center"
    text = word("value_n", value=number_text(name, row[name]), n=f"{int(row[COUNTS[name]]):,}")
    ax.annotate(text, (row[name], place), xytext=(0, 5), textcoords="offset points",
                ha=side, size=8, color=INK)  # fmt: skip


def _limits(ax: Axes, table: pd.DataFrame, name: str) -> None:
    """A share's axis starts at zero; others leave room around the outermost intervals."""
    ends = table[[name, f"{name}_lo", f"{name}_hi"]].to_numpy(float)
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    around = 0.12 * max(high - low, 0.01)
    if name.endswith("_rate"):
        ax.set_xlim(0, min(high + around, 1.02))
    else:
        ax.set_xlim(low - around, high + around)


@skips_missing
def plot_response_time(bands: pd.DataFrame, slopes: pd.DataFrame | Missing = NONE) -> Axes | None:
    """Satisfaction and the share recovered by how long the first answer took, quickest first.

    The title says what `response_time_slopes` found.
    """
    ordered = bands.sort_values(["n"], ascending=False, kind="stable")
    order = {place: k for k, place in enumerate(dict.fromkeys(ordered.touchpoint_id))}
    place = bands.touchpoint_id.map(order)
    table = bands.assign(place=place).sort_values(["place", "wait_band"]).reset_index(drop=True)
    shown, folded = rows_of(table)
    names = [
        (
            cell_text("touchpoint_id", row.touchpoint_id),
            word("band_row", low=number_text("from_minutes", row.from_minutes),
                 high=number_text("to_minutes", row.to_minutes)),
        )
        for row in shown.itertuples()
    ]  # fmt: skip
    ax = _panels(shown, ("score", "recovered_rate"), names, lambda _: KEY)
    if ax is None:
        return None
    titles(
        ax,
        message(response_time_findings(slopes), "title_response_time"),
        word("subtitle_response_time", n=f"{int(bands.n.sum()):,}") + folded,
        " ".join([word("note_response_time"), *_pale(bands)]),
    )
    return ax


@skips_missing
def plot_settlements(
    settlements: pd.DataFrame, effect: pd.DataFrame | Missing = NONE
) -> Axes | None:
    """How cases were settled, and how satisfied their customers are.

    The title says what `empowerment_effect` found.
    """
    names = [(cell_text("settled", way),) for way in settlements.settled]
    ax = _panels(settlements, ("settled_rate", "score"), names,
                 lambda row: KEY if row.settled == "first" else GREY)  # fmt: skip
    if ax is None:
        return None
    titles(
        ax,
        _shorter(empowerment_findings(effect)),
        word("subtitle_settlements", n=f"{int(settlements.n.sum()):,}"),
        " ".join([word("note_settlements"), *_pale(settlements)]),
    )
    return ax


def _pale(table: pd.DataFrame) -> list[str]:
    """A sentence on what pale means, where any figure rests on too few."""
    limit = int(table.min_n.max())
    counts = [name for name in dict.fromkeys(COUNTS.values()) if name in table]
    few = (table[counts] < limit).to_numpy().any()
    return [word("table_small_n", n=f"{limit:,}")] if few else []


def _shorter(findings: Sequence[Finding]) -> str:
    """What settling at once goes with, without the projection that the finding adds."""
    if not findings:
        return word("title_settlements")
    first = findings[0]
    return replace(first, key=first.key.replace("finding_", "title_", 1)).sentence()


@skips_missing
def plot_ageing(ageing: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """How many cases of the recovery queue are in which status, and how old: a grid of counts."""
    states, bands = (list(dict.fromkeys(ageing[name])) for name in ("status", "age_band"))
    counts = ageing.pivot(index="status", columns="age_band", values="n").loc[states, bands]
    late = ageing.pivot(index="status", columns="age_band", values="overdue_n").loc[states, bands]
    ax = canvas(ax, height=0.55 * len(states) + 0.4)
    most = max(int(counts.to_numpy().max()), 1)
    for y, state in enumerate(states):
        for x, band in enumerate(bands):
            n, overdue = int(counts.at[state, band]), int(late.at[state, band])
            tint = tinted(PAIN if overdue else KEY, 0.5 * n / most + 0.06 * (n > 0))
            ax.add_patch(plt.Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, lw=0,
                                       color=[part / 255 for part in tint]))  # fmt: skip
            text = f"{n:,}" if n else "·"
            more = word("ageing_overdue", n=f"{overdue:,}") if overdue else ""
            ax.text(x, y, f"{text}  {more}".strip(), ha="center", va="center", size=9.5,
                    color=INK if n else GREY)  # fmt: skip
    ax.set_xlim(-0.5, len(bands) - 0.5)
    ax.set_ylim(len(states) - 0.5, -0.5)
    ax.grid(False)
    ax.set_xticks(range(len(bands)), [word(f"age_band_{band}") for band in bands])
    ax.set_yticks(range(len(states)), [word(f"status_{state}") for state in states])
    ax.tick_params(length=0)
    ax.xaxis.tick_top()
    ax.spines["bottom"].set_visible(False)
    titles(
        ax,
        message(ageing_findings(ageing), "title_ageing"),
        word("subtitle_ageing", n=f"{int(ageing.n.sum()):,}"),
        word("note_ageing"),
    )
    return ax
