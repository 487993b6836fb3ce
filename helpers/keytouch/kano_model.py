"""Kano: which features customers take for granted, which satisfy by degrees, which delight.

Two questions about a feature, if it were there (functional) and if it were not (dysfunctional),
each answered 1 like, 2 must be, 3 neutral, 4 can live with it, 5 dislike. A table turns the pair
into a category; a rule turns everybody's categories into one, with its probability.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, cases, collect, desc, needs, row_number
from keytouch.estimate import Floats, effective_n, wilson
from keytouch.respondents import WHO, lacking, with_respondent
from keytouch.satisfaction import with_position
from keytouch.weighted import with_weights

METRICS = ("kano_functional", "kano_dysfunctional")
CATEGORIES = ("attractive", "one_dimensional", "must_be", "indifferent", "reverse", "questionable")
LETTERS = "AOMIRQ"
# Rows: functional 1–5; columns: dysfunctional 1–5. The variants differ in two cells.
TABLES: dict[str, tuple[str, ...]] = {
    "classic": ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"),
    "pouliot": ("QAAAO", "RQIIM", "RIIIM", "RIIQM", "RRRRQ"),
}
# Where shares are equal the category wins that harms most if it is neglected (Berger et al.).
PRIORITY = (2, 1, 0, 3, 4, 5)
DRAWS, SEED = 4000, 1
FONG_Z = 1.65
Rule = Literal["mode", "grouped"]


def kano_category(functional: int, dysfunctional: int, *, table: str = "classic") -> str:
    """The category of one pair of answers, each 1 (like) to 5 (dislike).

    Source: Kano et al. 1984; Berger et al. 1993, with Pouliot's variant as `table="pouliot"`.

    >>> kano_category(1, 5), kano_category(3, 5), kano_category(2, 2, table="pouliot")
    ('one_dimensional', 'must_be', 'questionable')
    """
    return CATEGORIES[LETTERS.index(TABLES[table][functional - 1][dysfunctional - 1])]


@needs("feedback", "score", "metric")
def kano(
    feedback: LazyTable, *, table: str = "classic", rule: Rule = "mode", min_n: int = 30
) -> pd.DataFrame:
    """The Kano category of every item with its probability, one row per item.

    Columns out: `item` (the touchpoint where no item is named) and its `touchpoint_id`;
    `kano_category` by `rule`: "mode" takes the most frequent answer, "grouped" the most frequent of
    attractive, one-dimensional and must-be where these three together outnumber the others, else
    of the others; `p_category`, its probability: in how many of 4,000 resamples of the
    respondents the rule gives it again, and `p_attractive` … `p_questionable`, which add up to 1;
    `second`, the next most probable. `better` 0…1 and `worse` −1…0 with `_lo`, `_hi` (Wilson):
    how many gain satisfaction from having it and lose it from lacking it, of those who are
    attractive, one-dimensional, must-be or indifferent. `total_strength` 0…1 (share for whom it
    matters: A + O + M) with `_lo`, `_hi` (Wilson); `category_strength` 0…1 (lead of the most
    frequent answer over the next) with `_lo`, `_hi`; `distinct`, whether Fong's test tells the
    two apart at 90 %. Counts of people: `attractive` … `questionable`, `n`; `unpaired` who
    answered only one of the two questions; `small`, `method`.
    Equal shares go to must-be, one-dimensional, attractive, indifferent, in this order. A person
    is a customer, else a journey, else a questionnaire; of several answers the latest counts.
    Reverse and questionable answers count in `n`. Weights count in shares; intervals take Kish's
    effective n.
    Source: Kano et al. 1984; Berger et al. 1993; Lee & Newcomb 1997; Fong 1996.
    """
    answers = _answers(feedback)
    if isinstance(answers, Missing):
        return answers  # type: ignore[return-value]
    cells = _cells(answers)
    if cells.empty or not (cells.f.notna() & cells.d.notna()).any():
        return lacking(feedback, *METRICS)  # type: ignore[return-value]
    letters = [
        TABLES[table][int(f) - 1][int(d) - 1] if f == f and d == d else ""
        for f, d in zip(cells.f.astype(float), cells.d.astype(float))
    ]
    cells = cells.assign(letter=letters)
    rows = [_item(part, rule) for _, part in cells.groupby("item", sort=True)]
    found = pd.DataFrame([row for row in rows if row["n"]])
    if found.touchpoint_id.isna().all():
        found = found.drop(columns="touchpoint_id")
    found = found.assign(small=found.n < min_n, method=f"method_kano_{rule}")
    order = found.kano_category.map({CATEGORIES[k]: place for place, k in enumerate(PRIORITY)})
    found = found.assign(_order=order).sort_values(
        ["_order", "total_strength", "item"], ascending=[True, False, True]
    )
    return found.drop(columns="_order").reset_index(drop=True)


def _answers(feedback: LazyTable) -> LazyTable | Missing:
    """One row per person, item and question: the latest answer as a code 1–5. Lazy."""
    known = with_respondent(feedback.filter(feedback.metric.isin(METRICS)))
    if isinstance(known, Missing):
        return known
    names = [known[name] for name in ("item", "touchpoint_id") if name in known.columns]
    if not names:
        return Missing("feedback", ("item",))
    item = names[0] if len(names) == 1 else names[0].fill_null(names[1])
    known = known.mutate(item=item)
    data = with_weights(with_position(known.filter(known.item.notnull())))
    latest = [desc(data[name]) for name in ("ts", "feedback_id") if name in data.columns]
    placed = data.mutate(
        code=1 + 4 * data.x,
        turn=row_number().over(group_by=[WHO, "item", "metric"], order_by=latest or None),
    )
    return placed.filter(placed.turn == 0, (placed.code - placed.code.round()).abs() < 1e-6)


def _cells(answers: LazyTable) -> pd.DataFrame:
    """People per item and pair of answers, one row each: `item`, `f`, `d`, `rows`, `w`, `ww`."""

    def of(metric: str) -> object:
        return cases((answers.metric == metric, answers.code.round()), else_=None).max()

    more = {}
    if "touchpoint_id" in answers.columns:
        more["touchpoint_id"] = answers.touchpoint_id.max()
    people = answers.group_by(WHO, "item").agg(
        f=of(METRICS[0]),
        d=of(METRICS[1]),
        rows=answers["rows"].mean(),
        w=answers.w.mean(),
        ww=(answers.w * answers.w1).mean(),
        **more,
    )
    place = {"touchpoint_id": people.touchpoint_id.max()} if more else {}
    cells = collect(
        people.group_by("item", "f", "d").agg(
            rows=people["rows"].sum(), w=people.w.sum(), ww=people.ww.sum(), **place
        )
    )
    return cells if more else cells.assign(touchpoint_id=None)


def _item(cells: pd.DataFrame, rule: Rule) -> dict[str, object]:
    """One item's row from its cells."""
    paired = cells[cells.letter != ""]
    weight = np.array([paired.w[paired.letter == letter].sum() for letter in LETTERS])
    count = np.array([paired.rows[paired.letter == letter].sum() for letter in LETTERS])
    square = np.array([paired.ww[paired.letter == letter].sum() for letter in LETTERS])
    n_eff = float(effective_n(weight.sum(), square.sum()))
    row: dict[str, object] = {
        "item": cells["item"].iloc[0],
        "touchpoint_id": cells.touchpoint_id.dropna().max(),
        "n": int(round(count.sum())),
        "unpaired": int(round(cells.rows[cells.letter == ""].sum())),
    }
    if not weight.sum() > 0:
        return row | {"n": 0}
    share = weight / weight.sum()
    chance = _chances(share, n_eff, rule)
    place = int(_classified(share[None, :], rule)[0])
    others = np.where(np.arange(len(chance)) == place, -1, chance + 1e-6 * share)
    row |= {"kano_category": CATEGORIES[place], "p_category": float(chance[place])}
    row |= {"second": CATEGORIES[int(others.argmax())]}
    row |= {f"p_{name}": float(p) for name, p in zip(CATEGORIES, chance)}
    row |= _coefficients(weight, square) | _strengths(share, n_eff)
    return row | {name: int(round(c)) for name, c in zip(CATEGORIES, count)}


