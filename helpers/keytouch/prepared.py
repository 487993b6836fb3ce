"""Interactions in their order, once: `steps` (one row an interaction), `journey_rows`.

Intake stores both, so that later questions are small scans; the same expressions make them
from any interactions. Measures take either and give the same numbers.

A journey is a `journey_id`, or all that one customer did where the data know no journeys.
Order in it: `ts`, then `seq`, then `interaction_id`; where a step has no time, `seq` orders.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any

from keytouch.engine import (
    LazyTable,
    Missing,
    Store,
    cases,
    collect,
    joined_in_order,
    literal,
    minutes_between,
    row_number,
    window,
)
from keytouch.remembering import memory_metric
from keytouch.resample import journey_key
from keytouch.satisfaction import at_touchpoints, of_metric, with_position
from keytouch.stage_sets import (
    NO_TOUCHPOINTS,
    knows_stages,
    met_bits,
    with_stage_bits,
    with_stage_set,
)
from keytouch.weighted import with_weights

ARROW = " > "
AT_ONCE, MOST_PARTS = 5_000_000, 16
ONE = literal(1).cast("float64")  # Spark takes 1.0 for a decimal number
NO_JOURNEYS, NO_FEEDBACK = Missing("journeys"), Missing("feedback")
NO_CUSTOMERS = Missing("customers")
STEPS, JOURNEY_ROWS = "steps", "journey_rows"


def is_prepared(data: LazyTable) -> bool:
    """Whether a table holds steps already."""
    return {"key", "step", "steps", "copies"} <= set(data.columns)


def steps(interactions: LazyTable) -> LazyTable | Missing:
    """Each interaction with its place in its journey, one row per interaction. Lazy.

    Columns out, beside those of `interactions`: `key`, the journey; `step` from 1; `steps` in
    all; `next_touchpoint`, `next_channel`, `previous_channel` (blank at the ends); `minutes`
    until the next step (blank at the end and without clocks); `rows`, `w1`, `w` as
    `with_weights` gives them; `copies`, how many equal journeys this one stands for: the smallest
    `n` of its rows (blank: 1), because an aggregated path of n journeys says n at every step; a
    row that says more than others is a contact repeated in one journey. All steps count alike.
    Rows of no journey, and rows with neither time nor seq, have no place in an order and are left
    out. Ties in time go by `seq`, then `interaction_id`. Journeys that overlap in time stay
    apart by their key; without journey ids a customer's overlapping affairs are one journey.
    Touchpoints that no inventory knows count like others. A prepared table is returned as it is.
    """
    if is_prepared(interactions):
        return interactions
    key = journey_key(interactions)
    if key is None:
        return Missing("interactions", ("journey_id",))
    if not {"ts", "seq"} & set(interactions.columns):
        return Missing("interactions", ("ts",))
    known = _with_clock(_placed(_with_copies(interactions, key)), key)
    line = window(group_by=known[key], order_by=_order(known))
    # The same order, so that the engine sorts once.
    in_line = window(group_by=known[key], order_by=_order(known), rows=(None, None))
    places = {
        "step": row_number().over(line) + 1,
        "steps": known.count().over(in_line),
        "next_touchpoint": known.touchpoint_id.lead(1).over(line),
    }
    if "channel" in known.columns:
        places |= {
            "next_channel": known.channel.lead(1).over(line),
            "previous_channel": known.channel.lag(1).over(line),
        }
    if "ts" in known.columns:
        places["minutes"] = minutes_between(known.ts, known.ts.lead(1).over(line))
    # What can be told later isn't carried through the sort.
    return _with_key(known.mutate(**places).drop(*({"clock"} & set(known.columns))), key)


def in_journeys(interactions: LazyTable) -> LazyTable | Missing:
    """The interactions that have a place in a journey, as `of_journeys` gives them. Lazy.

    Where some have a time or seq, those with neither are left out, as in `steps`.
    """
    if is_prepared(interactions):
        return interactions
    known = of_journeys(interactions)
    return known if isinstance(known, Missing) else _placed(known)


def of_journeys(interactions: LazyTable) -> LazyTable | Missing:
    """The interactions of known journeys with `key`, `copies` and weights, unordered. Lazy."""
    if is_prepared(interactions):
        return interactions
    key = journey_key(interactions)
    if key is None:
        return Missing("interactions", ("journey_id",))
    return _with_key(_with_copies(interactions, key), key)


def copies_of(data: LazyTable) -> Any:
    """An aggregate: how many equal journeys the rows of one journey stand for."""
    return data.copies.max() if "n" in data.columns else ONE


def _with_copies(interactions: LazyTable, key: str) -> LazyTable:
    """The rows of known journeys, with `copies` where any may stand for several."""
    known = interactions.filter(interactions[key].notnull())
    if "n" not in known.columns:
        return known
    rows = known.n.cast("float64").fill_null(1.0)
    return known.mutate(copies=rows.min().over(window(group_by=known[key])))


def _with_key(known: LazyTable, key: str) -> LazyTable:
    """Rows of `_with_copies` with `key` and weights; by default a journey stands for one."""
    weighted = with_weights(known)
    copies = weighted.copies if "copies" in known.columns else ONE
    return weighted.mutate(key=weighted[key], copies=copies)


def _placed(known: LazyTable) -> LazyTable:
    """The rows with a time or a seq, where any column tells one."""
    told = [known[name].notnull() for name in ("ts", "seq") if name in known.columns]
    return known.filter(functools.reduce(operator.or_, told)) if told else known


def sessions(interactions: LazyTable, *, gap_minutes: float = 30) -> LazyTable | Missing:
    """The interactions in sessions: a longer pause starts a new one. One row per interaction. Lazy.

    Columns out: those of `interactions`, with `journey_id` "C1#2" for the second session of
    customer C1 (or of journey C1, where the data know journeys); numbers follow time. A pause
    of exactly `gap_minutes` doesn't split; 0 leaves the given journeys, or all that a customer
    did, in one. Ties in time belong together. Rows without time have no session (blank) and
    rows of no journey or customer neither. With `n` or weights each row counts once.
    """
    key = journey_key(interactions)
    if key is None or "ts" not in interactions.columns:
        return Missing("interactions", ("customer_id" if key is None else "ts",))
    data = interactions.mutate(owner=interactions[key].cast("string"))
    order = [data[name] for name in ("ts", "seq", "interaction_id") if name in data.columns]
    line = window(group_by=data.owner, order_by=order)
    pause = minutes_between(data.ts.lag(1).over(line), data.ts)
    split = data.mutate(split=cases((pause > gap_minutes, 1), else_=0) if gap_minutes else 0)
    upto = window(
        group_by=split.owner,
        order_by=[split[name] for name in ("ts", "seq", "interaction_id") if name in split.columns],
        rows=(None, 0),
    )
    number = (split["split"].sum().over(upto) + 1).cast("string")
    named = cases((split.ts.notnull(), split.owner + "#" + number))
    names = [*dict.fromkeys([*interactions.columns, "journey_id"])]
    return split.mutate(journey_id=named).select(names)


def keep_prepared(store: Store, *, stages: Sequence[str] = (), gap_minutes: float = 0) -> None:
    """Store a client's steps and journey rows beside its tables, where it has interactions.

    `stages` are the ids of the client's stages in order. Where the data know no journeys,
    `gap_minutes` splits what a customer did into sessions. Many journeys are put in order and
    summed up part by part, so that they fit in memory.
    """
    data = store.table("interactions")
    if gap_minutes and not isinstance(data, Missing) and "journey_id" not in data.columns:
        split = sessions(data, gap_minutes=gap_minutes)
        if not isinstance(split, Missing):
            store.replace("interactions", split)
            data = store.table("interactions")
    key = None if isinstance(data, Missing) else journey_key(data)
    if key is None or isinstance(steps(data), Missing):
        return
    store.keep(STEPS, [steps(part) for part in _parts(data, key)])
    facts = (store.table(name) for name in ("journeys", "feedback", "customers"))
    journeys, feedback, customers = facts
    if not isinstance(feedback, Missing) and "company" in feedback.columns:
        feedback = feedback.filter(feedback.company.isnull())
    places = {"touchpoints": store.table("touchpoints"), "stages": stages}
    parts = _parts(store.table(STEPS), "key")
    rows = [journey_rows(part, journeys, feedback, customers, **places) for part in parts]
    store.keep(JOURNEY_ROWS, rows)


def _parts(data: LazyTable, key: str) -> list[LazyTable]:
    """The rows in parts of about `AT_ONCE`, each journey in one: what sorts them fits in memory."""
    rows = int(collect(data.agg(n=data.count())).n.iloc[0])
    number = min(1 + rows // AT_ONCE, MOST_PARTS)
    if number == 1:
        return [data]
    mixed = data[key].hash().abs() % number
    # Not as an equality, of which DuckDB would expect next to no rows and plan for those.
    return [data.filter((mixed - share).abs() < 1) for share in range(number)]


def _order(data: LazyTable) -> list[Any]:
    """The columns that order a journey: time, then seq, then id."""
    clock = "clock" if "clock" in data.columns else "ts"
    return [data[name] for name in (clock, "seq", "interaction_id") if name in data.columns]


def _with_clock(data: LazyTable, key: str) -> LazyTable:
    """Add `clock` where seq may order instead: blank in journeys with a step without time."""
    if not {"ts", "seq"} <= set(data.columns):
        return data
    untimed = cases((data.ts.isnull(), 1), else_=0).max().over(window(group_by=data[key]))
    return data.mutate(clock=cases((untimed == 0, data.ts)))


def journey_rows(
    interactions: LazyTable,
    journeys: LazyTable | Missing = NO_JOURNEYS,
    feedback: LazyTable | Missing = NO_FEEDBACK,
    customers: LazyTable | Missing = NO_CUSTOMERS,
    *,
    touchpoints: LazyTable | Missing = NO_TOUCHPOINTS,
    stages: Sequence[str] = (),
    metric: str = "",
) -> LazyTable | Missing:
    """The journeys, one row each. Lazy.

    Columns out: `key`; `steps`; `copies` as in `steps`; `path`, the touchpoint ids in order,
    joined by " > "; `stage_set`, which of the `stages` they met by the inventory `touchpoints`,
    as "|search|buy|"; `channel_path`, the channels in order where they change (a step of unknown
    channel is passed over but ends a run); `switches` of channel from step to step; `first_id`,
    `last_id`; `started`, `ended`, `minutes` between them (0 for one step); `customer_id` (of
    several the first by name); `one_customer`, whether all steps are of one customer; `segment`
    (the journey's own, else its customer's), `channel` (the journey's own, else the first
    step's), `outcome`, `converted`, `value` of the journeys table; `peak`, `end`, `mean`, the
    feelings at touchpoints on the way as places 0–1 on their scale (in `metric`; blank: affect,
    else csat; the peak is the one farthest from the middle, of two as far the earlier step), and
    `felt`, how many touchpoints have one. Columns that nothing fills are absent. Several ratings
    of a touchpoint in one journey count by their mean, at its last step there.
    """
    if "path" in interactions.columns:
        return interactions
    data = steps(interactions)
    if isinstance(data, Missing):
        return data
    staged = knows_stages(touchpoints, stages)
    if staged:
        data = with_stage_bits(data, touchpoints, stages=stages)  # type: ignore[arg-type]
    met = met_bits(data, stages=stages) if staged else {}
    table = data.group_by("key").agg(**_walk(data), **met, **_clock_span(data), **_who(data))
    table = with_stage_set(table, stages=stages) if staged else table
    table = _with_facts(table, journeys, "journey_id" in data.columns)
    table = _with_segment(table, customers)
    return _with_feelings(table, data, feedback, metric)


def _walk(data: LazyTable) -> dict[str, Any]:
    """What a journey's steps say: their number, path, channels, first and last."""
    texts = {"path": data.touchpoint_id}
    if "channel" in data.columns:
        same = (data.channel == data.previous_channel).fill_null(False)
        texts["channel_path"] = cases((~same, data.channel))
    parts = {
        "steps": data.steps.max(),
        "copies": copies_of(data),
        **joined_in_order(data, texts, order=data.step, by=ARROW),
        "first_id": cases((data.step == 1, data.touchpoint_id)).max(),
        "last_id": cases((data.step == data.steps, data.touchpoint_id)).max(),
    }
    if "channel" in data.columns:
        moved = (data.channel != data.previous_channel).fill_null(False)
        parts |= {
            "switches": cases((moved, 1), else_=0).sum(),
            "first_channel": cases((data.step == 1, data.channel)).max(),
        }
    return parts


def _clock_span(data: LazyTable) -> dict[str, Any]:
    if "ts" not in data.columns:
        return {}
    first, last = data.ts.min(), data.ts.max()
    return {"started": first, "ended": last, "minutes": minutes_between(first, last)}


def _who(data: LazyTable) -> dict[str, Any]:
    """The journey's customer, and whether all of its steps are theirs."""
    if "customer_id" not in data.columns:
        return {}
    low, high, known = data.customer_id.min(), data.customer_id.max(), data.customer_id.count()
    alike = cases((low == high, known == data.count()), else_=known == 0)
    return {"customer_id": low, "one_customer": alike}


def _with_facts(table: LazyTable, journeys: LazyTable | Missing, by_journey: bool) -> LazyTable:
    """The journeys with what the journeys table says of each."""
    names = ("channel", "segment", "outcome", "converted", "value")
    known = [] if isinstance(journeys, Missing) else [n for n in names if n in journeys.columns]
    if by_journey and known:
        facts = journeys.select(*known, journey=journeys.journey_id)  # type: ignore[union-attr]
        table = table.left_join(facts, table.key == facts.journey).drop("journey")
    if "first_channel" not in table.columns:
        return table
    own = (
        table.channel.coalesce(table.first_channel)
        if "channel" in known and by_journey
        else (table.first_channel)
    )
    return table.mutate(channel=own).drop("first_channel")


def _with_segment(table: LazyTable, customers: LazyTable | Missing) -> LazyTable:
    """The journeys with their customer's segment where they have none of their own."""
    if isinstance(customers, Missing) or "customer_id" not in table.columns:
        return table
    if "segment" not in customers.columns:
        return table
    theirs = customers.select(person=customers.customer_id, group=customers.segment)
    joined = table.left_join(theirs, table.customer_id == theirs.person)
    own = joined.segment.coalesce(joined.group) if "segment" in table.columns else joined.group
    return joined.mutate(segment=own).select([*dict.fromkeys([*table.columns, "segment"])])


def _with_feelings(
    table: LazyTable, data: LazyTable, feedback: LazyTable | Missing, metric: str
) -> LazyTable:
    """The journeys with the peak, end and mean of what was felt at their touchpoints."""
    felt = _felt(data, feedback, metric)
    if isinstance(felt, Missing):
        return table
    far = [(felt.x - literal(0.5)).abs().round(9).desc(), felt.step]
    placed = felt.mutate(
        rank=row_number().over(window(group_by=felt.key, order_by=far)),
        back=row_number().over(window(group_by=felt.key, order_by=felt.step.desc())),
    )
    sums = placed.group_by(journey=placed.key).agg(
        peak=cases((placed["rank"] == 0, placed.x)).max(),
        end=cases((placed.back == 0, placed.x)).max(),
        mean=placed.x.mean(),
        felt=placed.count(),
    )
    joined = table.left_join(sums, table.key == sums.journey).drop("journey")
    return joined.mutate(felt=joined.felt.fill_null(0))


def _felt(data: LazyTable, feedback: LazyTable | Missing, metric: str) -> LazyTable | Missing:
    """One row per journey and rated touchpoint: `x` in 0–1 at the touchpoint's last step."""
    rated = at_touchpoints(feedback)
    key = "journey_id" if "journey_id" in data.columns else "customer_id"
    if isinstance(rated, Missing) or not {key, "status", "scale_lo"} <= set(rated.columns):
        return Missing("feedback", (key,))
    rated = with_position(of_metric(rated, metric or memory_metric(rated)))
    means = rated.filter(rated[key].notnull()).group_by(
        journey=rated[key], touchpoint=rated.touchpoint_id
    )
    met = data.group_by("key", "touchpoint_id").agg(step=data.step.max())
    scores = means.agg(x=rated.x.mean())
    same = [met.key == scores.journey, met.touchpoint_id == scores.touchpoint]
    return met.join(scores, same).select("key", "step", "x")
