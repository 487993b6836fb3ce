"""What a file seems to hold: a first guess for `keytouch new`, for a consultant to correct.

A column is guessed by its name and by its cells together: a name alone misleads, cells alone
say too little.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import duckdb

from keytouch import cells
from keytouch.dates import read_dates
from keytouch.raw import RawTable

_NAMES = {
    "feedback_id": r"review|feedback|response|tweet|survey|评论|评价|反馈|问卷|答卷",
    "customer_id": r"customer|cust\b|user|member|guest|passenger|client|buyer|respondent|respnum"
    r"|客户|会员|用户|旅客|住客|顾客|买家|客人|受访",
    "journey_id": r"order|booking|reservation|trip|session|visit|ticket|journey|case|flight"
    r"|订单|预订|行程|会话|工单|旅程|单号|航班",
    "touchpoint_id": r"touch ?point|activity|event|step|stage|page|^concept:name$"
    r"|环节|接触点|触点|步骤|事件|节点",
    "channel": r"channel|source|medium|渠道|来源|平台",
    "segment": r"segment|tier|level|class|group|membership|客群|等级|类型|舱位|人群|级别",
    "region": r"region|city|province|state|country|地区|城市|省|国家",
    "outcome": r"status|outcome|result|状态|结果",
    "value": r"amount|value|revenue|price|total|spend|paid|金额|价格|消费|实付|收入",
    "wait_minutes": r"wait.*min|等待.*分|等候.*分",
    "duration_minutes": r"duration.*min|时长.*分|用时.*分",
    "success": r"success|resolved|成功|解决",
    "churned": r"churn|流失",
    "weight": r"weight|权重",
    "comment": r"comment|review|message|feedback|text|remark|opinion"
    r"|评论|评价|留言|内容|意见|建议|备注|原因",
}
_ID = (
    r"\b(id|no|num|code)$|(customer|user|order|member|guest|booking|client|trip|session|visit)id$"
    r"|num$|^case:concept:name$|编号|号$|号码|代码|^客户$|^会员$"
)
_SCORE = (
    r"\b(score|rating|rate|stars?|satisf\w*|csat|nps|ces|recommend\w*|net ?pro\w*)\b"
    r"|评分|打分|满意|得分|星级|推荐|费力|分$"
)
_NPS = r"nps|net ?pro|recommend|推荐"
_OVERALL = r"overall|total|general|whole|总体|整体|总分|综合"
_PROMISED = r"estimat|promis|expect|planned|sched|due|deadline|预计|承诺|计划|应到|应达|期限"
_POLARITY = r"polarity|sentiment|情感|极性|好评"
SCALES = ((1, 5), (0, 5), (1, 7), (1, 10), (0, 10), (1, 100), (0, 100))


@dataclass(frozen=True)
class Profile:
    """One column: how many cells are filled, how many differ, and what they can be read as."""

    name: str
    filled: int
    distinct: int
    numbers: float
    whole: float
    lo: float | None
    hi: float | None
    length: float
    dated: float
    dates: str = ""

    def named(self, pattern: str) -> bool:
        words = re.sub(r"([a-z])([A-Z])", r"\1 \2", self.name)
        return bool(re.search(pattern, re.sub(r"[_.\-]+", " ", words).strip(), re.IGNORECASE))

    @property
    def is_time(self) -> bool:
        return self.dated > 0.9

    @property
    def is_id(self) -> bool:
        return self.named(_ID) and not self.is_time and self.length < 65

    @property
    def is_score(self) -> bool:
        fits = self.numbers > 0.9 and self.distinct <= 120 and self.scale is not None
        return fits and not self.is_id and self.named(_SCORE)

    @property
    def may_be_item(self) -> bool:
        """Whether the cells alone look like answers on a scale of up to ten steps."""
        steps = self.numbers > 0.99 and self.whole > 0.99 and 4 <= self.distinct <= 12
        return steps and self.hi in (5, 6, 7, 10) and self.lo in (0, 1) and not self.is_id

    @property
    def has_codes(self) -> bool:
        """Whether 0 and 6 stand around a scale of 1 to 5, as surveys code blanks."""
        return (self.lo, self.hi) == (0, 6) and self.whole > 0.99

    @property
    def scale(self) -> tuple[int, int] | None:
        """The usual scale that holds all of the column's numbers."""
        if self.lo is None or self.hi is None:
            return None
        if self.has_codes:
            return (1, 5)
        if self.named(_NPS) and self.lo >= 0 and 5 < self.hi <= 10:
            return (0, 10)
        return next((one for one in SCALES if one[0] <= self.lo and self.hi <= one[1]), None)

    @property
    def is_nps(self) -> bool:
        return self.named(_NPS) and self.scale == (0, 10)

    @property
    def is_overall(self) -> bool:
        return self.named(_OVERALL) or self.is_nps

    @property
    def is_text(self) -> bool:
        if self.numbers > 0.5 or self.is_time or self.is_id or self.distinct < 3:
            return False
        varied = self.distinct > 0.3 * self.filled and self.length >= 8
        return varied or self.named(_NAMES["comment"])


