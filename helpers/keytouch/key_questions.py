"""Key touchpoints and moments of a client, each answered in one call from all its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from keytouch.affect_shift import turning_points
from keytouch.after_effects import consequences
from keytouch.comments import mentions
from keytouch.competitors import competitor_grid, gap_to_best
from keytouch.emotions import feelings
from keytouch.engine import Missing
from keytouch.incidents import incident_evidence, incident_table
from keytouch.kano_model import kano
from keytouch.keys import key_touchpoints
from keytouch.moment_numbers import moment_kpis
from keytouch.moment_types import moment_methods
from keytouch.touchpoints import reach

SURE = 0.8


def find_keys(
    client: Any, *, min_n: int = 30, weights: Mapping[str, float] | None = None, **options: Any
) -> pd.DataFrame | Missing:
    """A client's key touchpoints, every component filled from the data that know it.

    Columns as `key_touchpoints`, which takes `weights` and the other options; the material slope
    is the client's threshold.
    """
    scale = client.scale("csat")
    grid = competitor_grid(client.benchmarks, scale=scale, min_n=min_n)
    return key_touchpoints(
        client.feedback,
        reach=reach(client.interactions),
        consequences=consequences(
            client.feedback, customers=client.customers, journeys=client.journeys, min_n=min_n
        ),
        competitors=gap_to_best(grid),
        feelings=feelings(client.feedback, min_n=min_n),
        mentions=mentions(client.feedback, terms=client.terms),
        weights=weights,
        scale=scale,
        material=client.settings.thresholds.material_slope,
        min_n=min_n,
        **options,
    )


def find_moment_kpis(client: Any) -> pd.DataFrame | Missing:
    """The figures of a client's four moment types, one row per touchpoint and figure."""
    return moment_kpis(
        client.touchpoints,
        interactions=client.interactions,
        feedback=client.feedback,
        journeys=client.journeys,
        customers=client.customers,
        scale=client.scale("csat"),
    )


def find_turns(client: Any, *, min_n: int = 30) -> pd.DataFrame | Missing:
    """A client's turning points, in the order that its event log or its diaries give."""
    return turning_points(
        client.feedback,
        interactions=client.interactions,
        touchpoints=client.touchpoints,
        stages=client.stages,
        min_n=min_n,
    )


def find_methods(
    client: Any,
    keys: pd.DataFrame | Missing,
    *,
    turns: pd.DataFrame | Missing,
    impacts: pd.DataFrame | Missing,
) -> pd.DataFrame | Missing:
    """What every method of identification says of a client's touchpoints.

    Columns as `moment_methods`: derived importance (`keys`), the penalty–reward contrast
    (`impacts`), turning points (`turns`), critical incidents and Kano items from the client's own
    tables.
    """
    return moment_methods(
        keys,
        {
            "penalty_reward": _where(
                impacts, "impact", yes=("basic", "performance", "excitement"), no=("none",)
            ),
            "turning_point": _where(turns, "verdict", yes=("turns",), no=("not",)),
            "incidents": incident_evidence(incident_table(client.incidents)),
            "kano": _where(
                kano(client.feedback),
                "kano_category",
                yes=("must_be", "one_dimensional", "attractive"),
                no=("indifferent",),
            ),
        },
    )


def _where(
    table: pd.DataFrame | Missing, column: str, *, yes: tuple[str, ...], no: tuple[str, ...]
) -> dict[str, bool | None] | Missing:
    """Yes, no or undecided per touchpoint, from what a table says where it is sure.

    Of several rows about a touchpoint one yes is enough.
    """
    if isinstance(table, Missing) or "touchpoint_id" not in table:
        return table if isinstance(table, Missing) else Missing("feedback", ("touchpoint_id",))
    chance = next((name for name in ("p_category", "probability") if name in table), None)
    sure = pd.Series(True, table.index) if chance is None else table[chance] >= SURE
    said: dict[str, bool | None] = {}
    for name, value, known in zip(table.touchpoint_id, table[column], sure):
        verdict = True if known and value in yes else False if known and value in no else None
        if verdict or name not in said or (verdict is False and said[name] is None):
            said[name] = verdict
    return {name: verdict for name, verdict in said.items() if not pd.isna(name)}
