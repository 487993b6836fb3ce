"""What one raw cell means: SQL that turns text into ids, numbers, yes/no.

Every function takes and returns SQL text over DuckDB; nothing runs here but `define_macros`.
A cell that can't be read gives NULL, and its mapping says so; it is never guessed.
"""

from __future__ import annotations

import duckdb

from keytouch.raw import quoted, text_literal

SPACES = " \t\r\n\u00a0\u3000\ufeff\u200b"
FULL_WIDTH = "０１２３４５６７８９．，－＋／：％（）"
HALF_WIDTH = "0123456789.,-+/:%()"
ALWAYS_BLANK = ("null", "nan", "<na>", "#n/a", "\\n", "(null)", "nat")
TYPED_BLANK = (
    *ALWAYS_BLANK,
    "na",
    "n/a",
    "none",
    "-",
    "--",
    "—",
    "——",
    "/",
    "无",
    "空",
    "不详",
    "未知",
)
TRUE = ("true", "t", "yes", "y", "1", "是", "有", "对", "真", "√", "sí", "sim", "oui", "ja")
FALSE = ("false", "f", "no", "n", "0", "否", "无", "没有", "不是", "不", "错", "假", "×", "não")
NUMBERS = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
    "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE",
)  # fmt: skip
SQL_TYPES = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}


def _list(words: tuple[str, ...]) -> str:
    return "(" + ", ".join(text_literal(word) for word in words) + ")"


