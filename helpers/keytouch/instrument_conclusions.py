"""What the survey instruments say: SERVQUAL, the five gaps, Kano, competitors, the brand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from keytouch.engine import Missing
from keytouch.expectations import GAPS, PROVIDER
from keytouch.findings import Finding, chance_first, one
from keytouch.kano_model import CATEGORIES, LETTERS
from keytouch.labels import cell_text, chance_text, interval_text, name_of, number_text
from keytouch.respondents import FAR
from keytouch.service_quality import OVERALL
from keytouch.words import word

SURE = 0.8
NOT_ASKED = Missing("feedback", ("dimension",))


def place_name(touchpoint_id: Any) -> str:
    """A touchpoint's name, or the word for the whole."""
    known = not str(touchpoint_id).startswith("(")
    return name_of("touchpoint_id", touchpoint_id) if known else word("the_whole")


def item_name(row: Any) -> str:
    """A question's name; where the item is the touchpoint itself, that one's name."""
    name = name_of("item", row["item"])
    return name_of("touchpoint_id", row["item"]) if name == row["item"] else name


def servqual_findings(servqual: pd.DataFrame | Missing) -> list[Finding]:
    """The dimension that falls shortest of expectations, and the weighted whole."""
    if isinstance(servqual, Missing) or servqual.empty:
        return []
    judged = servqual[(servqual.dimension != OVERALL) & ~servqual.small]
    whole = servqual[servqual.dimension == OVERALL].iloc[0]
    if judged.gap_points.notna().sum() < 2:
        return _servperf(judged, whole)
    found = _shortest(judged[judged.gap_points_lo.notna()].reset_index(drop=True))
    if whole.gap_points_lo == whole.gap_points_lo and not whole.small:
        found.append(one(whole, "finding_servqual_overall", "gap_points", rank=8.2))
    return found


def _shortest(judged: pd.DataFrame) -> list[Finding]:
    if judged.empty or judged.gap_points_lo.min() >= 0 or judged.gap_points.min() >= 0:
        return []
    chance = chance_first(judged, "gap_points", highest=False)
    first, second = (judged.iloc[k] for k in (-chance).argsort(kind="stable")[:2])
    return [
        one(
            first,
            "finding_servqual_gap",
            "gap_points",
            rank=4.2,
            probability=float(chance.max()) * (1 - first.p_value / 2),
            claim="servqual_gap",
            about=str(first.dimension),
            dimension=cell_text("dimension", first.dimension),
            other=cell_text("dimension", second.dimension),
            expectation=number_text("expectation", first.expectation),
            perception=number_text("perception", first.perception),
        )
    ]


def _servperf(judged: pd.DataFrame, whole: pd.Series) -> list[Finding]:
    """Without expectations: the dimension with the lowest perception."""
    judged = judged[judged.perception_lo.notna()].reset_index(drop=True)
    if len(judged) < 2:
        return []
    chance = chance_first(judged, "perception", highest=False)
    first, second = (judged.iloc[k] for k in (-chance).argsort(kind="stable")[:2])
    return [
        one(
            first,
            "finding_servperf",
            "perception",
            rank=4.2,
            probability=float(chance.max()),
            dimension=cell_text("dimension", first.dimension),
            other=cell_text("dimension", second.dimension),
            whole=number_text("perception", whole.perception),
        )
    ]


def wave_findings(waves: pd.DataFrame | Missing) -> list[Finding]:
    """The dimensions whose gap surely changed from one wave to the next, largest change first."""
    if isinstance(waves, Missing) or waves.empty:
        return []
    table = waves.assign(before=waves.groupby("dimension").wave.shift(1))
    table = table[table.gap_change_lo.notna() & ~table.small]
    moved = table[table.p_value <= 0.05]
    moved = moved.sort_values("gap_change", key=abs, ascending=False)
    found = [_change(row) for _, row in moved.iterrows()]
    if found or table.empty:
        return found
    widest = table.sort_values("gap_change", key=abs, ascending=False).iloc[0]
    return [replace(_change(widest), key="finding_wave_steady", claim="", rank=9)]


def _change(row: pd.Series) -> Finding:
    better = row.gap_change > 0
    finding = one(
        row,
        "finding_wave_better" if better else "finding_wave_worse",
        "gap_change",
        rank=5.2,
        probability=1 - row.p_value / 2,
        claim="servqual_gain" if better else "",
        about=str(row.dimension),
        dimension=cell_text("dimension", row.dimension),
        since=cell_text("wave", row.before),
        until=cell_text("wave", row.wave),
        gap=number_text("gap_points", row.gap_points),
    )
    return replace(finding, id=f"{finding.key}_{row.dimension}_{row.wave}")


