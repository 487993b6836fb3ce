"""What the tables of moments of truth and turning points say."""

from __future__ import annotations

from typing import Any

import pandas as pd

from keytouch.engine import Missing
from keytouch.findings import Finding, one
from keytouch.labels import interval_text, name_of, number_text
from keytouch.schema import MOMENTS
from keytouch.words import word

MISFIT = 0.08


def moment_findings(moments: pd.DataFrame | Missing) -> list[Finding]:
    """Which touchpoints are moments of truth, by type; the likeliest where none is sure.

    Nothing where surely none is: `key_findings` says so.
    """
    if isinstance(moments, Missing) or not moments.verdict.isin(["key", "undecided"]).any():
        return []
    sure = moments[moments.verdict == "key"]
    if sure.empty:
        open_ones = moments[moments.verdict == "undecided"]
        row = open_ones.sort_values("p_key", ascending=False, kind="stable").iloc[0]
        words = {"moment": word(f"moment_{row.moment}")}
        probability = min(float(row.p_key), 0.79)
        return [one(row, "finding_moment", "slope", rank=4.1, probability=probability, **words)]
    parts = [
        word("moment_part", moment=word(f"moment_{moment}"), names=_names(rows))
        for moment in MOMENTS
        if len(rows := sure[sure.moment == moment])
    ]
    n, scored = len(sure), int(moments.p_key.notna().sum())
    return [
        Finding(
            "finding_moments", "finding_moments", "count", n, n, n, scored, "method_moments",
            probability=float(sure.p_key.min()), rank=4.1,
            words={"count": f"{n:,}", "list": word("clause_joint").join(parts)},
        )
    ]  # fmt: skip


def _names(rows: pd.DataFrame) -> str:
    """Touchpoints by name, each with what it does."""
    told = [
        word("moment_named", name=name_of("touchpoint_id", row.touchpoint_id),
             direction=word(f"direction_{row.direction}"))
        for row in rows.itertuples()
    ]  # fmt: skip
    return word("list_joint").join(told)


def track_findings(tracks: pd.DataFrame | Missing) -> list[Finding]:
    """The trouble that goes along with the largest loss of overall score, where it surely does."""
    if isinstance(tracks, Missing):
        return []
    sure = tracks[tracks.differs & (tracks.score_change < 0)].head(1)
    return [
        one(
            row,
            "finding_track",
            "score_change",
            rank=4.8,
            signal=word(f"signal_{row.signal}"),
            bad=number_text("score", row.score_bad),
            good=number_text("score", row.score_good),
        )
        for _, row in sure.iterrows()
    ]


def turning_findings(turns: pd.DataFrame | Missing) -> list[Finding]:
    """The touchpoints after which journeys feel different; the likeliest where none is sure."""
    if isinstance(turns, Missing) or turns.empty:
        return []
    if turns.misfit.iloc[0] > MISFIT:
        return [_misfit(turns)]
    sure = turns[turns.verdict == "turns"].sort_values("p_turn", ascending=False, kind="stable")
    chosen = sure
    if sure.empty:
        chosen = turns[~turns.small].sort_values("p_turn", ascending=False, kind="stable").head(1)
    return [
        one(
            row,
            "finding_turn",
            "shift_points",
            rank=4.3 + place / 10,
            probability=row.p_turn if row.verdict == "turns" else min(row.p_turn, 0.79),
            claim="turning_point",
            good=number_text("change_points", row.after_good),
            bad=number_text("change_points", row.after_bad),
        )
        for place, (_, row) in enumerate(chosen.iterrows())
    ]


def _misfit(turns: pd.DataFrame) -> Finding:
    """That turning points can't be told here, because scores follow more than one mood."""
    value, n = float(turns.misfit.iloc[0]), int(turns.n.max())
    return Finding(
        "finding_turn_misfit", "finding_turn_misfit", "misfit", value, value, value, n,
        "method_turning", rank=9, words={"limit": number_text("misfit", MISFIT)},
    )  # fmt: skip


def percent_points(row: Any, column: str) -> dict[str, str]:
    """A difference of shares in percentage points, without a sign for percent."""
    value, lo, hi = (
        f"{100 * float(getattr(row, name)):.1f}".replace("-", "−")
        for name in (column, f"{column}_lo", f"{column}_hi")
    )
    joined = word("range_signed" if "−" in lo + hi else "range", low=lo, high=hi)
    return {"gap": value, "gap_interval": joined}


def conversion_turn_findings(turns: pd.DataFrame | Missing) -> list[Finding]:
    """The touchpoint whose failure surely goes along with the fewest conversions."""
    if isinstance(turns, Missing) or turns.empty:
        return []
    sure = turns[turns.verdict == "turns"].head(1)
    return [
        one(
            row,
            "finding_conversion_turn",
            "gap_rate",
            rank=4.4,
            probability=row.probability,
            **percent_points(row, "gap_rate"),
            odds=number_text("odds_ratio", row.odds_ratio),
            failure=number_text("failure_conversion_rate", row.failure_conversion_rate),
            failure_interval=interval_text(
                "failure_conversion_rate",
                row.failure_conversion_rate_lo,
                row.failure_conversion_rate_hi,
            ),
            success=number_text("success_conversion_rate", row.success_conversion_rate),
            success_interval=interval_text(
                "success_conversion_rate",
                row.success_conversion_rate_lo,
                row.success_conversion_rate_hi,
            ),
        )
        for _, row in sure.iterrows()
    ]


def consequence_findings(consequences: pd.DataFrame | Missing) -> list[Finding]:
    """Per consequence, the touchpoint whose low scores surely go along with it most."""
    if isinstance(consequences, Missing):
        return []
    sure = consequences[~consequences.small & (consequences.p_value <= 0.05)]
    first = sure[sure.gap_rate > 0].drop_duplicates("consequence")
    return [
        one(
            row,
            "finding_consequence",
            "gap_rate",
            rank=5.2 + place / 10,
            outcome=word(f"consequence_{row.consequence}"),
            **percent_points(row, "gap_rate"),
            low=number_text("low_outcome_rate", row.low_outcome_rate),
            other=number_text("other_outcome_rate", row.other_outcome_rate),
        )
        for place, (_, row) in enumerate(first.iterrows())
    ]
