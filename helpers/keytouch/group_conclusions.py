"""What comparisons say: groups that differ, pooled differences that mislead, who stays silent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from keytouch.engine import Missing
from keytouch.findings import Finding, one
from keytouch.labels import cell_text, interval_text, name_of, number_text
from keytouch.words import has_word, word

DIFFERENCES = ("score_difference", "rate_difference", "nps_difference")
VALUES = ("score", "top_rate", "low_rate", "nps", "conversion_rate", "churn_rate")
POOLED, WITHIN = "(pooled)", "(within)"
WORTH_SAYING = 0.1  # standard deviations: below it a difference among the silent is no news


def difference_column(table: pd.DataFrame) -> str:
    """Which difference a table of comparisons holds."""
    return next(name for name in DIFFERENCES if name in table)


def value_column(table: pd.DataFrame) -> str:
    """Which measure a table of comparisons holds."""
    return next(name for name in VALUES if name in table)


def group_word(kind: str, column: str) -> str:
    """A word about a kind of group ("group", "rest"); the general one for a client's own column."""
    return word(f"{kind}_{column}" if has_word(f"{kind}_{column}") else f"{kind}_other")


def rest_text(table: pd.DataFrame) -> str:
    """What the groups were compared with: the others, the one before, or a group by name."""
    column, against = str(table.columns[0]), str(table.against.iloc[0])
    if against == "previous":
        return group_word("before", column)
    if against == "rest":
        return group_word("rest", column)
    return word("quoted", name=cell_text(column, against))


def comparison_findings(
    comparison: pd.DataFrame | Missing, *, top: int = 3, rank: float = 7
) -> list[Finding]:
    """The groups that differ after correction, largest difference first; else that none does."""
    if isinstance(comparison, Missing):
        return []
    column, name = str(comparison.columns[0]), difference_column(comparison)
    judged = comparison[comparison.comparison.isin(["lower", "higher", "alike"])]
    if judged.empty:
        return []
    judged = judged.loc[judged[name].abs().sort_values(ascending=False, kind="stable").index]
    apart = judged[judged.comparison != "alike"].head(top)
    chosen = apart if len(apart) else judged.head(1)
    shared = {
        "what": word(f"measure_{value_column(comparison)}"),
        "rest": rest_text(comparison),
        "groups": str(len(judged)),
        "kind": group_word("group", column),
    }
    return [
        _about_group(row, column, name, rank + place / 10, shared)
        for place, (_, row) in enumerate(chosen.iterrows())
    ]


def _about_group(
    row: pd.Series, column: str, name: str, rank: float, shared: dict[str, Any]
) -> Finding:
    own = value_column(row.to_frame().T)
    finding = one(
        row,
        f"finding_group_{row.comparison}",
        name,
        rank=rank if row.comparison != "alike" else 9,
        subject=cell_text(column, row[column]),
        own=number_text(own, float(row[own])),
        **shared,
    )
    return replace(finding, id=f"{finding.key}_{own}_{column}_{row[column]}")


def gap_of_group_findings(gaps: pd.DataFrame | Missing, *, top: int = 3) -> list[Finding]:
    """The touchpoints that one group sees differently from the others, largest gap first."""
    if isinstance(gaps, Missing) or gaps.empty:
        return []
    column = str(gaps.columns[1])
    judged = gaps[gaps.comparison.isin(["lower", "higher", "alike"])]
    size = judged.score_difference.abs().sort_values(ascending=False, kind="stable")
    judged = judged.loc[size.index]
    apart = judged[judged.comparison != "alike"].head(top)
    chosen = apart if len(apart) else judged.head(1)
    found = []
    for place, (_, row) in enumerate(chosen.iterrows()):
        finding = one(
            row,
            f"finding_cell_{row.comparison}",
            "score_difference",
            rank=6.6 + place / 10 if row.comparison != "alike" else 9,
            group=cell_text(column, row[column]),
            rest=group_word("rest", column),
            kind=group_word("group", column),
            own=number_text("score", row.score),
            basis=word("less_own_level") if row.method == "method_relative" else "",
            groups=str(len(judged)),
        )
        found.append(replace(finding, id=f"{finding.id}_{column}_{row[column]}"))
    return found


def within_findings(within: pd.DataFrame | Missing, *, top: int = 2) -> list[Finding]:
    """Pooled differences that mislead: reversed, explained by the mix, or hidden by it.

    Without any, one sentence says so.
    """
    if isinstance(within, Missing) or within.empty:
        return []
    column, stratum = str(within.columns[0]), str(within.columns[2])
    inner = within[within[stratum] == WITHIN]
    ranks = {"reversed": 2.2, "explained": 5.2, "uncovered": 6.2}
    found = []
    for verdict, rank in ranks.items():
        chosen = inner[inner.verdict_within == verdict]
        order = chosen[difference_column(within)].abs().sort_values(ascending=False).index
        for place, (_, row) in enumerate(chosen.loc[order].head(top).iterrows()):
            pair = pair_rows(within, row[column], row.other)
            found.append(_about_pair(pair, row, column, stratum, rank + place / 10))
    if found:
        return found
    shared = {"pairs": str(len(inner)), "kind": group_word("group", column)}
    shared["stratum"] = group_word("group", stratum)
    n = int(inner.n.max())
    key = "finding_within_none"
    return [Finding(key, key, "count", 0, 0, 0, n, "method_count", words=shared)]


