"""What the driver tables say: halo told from effect, what only punishes or pleases, who differs."""

from __future__ import annotations

import pandas as pd

from keytouch.engine import Missing
from keytouch.findings import Finding, one
from keytouch.labels import cell_text, interval_text, name_of, number_text
from keytouch.words import word

SURE = 0.8
CLAIMS = {"basic": "penalty_only", "excitement": "reward_only", "performance": "linear"}


def halo_findings(importance: pd.DataFrame | Missing, *, top: int = 2) -> list[Finding]:
    """Touchpoints that correlate as much as true drivers but have no effect of their own.

    Named are those whose correlation would put them in the upper half, most strongly correlated
    first. Where the data can't separate touchpoints from the rest, one sentence names them.
    """
    if isinstance(importance, Missing) or importance.empty:
        return []
    judged = importance[~importance.small]
    high = judged.correlation_lo > max(judged.correlation.median(), 0)
    echo = judged[high & (judged.verdict == "noise")].sort_values("correlation", ascending=False)
    found = [
        one(
            row,
            "finding_halo",
            "slope",
            rank=3.6,
            correlation=number_text("correlation", row.correlation),
            material=number_text("slope", row.material),
        )
        for _, row in echo.head(top).iterrows()
    ]
    return found + _shared_finding(judged[judged.verdict == "shared"])


def _shared_finding(shared: pd.DataFrame) -> list[Finding]:
    """One sentence on what can't be separated, about the strongest of them."""
    if shared.empty:
        return []
    names = word("list_joint").join(name_of("touchpoint_id", i) for i in shared.touchpoint_id[:4])
    more = word("and_more") if len(shared) > 4 else ""
    return [one(shared.iloc[0], "finding_shared", "slope", rank=6.9, names=names + more)]


def penalty_reward_findings(table: pd.DataFrame | Missing, *, top: int = 3) -> list[Finding]:
    """Touchpoints that surely only punish or only please; where none does, what is likeliest.

    One that surely does both is recorded by `penalty_reward_records`.
    """
    if isinstance(table, Missing) or table.empty:
        return []
    bent = table[~table.small & table.impact.isin(["basic", "excitement"])]
    sure = bent[(bent.probability >= SURE) & (bent.p_value <= 0.05)].head(top)
    chosen = sure if len(sure) else bent[bent.probability < SURE].head(1)
    return [_sided(row, rank=3.7 + place / 10) for place, row in enumerate(_rows(chosen))]


def penalty_reward_records(table: pd.DataFrame | Missing) -> list[Finding]:
    """Every touchpoint's type that matters, for findings.json; not shown."""
    if isinstance(table, Missing):
        return []
    said = {finding.id for finding in penalty_reward_findings(table)}
    clear = (table.impact == "performance") | (table.p_value <= 0.05)
    judged = table[~table.small & clear & (table.impact != "none")]
    found = [_sided(row, rank=12) for row in _rows(judged)]
    return [finding for finding in found if finding.id not in said]


def _rows(table: pd.DataFrame) -> list[pd.Series]:
    return [row for _, row in table.iterrows()]


def _sided(row: pd.Series, *, rank: float) -> Finding:
    """One touchpoint's type: the side that counts as its number, the other as a change in words."""
    side, other = "penalty", (row.reward, row.reward_lo, row.reward_hi)
    if row.impact == "excitement":
        side, other = "reward", (-row.penalty, -row.penalty_hi, -row.penalty_lo)
    return one(
        row,
        f"finding_{row.impact}",
        side,
        rank=rank,
        probability=row.probability,
        claim=CLAIMS[row.impact],
        other=number_text("reward", other[0]),
        other_interval=interval_text("reward", *other[1:]),
    )


