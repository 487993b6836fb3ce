"""What the moments say: which of them are remembered, where the peaks lie, what is felt."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.engine import Missing
from keytouch.findings import Finding, chance_first, extreme, one
from keytouch.labels import is_blank, name_of, number_text
from keytouch.words import word


def memory_findings(rules: pd.DataFrame | Missing) -> list[Finding]:
    """Which rule the memory follows; else between which it is undecided, or how many are needed.

    Moments that were rated afterwards, with the whole, make no claim on memory: the mood of the
    whole colours them, and their mean fits best for that reason alone.
    """
    if isinstance(rules, Missing) or rules.empty:
        return []
    first, second = rules.iloc[0], rules.iloc[1]
    words = {
        "rule": word(f"rule_{first['rule']}"),
        "other": word(f"rule_{second['rule']}"),
        "ratio": ratio_text(second.evidence_ratio),
    }
    if first.ordered_by != "clock" and first.verdict != "not_enough":
        key = "finding_memory_afterwards"
        return [one(first, key, "correlation", rank=9, probability=first.p_best, **words)]
    if first.verdict == "best":
        return [
            one(
                first, "finding_memory", "correlation", rank=4, probability=first.p_best,
                claim="remembered_by", about=first["rule"], **words,
            )
        ]  # fmt: skip
    if first.verdict == "undecided":
        chance = min(first.p_best, first.rule_weight)
        return [
            one(first, "finding_memory_open", "correlation", rank=8, probability=chance, **words)
        ]
    hopeless = is_blank(first.n_safe)
    key = "finding_memory_hopeless" if hopeless else "finding_memory_few"
    words |= {
        name: "" if hopeless else number_text(name, first[name]) for name in ("n_needed", "n_safe")
    }
    return [one(first, key, "correlation", rank=9, probability=first.p_best, **words)]


def ratio_text(ratio: float) -> str:
    """An evidence ratio as a reader sees it: 7, 240, or more than 1,000."""
    return ">1,000" if ratio > 1000 else f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}"


def memory_bin_findings(bins: pd.DataFrame | Missing) -> list[Finding]:
    """How much better the journeys with the highest value of the rule are remembered."""
    if isinstance(bins, Missing):
        return []
    judged = bins[bins.score_lo.notna()]
    if len(judged) < 2:
        return []
    low, high = judged.iloc[0], judged.iloc[-1]
    change = float(high.score - low.score)
    half = float(np.hypot((low.score_hi - low.score_lo) / 2, (high.score_hi - high.score_lo) / 2))
    words = {
        "rule": word(f"rule_{low['rule']}"),
        "low": number_text("score", low.x),
        "high": number_text("score", high.x),
    }
    key = "finding_memory_rise" if abs(change) > half else "finding_memory_flat"
    n = int(low.n + high.n)
    return [
        Finding(
            key, key, "score_change", change, change - half, change + half, n,
            "method_difference", words=words,
        )
    ]  # fmt: skip


def peak_moment_findings(table: pd.DataFrame | Missing) -> list[Finding]:
    """The touchpoint that most often holds the emotional peak."""
    if isinstance(table, Missing):
        return []
    judged = table[~table.small].reset_index(drop=True)
    if len(judged) < 2:
        return []
    chance = chance_first(judged, "peak_rate", highest=True)
    order = np.argsort(-chance, kind="stable")
    first, second = judged.iloc[order[0]], judged.iloc[order[1]]
    return [
        one(
            first,
            "finding_peak_moment",
            "peak_rate",
            rank=6.3,
            probability=chance[order[0]],
            other=name_of("touchpoint_id", second.touchpoint_id),
            high=number_text("high_peak_rate", first.high_peak_rate),
            low=number_text("low_peak_rate", first.low_peak_rate),
        )
    ]


def feeling_findings(table: pd.DataFrame | Missing) -> list[Finding]:
    """The touchpoint that feels worst, and the one where feelings differ most."""
    if isinstance(table, Missing) or table.affect.isna().all():
        return []
    felt = table[table.affect.notna()]
    worst = extreme(
        felt, "affect", "finding_feeling", highest=False, rank=6.4, id_column="touchpoint_id"
    )
    spread = extreme(
        felt, "affect_sd", "finding_feeling_sd", highest=True, rank=8.4, id_column="touchpoint_id"
    )
    return worst + spread
