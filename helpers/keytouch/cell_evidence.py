"""The journey map's evidence: one row per drawn number, and the same numbers computed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from keytouch.drivers import journey_key
from keytouch.engine import LazyTable, Missing, collect
from keytouch.evidence import (
    evidence_grade,
    filter_text,
    filters_of,
    last_rows,
    read_filter,
    rows_of_filter,
    stage_filters,
)
from keytouch.journeys import delays, service
from keytouch.lanes import JourneyMap
from keytouch.map_parts import waits
from keytouch.prepared import steps
from keytouch.satisfaction import scores

COLUMNS = [
    "cell", "lane", "stage_id", "touchpoint_id", "evidence_id", "kpi", "value", "lo", "hi", "n",
    "grade", "source", "age_days", "filter", "of", "method",
]  # fmt: skip
# Which column of the cards is drawn in which lane, where it comes from, and what its n is.
CARD_CELLS = {
    "reach_rate": ("cards", "log", "reach_n"),
    "score": ("cards", "survey", "n"),
    "p_key": ("cards", "survey", "n"),
    "late_rate": ("promise", "log", "late_n"),
    "wait_p50": ("promise", "log", "wait_n"),
}
# Cells that every card has, filled or not.
EXPECTED = ("reach_rate", "score")
PAIN_KPIS = {
    "low_score": ("low_rate", "survey"), "late": ("late_rate", "log"),
    "failure": ("fail_rate", "log"), "negative_comments": ("negative_rate", "comment"),
}  # fmt: skip
SOURCE_TABLES = {"log": "interactions", "survey": "feedback", "comment": "feedback"}


def map_evidence(
    journey: JourneyMap | Missing,
    *,
    interactions: LazyTable | Missing,
    feedback: LazyTable | Missing,
    end: Any = None,
) -> pd.DataFrame | Missing:
    """What every number on the map rests on, one row per drawn cell.

    Columns out: `cell` (kpi and what it is about), `lane`, `stage_id`, `touchpoint_id`,
    `evidence_id` (pains and opportunities), `kpi`, `value` with `lo`, `hi` (95 %) in the kpi's
    unit, `n`, `grade` (A–D, see `evidence_grade`), `source` ("survey", "log", "comment",
    "told" by the client, "none"), `age_days` from the touchpoint's last row in that table to `end`
    (default: the last row of all), `filter` and `of`: the rows that the number, and the whole of
    a share, are computed from. A card without score or reach has a row with a blank value and
    grade D; so has a stage without a quote. In the order of the map.
    """
    if isinstance(journey, Missing):
        return journey
    found = [*_stage_cells(journey, interactions), *_quote_cells(journey)]
    for card in journey.cards.to_dict("records"):
        found += _card_cells(card, interactions, feedback)
    found += _point_cells(journey, interactions, feedback)
    table = pd.DataFrame(found).reindex(
        columns=[name for name in COLUMNS if name not in ("grade", "method")]
    )
    ages = _ages(table, {"interactions": interactions, "feedback": feedback}, end)
    grades = [evidence_grade(source, n, age) for source, n, age in zip(table.source, table.n, ages)]
    texts = ["stage_id", "touchpoint_id", "evidence_id", "filter", "of"]
    table = table.assign(age_days=ages, grade=grades, n=table.n.astype(int))
    table = table.assign(method="method_evidence")
    return table.assign(**{name: table[name].astype(object).fillna("") for name in texts})[COLUMNS]


def _stage_cells(
    journey: JourneyMap, interactions: LazyTable | Missing
) -> Iterator[dict[str, Any]]:
    order = list(journey.stages.stage_id)
    for row in journey.stages.itertuples():
        cell = {"cell": f"reach_rate:{row.stage_id}", "lane": "stage", "stage_id": row.stage_id}
        if pd.isna(row.reach_rate):
            yield {**cell, "kpi": "reach_rate", "value": np.nan, "n": 0, "source": "none"}
            continue
        rows, whole = stage_filters(row.stage_id, order, journey.cards, interactions)
        yield {
            **cell, "kpi": "reach_rate", "value": row.reach_rate, "lo": row.reach_rate_lo,
            "hi": row.reach_rate_hi, "n": row.n, "source": "log", "filter": rows, "of": whole,
        }  # fmt: skip


def _quote_cells(journey: JourneyMap) -> Iterator[dict[str, Any]]:
    """A quote counts as many comments as name its touchpoint; a reader sees one of a stage."""
    named = journey.cards.set_index("touchpoint_id").get("mentions", pd.Series(dtype=float))
    for stage in journey.stages.stage_id:
        cell = {"lane": "quote", "stage_id": stage, "kpi": "mentions"}
        quoted = journey.quotes.touchpoint_id[journey.quotes.stage_id == stage].unique()
        if not len(quoted):
            yield {**cell, "cell": f"quote:{stage}", "value": np.nan, "n": 0, "source": "none"}
        for name in quoted:
            count = int(named.get(name, 0) or 0)
            yield {
                **cell, "cell": f"quote:{name}", "touchpoint_id": name, "value": count,
                "lo": count, "hi": count, "n": count, "source": "comment",
                "filter": filter_text("feedback", ("comment", "names", name)),
            }  # fmt: skip


def _card_cells(
    card: dict[str, Any], interactions: LazyTable | Missing, feedback: LazyTable | Missing
) -> Iterator[dict[str, Any]]:
    name = card["touchpoint_id"]
    back = card["stage_side"] == "back"
    for kpi, (lane, source, size) in CARD_CELLS.items():
        value = card.get(kpi, np.nan)
        lane = "backstage" if back else lane
        cell = {"cell": f"{kpi}:{name}", "lane": lane, "kpi": kpi, "value": value}
        cell |= {"touchpoint_id": name, "stage_id": card["stage_id"]}
        if pd.isna(value):
            if kpi in EXPECTED and not (back and kpi == "score"):
                told = "told" if card.get("listed", True) else "none"
                yield {**cell, "value": np.nan, "n": 0, "source": told}
            continue
        if kpi == "p_key" and value < 0.8:
            continue
        rows, whole = filters_of(kpi, name, interactions=interactions, feedback=feedback)
        ends = {"lo": card.get(f"{kpi}_lo", np.nan), "hi": card.get(f"{kpi}_hi", np.nan)}
        yield {
            **cell, **ends, "n": int(card.get(size) or 0), "source": source, "filter": rows,
            "of": whole,
        }  # fmt: skip


def _point_cells(
    journey: JourneyMap, interactions: LazyTable | Missing, feedback: LazyTable | Missing
) -> Iterator[dict[str, Any]]:
    """The pains and opportunities that chips name."""
    stages = journey.cards.set_index("touchpoint_id")["stage_id"]
    for lane, table in (("pain", journey.pains), ("chance", journey.chances)):
        for row in table[table.touchpoint_id.isin(stages.index)].to_dict("records"):
            if lane == "pain":
                kpi, source = PAIN_KPIS[row["evidence"]]
                numbers = {"value": row["rate"], "lo": row["rate_lo"], "hi": row["rate_hi"]}
            else:
                kpi = row["kpi"]
                source = "log" if kpi == "missed_rate" else "survey"
                numbers = {name: row[name] for name in ("value", "lo", "hi")}
            name = row["touchpoint_id"]
            rows, whole = filters_of(kpi, name, interactions=interactions, feedback=feedback)
            yield {
                "cell": f"{row['evidence_id']}:{name}", "lane": lane, "kpi": kpi, **numbers,
                "stage_id": stages[name], "touchpoint_id": name, "n": row["n"],
                "evidence_id": row["evidence_id"], "source": source, "filter": rows, "of": whole,
            }  # fmt: skip


def _ages(table: pd.DataFrame, tables: dict[str, LazyTable | Missing], end: Any) -> np.ndarray:
    """Days from each cell's last row to the period's end; nan where nothing is dated."""
    known = last_rows(tables)
    if known["last"].notna().sum() == 0:
        return np.full(len(table), np.nan)
    until = known["last"].max() if end is None else pd.Timestamp(end)
    last = {(row.table, row.touchpoint_id): row.last for row in known.itertuples()}
    ages = []
    for source, touchpoint in zip(table.source, table.touchpoint_id):
        place = SOURCE_TABLES.get(source, "")
        name = "" if pd.isna(touchpoint) or source == "comment" else str(touchpoint)
        found = last.get((place, name), last.get((place, ""), pd.NaT))
        days = np.nan if pd.isna(found) else (until.normalize() - found.normalize()).days
        ages.append(np.fmax(days, 0) if days == days else np.nan)
    return np.asarray(ages, float)


def map_numbers(
    evidence: pd.DataFrame | Missing, client: Any, *, min_n: int = 30
) -> pd.DataFrame | Missing:
    """Every drawn number computed again from the rows that its filter keeps, one row per number.

    Columns out: `cell`, `kpi`, `value` (as drawn), `again` (computed from the filtered rows),
    `n`, `n_again`, `same` (equal to 1e-9). Cells without a value are left out. `min_n` as the map
    was drawn with.
    """
    if isinstance(evidence, Missing):
        return evidence
    drawn = evidence[evidence.value.notna()]
    model: dict[str, float] = {}
    rows = []
    for row in drawn.to_dict("records"):
        again, n = _again(row, client, model, min_n)
        same = bool(np.isclose(again, row["value"], rtol=1e-9, atol=1e-9))
        rows.append((row["cell"], row["kpi"], row["value"], again, row["n"], n, same))
    names = ["cell", "kpi", "value", "again", "n", "n_again", "same"]
    return pd.DataFrame(rows, columns=names)


def _again(
    row: dict[str, Any], client: Any, model: dict[str, float], min_n: int
) -> tuple[float, int]:
    """A row's value and n from its own filter; (nan, 0) where the rows are gone."""
    kpi, data = row["kpi"], rows_of_filter(row["filter"], client)
    if isinstance(data, Missing):
        return np.nan, 0
    if kpi == "p_key":
        return _key_again(row, client, model, min_n)
    if kpi in ("mentions", "negative_rate"):
        return _comments_again(row, data, client)
    if kpi in ("reach_rate", "missed_rate"):
        return _reach_again(row, data, client)
    if kpi == "room_points":
        return _room_again(row, data, client, min_n)
    late = client.settings.thresholds.late_minutes
    scale = client.scale("csat")
    measure: dict[str, Callable[[], pd.DataFrame]] = {
        "score": lambda: scores(data, by=(), scale=scale),
        "low_rate": lambda: scores(data, by=(), scale=scale),
        "late_rate": lambda: delays(data, late_minutes=late),
        "fail_rate": lambda: service(data),
        "wait_p50": lambda: waits(data),
    }
    table = measure[kpi]()
    return (float(table[kpi].iloc[0]), int(table.n.iloc[0])) if len(table) else (np.nan, 0)