@dataclass
class Guess:
    """What a file seems to be: its role by canonical column, its times, scores and touchpoints."""

    raw: RawTable
    rows: int
    roles: dict[str, Profile] = field(default_factory=dict)
    times: list[Profile] = field(default_factory=list)
    promised: list[Profile] = field(default_factory=list)
    scores: list[Profile] = field(default_factory=list)
    touchpoints: list[str] = field(default_factory=list)

    def unique(self, role: str) -> bool:
        """Whether a role's column is filled in every row and never repeats."""
        found = self.roles.get(role)
        return found is not None and found.distinct == found.filled == self.rows


def guess(con: duckdb.DuckDBPyConnection, raw: RawTable) -> Guess:
    """Look at a raw table and guess what it holds."""
    profiles = [_profile(con, raw, name, kind) for name, kind in raw.columns.items()]
    profiles = [profile for profile in profiles if profile.filled]
    made = Guess(raw, raw.rows)
    times = [profile for profile in profiles if profile.is_time]
    made.promised = [profile for profile in times if profile.named(_PROMISED)]
    made.times = [profile for profile in times if profile not in made.promised]
    made.scores = _scores(profiles)
    rest = [one for one in profiles if one not in times and one not in made.scores]
    for role, pattern in _NAMES.items():
        fits = [one for one in rest if one.named(pattern) and _fits(one, role)]
        if fits:
            best = max(fits, key=lambda one: one.length) if role == "comment" else fits[0]
            made.roles[role] = best
            rest.remove(best)
    if "comment" not in made.roles and (texts := [one for one in rest if one.is_text]):
        made.roles["comment"] = max(texts, key=lambda one: one.length)
    unique = [one for one in rest if one.is_id and one.distinct == one.filled == raw.rows]
    if unique and not {"journey_id", "feedback_id"} & set(made.roles):
        made.roles["journey_id"] = unique[0]
    if "touchpoint_id" in made.roles:
        made.touchpoints = _values(con, raw, made.roles["touchpoint_id"].name)
    return made


def _scores(profiles: list[Profile]) -> list[Profile]:
    """Columns named like scores, and any three or more that share a scale of answers."""
    named = [
        one for one in profiles if one.is_score or (one.named("^q ?[0-9]") and one.may_be_item)
    ]
    likely = [profile for profile in profiles if profile.may_be_item]
    shared = [one for one in likely if sum(one.hi == other.hi for other in likely) >= 3]
    return [profile for profile in profiles if profile in named or profile in shared]


def _fits(profile: Profile, role: str) -> bool:
    """Whether a column's cells suit the role that its name suggests."""
    if role == "feedback_id":
        return profile.is_id and profile.distinct == profile.filled
    if role in ("customer_id", "journey_id"):
        return profile.is_id or (profile.distinct == profile.filled and profile.length < 40)
    if role in ("value", "wait_minutes", "duration_minutes", "weight"):
        least = 0 if role != "value" else float("-inf")
        return profile.numbers > 0.95 and not profile.is_id and (profile.lo or 0) >= least
    if role == "comment":
        return profile.is_text
    if role in ("success", "churned"):
        return profile.distinct <= 2
    few = profile.distinct <= max(60, 0.05 * profile.filled) and profile.distinct <= 500
    return few and not profile.is_id and profile.length < 40


def _profile(con: duckdb.DuckDBPyConnection, raw: RawTable, name: str, kind: str) -> Profile:
    text = cells.raw_text(name, kind)
    if kind.startswith(("DATE", "TIMESTAMP")):
        dated, dates = "TIMESTAMP '2000-01-01'", ""
    else:
        dated, dates = _as_dates(con, raw, name, text)
    number = cells.number("t")
    row = con.execute(
        "SELECT count(t), count(DISTINCT t), count(v), count(*) FILTER (v = trunc(v)), min(v), "
        f"max(v), avg(length(t)), count(CASE WHEN d IS NOT NULL AND year(d) BETWEEN 1900 AND 2100 "
        f"THEN 1 END) FROM (SELECT t, {number} AS v, {dated} AS d "
        f"FROM (SELECT kt_typed({text}) AS t FROM {raw.sql}))"
    ).fetchone()
    filled, distinct, numbers, whole, lo, hi, length, times = row or (0,) * 8
    some = max(filled, 1)
    # A column of small numbers is no column of Excel days.
    share = 0 if numbers == filled and (hi or 0) < 19000101 else times / some
    return Profile(
        name, filled, distinct, numbers / some, whole / some, lo, hi, length or 0,
        share, dates if share > 0.9 else "",
    )  # fmt: skip


def _as_dates(
    con: duckdb.DuckDBPyConnection, raw: RawTable, name: str, text: str
) -> tuple[str, str]:
    """SQL that reads a column as dates, and the order that had to be assumed, if any."""
    for order in ("", "dmy"):
        forms = [order] if order else []
        found = read_dates(con, raw, name, text, formats=forms, zone="UTC")
        if not any(problem.severity == "error" for problem in found.problems):
            return found.sql("t"), order
    return "NULL", ""


def _values(con: duckdb.DuckDBPyConnection, raw: RawTable, name: str) -> list[str]:
    text = f"kt_text({cells.raw_text(name, raw.columns[name])})"
    found = con.execute(
        f"SELECT {text} AS t FROM {raw.sql} WHERE t IS NOT NULL GROUP BY 1 "
        "ORDER BY count(*) DESC, 1 LIMIT 100"
    ).fetchall()
    return [row[0] for row in found]
