"""What service recovery says: was trouble set right, was it quick enough, who waits for a call."""

from __future__ import annotations

import pandas as pd

from keytouch.engine import Missing
from keytouch.findings import Finding, one
from keytouch.labels import cell_text, interval_text, number_text
from keytouch.words import word

LIKELY, UNPROVED = 0.8, 0.94
SIDES = {
    "paradox": "above", "restored": "within", "short_of": "below",
    "helped": "above", "no_help": "within", "harmed": "below",
}  # fmt: skip


def recovery_findings(paradox: pd.DataFrame | Missing) -> list[Finding]:
    """Recovered complainers against those without trouble and those not helped: satisfaction.

    The matched comparison speaks where there is one. What is not proved after the adjustment for
    several outcomes is at most "very likely".
    """
    if isinstance(paradox, Missing) or paradox.empty:
        return []
    judged = paradox[~paradox.small]
    found = []
    for place, compared in enumerate(("no_failure", "not_recovered")):
        rows = judged[judged.compared == compared]
        rows = rows[rows.outcome == rows.outcome.iloc[0]] if len(rows) else rows
        if rows.empty:
            continue
        row = rows.sort_values("held").iloc[-1]  # "matched" stands after "as_is"
        verdict, chance = _called(row, ("above", "below"))
        found.append(
            one(
                _in_unit(row),
                f"finding_recovery_{compared}_{SIDES.get(verdict, verdict)}",
                row.kpi,
                rank=5.4 + place / 10,
                probability=chance,
                what=cell_text("outcome", row.outcome),
                held=word(f"held_clause_{row.held}"),
            )
        )
    return found


def _in_unit(row: pd.Series) -> pd.Series:
    """A row whose value goes by the name of its unit."""
    ends = {row.kpi: row.value, f"{row.kpi}_lo": row.lo, f"{row.kpi}_hi": row.hi}
    kept = {name: row[name] for name in ("n", "method", "touchpoint_id") if name in row}
    return pd.Series(ends | kept)


def response_time_findings(slopes: pd.DataFrame | Missing, *, top: int = 2) -> list[Finding]:
    """What a doubled wait for the first answer goes with, where that is proved; else that it isn't.

    Satisfaction goes before the share recovered.
    """
    if isinstance(slopes, Missing) or slopes.empty:
        return []
    judged = slopes[~slopes.small]
    ordered = judged.sort_values(["target", "p_value"], ascending=[False, True], kind="stable")
    sure = ordered[ordered.verdict != "undecided"].head(top)
    if sure.empty:
        sure = judged.sort_values("p_value", kind="stable").head(1)
    found = []
    for place, (_, row) in enumerate(sure.iterrows()):
        key, chance = _called(row, ("slower_better", "slower_worse"))
        rank = 8 if key == "open" else 5.6 + place / 10
        what = cell_text("target", row.target)
        found.append(one(_in_unit(row), f"finding_response_{key}", row.kpi, rank=rank,
                         probability=chance, what=what))  # fmt: skip
    return found


def _called(row: pd.Series, names: tuple[str, str], column: str = "value") -> tuple[str, float]:
    """A verdict as it may be worded (above, below zero or open), and how sure it is.

    What is not proved counts by its adjusted p value: the likeliest of several is no news.
    """
    if row.verdict != "undecided":
        return str(row.verdict), float(row.probability)
    chance = min(float(row.probability), 1 - float(row.p_value) / 2, UNPROVED)
    return ("open" if chance < LIKELY else names[0] if row[column] > 0 else names[1]), chance


def empowerment_findings(effect: pd.DataFrame | Missing) -> list[Finding]:
    """What settling more cases at the first contact goes with: what is seen, not tried."""
    if isinstance(effect, Missing) or effect.empty:
        return []
    judged = effect[~effect.small]
    rows = judged[judged.compared == "later"] if len(judged) > 1 else judged
    found = []
    for _, row in rows.iterrows():
        verdict, chance = _called(row, ("at_once_better", "at_once_worse"), "score_change")
        found.append(
            one(
                row,
                "finding_empowerment_open" if verdict == "open" else f"finding_{verdict}",
                "score_change",
                rank=8 if verdict == "open" else 5.8,
                probability=chance,
                others=cell_text("compared", row.compared),
                rate=number_text("at_once_rate", row.at_once_rate),
                more=f"{100 * row.more_share:.0f}",
                now=number_text("score", row.score),
                then=number_text("score", row.expected_score),
                gain=number_text("gain_points", row.gain_points),
                gain_interval=interval_text("gain_points", row.gain_points_lo, row.gain_points_hi),
            )
        )
    return found


def ageing_findings(ageing: pd.DataFrame | Missing) -> list[Finding]:
    """How many customers still wait for a call, and how many of them too long: a full count."""
    if isinstance(ageing, Missing) or ageing.empty:
        return []
    waiting = ageing[ageing.status != "told_customer"]
    n, late = int(waiting.n.sum()), int(waiting.overdue_n.sum())
    if not n:
        return []
    old = int(waiting.n[waiting.age_band == "31+"].sum())
    row = pd.Series({"overdue_share": late / n, "overdue_share_lo": late / n,
                     "overdue_share_hi": late / n, "n": n, "method": "method_queue"})  # fmt: skip
    return [one(row, "finding_ageing", "overdue_share", rank=6.2, late=f"{late:,}",
                old=f"{old:,}")]  # fmt: skip