def define_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Make the small SQL functions that the expressions below use."""
    edge = SPACES.replace("\\", "")
    months = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    days = "mon|tue|wed|thu|fri|sat|sun"
    # Cheap tests stand before dear rewriting: most cells need none of it.
    macros = {
        "kt_half": f"CASE WHEN strlen(x) = length(x) THEN x "
        f"ELSE translate(x, '{FULL_WIDTH}', '{HALF_WIDTH}') END",
        "kt_clean": f"CASE WHEN regexp_matches(x, '^$|^[{edge}]|[{edge}]$') "
        f"THEN nullif(trim(x, {text_literal(SPACES)}), '') ELSE x END",
        "kt_plain": "CASE WHEN contains(x, '.') "
        "THEN regexp_replace(x, '^([+-]?[0-9]+)\\.0+$', '\\1') ELSE x END",
        "kt_text": f"CASE WHEN lower(x) NOT IN {_list(ALWAYS_BLANK)} THEN x END",
        "kt_typed": f"CASE WHEN lower(x) NOT IN {_list(TYPED_BLANK)} THEN x END",
        "kt_same": "lower(kt_plain(kt_half(x)))",
        "kt_money": "CASE WHEN regexp_matches(x, '[¥￥$€£元]') THEN "
        "trim(regexp_replace(translate(kt_half(x), '¥￥$€£', ''), '元$', '')) ELSE kt_half(x) END",
        "kt_bool": f"CASE WHEN kt_same(x) IN {_list(TRUE)} THEN true "
        f"WHEN kt_same(x) IN {_list(FALSE)} THEN false END",
        "kt_day_words": "regexp_replace(regexp_replace(x, "
        f"'[(（]?(星期|礼拜|周)[一二三四五六日天][)）]?', ' '), '^({days})[a-z]*[, ]+', '', 'i')",
        "kt_clock_words": "regexp_replace(regexp_replace(x, "
        "'(上午|早上|凌晨|清晨) *([0-9][0-9:点时分秒]*)', '\\2 AM'), "
        "'(下午|晚上|中午|傍晚) *([0-9][0-9:点时分秒]*)', '\\2 PM')",
        "kt_date_units": "regexp_replace(translate(x, '年月时点分秒日号', '--:::;@@'), "
        "'[:;]+( |$)|;', '\\1')",
        "kt_month_names": f"regexp_replace(x, '\\b({months})[a-z]*\\.?', '\\1', 'i')",
        "kt_date_spaces": "trim(regexp_replace(regexp_replace(regexp_replace(x, "
        "'(:[0-9]{2}),([0-9])', '\\1.\\2'), '([0-9])T([0-9])', '\\1 \\2'), '[, @]+', ' ', 'g'))",
        "kt_date": "kt_date_spaces(kt_month_names(regexp_replace(kt_date_units(kt_clock_words("
        "kt_day_words(kt_half(x)))), '([0-9])(st|nd|rd|th)\\b', '\\1', 'i')))",
    }
    for name, body in macros.items():
        con.execute(f"CREATE OR REPLACE TEMP MACRO {name}(x) AS {body}")


def raw_text(column: str, kind: str) -> str:
    """SQL: a raw column (of a DuckDB type) as cleaned text, NULL where blank."""
    name = quoted(column)
    if kind == "VARCHAR":
        return f"kt_clean({name})"
    if kind in ("DOUBLE", "FLOAT"):
        return f"kt_plain(CASE WHEN NOT isnan({name}) THEN {name}::VARCHAR END)"
    return f"kt_clean({name}::VARCHAR)"


def number(text: str, decimal: str = ".") -> str:
    """SQL: text as DOUBLE; thousands separators and full-width digits are understood."""
    group, point = (",", ".") if decimal == "." else (".", ",")
    money = f"kt_money({text})"
    whole = f"([0-9]{{1,3}}([\\{group}''\u00a0\u202f ][0-9]{{3}})+|[0-9]+)"
    shape = f"^[+-]?{whole}?(\\{point}[0-9]+)?([eE][+-]?[0-9]+)?$"
    bare = f"translate({money}, '{point}{group}''\u00a0\u202f ', '.')"
    slow = f"CASE WHEN regexp_matches({money}, '{shape}') THEN try_cast({bare} AS DOUBLE) END"
    fast = "^[+-]?[0-9]+([.][0-9]+)?$" if decimal == "." else "^[+-]?[0-9]+$"
    quick = f"regexp_matches({text}, '{fast}')"
    return f"CASE WHEN {quick} THEN try_cast({text} AS DOUBLE) ELSE {slow} END"


def looks_like_other_decimal(text: str, decimal: str = ".") -> str:
    """SQL: whether a refused number would be one with the other decimal sign."""
    other = "," if decimal == "." else "."
    shape = f"^[+-]?[0-9{decimal}]*[{other}][0-9]+$"
    return f"coalesce(regexp_matches(kt_money({text}), '{shape}'), false)"


def typed(kind: str, text: str, decimal: str) -> str:
    """SQL: cleaned text as a value of a kind; NULL where blank or unreadable (not timestamps)."""
    if kind in ("id", "text"):
        return f"kt_text({text})"
    if kind == "boolean":
        return f"kt_bool(kt_typed({text}))"
    value = number(text, decimal)
    if kind == "integer":
        return f"(CASE WHEN ({value}) = trunc({value}) THEN try_cast({value} AS BIGINT) END)"
    return f"({value})"


def passes_through(kind: str, raw_type: str) -> bool:
    """Whether a typed raw column already has the kind's values."""
    number_like = raw_type in NUMBERS or raw_type.startswith("DECIMAL")
    return (
        (kind == "number" and number_like)
        or (kind == "boolean" and raw_type == "BOOLEAN")
        or (kind == "timestamp" and raw_type.startswith(("DATE", "TIMESTAMP")))
    )


def passed(column: str, kind: str, raw_type: str, zone: str) -> str:
    """SQL: a typed raw column as it is, in the client's time zone and without NaN."""
    name = quoted(column)
    if kind == "timestamp":
        local = f"timezone({text_literal(zone)}, {name})" if "ZONE" in raw_type else name
        return f"CAST({local} AS TIMESTAMP)"
    if kind == "number":
        value = f"CAST({name} AS DOUBLE)"
        return f"CASE WHEN isfinite({value}) THEN {value} END"
    return name
