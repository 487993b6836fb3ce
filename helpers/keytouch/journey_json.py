"""A client's journey as one JSON document that other programs can read.

Its shape is `templates/journey.schema.json` (JSON Schema 2020-12). Every number that is an
estimate is an object with value, lo, hi (95 %), n and method; groups under the smallest cell
are left out, and `left_out` counts them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from keytouch.deviation_rates import deviations, steps_met
from keytouch.engine import Missing, collect
from keytouch.estimate import Estimate
from keytouch.funnel import stage_funnel
from keytouch.journeys import delays, service, transitions
from keytouch.labels import is_blank
from keytouch.plan_draft import follow_plan
from keytouch.plan_layout import SEPARATOR
from keytouch.satisfaction import scores
from keytouch.touchpoints import reach

FORMAT, VERSION = "keytouch-journey", 1
SCHEMA = "journey.schema.json"
FACTS = ("stage_side", "medium", "contact_mode", "moment", "supports")


class _Cells:
    """Estimates as objects, and how many were too small to show."""

    def __init__(self, small_cell: int):
        self.small_cell = small_cell
        self.left_out = 0

    def estimate(self, row: Mapping[str, Any], column: str) -> dict[str, Any]:
        """One estimate, or {} where it is unknown or rests on too few."""
        if is_blank(row.get(column)):
            return {}
        found = Estimate.of({"method": "method_count"} | dict(row), column)
        if found.n < self.small_cell:
            self.left_out += 1
            return {}
        ends = {"lo": found.lo, "hi": found.hi}
        told = {name: float(end) for name, end in ends.items() if not is_blank(end)}
        return {"value": float(found.value), **told, "n": int(found.n), "method": found.method}


def journey_document(client: Any) -> dict[str, Any]:
    """A client's journey as plain data: stages, touchpoints, transitions and the plan.

    Holds what `client`'s segment and period leave; no row of a customer's. Parts that the data
    can't fill are empty.
    """
    cells = _Cells(client.settings.thresholds.small_cell)
    start, end = client.start, client.end
    document = {
        "format": FORMAT,
        "version": VERSION,
        "client": _client(client),
        "segment": client.segment or None,
        "period": {"start": start and start.isoformat(), "end": end and end.isoformat()},
        "score_scale": list(map(float, client.scale("csat"))),
        "stages": _stages(client, cells),
        "touchpoints": _touchpoints(client, cells),
        "transitions": _transitions(client, cells),
        "plan": _plan(client, cells),
    }
    return document | {"left_out": cells.left_out}


def _client(client: Any) -> dict[str, Any]:
    names = ("id", "name_zh", "name_en", "industry", "timezone", "currency", "synthetic")
    facts = {name: getattr(client.settings, name) for name in names}
    return facts | {"fingerprint": client.fingerprint}


def _by(table: pd.DataFrame | Missing, key: str) -> dict[str, dict[str, Any]]:
    if isinstance(table, Missing):
        return {}
    return {row[key]: row for row in table.to_dict("records")}


def _named(entry: Any) -> dict[str, Any]:
    return {"id": entry.id, "name_zh": entry.name_zh, "name_en": entry.name_en}


def _stages(client: Any, cells: _Cells) -> list[dict[str, Any]]:
    # Stages need no order: a log without any has no journey rows, but a funnel.
    ordered = not isinstance(client.journey_rows, Missing)
    data = client.journey_rows if ordered else client.interactions
    reached = _by(stage_funnel(data, client.touchpoints, stages=client.stages), "stage_id")
    found = []
    for stage in client.settings.stages:
        share = cells.estimate(reached.get(stage.id, {}), "reach_rate")
        found.append(_named(stage) | ({"reach": share} if share else {}))
    return found


def _touchpoints(client: Any, cells: _Cells) -> list[dict[str, Any]]:
    """Every touchpoint of the inventory with what is known of it."""
    late = client.settings.thresholds.late_minutes
    scored = scores(client.feedback, scale=client.scale("csat"))
    tables = {
        "reach": (_by(reach(client.interactions), "touchpoint_id"), "reach_rate"),
        "score": (_by(scored, "touchpoint_id"), "score"),
        "late": (_by(delays(client.interactions, late_minutes=late), "touchpoint_id"), "late_rate"),
        "failure": (_by(service(client.interactions), "touchpoint_id"), "fail_rate"),
    }
    found = []
    for row in _inventory(client):
        name = row["touchpoint_id"]
        entry = {"id": name, **_filled(row, ("name_zh", "name_en"))}
        entry |= {"stage": row["stage_id"]} if not is_blank(row.get("stage_id")) else {}
        entry |= _filled(row, FACTS)
        for part, (rows, column) in tables.items():
            if told := cells.estimate(rows.get(name, {}), column):
                entry[part] = told
        found.append(entry)
    return found


def _inventory(client: Any) -> Iterable[dict[str, Any]]:
    """The inventory; where a client has none, the touchpoints of its log."""
    if isinstance(client.touchpoints, Missing):
        met = reach(client.interactions)
        names = [] if isinstance(met, Missing) else sorted(met.touchpoint_id)
        return [{"touchpoint_id": name} for name in names]
    return collect(client.touchpoints).to_dict("records")


def _filled(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in names if not is_blank(row.get(name))}


def _transitions(client: Any, cells: _Cells) -> list[dict[str, Any]]:
    """Which touchpoint follows which; "(start)" and "(end)" close every journey."""
    table = transitions(client.steps)
    if isinstance(table, Missing):
        return []
    found = []
    for row in table.to_dict("records"):
        if row["n"] < cells.small_cell:
            cells.left_out += 1
            continue
        # The share's n is what it is a share of; the journeys that took it stand beside.
        share = cells.estimate(row | {"n": row["leaving"]}, "share_rate")
        entry = {"from": row["from_id"], "to": row["to_id"], "n": int(row["n"]), "share": share}
        found.append(entry | _filled(row, ("minutes_p50", "minutes_p90")))
    return found


def _plan(client: Any, cells: _Cells) -> list[dict[str, Any]]:
    """The planned steps of the client's blueprint, each with what became of it."""
    plan = client.blueprint
    if isinstance(plan, Missing):
        return []
    patterns = follow_plan(client, plan)
    met, away = _by(steps_met(patterns), "place"), deviations(patterns)
    found = []
    for step in plan.to_dict("records"):
        entry = {"stage": step["stage_id"], "touchpoint": step["touchpoint_id"]}
        entry |= {"accepts": step["accepts"].split(SEPARATOR)}
        entry |= {name: bool(step[name]) for name in ("optional", "repeat", "any_order")}
        entry |= _filled(step, ("layer", "within_minutes", "wait_minutes"))
        entry |= {name: step[name] for name in ("evidence_zh", "evidence_en") if step[name]}
        if share := cells.estimate(met.get(step["place"], {}), "met_rate"):
            entry["met"] = share
        own = away[away.place == step["place"]] if not isinstance(away, Missing) else pd.DataFrame()
        told = {row["deviation"]: cells.estimate(row, "deviation_rate")
                for row in own.to_dict("records")}  # fmt: skip
        entry["deviations"] = {name: share for name, share in told.items() if share}
        found.append(entry)
    return found
