"""Random interaction logs, and what plain Python counts in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from keytouch.engine import LazyTable, from_frame

BEGIN = pd.Timestamp("2025-01-01")
Row = dict[str, Any]


@st.composite
def logs(draw: st.DrawFn, *, counted: bool | None = None) -> list[Row]:
    """Rows of up to eight journeys with ties, repeats, missing clocks and, if drawn, `n`.

    An aggregated path says its `n` at every step; some steps say more: repeated contacts.
    """
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=8))
    with_n = draw(st.booleans()) if counted is None else counted
    rows: list[Row] = []
    for number, size in enumerate(sizes):
        copies = draw(st.integers(1, 9)) if with_n else 1
        for place in range(size):
            minute = draw(st.one_of(st.none(), st.integers(0, 4)))
            rows.append(
                {
                    "journey_id": f"j{number}",
                    "customer_id": f"c{number % 3}",
                    "touchpoint_id": draw(st.sampled_from("abcd")),
                    "channel": draw(st.sampled_from(["web", "shop", None])),
                    "ts": None if minute is None else BEGIN + pd.Timedelta(minutes=minute),
                    "seq": draw(st.integers(1, 3)),
                    "interaction_id": f"i{number}{place}",
                    **({"n": copies + draw(st.sampled_from([0, 0, 2]))} if with_n else {}),
                }
            )
    return rows


def table_of(rows: list[Row]) -> LazyTable:
    """The rows as a lazy table with the types that intake gives."""
    frame = pd.DataFrame(rows)
    frame["ts"] = pd.to_datetime(frame.ts)
    frame["channel"] = frame.channel.astype("str").where(frame.channel.notna())
    return from_frame(frame)


def paths_of(rows: list[Row]) -> dict[str, tuple[list[Row], int]]:
    """Each journey's rows in order, and how many it stands for."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["journey_id"]].append(row)
    found = {}
    for key, steps in grouped.items():
        untimed = any(row["ts"] is None for row in steps)
        steps.sort(
            key=lambda row: (0 if untimed else row["ts"].value, row["seq"], row["interaction_id"])
        )
        found[key] = (steps, min(row.get("n", 1) for row in steps))
    return found


def pair_counts(rows: list[Row]) -> Counter[tuple[str, str]]:
    """Every move from one touchpoint to the next, with starts and ends."""
    pairs: Counter[tuple[str, str]] = Counter()
    for steps, copies in paths_of(rows).values():
        names = ["(start)", *(row["touchpoint_id"] for row in steps), "(end)"]
        for pair in zip(names, names[1:]):
            pairs[pair] += copies
    return pairs


def dwell_times(rows: list[Row]) -> dict[tuple[str, str], list[float]]:
    """The minutes between two touchpoints, each as often as its journey counts."""
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for steps, copies in paths_of(rows).values():
        for row, after in zip(steps, steps[1:]):
            if row["ts"] is not None and after["ts"] is not None:
                minutes = (after["ts"] - row["ts"]).total_seconds() / 60
                times[row["touchpoint_id"], after["touchpoint_id"]] += [minutes] * copies
    return times