def pair_rows(within: pd.DataFrame, first: str, other: str) -> pd.DataFrame:
    """All rows of one pair."""
    column = str(within.columns[0])
    return within[(within[column] == first) & (within.other == other)]


def _about_pair(
    pair: pd.DataFrame, row: pd.Series, column: str, stratum: str, rank: float
) -> Finding:
    name = difference_column(pair)
    pooled = pair[pair[stratum] == POOLED].iloc[0]
    reversal = row.verdict_within == "reversed"
    finding = one(
        row,
        f"finding_within_{row.verdict_within}",
        name,
        rank=rank,
        probability=float(row.p_reversal) if reversal else 1.0,
        claim="reversal" if reversal else "",
        about=f"{column}:{row[column]}>{row.other}" if reversal else "",
        first=cell_text(column, row[column]),
        other=cell_text(column, row.other),
        kind=group_word("group", column),
        stratum=group_word("group", stratum),
        what=word(f"measure_{measure_of(name)}"),
        pooled=number_text(name, pooled[name]),
        pooled_interval=interval_text(name, pooled[f"{name}_lo"], pooled[f"{name}_hi"]),
        why=_why(pair, row, column, stratum),
    )
    return replace(finding, id=f"{finding.key}_{column}_{row[column]}_{row.other}")


def measure_of(difference: str) -> str:
    """The word of a measure where only its difference is at hand."""
    return {"score_difference": "score", "nps_difference": "nps"}.get(difference, "rate")


def _why(pair: pd.DataFrame, row: pd.Series, column: str, stratum: str) -> str:
    """The stratum whose unequal share does most to part the pooled difference from the inner."""
    cells = pair[~pair[stratum].isin([POOLED, WITHIN])]
    middle = float(np.average(cells.level, weights=cells.n))
    lift = (cells.share_first - cells.share_other) * (cells.level - middle)
    name = difference_column(pair)
    pooled = pair[pair[stratum] == POOLED].iloc[0]
    cell = cells.loc[(lift * np.sign(pooled[name] - row[name])).idxmax()]
    return word(
        "why_mix_high" if cell.level > middle else "why_mix_low",
        cell=cell_text(stratum, cell[stratum]),
        first=cell_text(column, row[column]),
        other=cell_text(column, row.other),
        share_first=number_text("baseline", cell.share_first),
        share_other=number_text("baseline", cell.share_other),
        what=word(f"measure_{measure_of(name)}"),
    )


def fact_text(row: pd.Series) -> str:
    """A fact and its level as a reader names them: "a failure", "wait: longest third"."""
    if row.fact in ("channel", "segment"):
        level = name_of(row.fact, row.level)
        return word("fact_level", fact=word(f"fact_{row.fact}"), level=level)
    if row.level == "yes":
        return word(f"fact_{row.fact}")
    return word("fact_level", fact=word(f"fact_{row.fact}"), level=word(f"level_{row.level}"))


def nonresponse_findings(nonresponse: pd.DataFrame | Missing, *, top: int = 2) -> list[Finding]:
    """The facts in which those who answer differ most from the silent; else that none tells."""
    if isinstance(nonresponse, Missing) or nonresponse.empty:
        return []
    judged = nonresponse[nonresponse.comparison != "not_judged"]
    size = judged.standardised_difference.abs()
    judged = judged.loc[size.sort_values(ascending=False, kind="stable").index]
    told = (judged.comparison != "alike") & (size.loc[judged.index] >= WORTH_SAYING)
    chosen = judged[told].drop_duplicates("fact").head(top)
    if chosen.empty:
        chosen = judged.head(1).assign(comparison="alike")
    found = []
    for place, (_, row) in enumerate(chosen.iterrows()):
        finding = one(
            row,
            f"finding_answers_{row.comparison}",
            "answer_rate",
            rank=8 + place / 10,
            subject=fact_text(row),
            baseline=number_text("baseline", row.baseline),
        )
        found.append(replace(finding, id=f"{finding.key}_{row.fact}_{row.level}"))
    return found


def bias_findings(bias: pd.DataFrame | Missing) -> list[Finding]:
    """In which direction, and how far, the answered mean is off."""
    if isinstance(bias, Missing) or bias.empty:
        return []
    row = bias.iloc[0]
    known = row.bias != "none"
    return [
        one(
            row,
            f"finding_bias_{row.bias}",
            "bias_points",
            rank=(8 if row.slight else 4.8) if known else 9,
            probability=row.probability if known else 1.0,
            claim="nonresponse" if known else "",
            about=row.bias if known else "",
            raw=number_text("score", row.raw_score),
            mended=number_text("score", row.adjusted_score),
            answer_rate=number_text("answer_rate", row.answer_rate),
            degree=word("slightly") if row.slight else "",
        )
    ]
