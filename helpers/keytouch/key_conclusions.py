"""What the tables of key touchpoints, quadrants, weights and stances say."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from keytouch.engine import Missing
from keytouch.findings import Finding, one
from keytouch.labels import chance_text, interval_text, name_of, number_text
from keytouch.words import word

SURE = 0.8
MANY = 100_000  # more answers than this are no plan


def key_findings(
    keys: pd.DataFrame | Missing, *, material: float = 0.2, top: int = 3
) -> list[Finding]:
    """The key touchpoints, the undecided ones, and the two traps that were avoided.

    Names the first `top` key ones; where none is sure, the likeliest one as undecided; where
    surely none is, the one with the largest effect.
    """
    if isinstance(keys, Missing) or keys.empty:
        return []
    sure = keys[keys.verdict == "key"]
    open_ones = keys[keys.verdict == "undecided"].sort_values("p_key", ascending=False)
    level = number_text("slope", material)
    found = [
        _key(row, place, material=level) for place, (_, row) in enumerate(sure.head(top).iterrows())
    ]
    if not found and open_ones.empty:
        return [_none(keys, level), *_traps(keys)]
    if not found:
        found = [_key(open_ones.iloc[0], 0, material=level)]
        open_ones = open_ones.iloc[1:]
    return found + _open(open_ones) + _traps(keys)


def key_title(keys: pd.DataFrame, *, material: float = 0.2) -> str:
    """The key touchpoints in one sentence; where none is, what `key_findings` says first."""
    sure = keys[keys.verdict == "key"]
    if sure.empty:
        return key_findings(keys, material=material)[0].sentence()
    more = word("and_more") if len(sure) > 4 else ""
    return word(
        "title_keys_found",
        count=f"{len(sure):,}",
        all=f"{len(keys):,}",
        names=_names(sure.touchpoint_id.head(4)) + more,
        p=chance_text(float(sure.p_key.min())),
    )


def _key(row: pd.Series, place: int, **words: str) -> Finding:
    return one(
        row,
        "finding_key",
        "slope",
        rank=1 + place / 100,
        probability=_said(row),
        claim="key_touchpoint",
        needed=_needed(row.n_needed),
        **words,
    )


def _none(keys: pd.DataFrame, level: str) -> Finding:
    """That surely no touchpoint is key; with the one whose effect is largest."""
    row = keys.sort_values(["slope", "touchpoint_id"], ascending=[False, True]).iloc[0]
    words = {"material": level, "all": f"{len(keys):,}"}
    return one(row, "finding_key_none", "slope", rank=1, probability=1 - keys.p_key.max(), **words)


def _said(row: pd.Series) -> float:
    """The probability to claim: never sure where the verdict is not."""
    return float(min(row.p_key, 0.79)) if row.verdict == "undecided" else float(row.p_key)


def _needed(n: float) -> str:
    """How many answers would probably decide, in words."""
    if np.isnan(n) or n > MANY:
        return word("needed_many", n=f"{MANY:,}")
    return word("needed_about", n=f"{n:,.0f}")


def _open(open_ones: pd.DataFrame) -> list[Finding]:
    """One sentence on the touchpoints that may or may not be key."""
    likely = open_ones[open_ones.p_key > 0.2]
    if likely.empty:
        return []
    row = likely.iloc[0]
    names = _names(likely.touchpoint_id.head(3))
    more = word("and_more") if len(likely) > 3 else ""
    words = {"names": names + more, "needed": _needed(row.n_needed)}
    return [one(row, "finding_key_open", "slope", rank=3.2, probability=_said(row), **words)]


def _traps(keys: pd.DataFrame) -> list[Finding]:
    """Without effect, but the first that a look at correlations or at low scores would name."""
    empty = keys[(keys.verdict == "not") & (keys.driver_verdict != "robust")]
    found = []
    moods = empty[empty.correlation_lo > 0].sort_values("correlation", ascending=False).head(1)
    found += [
        _trap(row, "finding_mood", correlation=number_text("correlation", row.correlation))
        for _, row in moods.iterrows()
        if (keys.correlation > row.correlation).sum() < len(keys) / 3
    ]
    lows = empty[empty.score_hi < keys.score.mean()].sort_values("score").head(1)
    found += [
        _trap(
            row,
            "finding_low_score",
            score=number_text("score", row.score),
            score_interval=interval_text("score", row.score_lo, row.score_hi),
        )
        for _, row in lows.iterrows()
    ]
    return found


def _trap(row: pd.Series, key: str, **words: str) -> Finding:
    return one(row, key, "slope", rank=3.5, probability=1 - row.p_key, claim="no_effect", **words)


def effect_findings(keys: pd.DataFrame | Missing) -> list[Finding]:
    """What is recorded of every touchpoint but not shown: its effect, and the rest of the verdicts.

    An effect each; no_effect where the verdict is "not" and the effect can't be told from 0; a
    key_touchpoint each that is undecided or beyond those that `key_findings` names.
    """
    if isinstance(keys, Missing):
        return []
    found = []
    for place, (_, row) in enumerate(keys.iterrows()):
        rank = 10 + place
        found.append(one(row, "finding_effect", "slope", rank=rank, claim="effect"))
        if row.verdict == "not" and row.driver_verdict != "robust":
            found.append(_silent(row, rank, 1 - row.p_key, "no_effect"))
        elif row.verdict != "not":
            found.append(_silent(row, rank, _said(row), "key_touchpoint"))
    return found


def _silent(row: pd.Series, rank: float, probability: float, claim: str) -> Finding:
    found = one(row, "finding_effect", "slope", rank=rank, probability=probability, claim=claim)
    return Finding(**{**vars(found), "id": f"{claim}_{found.touchpoint}"})


def _names(ids: Iterable[str]) -> str:
    return word("list_joint").join(word("quoted", name=name_of("touchpoint_id", i)) for i in ids)


def quadrant_findings(matrix: pd.DataFrame | Missing) -> list[Finding]:
    """The touchpoints that are surely important but weak, else the likeliest; and the least
    decided of all, where its likeliest quadrant has less than .8.
    """
    if isinstance(matrix, Missing) or matrix.empty:
        return []
    decided = matrix[matrix.p_concentrate >= SURE].head(2)
    chosen = decided if len(decided) else matrix.head(1)
    found = [
        one(
            row,
            "finding_concentrate",
            "importance",
            rank=3,
            probability=row.p_concentrate,
            score=number_text("score", row.score),
            score_interval=interval_text("score", row.score_lo, row.score_hi),
        )
        for _, row in chosen.iterrows()
    ]
    open_ones = matrix[matrix.probability < SURE].sort_values("probability", kind="stable")
    return found + [quadrant_finding(row) for _, row in open_ones.head(1).iterrows()]


def quadrant_finding(row: pd.Series) -> Finding:
    """In which quadrant one touchpoint of `importance_performance` lies, or between which two."""
    chances = {name[2:]: row[name] for name in row.index if name.startswith("p_")}
    first, second = sorted(chances, key=lambda name: -chances[name])[:2]
    return one(
        row,
        "finding_quadrant",
        "importance",
        rank=6.8,
        probability=row.probability,
        quadrant=word(f"quadrant_{first}"),
        other=word(f"quadrant_{second}"),
        p_other=chance_text(chances[second]),
    )


def weight_findings(sensitivity: pd.DataFrame | Missing, *, top: int = 3) -> list[Finding]:
    """Whether other weights would choose other touchpoints, and which weight decides that."""
    if isinstance(sensitivity, Missing) or len(sensitivity) <= top:
        return []
    first = sensitivity.head(top)
    least = first.sort_values("p_stays", kind="stable").iloc[0]
    rivals = sensitivity.iloc[top:].sort_values("p_stays", ascending=False, kind="stable")
    matters = least.matters
    return [
        one(
            least,
            "finding_weights",
            "rank",
            rank=8.2,
            probability=least.p_stays,
            names=_names(first.touchpoint_id),
            rival=name_of("touchpoint_id", rivals.touchpoint_id.iloc[0]),
            matters=word(f"component_{matters}") if isinstance(matters, str) else "—",
            top=str(top),
        )
    ]


def stance_findings(stances: pd.DataFrame | Missing) -> list[Finding]:
    """How many touchpoints to fix, delight with, maintain, learn about and leave as they are."""
    if isinstance(stances, Missing) or stances.empty:
        return []
    counts = stances.stance.value_counts()
    parts = [
        word("stance_count", stance=word(f"stance_{name}"), n=int(counts[name]),
             names=_names(stances.touchpoint_id[stances.stance == name].head(3))
             + (word("and_more") if counts[name] > 3 else ""))
        for name in ("fix", "delight", "maintain", "learn", "drop")
        if name in counts
    ]  # fmt: skip
    n = len(stances)
    return [
        Finding(
            "finding_stances", "finding_stances", "count", n, n, n, n, "method_stances", rank=4.2,
            words={"list": word("clause_joint").join(parts)},
        )
    ]  # fmt: skip
