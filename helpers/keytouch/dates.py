"""Which date dialect a column speaks, and the SQL that reads it.

Rows that begin with the year, or name the month, say it themselves. Where day and month could
be swapped, the whole column decides (a 13 can't be a month); if it can't, the consultant is
asked for `dates:` rather than guessing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import duckdb

from keytouch.problems import Problem
from keytouch.raw import ROW, RawTable, text_literal

ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?$"
OFFSET = r":[0-9]{2}(\.[0-9]+)? ?(Z|z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})$"
TAIL = r" ?(Z|z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})$"
MAX_SHAPES = 5000
ORDERS = ("ymd", "dmy", "mdy", "excel")
_TIME = r"(?: 9{1,2}(?::99){0,2}(?:\.9+)?(?: ?[AaPp][Mm])?)?"
_DATES = (
    ("ymd", re.compile(rf"^9999([-/.])9{{1,2}}\1(9{{1,2}})({_TIME})$")),
    ("numeric", re.compile(rf"^9{{1,2}}([-/.])9{{1,2}}\1(9999|99)({_TIME})$")),
    ("named", re.compile(rf"^9{{1,2}}([- ])[A-Za-z]{{3}}\1(9999|99)({_TIME})$")),
    ("named", re.compile(rf"^[A-Za-z]{{3}}( )9{{1,2}} (9999|99)({_TIME})$")),
    ("named", re.compile(rf"^9999([- ])[A-Za-z]{{3}}\1(9{{1,2}})({_TIME})$")),
)
_DIGITS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


@dataclass(frozen=True)
class DateColumn:
    """How a timestamp column is read, and what was noticed."""

    problems: list[Problem] = field(default_factory=list)
    patterns: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    sorts: frozenset[str] = frozenset()
    zone: str = "UTC"

    def sql(self, text: str, dialect: str = "") -> str:
        """SQL over cleaned text; `dialect` is `kt_date` of it, where that stands ready."""
        return _sql(self, text, dialect or f"kt_date({text})")


def read_dates(
    con: duckdb.DuckDBPyConnection,
    raw: RawTable,
    column: str,
    text: str,
    *,
    formats: list[str],
    zone: str,
) -> DateColumn:
    """How to read `text` (SQL over the raw table) as naive timestamps in the client's zone.

    `formats` are the consultant's own: strptime formats, or one word of ORDERS.
    """
    patterns = [form for form in formats if form not in ORDERS]
    orders = [form for form in formats if form in ORDERS]
    if bad := [form for form in patterns if not _valid(con, form)]:
        values = {"found": ", ".join(bad)}
        return DateColumn(
            [Problem("problem_date_format", "error", raw.file, column, values=values)]
        )
    if patterns and not orders:
        return DateColumn(patterns=tuple(patterns), zone=zone)
    shapes = _shapes(con, raw, text)
    sorts = {shape: _sort(shape) for shape in shapes}
    order, problems = _order(con, raw, column, text, sorts, shapes, orders)
    if any(problem.severity == "error" for problem in problems):
        return DateColumn(problems)
    forms = (*patterns, *_formats(sorts, order))
    problems += _mixed(raw, column, sorts, shapes, order)
    return DateColumn(problems, (), forms, frozenset(sorts.values()), zone)


def _valid(con: duckdb.DuckDBPyConnection, form: str) -> bool:
    try:
        con.execute("SELECT try_strptime('2020-01-01', ?)", [form]).fetchone()
    except duckdb.Error:
        return False
    return "%" in form


def _patterned(column: DateColumn, text: str, dialect: str) -> list[str]:
    """The consultant's formats; a `%z` at the end is read as an offset."""
    plain = [form for form in column.patterns if not form.endswith(("%z", "%Z"))]
    zoned = [form[:-2].rstrip() for form in column.patterns if form.endswith(("%z", "%Z"))]
    parts = []
    for source in (text, dialect):
        if plain:
            parts.append(f"try_strptime({source}, {_listed(plain)})")
        if zoned:
            parts.append(_with_offset(source, zoned, column.zone))
    return parts


