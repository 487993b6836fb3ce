"""What each measure's table says: the findings of inventory, scores, journeys, comments, plan."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.engine import Missing
from keytouch.findings import Finding, extreme, one
from keytouch.labels import band_text, cell_text, chance_text, name_of, number_text
from keytouch.words import word

WORTH_SAYING = 0.02  # a smaller share of journeys is no news


def reach_findings(reach: pd.DataFrame | Missing) -> list[Finding]:
    """Which touchpoint most journeys meet."""
    if isinstance(reach, Missing) or reach.empty:
        return []
    return [one(reach.iloc[0], "finding_reach", "reach_rate", rank=9)]


def score_findings(scores: pd.DataFrame | Missing) -> list[Finding]:
    """The touchpoint with the lowest and the one with the highest score."""
    if isinstance(scores, Missing):
        return []
    low = extreme(
        scores, "score", "finding_lowest", highest=False, rank=5, id_column="touchpoint_id"
    )
    high = extreme(
        scores, "score", "finding_highest", highest=True, rank=8, id_column="touchpoint_id"
    )
    return low + high


def driver_findings(importance: pd.DataFrame | Missing, *, top: int = 3) -> list[Finding]:
    """The touchpoints whose own effect is among the three strongest, sure ones first.

    A touchpoint is named where its verdict is robust and P(top three) ≥ .8; where no touchpoint
    is, the likeliest robust one is named as undecided.
    """
    if isinstance(importance, Missing) or importance.empty:
        return []
    judged = importance[~importance.small & (importance.verdict == "robust")]
    sure = judged[judged.p_top >= 0.8].head(top)
    chosen = sure if len(sure) else judged.head(1)
    ranks = (4.1, 4.2, 4.3)
    return [
        one(
            row,
            "finding_driver",
            "slope",
            rank=ranks[min(place, 2)],
            probability=row.p_top,
            correlation=number_text("correlation", row.correlation),
        )
        for place, (_, row) in enumerate(chosen.iterrows())
    ]


def kpi_findings(kpis: pd.DataFrame | Missing) -> list[Finding]:
    """One sentence per headline KPI."""
    if isinstance(kpis, Missing):
        return []
    ranks = {"nps": 4, "csat": 4.5}
    return [
        Finding(
            id=f"finding_{row.kpi}",
            key="finding_kpi",
            metric=row.kpi,
            value=row.value,
            lo=row.lo,
            hi=row.hi,
            n=int(row.n),
            method=row.method,
            rank=ranks.get(row.kpi, 9),
            words={"kpi": word(f"kpi_{row.kpi}")},
        )
        for row in kpis.itertuples()
    ]


def group_findings(scores: pd.DataFrame | Missing, column: str) -> list[Finding]:
    """The group (segment, channel …) with the lowest score."""
    if isinstance(scores, Missing):
        return []
    return extreme(
        scores, "score", f"finding_lowest_{column}", highest=False, rank=7, id_column=column
    )


def trend_findings(trend: pd.DataFrame | Missing) -> list[Finding]:
    """The change along a line through the whole periods, with its interval.

    Periods that the data cover in part, and small ones, have no say. With two periods the line
    is their difference; with more, its error grows where the periods jump about it.
    """
    judged = judged_periods(trend)
    if len(judged) < 2:
        return []
    change, half = _line(judged)
    moved = abs(change) > half
    fit = "_fit" if len(judged) > 2 else ""
    return [
        Finding(
            "finding_trend",
            f"finding_trend{fit}" if moved else f"finding_trend{fit}_flat",
            "score_change",
            change,
            change - half,
            change + half,
            int(judged.n.sum()),
            "method_trend_line" if fit else "method_difference",
            rank=6 if moved else 9,
            words={
                "since": cell_text("period", judged.period.iloc[0]),
                "until": cell_text("period", judged.period.iloc[-1]),
                "direction": word("rose" if change > 0 else "fell"),
                "periods": str(len(judged)),
            },
        )
    ]


def judged_periods(trend: pd.DataFrame | Missing) -> pd.DataFrame:
    """The periods of a trend that are whole, not small, and have an interval."""
    if isinstance(trend, Missing):
        return pd.DataFrame()
    judged = trend[~trend.small & trend.score_lo.notna()]
    return judged[judged.whole] if "whole" in judged else judged


def _line(judged: pd.DataFrame) -> tuple[float, float]:
    """The change from the first to the last period along a weighted line, and its half-width."""
    time = pd.to_datetime(judged.period)
    t = ((time - time.iloc[0]) / (time.iloc[-1] - time.iloc[0])).to_numpy(float)
    y = judged.score.to_numpy(float)
    n = judged.n.to_numpy(float)
    error = (judged.score_hi - judged.score_lo).to_numpy(float) / 3.92
    w = n / max(np.average(error**2 * n, weights=n), 1e-12)  # answers vary alike in all periods
    centre = np.average(t, weights=w)
    spread = w @ (t - centre) ** 2
    slope = float(w @ ((t - centre) * y) / spread)
    left = y - np.average(y, weights=w) - slope * (t - centre)
    jumpy = w @ left**2 / (len(y) - 2) if len(y) > 2 else 1.0
    return slope, float(1.96 * np.sqrt(max(jumpy, 1.0) / spread))


def funnel_findings(funnel: pd.DataFrame | Missing) -> list[Finding]:
    """The stage where most of those who reached it go no further (the last stage apart)."""
    if isinstance(funnel, Missing) or len(funnel) < 2:
        return []
    inner = funnel.iloc[:-1].assign(n=funnel.reached.iloc[:-1])
    found = extreme(inner, "stop_rate", "finding_stop", highest=True, rank=6, id_column="stage_id")
    return [finding for finding in found if finding.value >= WORTH_SAYING]


def conversion_findings(conversion: pd.DataFrame | Missing, by: str = "channel") -> list[Finding]:
    """The group whose journeys convert least."""
    if isinstance(conversion, Missing):
        return []
    return extreme(
        conversion, "conversion_rate", "finding_conversion", highest=False, rank=6.2, id_column=by
    )


def outcome_findings(outcomes: pd.DataFrame | Missing) -> list[Finding]:
    """The two most frequent ways in which journeys end."""
    if isinstance(outcomes, Missing):
        return []
    return [
        one(
            row,
            "finding_outcome",
            "outcome_rate",
            rank=6.1 + place,
            subject=name_of("outcome", row.outcome),
        )
        for place, (_, row) in enumerate(outcomes.head(2).iterrows())
    ]


def transition_findings(transitions: pd.DataFrame | Missing, *, min_n: int = 30) -> list[Finding]:
    """The touchpoint that is most often repeated at once: customers go round in a circle."""
    if isinstance(transitions, Missing):
        return []
    loops = transitions[(transitions.from_id == transitions.to_id) & (transitions.leaving >= min_n)]
    loops = loops[loops.share_rate >= WORTH_SAYING]
    if loops.empty:
        return []
    row = loops.sort_values("share_rate", ascending=False).iloc[0]
    row = pd.concat([row, pd.Series({"touchpoint_id": row.from_id})])
    return [one(row.drop("n").rename({"leaving": "n"}), "finding_loop", "share_rate", rank=7)]


def delay_findings(delays: pd.DataFrame | Missing, *, min_n: int = 30) -> list[Finding]:
    """The promise that is broken most often."""
    if isinstance(delays, Missing):
        return []
    judged = delays[delays.n >= min_n]
    return [
        one(row, "finding_late", "late_rate", rank=3.5, p50=number_text("delay_p50", row.delay_p50))
        for _, row in judged.head(1).iterrows()
    ]


def lateness_findings(bands: pd.DataFrame | Missing, touchpoint: str) -> list[Finding]:
    """What a broken promise costs: overall score of the latest journeys against the kept ones."""
    if isinstance(bands, Missing):
        return []
    judged = bands[bands.score_lo.notna() & (bands.n >= 10)].set_index("band")
    late = [band for band in ("late_more", "late_7", "late_3", "late_1") if band in judged.index]
    kept = [band for band in ("on_time", "early") if band in judged.index]
    if not late or not kept:
        return []
    a, b = judged.loc[kept[0]], judged.loc[late[0]]
    change = float(b.score - a.score)
    half = float(np.hypot((a.score_hi - a.score_lo) / 2, (b.score_hi - b.score_lo) / 2))
    if abs(change) <= half:
        return []
    return [
        Finding(
            f"finding_lateness_{touchpoint}",
            "finding_lateness",
            "score_change",
            change,
            change - half,
            change + half,
            int(a.n + b.n),
            "method_difference",
            touchpoint=touchpoint,
            rank=2,
            words={
                "band": band_text(late[0], str(b.unit)),
                "kept": band_text(kept[0], str(a.unit)),
            },
        )
    ]


def mention_findings(mentions: pd.DataFrame | Missing) -> list[Finding]:
    """The touchpoint whose mentions are most often negative."""
    if isinstance(mentions, Missing):
        return []
    return extreme(
        mentions,
        "negative_rate",
        "finding_negative",
        highest=True,
        rank=6.5,
        id_column="touchpoint_id",
    )


def pain_findings(pains: pd.DataFrame | Missing, *, top: int = 3) -> list[Finding]:
    """The pain points with the largest excess over their baseline."""
    if isinstance(pains, Missing):
        return []
    return [
        one(
            row,
            "finding_pain",
            "rate",
            rank=5.5 + place / 10,
            evidence=word(f"evidence_{row.evidence}"),
            evidence_id=row.evidence_id,
            baseline=number_text("baseline", row.baseline),
        )
        for place, (_, row) in enumerate(pains[pains.pain].head(top).iterrows())
    ]


def priority_findings(priorities: pd.DataFrame | Missing) -> list[Finding]:
    """Which touchpoint is worth improving first, or between which two it is undecided."""
    if isinstance(priorities, Missing) or priorities.empty:
        return []
    ranked = priorities.sort_values("p_first", ascending=False)
    first, second = ranked.iloc[0], ranked.iloc[1]
    other = name_of("touchpoint_id", second.touchpoint_id)
    return [
        one(
            first,
            "finding_priority",
            "gain_points",
            rank=1.5,
            probability=first.p_first,
            other=other,
            p_other=chance_text(second.p_first),
        )
    ]