def synergy_findings(table: pd.DataFrame | Missing, *, top: int = 2) -> list[Finding]:
    """Pairs that surely bring more together, or less, than each by itself; or that none does."""
    if isinstance(table, Missing) or table.empty:
        return []
    sure = table[table.p_value <= 0.05].head(top)
    if sure.empty:
        likeliest = table.iloc[0]
        return [_paired(likeliest, "finding_no_synergy", count=f"{len(table):,}")]
    return [
        _paired(row, "finding_synergy" if row.extra_points > 0 else "finding_offset", sure=True)
        for row in _rows(sure)
    ]


def _paired(row: pd.Series, key: str, *, sure: bool = False, **words: str) -> Finding:
    first, second = row.touchpoint_id, row.other_id
    return one(
        row.drop("touchpoint_id"),
        key,
        "extra_points",
        rank=6.6 if sure else 9,
        probability=1 - row.p_value if sure else 1.0,
        claim="synergy" if sure and row.extra_points > 0 else "",
        about=f"{first}+{second}" if sure else "",
        first=name_of("touchpoint_id", first),
        second=name_of("touchpoint_id", second),
        **words,
    )


def segment_effect_findings(
    table: pd.DataFrame | Missing, *, by: str = "segment", top: int = 2
) -> list[Finding]:
    """Groups in which a touchpoint surely moves the whole more, or less, than elsewhere."""
    if isinstance(table, Missing) or table.empty:
        return []
    sure = table[table.differs.astype(bool) & ~table.small.astype(bool)].head(top)
    found = [
        one(
            row,
            "finding_segment_more" if row.slope_difference > 0 else "finding_segment_less",
            "slope_difference",
            rank=4.2 + place / 10,
            probability=1 - row.p_value,
            claim="segment_effect" if by == "segment" else "",
            about=str(row[by]),
            group=cell_text(by, row[by]),
            slope=number_text("slope", row.slope),
            slope_interval=interval_text("slope", row.slope_lo, row.slope_hi),
        )
        for place, row in enumerate(_rows(sure))
    ]
    return found or [_alike(table, "finding_segment_alike")]


def drift_findings(table: pd.DataFrame | Missing, *, top: int = 2) -> list[Finding]:
    """Touchpoints whose effect has changed, so that the ranking is due again; or that none has."""
    if isinstance(table, Missing) or table.empty:
        return []
    due = table[table.rerank_due.astype(bool)]
    if due.empty:
        return [_alike(table, "finding_drift_none")]
    names = due.sort_values(["p_any", "touchpoint_id"]).touchpoint_id.unique()[:top]
    return [_drifted(table[table.touchpoint_id == name]) for name in names]


def _drifted(rows: pd.DataFrame) -> Finding:
    """The last period's effect beside the first's."""
    first, last = rows.iloc[0], rows.iloc[-1]
    return one(
        last,
        "finding_drift",
        "slope",
        rank=4.6,
        probability=1 - last.p_any,
        since=cell_text("period", first.period),
        until=cell_text("period", last.period),
        before=number_text("slope", first.slope),
        before_interval=interval_text("slope", first.slope_lo, first.slope_hi),
    )


def _alike(table: pd.DataFrame, key: str) -> Finding:
    """That no difference can be told from chance; about the largest of them."""
    widest = table.sort_values(["p_any", "p_value"]).iloc[0]
    return one(widest, key, "slope_difference", rank=9, p_any=number_text("p_value", widest.p_any))


def outcome_driver_findings(
    table: pd.DataFrame | Missing, *, outcome: str, top: int = 2
) -> list[Finding]:
    """The touchpoints that surely move an outcome, or that none does."""
    if isinstance(table, Missing) or table.empty:
        return []
    sure = table[~table.small & (table.verdict == "robust")].head(top)
    if sure.empty:
        return [
            one(
                table.iloc[0],
                "finding_outcome_none",
                "effect_rate",
                rank=9,
                outcome=_named(outcome),
            )
        ]
    return [
        one(
            row,
            "finding_outcome_driver",
            "effect_rate",
            rank=4.4 + place / 10,
            outcome=_named(outcome),
        )
        for place, row in enumerate(_rows(sure))
    ]


def _named(outcome: str) -> str:
    return word(f"driven_{outcome}")
