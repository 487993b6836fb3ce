"""The SQL of a mapping: raw rows to candidates for a canonical table.

A candidate is a row (or one event or item of a wide row) with a value for every canonical
column it fills, a fault for every cell that can't be used, and whether it holds anything.
"""

from __future__ import annotations

import duckdb

from keytouch import cells
from keytouch.dates import DateColumn, read_dates
from keytouch.mapping import Branch, Cell, Plan, constant_text, fixed_scale
from keytouch.problems import Problem, nearest
from keytouch.raw import ROW, quoted, text_literal
from keytouch.schema import TABLES
from keytouch.settings import Mapping, Settings

SEPARATOR = "\x1f"
FIRST_YEAR, LAST_YEAR = 1900, 2100


def write_sql(con: duckdb.DuckDBPyConnection, settings: Settings, plan: Plan) -> None:
    """Write a plan's SQL, unless its dates or constants have problems, which join the plan's."""
    dates = _date_columns(con, settings, plan)
    plan.problems += _constant_problems(con, plan)
    if not any(problem.severity == "error" for problem in plan.problems):
        selects = [_branch_sql(plan, branch, settings, dates) for branch in plan.branches]
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


def _date_columns(
    con: duckdb.DuckDBPyConnection, settings: Settings, plan: Plan
) -> dict[tuple[str, str], DateColumn]:
    """How to read each timestamp column, by (canonical column, source column)."""
    read: dict[tuple[str, str], DateColumn] = {}
    for branch in plan.branches:
        for name, cell in branch.cells.items():
            kind, place = cell.column.kind, (name, cell.source)
            if kind != "timestamp" or not cell.source or place in read:
                continue
            raw_type = plan.raw.columns.get(cell.source, "BIGINT")
            if cells.passes_through(kind, raw_type):
                continue
            text = cells.raw_text(cell.source, raw_type)
            formats = _date_formats(plan.mapping, name, cell.source)
            found = read_dates(
                con, plan.raw, cell.source, text, formats=formats, zone=settings.timezone
            )
            read[place] = found
            plan.problems += [one for one in found.problems if one not in plan.problems]
    return read


def _date_formats(mapping: Mapping, name: str, source: str) -> list[str]:
    """The consultant's formats of a column: for all, by canonical column or by file column."""
    dates = mapping.dates
    if isinstance(dates, dict):
        dates = dates.get(name) or dates.get(source) or []
    return [dates] if isinstance(dates, str) else list(dates)


def _mapped_text(plan: Plan, name: str, cell: Cell) -> str:
    """SQL: a cell's cleaned text after the mapping's `values`, its constant where blank."""
    constant = (
        f"CAST({text_literal(cell.constant)} AS VARCHAR)" if cell.constant is not None else ""
    )
    if not cell.source:
        return constant
    text = cells.raw_text(cell.source, plan.raw.columns.get(cell.source, "BIGINT"))
    if pairs := plan.mapping.values.get(name):
        cases = []
        for found, value in pairs.items():
            made = "NULL" if value in ("", None) else text_literal(constant_text(value))
            same = (
                f"kt_same({text}) = kt_same({text_literal(found)})" if found else f"{text} IS NULL"
            )
            cases.append(f"WHEN {same} THEN {made}")
        text = f"CASE {' '.join(cases)} ELSE {text} END"
    blank = "kt_text" if cell.column.kind in ("id", "text") else "kt_typed"
    return f"coalesce({blank}({text}), {constant})" if constant else text


def _raw_value(
    plan: Plan, name: str, cell: Cell, dates: dict[tuple[str, str], DateColumn], zone: str
) -> str:
    """SQL over the raw row: a typed column as it is, or a date in its dialect; "" otherwise."""
    kind = cell.column.kind
    raw_type = plan.raw.columns.get(cell.source, "BIGINT")
    through = cell.source and cells.passes_through(kind, raw_type) and name != "score"
    if kind == "timestamp":
        parts = []
        if cell.source:
            date = dates.get((name, cell.source))
            parts.append(date.sql if date else cells.passed(cell.source, kind, raw_type, zone))
        if cell.constant is not None:
            parts.append(f"TIMESTAMP {text_literal(cell.constant)}")
        return f"coalesce({', '.join(parts)})" if len(parts) > 1 else parts[0]
    if through and cell.constant is None and name not in plan.mapping.values:
        return cells.passed(cell.source, kind, raw_type, zone)
    return ""


