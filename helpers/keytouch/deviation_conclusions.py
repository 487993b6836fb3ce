"""What planned against actual says: how much of the plan happened, what didn't, what it costs."""

from __future__ import annotations

import pandas as pd

from keytouch.engine import Missing
from keytouch.findings import Finding, chance_first, one
from keytouch.labels import interval_text, number_text
from keytouch.words import word

NAMED = 3


def plan_findings(plan: pd.DataFrame | Missing) -> list[Finding]:
    """What the plan is: the client's blueprint, or a draft that nobody has agreed to."""
    if isinstance(plan, Missing) or plan.empty:
        return []
    key = "finding_plan_draft" if plan.draft.any() else "finding_plan"
    count, required = len(plan), int((~plan.optional).sum())
    words = {"steps": f"{count:,}", "required": f"{required:,}",
             "stages": f"{plan.stage_id.nunique():,}"}  # fmt: skip
    return [Finding(key, key, "count", count, count, count, count, "method_count", words=words)]


def fitness_findings(fitness: pd.DataFrame | Missing) -> list[Finding]:
    """How much of the plan was kept, and how many journeys went all as planned."""
    if isinstance(fitness, Missing) or fitness.empty:
        return []
    whole = fitness[fitness.stage_id.isna()].set_index("kpi")
    clean = whole.loc["as_planned_rate"]
    row = whole.loc["steps_met_rate"]
    words = {
        "clean": number_text("as_planned_rate", clean.value),
        "clean_interval": interval_text("as_planned_rate", clean.lo, clean.hi),
    }
    return [
        Finding(
            "finding_plan_kept", "finding_plan_kept", "steps_met_rate", float(row.value),
            float(row.lo), float(row.hi), int(row.n), row.method, rank=6, words=words,
        )
    ]  # fmt: skip


def deviation_findings(deviations: pd.DataFrame | Missing) -> list[Finding]:
    """The most frequent way to leave the plan, with its chance to be the most frequent."""
    if isinstance(deviations, Missing) or deviations.empty:
        return []
    chance = chance_first(deviations, "deviation_rate", highest=True)
    at = int(chance.argmax())
    row = deviations.iloc[at]
    words = {"how": word(f"deviation_{row.deviation}"), "journeys": f"{int(row.journeys):,}"}
    return [
        one(row, "finding_deviation", "deviation_rate", rank=6.1, probability=chance[at], **words)
    ]


def cost_findings(costs: pd.DataFrame | Missing) -> list[Finding]:
    """The deviations that surely go along with a loss, the largest first; else that none does."""
    if isinstance(costs, Missing) or costs.empty:
        return []
    sure = costs[costs.differs & (costs.score_change < 0)].head(NAMED)
    if sure.empty:
        n, count = int(costs.n.max()), len(costs)
        return [
            Finding("finding_no_cost", "finding_no_cost", "count", 0, 0, 0, n, "method_plan_costs",
                    rank=9, words={"count": f"{count:,}"})
        ]  # fmt: skip
    return [
        one(
            row,
            "finding_deviation_cost",
            "score_change",
            rank=4.7 + place / 10,
            about=f"{row.deviation}:{row.touchpoint_id}",
            how=word(f"deviation_{row.deviation}"),
            raw=number_text("score_change", row.raw_score_change),
            with_n=f"{int(row.n_with):,}",
        )
        for place, (_, row) in enumerate(sure.iterrows())
    ]