def provider_gap_findings(
    gaps: pd.DataFrame | Missing, by_dimension: pd.DataFrame | Missing = NOT_ASKED
) -> list[Finding]:
    """The largest shortfall inside the company, the dimension where it is worst, what to do.

    Over all dimensions where that is decided, then (from `service_gaps`) in one dimension where
    that is; undecided only where neither is.
    """
    whole = _inner(gaps)
    if whole.empty:
        return []
    first, second = whole.iloc[0], whole.iloc[min(1, len(whole) - 1)]
    found = [_inner_gap(first, "finding_provider_gap", other=word(f"gap_{second.gap}"))]
    found = found if first.gap_points < 0 else []
    worst = _inner(by_dimension).head(1)
    there = [
        _inner_gap(row, "finding_provider_gap_at", dimension=cell_text("dimension", row.dimension))
        for _, row in worst.iterrows()
        if "dimension" in worst and row.gap_points < 0
    ]
    decided = [finding for finding in found + there if finding.strength != "undecided"]
    return decided or found


def _inner(gaps: pd.DataFrame | Missing) -> pd.DataFrame:
    """The gaps inside the company that have an interval, the likeliest to be largest first."""
    if isinstance(gaps, Missing):
        return pd.DataFrame()
    inner = gaps[gaps.gap.isin(PROVIDER) & gaps.gap_points_lo.notna() & ~gaps.small]
    return inner.assign(p_largest=inner.p_largest.fillna(1.0)).sort_values(
        "p_largest", ascending=False, kind="stable"
    )


def _inner_gap(row: pd.Series, key: str, **words: str) -> Finding:
    high, low = GAPS[row.gap]
    sure = row.p_largest * (1 - row.p_value / 2)
    action = word(f"gap_action_{row.gap}") if sure >= SURE else ""
    return one(
        row,
        key,
        "gap_points",
        rank=5,
        probability=sure,
        claim="provider_gap",
        about=low if row.gap == "communication" else high,
        gap=word(f"gap_{row.gap}"),
        action=action,
        **words,
    )


def expectation_findings(gaps: pd.DataFrame | Missing) -> list[Finding]:
    """The touchpoints that fall far short of what customers expect, then short, then above it.

    Only those far short (by more than twice the margin) are claimed as gaps.
    """
    if isinstance(gaps, Missing) or gaps.empty:
        return []
    short, far = gaps.verdict == "short", gaps.p_far_short >= SURE
    above = gaps[gaps.verdict == "exceeded"].iloc[::-1]
    found = [_far_short(row, place) for place, (_, row) in enumerate(gaps[short & far].iterrows())]
    found += [
        one(row, f"finding_expectation_{row.verdict}", "gap_points", rank=rank + place / 100,
            probability=row.probability)
        for rank, part in ((4.5, gaps[short & ~far]), (8.4, above))
        for place, (_, row) in enumerate(part.iterrows())
    ]  # fmt: skip
    if found:
        return found
    return [one(gaps.iloc[0], "finding_expectation_open", "gap_points", rank=9)]


def _far_short(row: pd.Series, place: int) -> Finding:
    """A shortfall beyond twice what counts as met: the only one that is claimed."""
    return one(
        row,
        "finding_expectation_far_short",
        "gap_points",
        rank=4.4 + place / 1000,
        probability=row.p_far_short,
        claim="expectation_gap",
        far=number_text("margin", FAR * row.margin),
    )


def need_findings(needs: pd.DataFrame | Missing) -> list[Finding]:
    """Needs that customers take for granted, or by degrees, where the touchpoint falls short."""
    if isinstance(needs, Missing) or needs.empty:
        return []
    found = []
    for place, (_, row) in enumerate(needs[needs.need == "repair"].iterrows()):
        words = {"item": item_name(row), "category": word(f"kano_category_{row.kano_category}")}
        finding = one(row, "finding_need_repair", "gap_points", rank=3.2 + place / 100, **words)
        found.append(replace(finding, id=f"finding_need_repair_{row['item']}"))
    return found


def kano_findings(kano: pd.DataFrame | Missing) -> list[Finding]:
    """The category of every item, in the order of the table; undecided ones say between which."""
    if isinstance(kano, Missing) or kano.empty:
        return []
    return [_kano(row, place) for place, (_, row) in enumerate(kano[~kano.small].iterrows())]


# What a category is judged by, and how its number reads.
SHOWN_BY = {"attractive": "better", "one_dimensional": "better", "must_be": "worse"}


