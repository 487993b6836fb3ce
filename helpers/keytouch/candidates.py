"""The SQL of a mapping: raw rows to candidates for a canonical table.

A candidate is a row (or one event or item of a wide row) with a value for every canonical
column it fills, a fault for every cell that can't be used, and whether it holds anything.
"""

from __future__ import annotations

import duckdb

from keytouch import cells
from keytouch.dates import DateColumn
from keytouch.grid import Grid, codes_of, date_columns, lay_grid
from keytouch.mapping import Branch, Cell, Plan, constant_text, fixed_metric, fixed_scale
from keytouch.problems import Problem, nearest
from keytouch.raw import ROW, quoted, text_literal
from keytouch.schema import TABLES
from keytouch.settings import DEFAULT_SCALES, Settings

SEPARATOR = "\x1f"
FIRST_YEAR, LAST_YEAR = 1900, 2100


def write_sql(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    plan: Plan,
    seen: dict[tuple[str, ...], DateColumn],
) -> None:
    """Write a plan's SQL, unless its dates or constants have problems, which join the plan's."""
    dates = date_columns(con, settings, plan, seen)
    plan.problems += _constant_problems(con, plan)
    failed = any(problem.severity == "error" for problem in plan.problems)
    if not failed and not plan.broken:
        grid = lay_grid(plan, dates, settings.timezone)
        plan.grid_sql = grid.sql
        selects = [_branch_sql(plan, branch, settings, grid) for branch in plan.branches]
        plan.sql = "\nUNION ALL BY NAME\n".join(selects)


def _constant_problems(con: duckdb.DuckDBPyConnection, plan: Plan) -> list[Problem]:
    problems = []
    for name, value in plan.mapping.constants.items():
        column = TABLES[plan.mapping.table].column(name)
        text = f"CAST({text_literal(constant_text(value))} AS VARCHAR)"
        if column.kind == "timestamp":
            read = f"try_cast({text} AS TIMESTAMP)"
        else:
            read = cells.typed(column.kind, text, ".")
        found = (con.execute(f"SELECT {read}").fetchone() or (None,))[0]
        if found is None or (column.allowed and found not in column.allowed):
            near = nearest(str(value), column.allowed) or ", ".join(column.allowed) or column.kind
            values = {"value": value, "near": near}
            problems.append(
                Problem("problem_constant", file=plan.raw.file, column=name, values=values)
            )
    return problems


def _branch_sql(plan: Plan, branch: Branch, settings: Settings, grid: Grid) -> str:
    """The SELECT of one branch: _row, _item, _filled, the canonical columns, their faults f_*."""
    faults = {
        name: _fault(plan, name, cell) for name, cell in branch.cells.items() if not cell.sure
    }
    level = f"SELECT {', '.join(grid.columns(branch))} FROM {grid.place}"
    if plan.mapping.table == "feedback":
        level = _feedback_rest(plan, branch, settings, level)
        if "score" in branch.cells:
            faults["score"] = f"CASE WHEN c_status = 'answered' THEN {_score_fault(plan)} END"
    key = TABLES[plan.mapping.table].key
    ids = [] if key in branch.cells else [f"{_made_id(plan, branch)} AS {key}"]
    columns = [f"c_{name} AS {quoted(name)}" for name in plan.columns if _has(plan, branch, name)]
    fault_list = [f"{sql} AS f_{name}" for name, sql in faults.items()]
    head = [ROW, f"{branch.item} AS _item", f"{_filled(plan, branch)} AS _filled"]
    return f"SELECT {', '.join([*head, *ids, *columns, *fault_list])} FROM ({level})"


def _has(plan: Plan, branch: Branch, name: str) -> bool:
    table = TABLES[plan.mapping.table]
    if name in branch.cells:
        return True
    if plan.mapping.table != "feedback" or name == table.key:
        return False
    return name == "status" or (
        name in ("metric", "scale_lo", "scale_hi") and "score" in branch.cells
    )


def _made_id(plan: Plan, branch: Branch) -> str:
    item = f" || ':{branch.item}'" if branch.item else ""
    return f"{text_literal(plan.prefix + ':')} || {ROW}{item}"


def _made(key: str, name: str, detail: str = "''") -> str:
    """SQL: a fault as one text: its word key, the value found, a detail."""
    sep = f"'{SEPARATOR}'"
    return f"'{key}' || {sep} || coalesce(t_{name}, '') || {sep} || {detail}"


