"""What several people read in the same comments: how far they agree, and what they agree on.

One row of the codes is one coder's reading of one comment: `comment_id`, `coder`, `touchpoints`
(ids joined by ";", "(none)" where the comment is about none), `polarity`, `incident` (yes or no),
`note` and `weight`, how many comments it stands for. A blank was not read.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from keytouch.agreement import Floats, masi_distances
from keytouch.engine import Missing, needs
from keytouch.readings import agreement_of
from keytouch.schema import POLARITIES

NONE, JOINT = "(none)", ";"
CODINGS = ("touchpoints", "polarity", "incident")
FEW_NAMED = 10
RULES = ("majority", "unanimous")


def label_set(text: str) -> frozenset[str]:
    """The touchpoints of a cell as a set.

    >>> sorted(label_set("room;desk")), sorted(label_set("(none)"))
    (['desk', 'room'], [])
    """
    return frozenset(part for part in text.split(JOINT) if part and part != NONE)


def joined(labels: frozenset[str] | set[str]) -> str:
    """A set of touchpoints as one text."""
    return JOINT.join(sorted(labels)) or NONE


def _apart(values: Any) -> Floats:
    return masi_distances([label_set(value) for value in values])


@needs("codes", "comment_id", "coder")
def code_agreement(codes: pd.DataFrame, *, seed: int = 1) -> pd.DataFrame:
    """How well people agree on comments, one row per coding and one per touchpoint.

    Columns out: `coding` ("touchpoints", the sets of touchpoints; "polarity", "incident";
    "presence", whether a comment is about one touchpoint) and `touchpoint_id` (for presence);
    `alpha`, `kappa`, `agree_rate`, `disputed_rate`, `n`, `coders`, `verdict`, `probability`,
    `confused_a`, `confused_b`, `confused_n` as in `coder_agreement`, per comment instead of
    incident; `named_n`, comments in which anybody saw the touchpoint; `small` where these are
    fewer than 10: then α says little; `method`. The codings come first, then the touchpoints,
    least reliable first. α of sets weighs how far they overlap (MASI), that of polarity is
    ordinal, the others nominal; sets have no κ. Blank codes count as not read; comments with one
    reading count for nothing; where no comment has two: Missing. Sampling weights don't count:
    the question is the coders, not the comments.
    Source: Krippendorff 2004; Passonneau 2006 (MASI).

    >>> codes = pd.DataFrame([("c1", "A", "desk"), ("c1", "B", "desk"),
    ...                       ("c2", "A", "(none)"), ("c2", "B", "(none)")],
    ...                      columns=["comment_id", "coder", "touchpoints"])
    >>> code_agreement(codes)[["coding", "alpha", "n"]].values.tolist()
    [['touchpoints', 1.0, 2], ['presence', 1.0, 2]]
    """
    codes = one_vote(codes)
    rows = [_coding(codes, coding, seed) for coding in CODINGS if coding in codes]
    found = [row for row in rows if row is not None]
    if not found:
        return Missing("codes", ("coder",))  # type: ignore[return-value]
    table = pd.DataFrame([*found, *_presence(codes, seed)]).assign(method="method_codes_alpha")
    table["later"] = table.coding == "presence"
    order = ["later", "alpha", "coding", "touchpoint_id"]
    return table.sort_values(order, ignore_index=True).drop(columns="later")


def one_vote(codes: pd.DataFrame) -> pd.DataFrame:
    """Codes in an order that doesn't matter, one row per comment and coder (the last counts)."""
    return codes.drop_duplicates(["comment_id", "coder"], keep="last").sort_values(
        ["comment_id", "coder"], ignore_index=True
    )


def _readings(codes: pd.DataFrame, coding: str) -> pd.DataFrame:
    known = codes[codes[coding].notna()]
    columns = {"comment_id": "unit", coding: "value"}
    return known[["comment_id", "coder", coding]].rename(columns=columns)


def _coding(codes: pd.DataFrame, coding: str, seed: int) -> dict[str, Any] | None:
    """The row of one coding; None where no comment has two readings."""
    readings = _readings(codes, coding)
    if coding == "touchpoints":
        readings["value"] = [joined(label_set(value)) for value in readings.value]
        row = agreement_of(readings, seed=seed, distances=_apart)
    else:
        row = agreement_of(readings, seed=seed, order=POLARITIES if coding == "polarity" else ())
    if row is None:
        return None
    return {"coding": coding, "touchpoint_id": None, **row, "named_n": row["n"], "small": False}


