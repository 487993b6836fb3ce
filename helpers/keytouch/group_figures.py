"""Pictures of comparisons: groups against the rest, pooled against within, answers and silence."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import GOOD, GREY, KEY, PAIN, PALE
from keytouch.drawing import (
    ROW_HEIGHT,
    ROWS,
    dots,
    message,
    n_range,
    percent_axis,
    rows_of,
    skips_missing,
)
from keytouch.group_conclusions import (
    POOLED,
    WITHIN,
    bias_findings,
    comparison_findings,
    difference_column,
    fact_text,
    group_word,
    nonresponse_findings,
    pair_rows,
    rest_text,
    value_column,
)
from keytouch.labels import cell_text, interval_text, number_text
from keytouch.style import canvas, plain_quotes, titles
from keytouch.tables import group_notes
from keytouch.words import word

MARKS = {"lower": ("v", PAIN), "higher": ("^", GOOD)}
LESS_IS_BETTER = ("low_rate", "churn_rate")


def hidden_rows(table: pd.DataFrame) -> pd.Series:
    """Which rows are too small to be shown."""
    if "suppressed" not in table:
        return pd.Series(False, index=table.index)
    return table.suppressed.astype(bool)


@skips_missing
def plot_comparison(comparison: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Each group's difference from the rest with its interval; marks where it is proved.

    A triangle down is lower, up is higher, a circle can't be told apart, pale is not judged.
    """
    column, name = str(comparison.columns[0]), difference_column(comparison)
    known = comparison[~hidden_rows(comparison) & comparison[name].notna()]
    if known.empty:
        return None
    widest = known[name].abs().sort_values(ascending=False, kind="stable").index[:ROWS]
    shown = known[known.index.isin(widest)].reset_index(drop=True)
    folded = word("figure_folded", shown=ROWS, all=len(known)) if len(known) > ROWS else ""
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.55)
    own = value_column(comparison)
    names = [cell_text(column, value) for value in shown[column]]
    notes = [f"{number_text(own, row[own])}  n={int(row.n):,}" for _, row in shown.iterrows()]
    ax.axvline(0, color=GREY, lw=1)
    less = own in LESS_IS_BETTER
    dots(
        ax, shown, name, names, notes=notes,
        colour=lambda row: mark_of(row, less_is_better=less)[1],
    )  # fmt: skip
    for place, (_, row) in enumerate(shown.iterrows()):
        mark, tint = mark_of(row, less_is_better=less)
        tint = PALE if row.small else tint
        ax.plot(row[name], place, mark, ms=8.5 if mark != "o" else 6.5, color=tint, clip_on=False)
    _difference_axis(ax, name)
    what, rest = word(f"measure_{own}"), rest_text(comparison)
    notes_under = [word("note_comparison"), *group_notes(comparison)]
    titles(
        ax,
        message(comparison_findings(comparison), "title_comparison"),
        word("subtitle_comparison", what=what, rest=rest, n=n_range(shown)) + folded,
        " ".join(notes_under),
    )
    return ax


def mark_of(row: pd.Series, *, less_is_better: bool = False) -> tuple[str, str]:
    """The sign and the colour of a verdict; a low share of churn is good news."""
    mark, tint = MARKS.get(row.comparison, ("o", GREY))
    if less_is_better and mark != "o":
        tint = GOOD if tint == PAIN else PAIN
    return mark, tint


def _difference_axis(ax: Axes, name: str) -> None:
    """Ticks of a difference: percentage points for shares; a true minus sign."""
    factor, digits = {"rate_difference": (100, 0), "nps_difference": (1, 0)}.get(name, (1, 1))
    low, high = ax.get_xlim()
    digits = digits if factor * (high - low) > 2 * 10**-digits * 4 else digits + 1
    ax.xaxis.set_major_formatter(
        lambda value, _: (
            f"{factor * value:+.{digits}f}".replace("-", "−").replace("+0", "0")
            if abs(factor * value) < 10**-digits / 2
            else f"{factor * value:+.{digits}f}".replace("-", "−")
        )
    )
    ax.set_xlabel(word(f"axis_{name}"))


