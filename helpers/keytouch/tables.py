"""Reader tables: a measure's result as a page shows it, with its interval beside each number.

`show` also hands the full table to the report, which writes it under `tables/`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import pandas as pd

from keytouch.engine import Missing
from keytouch.estimate import bounds
from keytouch.labels import (
    band_text,
    cell_text,
    column_label,
    interval_text,
    is_blank,
    name_of,
)
from keytouch.words import has_word, word

TABLE_MIME = "application/vnd.keytouch.table+json"
NOTE_MIME = "application/vnd.keytouch.note+json"
HIDDEN = {
    "method", "small", "n_eff", "slope", "slope_se", "score_sd", "known_zh", "per_journey",
    "name_zh", "name_en", "feedback_id", "unit", "gap_se", "gap_df",
    "vif", "r2", "material", "p_correlation", "halo_share",
    "from_size", "to_size",
    "min_n", "suppressed", "small_cell", "against", "facts", "whole", "slight",
}  # fmt: skip
WIDE = {"action", "quote", "path"}
NOWRAP = {"due", "start", "period", "evidence_id", "status", "stage_side", "medium", "known"}
# Columns that are never shown without an interval, beside every rate and every difference.
KPIS = {
    "explained_share", "shared_share", "penalty", "reward", "asymmetry", "extra_points",
    "score", "nps", "importance", "top_rate", "low_rate", "reach_rate", "stop_rate", "share_rate",
    "late_rate", "fail_rate", "negative_rate", "mention_rate", "answer_rate",
    "correlation", "gain_points",
    "rate", "value", "effect_points", "outcome_rate", "conversion_rate",
    "affect", "affect_sd", "perception", "peak_rate", "high_peak_rate", "low_peak_rate", "end_rate",
    "alpha", "kappa", "agree_rate", "disputed_rate", "incident_rate", "diversity",
    "effective_channels", "main_rate",
    "expectation", "gap_points", "gap_change", "alpha_expectation", "alpha_perception",
    "cronbach_alpha", "item_rest", "better", "worse", "total_strength", "category_strength",
    "own_score", "rival_score", "deviation_points", "rest_points", "consistency",
    "first_score", "second_score",
    "index_points", "salience", "behind_points", "intensity_share", "shift_points",
    "extra_steps", "extra_minutes", "extra_cost", "score_loop", "score_once", "per_customer",
    "dwell_minutes", "time_share", "wait_share", "cost_mean", "handed_share",
    "saved_minutes", "saved_each_minutes", "saved_share",
    "ces_mean", "raw_score", "adjusted_score", "bias_points",
    "after_bad", "after_good", "odds_ratio", "score_bad", "score_good", "score_change",
    "raw_score_change", "halo_score", "accuracy", "accuracy_80", "f1",
    "expected_score",
}  # fmt: skip
KPI_ENDS = ("_rate", "_difference")


def show(
    table: pd.DataFrame | Missing,
    name: str,
    *,
    columns: Sequence[str] | None = None,
    top: int = 12,
    twin: bool = False,
) -> None:
    """Show a table and hand it to the report as tables/<name>.

    `columns` chooses and orders what a page shows (all of it goes to the file); `top` rows are
    shown; `twin` folds the table away under its title, because a figure says the same. A KPI
    column without its interval is refused with ValueError; Missing becomes a sentence that says
    what the data lack.
    """
    if isinstance(table, Missing):
        tell_missing(table)
        return
    if table.empty:
        html = f'<p class="kt-missing">{escape(word("table_empty"))}</p>'
        display_bundle({"text/html": html, NOTE_MIME: {}})
        return
    shown = list(columns) if columns else _default_columns(table)
    refuse_naked(table, shown)
    page = _page(table.head(top), shown)
    title = word(f"table_{name}") if has_word(f"table_{name}") else name
    note = _note(table, top)
    body = f'{page}<p class="kt-note">{escape(note)}</p>'
    caption = f"<figcaption>{escape(title)}</figcaption>"
    if twin:
        head = escape(word("table_twin", title=title))
        caption, body = "", f"<details><summary>{head}</summary>{body}</details>"
    html = f'<figure class="kt-table">{caption}{body}</figure>'
    display_bundle({"text/html": html, TABLE_MIME: _payload(table, name, title)})


def tell_missing(missing: Missing) -> None:
    """Say in a sentence which data a section would need."""
    html = f'<p class="kt-missing">{escape(missing_text(missing))}</p>'
    display_bundle({"text/html": html, NOTE_MIME: {}})


def missing_text(missing: Missing) -> str:
    """The sentence for Missing: the table, and the columns where only they lack."""
    table = word(f"data_{missing.table}")
    if not missing.columns:
        return word("missing_table", table=table)
    joint = word("list_joint")
    columns = joint.join(column_label(column) for column in missing.columns)
    return word("missing_columns", table=table, columns=columns)


def display_bundle(bundle: dict[str, Any]) -> None:
    from IPython.display import display

    _flush_figures()
    plain = {"text/plain": ""}
    display({**plain, **bundle}, raw=True)


def _flush_figures() -> None:
    """Show open figures first, so that a page has the order of the code."""
    inline = sys.modules.get("matplotlib_inline.backend_inline")
    if inline is not None:
        inline.flush_figures()


def _default_columns(table: pd.DataFrame) -> list[str]:
    parts = {f"{name}{end}" for name in table for end in ("_lo", "_hi")} | {"lo", "hi"}
    return [name for name in table if name not in parts and name not in HIDDEN]


def is_kpi(column: str) -> bool:
    """Whether a column may never be shown or drawn without its interval."""
    return column in KPIS or column.endswith(KPI_ENDS)


def refuse_naked(table: pd.DataFrame, columns: Iterable[str]) -> None:
    """Raise ValueError where one of the columns is a KPI and the table lacks its interval."""
    naked = [
        name for name in columns if is_kpi(name) and not set(bounds(name)) <= set(table.columns)
    ]
    if naked:
        raise ValueError(f"no interval for {', '.join(naked)}: a KPI is never shown naked")


def _page(table: pd.DataFrame, shown: Sequence[str]) -> str:
    """The HTML table; every text is escaped."""
    numeric = {name for name in shown if pd.api.types.is_numeric_dtype(table[name].dtype)}
    head = "".join(
        f'<th scope="col"{_class(name, numeric)}>{escape(column_label(name))}</th>'
        for name in shown
    )
    rows = []
    for row in table.to_dict("records"):
        pale = ' class="pale"' if row.get("small") is True else ""
        cells = "".join(f"<td{_class(name, numeric)}>{_cell(row, name)}</td>" for name in shown)
        rows.append(f"<tr{pale}>{cells}</tr>")
    return (
        f'<div class="kt-scroll"><table class="kt"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _class(name: str, numeric: set[str]) -> str:
    if name in numeric:
        return ' class="num"'
    if name in WIDE:
        return ' class="wide"'
    return ' class="nowrap"' if name in NOWRAP else ""


def _cell(row: dict[str, Any], name: str) -> str:
    """One cell: the value, and its interval in a lighter tone where the table has one."""
    unit = str(row["kpi"]) if name == "value" and "kpi" in row else name
    text = escape(_text(row, unit, name))
    low, high = (row.get(bound) for bound in bounds(name))
    if is_blank(row[name]) or is_blank(low) or is_blank(high) or low == high == row[name]:
        return text
    return f'{text} <span class="ci">({escape(interval_text(unit, low, high))})</span>'


def _text(row: dict[str, Any], unit: str, name: str) -> str:
    """A cell's text; a band of lateness takes its unit from the row, ids are listed by name."""
    if name == "band" and "unit" in row:
        return band_text(row["band"], row["unit"])
    if name == "touchpoints":
        names = [name_of("touchpoint_id", i) for i in row[name].split(",") if i]
        return word("list_joint").join(names) or word("cell_empty")
    if name == "found_in" and row[name]:
        found = [word(f"found_in_{source}") for source in row[name].split(",")]
        return word("list_joint").join(found)
    if name == "other":
        return name_of(next(iter(row)), row[name])
    if name == "level" and row.get("fact") in ("channel", "segment"):
        return name_of(row["fact"], row[name])
    return cell_text(unit, row[name])


