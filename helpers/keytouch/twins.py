"""Plain twins: the journey map, the action list and the inventory's gaps as tables."""

from __future__ import annotations

import pandas as pd

from keytouch.engine import Missing
from keytouch.lanes import JourneyMap
from keytouch.plan_figures import action_name
from keytouch.tables import show, tell_missing

MAP_COLUMNS = [
    "stage_id", "touchpoint_id", "stage_side", "medium", "channel", "supports", "reach_rate",
    "score", "n", "p_key", "late_rate", "wait_p50", "pains", "chances", "grade",
]  # fmt: skip
CELL_COLUMNS = [
    "stage_id", "touchpoint_id", "evidence_id", "kpi", "value", "n", "grade", "source", "age_days",
    "filter",
]  # fmt: skip
DIFFERENCE_COLUMNS = [
    "touchpoint_id", "score_difference", "n_first", "n_second", "rate_difference",
]  # fmt: skip
ACTION_COLUMNS = [
    "rank", "touchpoint_id", "action", "origin", "owner", "due", "cost", "effect_points", "status",
]  # fmt: skip


GAP_COLUMNS = [
    "kind", "touchpoint_id", "moment", "stage_id", "stage_side", "medium", "found_in", "nearest_id",
    "to_do",
]  # fmt: skip


def show_map(journey: JourneyMap | Missing) -> None:
    """The journey map as a table, for screen readers and for those who want the numbers."""
    if isinstance(journey, Missing):
        tell_missing(journey)
        return
    cards = journey.cards.replace("", None)
    shown = [name for name in MAP_COLUMNS if name in cards and cards[name].notna().any()]
    show(cards, "journey_map", columns=shown, top=60, twin=True)
    if len(journey.evidence):
        show(journey.evidence, "map_evidence", columns=CELL_COLUMNS, top=20, twin=True)


def show_difference(table: pd.DataFrame | Missing, name: str) -> None:
    """What differs between two maps, with the columns that the data know."""
    if isinstance(table, Missing):
        tell_missing(table)
        return
    shown = [column for column in DIFFERENCE_COLUMNS if column in table]
    show(table, name, columns=shown, top=40, twin=True)


def show_actions(actions: pd.DataFrame | Missing) -> None:
    """The action list with each action's name in the language in use."""
    if isinstance(actions, Missing):
        tell_missing(actions)
        return
    named = actions.assign(action=[action_name(row) for row in actions.itertuples()])
    named = named.drop(columns=["name_zh", "name_en", "lever"])
    shown = [name for name in ACTION_COLUMNS if named[name].notna().any()]
    show(named, "actions", columns=shown, top=30)


def show_gaps(check: pd.DataFrame | Missing) -> None:
    """The gaps of the inventory, with the columns that any of them fills."""
    if isinstance(check, Missing):
        tell_missing(check)
        return
    shown = [name for name in GAP_COLUMNS if check[name].notna().any()]
    show(check, "coverage_check", columns=shown, top=40, twin=True)
