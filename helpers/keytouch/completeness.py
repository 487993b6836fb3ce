"""Is the inventory complete? Every gap by name, and how many forms of contact a stage offers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from keytouch.drivers import journey_key
from keytouch.engine import LazyTable, Missing, collect, literal, needs, row_number, window
from keytouch.problems import nearest
from keytouch.satisfaction import with_weights
from keytouch.schema import MOMENTS

KINDS = (
    "unlisted", "no_moment", "bad_support", "no_support", "no_stage", "no_owner", "unseen",
    "empty_cell",
)  # fmt: skip
SOURCES = {"volume": "interactions", "answers": "feedback", "mentions": "comments"}
GROUPS, DRAWS = 500, 1000
COLUMNS = (
    "kind", "touchpoint_id", "stage_id", "stage_side", "medium", "moment", "found_in", "n",
    "nearest_id", "to_do",
)  # fmt: skip


def coverage_check(
    inventory: pd.DataFrame | Missing,
    coverage: pd.DataFrame | Missing,
    touchpoints: LazyTable | Missing,
    *,
    stages: Sequence[str] = (),
) -> pd.DataFrame | Missing:
    """What the inventory of touchpoints lacks, one row per problem.

    Reads the tables of `inventory` and `coverage` and the canonical touchpoints. Columns out:
    `kind`: "unlisted" (in the data, not in the inventory), "no_moment" (a type of moment that no
    touchpoint is), "bad_support" (a touchpoint that supports an id nobody lists), "no_support" (a
    back-stage touchpoint that supports nothing), "no_stage" (without a stage that the client
    lists), "no_owner", "unseen" (listed, never in any data), "empty_cell" (a cell of stage × side
    × medium without a touchpoint); `touchpoint_id`, `stage_id`, `stage_side`, `medium`, `moment`,
    what it concerns, blank where it doesn't apply; `found_in`, the tables that show it
    (interactions, feedback, comments; comma separated); `n` rows there (0 where there is none);
    `nearest_id`, the listed id most like an unlisted or unknown one, blank where none is near;
    `to_do`, the kind again, for the word that says what to do.
    Kinds in the order above; within a kind most rows first. A client that lists no moment type,
    owner or stage at all is told once (blank touchpoint), not for every touchpoint.
    """
    for table in (inventory, touchpoints):
        if isinstance(table, Missing):
            return table
    listed = inventory[inventory.known != "seen"]
    known = collect(touchpoints)
    rows = [
        *_unlisted(inventory, list(listed.touchpoint_id)),
        *_moments(listed),
        *_supports(known.reindex(columns=["touchpoint_id", "stage_side", "supports"])),
        *_without(listed, "stage_id", "no_stage", set(stages)),
        *_without(listed, "owner", "no_owner", set()),
        *_unseen(inventory),
        *_empty_cells(coverage),
    ]
    table = pd.DataFrame(rows).reindex(columns=list(COLUMNS)).astype(object)
    table = table.where(table.notna(), None)
    table = table.assign(
        n=table.n.fillna(0).astype(int),
        to_do=table.kind,
        _kind=[KINDS.index(kind) for kind in table.kind],
    )
    order = table.sort_values(["_kind", "n"], ascending=[True, False], kind="stable")
    return order.drop(columns="_kind").reset_index(drop=True)


def _unlisted(inventory: pd.DataFrame, listed: list[str]) -> Iterator[dict[str, object]]:
    for row in inventory[inventory.known == "seen"].to_dict("records"):
        counts = {source: int(row[name]) for name, source in SOURCES.items() if row[name]}
        yield {
            "kind": "unlisted",
            "touchpoint_id": row["touchpoint_id"],
            "found_in": ",".join(counts),
            "n": sum(counts.values()),
            "nearest_id": nearest(row["touchpoint_id"], listed) or None,
        }


def _moments(listed: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Types of moment that no touchpoint is; one blank row where none is typed at all."""
    present = set(listed.moment.dropna()) & set(MOMENTS)
    missing = [moment for moment in MOMENTS if moment not in present] if present else [None]
    yield from ({"kind": "no_moment", "moment": moment} for moment in missing)