def _shapes(con: duckdb.DuckDBPyConnection, raw: RawTable, text: str) -> dict[str, int]:
    """The column's shapes (every digit a 9; "iso" for the plain form) with their counts."""
    shape = "regexp_replace(kt_date(t), '[0-9]', '9', 'g')"
    found = con.execute(
        f"SELECT CASE WHEN regexp_matches(t, '{ISO}') THEN 'iso' ELSE {shape} END, count(*) "
        f"FROM (SELECT kt_typed({text}) AS t FROM {raw.sql}) WHERE t IS NOT NULL "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MAX_SHAPES}"
    ).fetchall()
    return dict(found)


def _sort(shape: str) -> str:
    """What kind of date a shape is; "" for none."""
    if shape == "iso":
        return "iso"
    base = re.sub(r" ?(Z|z|UTC|GMT|[+-]99:?99)$", "", shape) if ":99" in shape else shape
    for sort, pattern in _DATES:
        if pattern.match(base):
            return sort
    if re.fullmatch(r"9+", shape) and len(shape) in (10, 13):
        return "epoch"
    if re.fullmatch(r"9+", shape) and len(shape) in _DIGITS:
        return "ymd"
    return "excel" if re.fullmatch(r"99999(\.9+)?", shape) else ""


def _formats(sorts: dict[str, str], order: list[str]) -> list[str]:
    """strptime formats for the shapes found; two-digit years first, so that 20 is 2020."""
    forms: dict[str, None] = {}
    for shape, sort in sorts.items():
        if sort in ("ymd", "named", "numeric"):
            for form in _shape_formats(shape, sort, order):
                forms[form] = None
    return sorted(forms, key=lambda form: ("%y" not in form, form))


def _shape_formats(shape: str, sort: str, order: list[str]) -> list[str]:
    if re.fullmatch(r"9+", shape):
        return [_DIGITS[len(shape)]]
    base = re.sub(TAIL.replace("[0-9]", "9"), "", shape) if ":99" in shape else shape
    match = next(found for _, pattern in _DATES if (found := pattern.match(base)))
    cut, year, time = match[1], "%Y" if "9999" in match[0][:12] else "%y", _time_format(match[3])
    if sort == "ymd":
        return [f"%Y{cut}%m{cut}%d{time}"]
    if sort == "named":
        if base[0] != "9":
            return [f"%b %d {year}{time}"]
        return [
            f"%Y{cut}%b{cut}%d{time}" if base.startswith("9999") else f"%d{cut}%b{cut}{year}{time}"
        ]
    made = {
        "dmy": f"%d{cut}%m{cut}{year}",
        "mdy": f"%m{cut}%d{cut}{year}",
        "ymd": f"%y{cut}%m{cut}%d",
    }
    return [made[one] + time for one in order if one != "excel"]


def _time_format(time: str) -> str:
    if not time:
        return ""
    half = time[-1] in "mM"
    form = " %I" if half else " %H"
    form += "".join([":%M", ":%S"][: time.count(":")])
    form += ".%f" if "." in time else ""
    return form + ((" %p" if time[-3] == " " else "%p") if half else "")


def _order(
    con: duckdb.DuckDBPyConnection,
    raw: RawTable,
    column: str,
    text: str,
    sorts: dict[str, str],
    shapes: dict[str, int],
    given: list[str],
) -> tuple[list[str], list[Problem]]:
    """Day or month first? Decided by the rows that leave no choice."""
    if given:
        return given, []
    if "numeric" not in sorts.values():
        return [], []
    first, second, third = ("try_cast(p[1] AS INT)", "try_cast(p[2] AS INT)", "p[3]")
    both = f"{first} <= 12 AND {second} <= 12 AND {first} <> {second} AND NOT dotted"
    short = (
        f"length({third}) = 2 AND {first} > 12 AND NOT dotted AND try_cast({third} AS INT) <= 31"
    )
    row = con.execute(
        f"SELECT count(*) FILTER ({first} > 12), count(*) FILTER ({second} > 12), "
        f"count(*) FILTER ({both}), count(*) FILTER ({short}), "
        f"list_slice(list({ROW} ORDER BY {ROW}) FILTER ({both} OR {short}), 1, 5), "
        f"min(t) FILTER ({both} OR {short}), count(*) FILTER (dotted) "
        f"FROM (SELECT {ROW}, t, contains(t, '.') AND NOT contains(t, '/') AS dotted, "
        "string_split_regex(split_part(t, ' ', 1), '[-/.]') AS p "
        f"FROM (SELECT {ROW}, kt_date(kt_typed({text})) AS t FROM {raw.sql}) "
        "WHERE regexp_matches(t, '^[0-9]{1,2}[-/.][0-9]{1,2}[-/.]([0-9]{4}|[0-9]{2})( |$)'))"
    ).fetchone() or (0, 0, 0, 0, [], "", 0)
    days, months, unclear, short_years, rows, example, dotted = row
    doubtful = short_years if short_years else unclear if bool(days) == bool(months) else 0
    if doubtful:
        values = {"example": example}
        return [], [
            Problem(
                "problem_dates_unclear", "error", raw.file, column, tuple(rows), doubtful, values
            )
        ]
    order = ["dmy"] if days or dotted else []
    return order + (["mdy"] if months else []) or ["dmy"], []