def _kano(row: pd.Series, place: int) -> Finding:
    decided = row.p_category >= SURE
    column = SHOWN_BY.get(row.kano_category, "total_strength")
    value, lo, hi = (float(row[name]) for name in (column, f"{column}_lo", f"{column}_hi"))
    if column == "worse":  # how many are worse off without it, as a share above 0
        value, lo, hi = -value, -hi, -lo
    key = f"finding_kano_{row.kano_category}" if decided else "finding_kano_open"
    rank = {"must_be": 5.3, "one_dimensional": 5.4, "attractive": 5.6}.get(row.kano_category, 8)
    return Finding(
        id=f"finding_kano_{row['item']}",
        key=key,
        metric="kano_rate",
        value=value,
        lo=lo,
        hi=hi,
        n=int(row.n),
        method=row.method,
        touchpoint=str(row.get("touchpoint_id") or ""),
        probability=float(row.p_category),
        rank=(rank if decided else 9) + place / 1000,
        claim="kano",
        subject=str(row["item"]),
        category=LETTERS[CATEGORIES.index(row.kano_category)],
        words={
            "item": item_name(row),
            "category": word(f"kano_category_{row.kano_category}"),
            "second": word(f"kano_category_{row.second}"),
            "p_second": chance_text(row[f"p_{row.second}"]),
        },
    )


def competitor_findings(grid: pd.DataFrame | Missing) -> list[Finding]:
    """Where the client is surely behind a competitor, then where it is surely ahead."""
    if isinstance(grid, Missing) or grid.empty:
        return []
    found = [
        _standing(row, f"finding_{verdict}", rank + place / 100, verdict)
        for verdict, rank, part in (
            ("lag", 4.6, grid[grid.verdict == "lag"]),
            ("lead", 8.6, grid[grid.verdict == "lead"].iloc[::-1]),
        )
        for place, (_, row) in enumerate(part.iterrows())
    ]
    judged = grid[~grid.small]
    if found or judged.empty:
        return found
    return [_standing(judged.iloc[0], "finding_no_lag", 9, "")]


def _standing(row: pd.Series, key: str, rank: float, claim: str) -> Finding:
    low, high = row.gap_points_lo, row.gap_points_hi
    about = str(row.company) if claim else ""
    finding = one(
        row,
        key,
        "gap_points",
        rank=rank,
        probability=row.probability,
        claim=claim,
        about=about,
        place=place_name(row.touchpoint_id),
        company=name_of("company", row.company),
        points=number_text("gap_points", abs(row.gap_points)),
        around=interval_text("gap_points", *sorted((abs(low), abs(high)))),
        own=number_text("score", row.own_score),
        rival=number_text("score", row.rival_score),
    )
    return replace(finding, id=f"{key}_{row.touchpoint_id}_{row.company}")


def brand_findings(
    consistency: pd.DataFrame | Missing, index: pd.DataFrame | Missing
) -> list[Finding]:
    """The touchpoint that falls out of line with the brand most, and the consistency index."""
    found = []
    if not isinstance(consistency, Missing) and not consistency.empty:
        weak = consistency[consistency.verdict == "weaker"]
        found += [
            one(row, "finding_brand_weaker", "deviation_points", rank=6.6,
                probability=row.probability)
            for _, row in weak.head(1).iterrows()
        ]  # fmt: skip
    if not isinstance(index, Missing):
        row = index.iloc[0]
        spread = number_text("within_sd", row.within_sd)
        found.append(one(row, "finding_consistency", "consistency", rank=9, within=spread))
    return found


def image_findings(image: pd.DataFrame | Missing) -> list[Finding]:
    """The statement about the brand that customers agree with least.

    It is claimed as a weakness where it is also far behind the others.
    """
    if isinstance(image, Missing):
        return []
    items = image[(image["item"] != OVERALL) & ~image.small & image.score_lo.notna()]
    if len(items) < 2:
        return []
    items = items.reset_index(drop=True)
    chance = chance_first(items, "score", highest=False)
    first, second = (items.iloc[k] for k in (-chance).argsort(kind="stable")[:2])
    words = {"item": item_name(first), "other": item_name(second)}
    sure, behind = float(chance.max()), float(first.get("p_far_behind", 0.0))
    if not (sure >= SURE and behind >= SURE):
        return [one(first, "finding_image", "score", rank=8.5, probability=sure, **words)]
    return [
        one(
            first,
            "finding_brand_weakness",
            "score",
            rank=6.7,
            probability=min(sure, behind),
            claim="brand_weakness",
            about=str(first["item"]),
            item=words["item"],
            behind=number_text("rest_points", abs(first.rest_points)),
            around=interval_text(
                "rest_points", *sorted(map(abs, (first.rest_points_lo, first.rest_points_hi)))
            ),
        )
    ]