def _reach_again(row: dict[str, Any], data: LazyTable, client: Any) -> tuple[float, int]:
    if row["lane"] == "stage":
        return _stage_again(row, client)
    whole: Any = rows_of_filter(row["of"], client)
    key = journey_key(data) or ""
    met, n = (int(collect(part.agg(n=part[key].nunique())).n.iloc[0]) for part in (data, whole))
    rate = met / n if n else np.nan
    return (1 - rate if row["kpi"] == "missed_rate" else rate), n


def _stage_again(row: dict[str, Any], client: Any) -> tuple[float, int]:
    """A stage's reach counts a journey as often as its rows say, like the funnel."""
    log = SimpleNamespace(interactions=steps(client.interactions))
    sums = []
    for text in (row["filter"], row["of"]):
        part: Any = rows_of_filter(text, log)
        each = part.group_by("key").agg(copies=part.copies.max())
        sums.append(float(collect(each.agg(n=each.copies.sum())).n.fillna(0).iloc[0]))
    return (sums[0] / sums[1] if sums[1] else np.nan), round(sums[1])


def _room_again(row: dict[str, Any], data: LazyTable, client: Any, min_n: int) -> tuple[float, int]:
    from keytouch.opportunities import target_score

    scale = client.scale("csat")
    every = scores(rows_of_filter(row["of"], client), scale=scale)  # type: ignore[arg-type]
    judged = every[(every.n >= min_n) & every.score_lo.notna()]
    own = scores(data, by=(), scale=scale).iloc[0]
    return float(target_score(judged) - own.score), int(own.n)


def _comments_again(row: dict[str, Any], data: LazyTable, client: Any) -> tuple[float, int]:
    from keytouch.comments import mentions

    _, conditions = read_filter(row["filter"])
    named = next(value for _, sign, value in conditions if sign == "names")
    table = mentions(data, terms={named: client.terms.get(named, [])})
    if isinstance(table, Missing) or table.empty:
        return np.nan, 0
    first = table.iloc[0]
    if row["kpi"] == "mentions":
        return float(first.mentions), int(first.mentions)
    return float(first.negative_rate), int(first.n)


def _key_again(
    row: dict[str, Any], client: Any, model: dict[str, float], min_n: int
) -> tuple[float, int]:
    """P(key) comes out of a model of all scores: it is fitted once for all of the map's stars."""
    if not model:
        from keytouch.key_questions import find_keys

        keys: Any = find_keys(client, min_n=min_n)
        model |= dict(zip(keys.touchpoint_id, keys.p_key))
    return model.get(row["touchpoint_id"], np.nan), row["n"]