def _mixed(
    raw: RawTable, column: str, sorts: dict[str, str], shapes: dict[str, int], order: list[str]
) -> list[Problem]:
    """Warnings: several dialects in one column; numbers read as Excel days or Unix seconds."""
    counts: dict[str, int] = {}
    for shape, sort in sorts.items():
        if sort:
            dialect = "ymd" if sort == "iso" else sort
            counts[dialect] = counts.get(dialect, 0) + shapes[shape]
    problems = []
    for sort in ("excel", "epoch"):
        if sort in counts:
            key = f"problem_dates_{sort}"
            problems.append(Problem(key, "warning", raw.file, column, count=counts[sort]))
    if len(counts) > 1 or ("numeric" in counts and len(order) > 1):
        values = {"n": sum(counts.values())}
        problems.append(Problem("problem_dates_mixed", "warning", raw.file, column, values=values))
    return problems


def _listed(forms: list[str]) -> str:
    return "[" + ", ".join(text_literal(form) for form in forms) + "]"


def _with_offset(text: str, forms: list[str], zone: str) -> str:
    """SQL: a text that ends with Z or an offset, as local time in the client's zone."""
    base = f"try_strptime(regexp_replace({text}, '{TAIL}', ''), {_listed(forms)})"
    sign = f"(CASE WHEN regexp_matches({text}, '-[0-9]{{2}}:?[0-9]{{2}}$') THEN -1 ELSE 1 END)"
    hours = (
        f"coalesce(try_cast(regexp_extract({text}, '[+-]([0-9]{{2}}):?[0-9]{{2}}$', 1) AS INT), 0)"
    )
    minutes = (
        f"coalesce(try_cast(regexp_extract({text}, '[+-][0-9]{{2}}:?([0-9]{{2}})$', 1) AS INT), 0)"
    )
    utc = f"({base} - to_minutes({sign} * ({hours} * 60 + {minutes})))"
    local = f"timezone({text_literal(zone)}, timezone('UTC', {utc}))"
    return f"CASE WHEN regexp_matches({text}, '{OFFSET}') THEN {local} END"


def _sql(column: DateColumn, text: str, dialect: str) -> str:
    """One expression that tries the plain form first and then the dialects found."""
    if column.patterns:
        return f"coalesce({', '.join(_patterned(column, text, dialect))})"
    parts = [f"CASE WHEN regexp_matches({text}, '{ISO}') THEN try_cast({text} AS TIMESTAMP) END"]
    zone = text_literal(column.zone)
    if column.forms:
        forms = list(column.forms)
        parts.append(f"try_strptime({dialect}, {_listed(forms)})")
        parts.append(_with_offset(dialect, forms, column.zone))
    plain = f"try_cast({dialect} AS DOUBLE)"
    if "excel" in column.sorts:
        day = f"TIMESTAMP '1899-12-30' + to_milliseconds(CAST(round({plain} * 86400000) AS BIGINT))"
        shape = "^[0-9]{5}(\\.[0-9]+)?$"
        parts.append(f"CASE WHEN regexp_matches({dialect}, '{shape}') THEN {day} END")
    if "epoch" in column.sorts:
        seconds = f"({plain} / CASE WHEN length({dialect}) = 13 THEN 1000 ELSE 1 END)"
        utc = f"TIMESTAMP '1970-01-01' + to_milliseconds(CAST(round({seconds} * 1000) AS BIGINT))"
        local = f"timezone({zone}, timezone('UTC', {utc}))"
        shape = "^([0-9]{10}|[0-9]{13})$"
        parts.append(f"CASE WHEN regexp_matches({dialect}, '{shape}') THEN {local} END")
    return f"coalesce({', '.join(parts)})" if len(parts) > 1 else parts[0]