def _fault(plan: Plan, name: str, cell: Cell) -> str:
    """SQL: what is wrong with a cell, or NULL."""
    column, value = cell.column, f"c_{name}"
    blank = f"WHEN kt_typed(t_{name}) IS NULL THEN NULL "
    if column.required and name != "status":
        blank = f"WHEN kt_typed(t_{name}) IS NULL THEN {_made('reject_required', name)} "
    unread = f"ELSE {_made('reject_' + column.kind, name)} "
    if column.kind in ("id", "text"):
        unread = f"ELSE {_made('reject_required', name)} " if column.required else ""
    if column.kind in ("number", "integer"):
        other = cells.looks_like_other_decimal(f"t_{name}", plan.source.decimal)
        blank += f"WHEN {other} THEN {_made('reject_decimal', name)} "
    # The inner CASE runs for the few cells without a value only.
    cases = [f"WHEN {value} IS NULL THEN CASE {blank}{unread}END"]
    if column.kind == "timestamp":
        years = f"year({value}) NOT BETWEEN {FIRST_YEAR} AND {LAST_YEAR}"
        cases.append(f"WHEN {years} THEN {_made('reject_year', name)}")
    if column.lo is not None:
        detail = text_literal(f"{column.lo:g}")
        cases.append(f"WHEN {value} < {column.lo} THEN {_made('reject_low', name, detail)}")
    if column.allowed:
        names = ", ".join(text_literal(one) for one in column.allowed)
        detail = text_literal(", ".join(column.allowed))
        cases.append(f"WHEN {value} NOT IN ({names}) THEN {_made('reject_allowed', name, detail)}")
    return f"CASE {' '.join(cases)} END"


# Feedback: a score, its scale, and the reasons why there is none


def _score_fault(plan: Plan) -> str:
    other = cells.looks_like_other_decimal("t_score", plan.source.decimal)
    scale = "kt_plain(c_scale_lo::VARCHAR) || '–' || kt_plain(c_scale_hi::VARCHAR)"
    return (
        "CASE WHEN c_score IS NULL THEN CASE "
        "WHEN kt_typed(t_score) IS NULL THEN NULL "
        f"WHEN {other} THEN {_made('reject_decimal', 'score')} "
        f"ELSE {_made('reject_number', 'score')} END "
        f"WHEN c_metric = 'nps' AND NOT (c_scale_lo = 0 AND c_scale_hi = 10) "
        f"THEN {_made('reject_nps', 'score', scale)} "
        f"WHEN c_score < c_scale_lo OR c_score > c_scale_hi "
        f"THEN {_made('reject_scale', 'score', scale)} END"
    )


def _feedback_rest(plan: Plan, branch: Branch, settings: Settings, level: str) -> str:
    """Add status, and metric and scale where there is a score; the branch's own come first."""
    has = branch.cells
    columns = [f"{_status(plan, branch)} AS c_status"]
    if "score" in has:
        metric = fixed_metric(branch)
        named = text_literal(metric) if metric else "coalesce(c_metric, 'csat')"
        columns.append(f"{named} AS c_metric")
        for end, name in enumerate(("scale_lo", "scale_hi")):
            own = f"c_{name}, " if name in has else ""
            columns.append(f"coalesce({own}{_scale_end(plan, branch, settings, end)}) AS c_{name}")
    made = [column.rsplit(" AS ", 1)[1] for column in columns]
    drop = [f"c_{name}" for name in has if f"c_{name}" in made]
    kept = f"* EXCLUDE ({', '.join(drop)})" if drop else "*"
    return f"SELECT {kept}, {', '.join(columns)} FROM ({level})"


def _scale_end(plan: Plan, branch: Branch, settings: Settings, end: int) -> str:
    """SQL: the lower (0) or upper (1) end of the scale, by the row's metric where it varies."""
    metric, scale = fixed_metric(branch), fixed_scale(plan.mapping, branch)
    if scale or metric:
        return f"CAST({float((scale or settings.scale(metric))[end])} AS DOUBLE)"
    cases = " ".join(
        f"WHEN '{name}' THEN {float(settings.scale(name)[end])}" for name in DEFAULT_SCALES
    )
    return f"CAST(CASE coalesce(c_metric, 'csat') {cases} END AS DOUBLE)"


def _status(plan: Plan, branch: Branch) -> str:
    """SQL: answered, blank, not_used or dont_know."""
    has = branch.cells
    if "score" in has:
        cases = [
            f"WHEN kt_same(t_score) = kt_same({text_literal(code)}) THEN '{status}'"
            for code, status in codes_of(plan, branch).items()
        ]
        made = (
            f"CASE WHEN c_score IS NOT NULL THEN 'answered' {' '.join(cases)} "
            "WHEN kt_typed(t_score) IS NULL THEN 'blank' ELSE 'answered' END"
        )
    else:
        said = [f"c_{name} IS NOT NULL" for name in ("comment", "polarity") if name in has]
        made = (
            f"CASE WHEN {' OR '.join(said)} THEN 'answered' ELSE 'blank' END" if said else "'blank'"
        )
    return f"coalesce(c_status, {made})" if "status" in has else made


def _filled(plan: Plan, branch: Branch) -> str:
    """SQL: whether the candidate holds anything: an event that happened, an answer, a comment."""
    if plan.mapping.table != "feedback":
        return "_exists"
    said = ["c_status = 'answered'"]
    said += [f"c_{name} IS NOT NULL" for name in ("comment", "polarity") if name in branch.cells]
    return "(" + " OR ".join(said) + ")"