def _supports(known: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Supports that lead nowhere, and back-stage touchpoints without one."""
    ids = list(known.touchpoint_id)
    for row in known.to_dict("records"):
        target = row["supports"]
        if pd.notna(target) and target != "":
            if target not in ids:
                near = nearest(str(target), ids) or None
                told = {"touchpoint_id": row["touchpoint_id"], "nearest_id": near}
                yield {"kind": "bad_support", **told}
        elif row["stage_side"] == "back":
            yield {"kind": "no_support", "touchpoint_id": row["touchpoint_id"]}


def _without(
    listed: pd.DataFrame, column: str, kind: str, valid: set[str]
) -> Iterator[dict[str, object]]:
    """Touchpoints that lack a column's value, or have one that isn't valid."""
    blank = listed[column].isna() | (listed[column] == "")
    lacking = blank | ~listed[column].isin(valid) if valid else blank
    if lacking.all() and len(listed):
        yield {"kind": kind}
        return
    for row in listed[lacking].to_dict("records"):
        yield {"kind": kind, "touchpoint_id": row["touchpoint_id"]}


def _unseen(inventory: pd.DataFrame) -> Iterator[dict[str, object]]:
    for touchpoint in inventory[inventory.known == "listed"].touchpoint_id:
        yield {"kind": "unseen", "touchpoint_id": touchpoint}


def _empty_cells(coverage: pd.DataFrame | Missing) -> Iterator[dict[str, object]]:
    if isinstance(coverage, Missing):
        return
    cells = coverage[coverage.n == 0][["stage_id", "stage_side", "medium"]]
    yield from ({"kind": "empty_cell", **cell} for cell in cells.to_dict("records"))


@needs("interactions", "touchpoint_id", "channel")
def contact_forms(
    interactions: LazyTable,
    touchpoints: LazyTable | Missing,
    *,
    stages: Sequence[str],
    min_n: int = 30,
    seed: int = 1,
) -> pd.DataFrame:
    """How many forms of contact customers use in each stage, one row per stage in order.

    Columns out: `stage_id`; `diversity`, the entropy of channel use in 0–1: 0 where all contacts
    go through one channel, 1 where they spread evenly over all channels that the client's data
    know; `effective_channels`, the number of equally used channels that would give it; both with
    `_lo`, `_hi` (bootstrap over journeys, 1,000 draws); `channels` in use; `channel`, the most
    used one, and `main_rate`, its share in 0–1 with `_lo`, `_hi` (bootstrap); `n` interactions
    with a channel; `small` where n < `min_n`; `method`.
    Stages without such an interaction are left out; so are interactions of touchpoints without
    a stage. Many forms are not better as such: they show where a failing channel can be replaced.
    Source: Shannon 1948.
    """
    if isinstance(touchpoints, Missing) or "stage_id" not in touchpoints.columns:
        return Missing("touchpoints", ("stage_id",))  # type: ignore[return-value]
    counts = collect(_channel_counts(interactions, touchpoints))
    counts = counts[counts.stage_id.isin(stages)].sort_values(["group", "stage_id", "channel"])
    if counts.empty:
        return Missing("interactions", ("channel",))  # type: ignore[return-value]
    channels = sorted(counts.channel.unique())
    groups = int(counts.group.max()) + 1
    random = np.random.default_rng(seed)
    times = random.multinomial(groups, np.full(groups, 1 / groups), size=DRAWS).astype(float)
    rows = [
        {"stage_id": stage, **_forms(counts[counts.stage_id == stage], channels, times)}
        for stage in stages
        if (counts.stage_id == stage).any()
    ]
    table = pd.DataFrame(rows)
    return table.assign(small=table.n < min_n, method="method_entropy")


def _channel_counts(interactions: LazyTable, touchpoints: LazyTable) -> LazyTable:
    """Contacts per stage and channel in each of at most 500 groups of journeys. Lazy."""
    known = with_weights(interactions.filter(interactions.channel.notnull()))
    key = journey_key(interactions) or "interaction_id"
    staged = known.inner_join(touchpoints.select("touchpoint_id", "stage_id"), "touchpoint_id")
    staged = staged.mutate(key=staged[key].fill_null(literal("")))
    journeys = staged.select("key").distinct()
    dealt = journeys.mutate(group=row_number().over(window(order_by=journeys.key)) % GROUPS)
    data = staged.inner_join(dealt, "key")
    return data.group_by("group", "stage_id", "channel").agg(n=data.rows.sum(), w=data.w.sum())


def _forms(counts: pd.DataFrame, channels: list[str], times: np.ndarray) -> dict[str, object]:
    """One stage's diversity, from its contacts per group of journeys and channel."""
    used = np.zeros((times.shape[1], len(channels)))
    places = [channels.index(channel) for channel in counts.channel]
    np.add.at(used, (counts.group.to_numpy(int), places), counts.w.to_numpy(float))
    whole = used.sum(axis=0)
    main = int(whole.argmax())
    drawn = times @ used
    drawn = drawn[drawn.sum(axis=1) > 0]
    full = np.log(len(channels)) if len(channels) > 1 else 1.0
    entropy, draws = _entropy(whole[None])[0], _entropy(drawn)
    share = whole[main] / whole.sum()
    return {
        **_bounded("diversity", entropy / full, draws / full),
        **_bounded("effective_channels", np.exp(entropy), np.exp(draws)),
        "channels": int((whole > 0).sum()),
        "channel": channels[main],
        **_bounded("main_rate", share, drawn[:, main] / drawn.sum(axis=1)),
        "n": int(counts.n.sum()),
    }


def _entropy(counts: np.ndarray) -> np.ndarray:
    """Shannon entropy (nats) of each row of counts."""
    share = counts / counts.sum(axis=1, keepdims=True)
    return np.fmax(-(share * np.log(np.where(share > 0, share, 1))).sum(axis=1), 0)


def _bounded(name: str, value: float, draws: np.ndarray) -> dict[str, float]:
    lo, hi = np.quantile(draws, [0.025, 0.975])
    return {name: float(value), f"{name}_lo": min(lo, value), f"{name}_hi": max(hi, value)}
