"""Small plans for the tests of planned against actual."""

from __future__ import annotations

from typing import Any

import pandas as pd

from keytouch.blueprint import Blueprint, planned_steps


def plan(
    *stages: tuple[str, str], any_order: tuple[str, ...] = (), **promises: Any
) -> pd.DataFrame:
    """A plan from (stage, steps): "a b? c*" has a required, an optional and a repeatable step.

    `x/y` are alternatives; `b={"within_minutes": 5}` adds a step's promises.
    """
    listed = []
    for stage, text in stages:
        steps = []
        for token in text.split():
            first, *others = token.strip("?*").split("/")
            step: dict[str, Any] = {"touchpoint": first, "alternatives": others}
            step |= {"optional": "?" in token, "repeat": "*" in token, **promises.get(first, {})}
            steps.append(step)
        listed.append({"id": stage, "any_order": stage in any_order, "steps": steps})
    return planned_steps(Blueprint.model_validate({"stages": listed}))


def log(*journeys: str) -> pd.DataFrame:
    """Interactions of journeys j0, j1 … given as words of touchpoints, ten minutes apart.

    `b-` failed, `b+` succeeded.
    """
    rows = []
    for number, text in enumerate(journeys):
        for step, token in enumerate(text.split()):
            rows.append(
                {
                    "interaction_id": f"i{len(rows):05}",
                    "journey_id": f"j{number}",
                    "touchpoint_id": token.strip("+-"),
                    "ts": pd.Timestamp("2025-01-01") + pd.Timedelta(minutes=10 * step),
                    "success": {"+": True, "-": False}.get(token[-1]),
                }
            )
    frame = pd.DataFrame(rows)
    if frame.success.isna().all():
        return frame.drop(columns="success")
    return frame.astype({"success": "boolean"})