def _presence(codes: pd.DataFrame, seed: int) -> list[dict[str, Any]]:
    """One row per touchpoint that anybody saw in a comment with two readings."""
    if "touchpoints" not in codes:
        return []
    readings = _readings(codes, "touchpoints")
    readings = readings[readings.groupby("unit").coder.transform("size") > 1]
    sets = [label_set(value) for value in readings.value]
    rows = []
    for touchpoint in sorted(frozenset().union(*sets)):
        seen = np.array([touchpoint in labels for labels in sets])
        row = agreement_of(readings.assign(value=np.where(seen, "yes", "no")), seed=seed)
        named = int(readings.unit[seen].nunique())
        rows.append({
            "coding": "presence", "touchpoint_id": touchpoint, **(row or {}),
            "named_n": named, "small": named < FEW_NAMED,
        })  # fmt: skip
    return rows


@needs("codes", "comment_id", "coder")
def agreed_codes(
    codes: pd.DataFrame, *, rule: str = "majority", min_coders: int = 2
) -> pd.DataFrame:
    """What people agree a comment says, one row per comment that enough of them read.

    Columns out: `comment_id`; `coders` who read it; `touchpoints` (ids joined by ";", "(none)"),
    `polarity` and `incident` as far as the codes hold them, blank where disputed;
    `disputed_touchpoints`, `disputed_polarity`, `disputed_incident`; `weight` (1 where the codes
    have none). `rule`: "majority", more than half of those who gave a code, or "unanimous".
    A touchpoint is agreed on its own; where any is neither in nor out by the rule, the comment's
    touchpoints are disputed. A coding that fewer than `min_coders` (2) gave is blank and not
    disputed. Where no comment has as many readings: Missing. Raises ValueError for another rule.

    >>> codes = pd.DataFrame([("c1", "A", "negative"), ("c1", "B", "negative"),
    ...                       ("c2", "A", "neutral"), ("c2", "B", "positive")],
    ...                      columns=["comment_id", "coder", "polarity"])
    >>> agreed_codes(codes).fillna("")[["polarity", "disputed_polarity"]].values.tolist()
    [['negative', False], ['', True]]
    """
    if rule not in RULES:
        raise ValueError(f"rule {rule!r} is none of {', '.join(RULES)}")
    codes = one_vote(codes)
    given = [coding for coding in CODINGS if coding in codes]
    codes = codes[codes[given].notna().any(axis=1)]
    read = codes.groupby("comment_id").coder.transform("size")
    codes = codes[read >= min_coders]
    if codes.empty:
        return Missing("codes", ("coder",))  # type: ignore[return-value]
    least = 0.5 if rule == "majority" else 1 - 1e-9
    rows = [
        {"comment_id": comment, "coders": len(group), **_agreed(group, given, least, min_coders)}
        for comment, group in codes.groupby("comment_id")
    ]
    table = pd.DataFrame(rows)
    return table.astype(dict.fromkeys(given, object)).assign(weight=weights_of(codes))


def _agreed(group: pd.DataFrame, given: list[str], least: float, min_coders: int) -> dict[str, Any]:
    """What one comment's coders agree on: a share of votes above `least` decides."""
    row: dict[str, Any] = {}
    for coding in given:
        votes = group[coding].dropna()
        enough = len(votes) >= min_coders
        value = None
        if enough:
            value = _set(votes, least) if coding == "touchpoints" else _one(votes, least)
        row[coding] = value
        row[f"disputed_{coding}"] = enough and value is None
    return row


def _one(votes: pd.Series, least: float) -> str | None:
    counts = votes.value_counts()
    return str(counts.index[0]) if counts.iloc[0] > least * len(votes) else None


def _set(votes: pd.Series, least: float) -> str | None:
    """The touchpoints that the votes decide for; None where they leave any open."""
    sets = [label_set(value) for value in votes]
    share = {
        name: sum(name in one for one in sets) / len(sets) for name in frozenset().union(*sets)
    }
    if any(value <= least and 1 - value <= least for value in share.values()):
        return None
    return joined({name for name, value in share.items() if value > least})


def weights_of(codes: pd.DataFrame) -> list[float]:
    """The weight of each comment in order, 1 where the codes have none."""
    first = codes.groupby("comment_id")
    if "weight" not in codes:
        return [1.0] * first.ngroups
    return first.weight.max().fillna(1.0).astype(float).tolist()