def _classified(shares: Floats, rule: Rule) -> np.ndarray:
    """The category's place for every row of shares, equal shares by `PRIORITY`."""
    ranked = np.round(shares[:, PRIORITY], 12)
    if rule == "grouped":
        mattering = ranked[:, :3].sum(axis=1) > ranked[:, 3:].sum(axis=1) + 1e-9
        ranked = np.where(mattering[:, None] == (np.arange(6) < 3), ranked, -1)
    return np.asarray(PRIORITY)[ranked.argmax(axis=1)]


def _chances(share: Floats, n_eff: float, rule: Rule) -> Floats:
    """How often each category comes out when as many respondents are drawn again."""
    size = max(int(round(n_eff)), 1)
    draws = np.random.default_rng(SEED).multinomial(size, share / share.sum(), size=DRAWS)
    return np.bincount(_classified(draws / size, rule), minlength=6) / DRAWS


def _coefficients(weight: Floats, square: Floats) -> dict[str, float]:
    """Better and Worse with their intervals; blank where nobody is in the four categories."""
    base, n_eff = weight[:4].sum(), float(effective_n(weight[:4].sum(), square[:4].sum()))
    gain, loss = weight[0] + weight[1], weight[1] + weight[2]
    better, worse = (x / base if base > 0 else np.nan for x in (gain, loss))
    (b_lo, b_hi), (w_lo, w_hi) = (wilson(x, n_eff) for x in (better, worse))
    return {
        "better": better, "better_lo": float(b_lo), "better_hi": float(b_hi),
        "worse": -worse, "worse_lo": -float(w_hi), "worse_hi": -float(w_lo),
    }  # fmt: skip


def _strengths(share: Floats, n_eff: float) -> dict[str, object]:
    """Total and category strength with their intervals, and Fong's test."""
    total = float(share[:3].sum())
    lo, hi = wilson(total, n_eff)
    first, second = np.sort(share)[::-1][:2]
    lead = float(first - second)
    half = 1.96 * np.sqrt(max(first + second - lead**2, 0) / n_eff)
    a, b = first * n_eff, second * n_eff
    limit = FONG_Z * np.sqrt((a + b) * (2 * n_eff - a - b) / (2 * n_eff))
    return {
        "total_strength": total, "total_strength_lo": float(lo), "total_strength_hi": float(hi),
        "category_strength": lead, "category_strength_lo": max(lead - half, 0.0),
        "category_strength_hi": min(lead + half, 1.0), "distinct": bool(a - b >= limit),
    }  # fmt: skip
