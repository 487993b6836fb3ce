"""How well a machine reads comments: its codes against those of people, and people's own.

The ceiling is not 100%: two people don't agree on everything either. So the machine is compared
twice, with what people agree on, and with each single person as people are with one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from keytouch.agreement import Floats
from keytouch.comment_codes import agreed_codes, joined, label_set, one_vote
from keytouch.engine import LazyTable, Missing, collect, needs
from keytouch.estimate import effective_n, wilson
from keytouch.problems import DataError, Problem
from keytouch.readings import draw_times, with_interval
from keytouch.schema import POLARITIES

TOO_FEW = 20
SCORED = ("touchpoints", "polarity")
PEOPLE = ("people", "each")
SHARES = ("accuracy", "precision", "recall")


@needs("codes", "comment_id", "coder")
def machine_accuracy(
    codes: pd.DataFrame,
    machine: pd.DataFrame | LazyTable,
    *,
    rule: str = "majority",
    min_coders: int = 2,
    seed: int = 1,
) -> pd.DataFrame:
    """How well a machine codes comments, one row per number.

    `codes`: people's codes (`read_codes`); `machine`: `comment_id`, `touchpoint_id` (one row per
    pair; a blank names none) and `polarity`, either of the last two may lack. Columns out:
    `coding` (touchpoints, polarity); `who` ("machine" or "people") and `against` ("agreed", what
    people agree on by `agreed_codes`; "each", every single person, in comments that two or more
    read: there people's agreement with one another is the ceiling); `measure`; `touchpoint_id` or
    `polarity` where it is about one of them; `rate` in 0–1 with `_lo`, `_hi`; `rate_difference`,
    machine minus people, with `_lo`, `_hi` (only "each"); `verdict` ("behind", "ahead", "open");
    `n`, comments that the number rests on; `left_out`, disputed ones (only "agreed"); `unread`,
    coded comments that the machine's table lacks; `coders`; `small` where n < 20; `method`.
    Measures: "accuracy", the share of comments with just the right tone, or set of touchpoints;
    "precision", of what was named what is right; "recall", of what is there what was named; "f1",
    their harmonic mean; "macro_f1", the mean of the f1 of all that anybody named. All are weighted
    by `weight` where the codes have it, and then hold for all comments of the sample's source.
    Intervals: Wilson for shares (with Kish's n), else bootstrap over comments (1,000 draws);
    where all or none is right, Wilson. A machine's comment without polarity is a miss; of several
    polarities the more frequent side counts, neutral where both are equal. Without codes of
    `min_coders` people: Missing. Raises DataError for a polarity that is none.
    Source: Manning, Raghavan & Schütze 2008; Wilson 1927; Kish 1965.
    """
    agreed = agreed_codes(codes, rule=rule, min_coders=min_coders)
    if isinstance(agreed, Missing):
        return agreed  # type: ignore[return-value]
    said = machine_codes(machine, sorted(agreed.comment_id))
    if isinstance(said, Missing):
        return said  # type: ignore[return-value]
    readings = one_vote(codes).merge(agreed[["comment_id"]], on="comment_id")
    rows: list[dict[str, Any]] = []
    for coding in SCORED:
        if coding in agreed and coding in said:
            rows += _coding_rows(coding, agreed, readings, said, seed)
    if not rows:
        return Missing("machine", ("comment_id",))  # type: ignore[return-value]
    return pd.DataFrame(rows).assign(coders=int(readings.coder.nunique()))


def machine_codes(
    machine: pd.DataFrame | LazyTable, comments: Sequence[str]
) -> pd.DataFrame | Missing:
    """A machine's codes of some comments, one row per comment: `touchpoints`, `polarity`."""
    if "comment_id" not in machine.columns:
        return Missing("machine", ("comment_id",))
    if not {"touchpoint_id", "polarity"} & set(machine.columns):
        return Missing("machine", ("touchpoint_id", "polarity"))
    if not isinstance(machine, pd.DataFrame):
        machine = collect(machine.filter(machine.comment_id.isin(list(comments))))
    machine = machine[machine.comment_id.isin(list(comments))]
    each = machine.groupby("comment_id")
    parts = {}
    if "touchpoint_id" in machine:
        parts["touchpoints"] = each.touchpoint_id.agg(
            lambda names: joined({str(name) for name in names.dropna() if str(name).strip()})
        )
    if "polarity" in machine:
        _refuse_polarity(machine.polarity)
        parts["polarity"] = each.polarity.agg(_side)
    return pd.DataFrame(parts).rename_axis("comment_id").reset_index()


def _refuse_polarity(values: pd.Series) -> None:
    unknown = sorted({str(value) for value in values.dropna()} - set(POLARITIES))
    if unknown:
        told = {"found": ", ".join(unknown[:5]), "known": ", ".join(POLARITIES)}
        raise DataError(Problem("problem_machine_polarity", column="polarity", values=told))


def _side(values: pd.Series) -> str:
    """The side that most polarities take; "" where there is none."""
    sides = [POLARITIES.index(value) - 1 for value in values.dropna()]
    return POLARITIES[int(np.sign(sum(sides))) + 1] if sides else ""


@dataclass(frozen=True)
class _Pairs:
    """What was said beside what is right: 0/1 per label, one row per pair of two codings.

    `unit` is each pair's comment, `weights` the comments'; the pairs of a comment count as one.
    """

    right: Floats
    said: Floats
    unit: np.ndarray
    weights: Floats

    def mean(self, values: Floats) -> Floats:
        """Per comment: the mean of its pairs."""
        size = len(self.weights)
        total = np.zeros((size, values.shape[1]))
        np.add.at(total, self.unit, values)
        return total / np.bincount(self.unit, minlength=size)[:, None]

    def ratios(self) -> dict[str, tuple[Floats, Floats]]:
        """Each measure's numerator and denominator per comment and label."""
        hit, whole = self.mean(self.right * self.said), np.ones((len(self.weights), 1))
        right, said = self.mean(self.right), self.mean(self.said)
        same = self.mean((self.right == self.said).all(axis=1, keepdims=True).astype(float))
        return {
            "accuracy": (same, whole),
            "precision": (hit, said),
            "recall": (hit, right),
            "f1": (2 * hit, right + said),
        }


def _coding_rows(
    coding: str, agreed: pd.DataFrame, readings: pd.DataFrame, said: pd.DataFrame, seed: int
) -> list[dict[str, Any]]:
    """All numbers of one coding."""
    labels, told = _told(coding, agreed, readings, said)
    found = {key: _numbers(pairs, labels, seed) for key, pairs in told.items() if pairs is not None}
    unread = int((~agreed.comment_id.isin(said.comment_id)).sum())
    disputed = int(agreed[f"disputed_{coding}"].sum())
    rows = []
    for (who, against), numbers in found.items():
        others = found[PEOPLE] if (who, against) == ("machine", "each") else {}
        for (measure, label), number in numbers.items():
            rows.append({
                "coding": coding, "who": who, "against": against, "measure": measure,
                "touchpoint_id": label if coding == "touchpoints" else None,
                "polarity": label if coding == "polarity" else None,
                **_row(number, others.get((measure, label))),
                "left_out": disputed if against == "agreed" else 0, "unread": unread,
            })  # fmt: skip
    return rows


def _told(
    coding: str, agreed: pd.DataFrame, readings: pd.DataFrame, said: pd.DataFrame
) -> tuple[list[str], dict[tuple[str, str], _Pairs | None]]:
    """All labels, and what is compared with what: machine and people, agreed and each."""
    readings = readings[readings[coding].notna()]
    known = agreed[agreed[coding].notna()].merge(said, on="comment_id", suffixes=("", "_said"))
    several = readings.groupby("comment_id").coder.transform("size") > 1
    beside = readings[several].merge(said, on="comment_id", suffixes=("", "_said"))
    crossed = beside.merge(beside, on="comment_id", suffixes=("", "_other"))
    crossed = crossed[crossed.coder != crossed.coder_other]
    labels = _labels(coding, known, beside)
    weights = dict(zip(agreed.comment_id, agreed.weight))
    return labels, {
        ("machine", "agreed"): _pairs(known, coding, "_said", labels, weights),
        ("machine", "each"): _pairs(beside, coding, "_said", labels, weights),
        PEOPLE: _pairs(crossed, coding, "_other", labels, weights),
    }


def _labels(coding: str, *tables: pd.DataFrame) -> list[str]:
    if coding == "polarity":
        return list(POLARITIES)
    texts = pd.concat([table[name] for table in tables for name in (coding, f"{coding}_said")])
    return sorted(frozenset().union(*(label_set(text) for text in texts)))


def _pairs(
    table: pd.DataFrame, coding: str, other: str, labels: list[str], weights: dict[str, float]
) -> _Pairs | None:
    """A table's pairs of codes as 0/1 per label; None where it has no row."""
    if table.empty:
        return None
    unit, comments = pd.factorize(table.comment_id, sort=True)
    hot = [
        np.array([[label in label_set(text) for label in labels] for text in table[name]], float)
        for name in (coding, f"{coding}{other}")
    ]
    shape = (len(table), len(labels))
    right, said = (values.reshape(shape) for values in hot)
    return _Pairs(right, said, unit, np.array([weights[name] for name in comments], float))


@dataclass(frozen=True)
class _Number:
    """One number with what its rows need: its interval, n, and its bootstrap draws."""

    value: float
    lo: float
    hi: float
    n: int
    draws: Floats
    method: str


def _numbers(pairs: _Pairs, labels: list[str], seed: int) -> dict[tuple[str, str | None], _Number]:
    """Every measure over all labels (None) and of each label that anybody named."""
    times = draw_times(len(pairs.weights), seed)
    found: dict[tuple[str, str | None], _Number] = {}
    each: list[_Number] = []
    for measure, (top, whole) in pairs.ratios().items():
        share = measure in SHARES
        total = (top.sum(axis=1), whole.sum(axis=1))
        found[measure, None] = _ratio(*total, pairs.weights, times, share)
        for place, label in enumerate(labels if measure != "accuracy" else ()):
            one = _ratio(top[:, place], whole[:, place], pairs.weights, times, share)
            found[measure, label] = one
            if measure == "f1" and one.n:
                each.append(one)
    found["macro_f1", None] = _mean(each, found["f1", None])
    return {key: number for key, number in found.items() if number.n}


def _ratio(top: Floats, whole: Floats, weights: Floats, times: Floats, share: bool) -> _Number:
    """A weighted ratio of sums over comments, with Wilson's interval or the bootstrap's."""
    weighed = weights * whole
    n_eff = float(effective_n(weighed.sum(), (weighed**2).sum()))
    with np.errstate(invalid="ignore", divide="ignore"):
        value = float(weights @ top / weighed.sum())
        draws = times @ (weights * top) / (times @ weighed)
    lo, hi = (float(end) for end in wilson(value, n_eff))
    if not share and 0 < value < 1:
        known = with_interval("x", value, draws)
        lo, hi = known["x_lo"], known["x_hi"]
    method = "method_machine_share" if share else "method_machine_f1"
    return _Number(value, lo, hi, int((whole > 0).sum()), draws, method)


def _mean(each: list[_Number], whole: _Number) -> _Number:
    """The mean of several numbers; a draw in which one can't be told is without it."""
    if not each:
        return whole
    value = float(np.mean([number.value for number in each]))
    draws = np.stack([number.draws for number in each])
    known = np.isfinite(draws)
    mean = np.where(known, draws, 0).sum(axis=0) / np.fmax(known.sum(axis=0), 1)
    lo, hi = whole.lo, whole.hi
    if 0 < value < 1:
        ends = with_interval("x", value, mean)
        lo, hi = ends["x_lo"], ends["x_hi"]
    return _Number(value, lo, hi, whole.n, mean, "method_machine_f1")


def _row(number: _Number, people: _Number | None) -> dict[str, Any]:
    """A number as a table's columns, beside people's where there is one."""
    gap = dict.fromkeys(("", "_lo", "_hi"), np.nan)
    verdict = None
    if people is not None:
        ends = with_interval("", number.value - people.value, number.draws - people.draws)
        gap = ends
        verdict = "behind" if ends["_hi"] < 0 else "ahead" if ends["_lo"] > 0 else "open"
    return {
        "rate": number.value, "rate_lo": number.lo, "rate_hi": number.hi,
        **{f"rate_difference{end}": value for end, value in gap.items()},
        "verdict": verdict, "n": number.n, "small": number.n < TOO_FEW, "method": number.method,
    }  # fmt: skip