def _note(table: pd.DataFrame, top: int) -> str:
    """The line under a table: rows left to the file, interval, method, small groups."""
    parts = []
    if len(table) > top:
        parts.append(word("table_more", shown=top, all=len(table)))
    methods = list(table.get("method", pd.Series(dtype=str)).dropna().unique())
    parts += [word(key) for key in methods if has_word(key)]
    parts += group_notes(table)
    return " ".join(parts)


def group_notes(table: pd.DataFrame) -> list[str]:
    """Sentences on the groups that are pale or not shown, each with its threshold."""
    parts = []
    hidden = table[table.suppressed.astype(bool)] if "suppressed" in table else table[:0]
    shown = table.drop(hidden.index)
    if "small" in shown and shown.small.any():
        limit = shown.min_n.max() if "min_n" in shown else 0
        parts.append(word("table_small_n", n=f"{limit:,.0f}") if limit else word("table_small"))
    if len(hidden):
        name = str(table.columns[0])
        names = word("list_joint").join(cell_text(name, value) for value in hidden[name])
        limit = f"{hidden.small_cell.max():,.0f}"
        parts.append(word("table_suppressed", names=names, n=limit))
    return parts


def _payload(table: pd.DataFrame, name: str, title: str) -> dict[str, Any]:
    columns = [str(column) for column in table.columns]
    return {
        "name": name,
        "title": title,
        "columns": columns,
        "labels": [column_label(column) for column in columns],
        "rows": [[_plain(value) for value in row] for row in table.itertuples(index=False)],
    }


def _plain(value: Any) -> Any:
    """A value that JSON knows."""
    if is_blank(value):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value