@skips_missing
def plot_within(within: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """One pair of groups: the pooled difference, the one within strata, and every stratum's.

    The pair is the one that the finding is about, else the one nearest to a reversal.
    """
    column, stratum = str(within.columns[0]), str(within.columns[2])
    name = difference_column(within)
    rows = _telling_pair(within).reset_index(drop=True)
    rows = rows.head(ROWS)
    first, other = (cell_text(column, rows[end].iloc[0]) for end in (column, "other"))
    ax = canvas(ax, height=ROW_HEIGHT * 1.15 * len(rows) + 0.6)
    kind = group_word("group", stratum)
    names = [_row_name(row, stratum, kind) for _, row in rows.iterrows()]
    colours = {POOLED: PAIN if rows.verdict_within.iloc[0] != "confirmed" else KEY, WITHIN: KEY}
    ax.axvline(0, color=GREY, lw=1)
    dots(
        ax,
        rows,
        name,
        names,
        notes=[_row_note(row, stratum, name) for _, row in rows.iterrows()],
        colour=lambda row: colours.get(row[stratum], GREY),
    )
    ax.axhline(1.5, color=PALE, lw=0.8)
    for place, mark in enumerate(("D", "s")):
        tint = colours[(POOLED, WITHIN)[place]]
        ax.plot(rows[name].iloc[place], place, mark, ms=8, color=tint, clip_on=False)
    _difference_axis(ax, name)
    ax.set_xlabel(plain_quotes(word("axis_first_less_other", first=first, other=other)))
    texts = {"first": first, "other": other, "kind": kind}
    titles(
        ax,
        _within_message(rows, name, texts),
        word("subtitle_within", n=f"{int(rows.n.iloc[0]):,}", **texts),
        word("note_within", **texts),
    )
    return ax


def _telling_pair(within: pd.DataFrame) -> pd.DataFrame:
    """The rows of the pair whose verdict says most."""
    column, stratum = str(within.columns[0]), str(within.columns[2])
    inner = within[within[stratum] == WITHIN]
    order = ["reversed", "explained", "uncovered", "confirmed", "alike"]
    size = -inner[difference_column(within)].abs()
    size = size.where(inner.verdict_within != "alike", -inner.p_reversal)
    ranked = inner.assign(_rank=inner.verdict_within.map(order.index), _size=size)
    row = ranked.sort_values(["_rank", "_size"], kind="stable").iloc[0]
    return pair_rows(within, row[column], row.other)


def _within_message(rows: pd.DataFrame, name: str, texts: dict[str, str]) -> str:
    """The pooled difference and the one within, and what that means, in one line."""
    pooled, inner = rows.iloc[0], rows.iloc[1]
    return word(
        f"title_within_{inner.verdict_within}",
        **texts,
        pooled=number_text(name, pooled[name]),
        value=number_text(name, inner[name]),
        interval=interval_text(name, inner[f"{name}_lo"], inner[f"{name}_hi"]),
    )


def _row_name(row: pd.Series, stratum: str, kind: str) -> str:
    if row[stratum] == WITHIN:
        return word("within_kind", kind=kind)
    return cell_text(stratum, row[stratum])


def _row_note(row: pd.Series, stratum: str, name: str) -> str:
    """The number, and each side's share of customers in a stratum."""
    value = number_text(name, row[name])
    if row[stratum] in (POOLED, WITHIN):
        return value
    shares = (number_text("baseline", row[side]) for side in ("share_first", "share_other"))
    return f"{value}   {word('mix_of_two', **dict(zip(('first', 'other'), shares)))}"


@skips_missing
def plot_nonresponse(nonresponse: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """The answer rate of customers with each known fact; a line marks that of all."""
    shown, folded = rows_of(nonresponse)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.5)
    level = float(nonresponse.baseline.iloc[0])
    names = [fact_text(row) for _, row in shown.iterrows()]
    notes = [
        f"{number_text('answer_rate', row.answer_rate)}  n={int(row.n):,}"
        for _, row in shown.iterrows()
    ]
    ax.axvline(level, color=GREY, lw=1, ls=(0, (4, 3)))
    dots(ax, shown, "answer_rate", names, notes=notes, colour=lambda row: mark_of(row)[1])
    for place, (_, row) in enumerate(shown.iterrows()):
        if row.comparison in MARKS:
            mark, tint = MARKS[row.comparison]
            ax.plot(row.answer_rate, place, mark, ms=8.5, color=tint, clip_on=False)
    percent_axis(ax)
    low, high = float(shown.answer_rate_lo.min()), float(shown.answer_rate_hi.max())
    around = max(high - low, 0.1) / 4
    ax.set_xlim(max(0, low - around), min(1, high + around))
    titles(
        ax,
        message(nonresponse_findings(nonresponse), "title_nonresponse"),
        word("subtitle_nonresponse", n=n_range(nonresponse)) + folded,
        word("note_nonresponse", baseline=number_text("baseline", level)),
    )
    return ax


@skips_missing
def plot_response_bias(
    bias: pd.DataFrame, ax: Axes | None = None, *, scale: tuple[float, float] = (1, 5)
) -> Axes | None:
    """The mean as answered and the mean reweighted for the silent, each with its interval."""
    row = bias.iloc[0]
    parts = ("raw_score", "adjusted_score")
    ends = {f"score{end}": [row[f"{part}{end}"] for part in parts] for end in ("", "_lo", "_hi")}
    table = pd.DataFrame(ends).assign(small=False)
    ax = canvas(ax, height=1.25)
    notes = [
        f"{number_text('score', value)}  ({interval_text('score', lo, hi)})"
        for value, lo, hi in zip(table.score, table.score_lo, table.score_hi)
    ]
    names = [word(f"bias_row_{part}") for part in parts]
    tints = iter((GREY, KEY))
    dots(ax, table, "score", names, notes=notes, colour=lambda _: next(tints))
    around = (table.score_hi - table.score_lo).max()
    ax.set_xlim(
        max(scale[0], table.score_lo.min() - around), min(scale[1], table.score_hi.max() + around)
    )
    facts = word("list_joint").join(word(f"fact_{name}") for name in row.facts.split(","))
    beyond = int(row.out_of_reach)
    note = word("note_bias", facts=facts)
    if beyond:
        note += word("note_beyond", beyond=f"{beyond:,}")
    titles(
        ax,
        message(bias_findings(bias), "title_response_bias"),
        word("subtitle_bias", n=f"{int(row.n):,}", asked=f"{int(row.asked):,}",
             lo=f"{scale[0]:g}", hi=f"{scale[1]:g}"),
        note,
    )  # fmt: skip
    return ax
