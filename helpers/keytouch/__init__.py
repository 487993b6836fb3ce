"""keytouch: find the touchpoints that decide a customer's experience, and say how sure it is.

    import keytouch as kt

Names are loaded when first used, so that the command line starts at once.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_ROOMS: dict[str, tuple[str, ...]] = {
    "problems": ("DataError", "Problem"),
    "engine": ("Missing", "collect", "from_frame"),
    "intake": ("open_client",),
    "estimate": ("Estimate",),
    "satisfaction": (
        "answer_status", "at_touchpoints", "headline_kpis", "nps", "overall", "score_trend",
        "scores",
    ),
    "touchpoints": ("coverage", "importance_performance", "inventory", "reach"),
    "drivers": ("importance",),
    "journeys": (
        "delays", "journey_summary", "score_by_lateness", "service", "stage_funnel", "transitions",
    ),
    "endings": ("conversion", "outcomes"),
    "lanes": ("JourneyMap", "journey_map", "main_channels"),
    "comments": ("comment_volume", "mentions", "quotes"),
    "plan": ("action_list", "pain_points", "priorities"),
    "style": ("use",),
    "tables": ("show",),
    "conclusions": (
        "conversion_findings",
        "coverage_findings",
        "delay_findings",
        "driver_findings",
        "funnel_findings",
        "group_findings",
        "importance_findings",
        "inventory_findings",
        "kpi_findings",
        "lateness_findings",
        "mention_findings",
        "outcome_findings",
        "pain_findings",
        "priority_findings",
        "reach_findings",
        "score_findings",
        "transition_findings",
        "trend_findings",
    ),
    "findings": ("record", "say"),
    "figures": (
        "plot_coverage", "plot_importance", "plot_importance_performance", "plot_kpis",
        "plot_mentions", "plot_reach", "plot_scores", "plot_trend",
    ),
    "journey_figures": (
        "plot_conversion", "plot_delays", "plot_funnel", "plot_outcomes",
        "plot_score_by_lateness", "plot_transitions",
    ),
    "plan_figures": ("plot_actions", "plot_pain_points", "plot_priorities"),
    "map_figure": ("plot_journey_map",),
    "questions": ("find_pains", "latest", "map_journey", "with_channel", "with_segment"),
    "twins": ("show_actions", "show_map"),
    "summary": ("introduce", "plan_headlines", "recap"),
}  # fmt: skip
_HOME = {name: room for room, names in _ROOMS.items() for name in names}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"keytouch has no {name!r}")
    return getattr(importlib.import_module(f"keytouch.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