def _branch_sql(
    plan: Plan, branch: Branch, settings: Settings, dates: dict[tuple[str, str], DateColumn]
) -> str:
    """The SELECT of one branch: _row, _item, _filled, the canonical columns, their faults f_*."""
    base = [ROW, f"{_exists(plan, branch)} AS _exists"]
    read = []
    for name, cell in branch.cells.items():
        base.append(f"{_mapped_text(plan, name, cell)} AS t_{name}")
        if raw_value := _raw_value(plan, name, cell, dates, settings.timezone):
            base.append(f"{raw_value} AS c_{name}")
        else:
            text_value = cells.typed(cell.column.kind, f"t_{name}", plan.source.decimal)
            read.append(_uncoded(plan, branch, name, text_value) + f" AS c_{name}")
    level = f"SELECT {', '.join(base)} FROM {plan.raw.sql}"
    level = f"SELECT {', '.join(['*', *read])} FROM ({level})"
    faults = {
        name: _fault(plan, name, cell) for name, cell in branch.cells.items() if not cell.sure
    }
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


def _exists(plan: Plan, branch: Branch) -> str:
    """SQL: whether an event happened; always, where there are no events."""
    event = branch.event
    if event is None:
        return "true"
    tests = []
    for column, wanted in event.when.items():
        text = cells.raw_text(column, plan.raw.columns.get(column, "BIGINT"))
        values = wanted if isinstance(wanted, list) else [wanted]
        options = [
            f"coalesce(kt_same({text}) = kt_same({text_literal(constant_text(value))}), false)"
            if value != ""
            else f"{text} IS NULL"
            for value in values
        ]
        tests.append("(" + " OR ".join(options) + ")")
    if event.n:
        text = cells.raw_text(event.n, plan.raw.columns.get(event.n, "BIGINT"))
        count = cells.number(f"kt_typed({text})", plan.source.decimal)
        tests.append(f"(kt_typed({text}) IS NOT NULL AND coalesce({count} <> 0, true))")
    if not tests:
        text = cells.raw_text(event.ts, plan.raw.columns.get(event.ts, "BIGINT"))
        tests.append(f"kt_typed({text}) IS NOT NULL")
    return " AND ".join(tests)


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


def _codes(plan: Plan, branch: Branch) -> dict[str, str]:
    own = branch.question.codes if branch.question else None
    return dict(plan.mapping.codes if own is None else own)


def _uncoded(plan: Plan, branch: Branch, name: str, value: str) -> str:
    """SQL: a score's value, NULL where the cell holds a code."""
    codes = _codes(plan, branch) if name == "score" else {}
    coded = " OR ".join(f"kt_same(t_score) = kt_same({text_literal(code)})" for code in codes)
    return f"CASE WHEN NOT coalesce({coded}, false) THEN {value} END" if coded else value


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


def _feedback_rest(plan: Plan, branch: Branch, settings: Settings, level2: str) -> str:
    """Add status, and metric and scale where there is a score; the branch's own come first."""
    extra = []
    has = branch.cells
    if "score" in has:
        own_metric = "c_metric" if "metric" in has else "NULL"
        extra.append(f"coalesce({own_metric}, 'csat') AS m_metric")
    inner = f"SELECT *, {', '.join(extra)} FROM ({level2})" if extra else level2
    columns = [f"{_status(plan, branch)} AS c_status"]
    drop = [name for name in ("status", "metric", "scale_lo", "scale_hi") if name in has]
    if "score" in has:
        columns.append("m_metric AS c_metric")
        for end, name in enumerate(("scale_lo", "scale_hi")):
            fixed = fixed_scale(plan.mapping, branch)
            cases = " ".join(
                f"WHEN '{metric}' THEN {float((fixed or settings.scale(metric))[end])}"
                for metric in ("csat", "nps", "ces", "expectation", "agreement")
            )
            own = f"c_{name}, " if name in has else ""
            columns.append(f"coalesce({own}CASE m_metric {cases} END) AS c_{name}")
    elif "metric" in has:
        drop.remove("metric")
    kept = f"* EXCLUDE ({', '.join('c_' + name for name in drop)})" if drop else "*"
    return f"SELECT {kept}, {', '.join(columns)} FROM ({inner})"


def _status(plan: Plan, branch: Branch) -> str:
    """SQL: answered, blank, not_used or dont_know."""
    has = branch.cells
    if "score" in has:
        cases = [
            f"WHEN kt_same(t_score) = kt_same({text_literal(code)}) THEN '{status}'"
            for code, status in _codes(plan, branch).items()
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
