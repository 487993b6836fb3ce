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
    "estimate": ("Estimate", "mean_estimate", "nps_estimate", "share_estimate"),
    "histograms": ("bootstrap_mean", "bootstrap_nps", "bootstrap_scores"),
    "comparisons": ("compare_groups", "compare_touchpoints", "group_kpis", "touchpoint_gaps"),
    "strata": ("compare_within",),
    "answering": ("nonresponse",),
    "propensity": ("response_bias",),
    "loyalty": ("loyal_customers", "word_of_mouth"),
    "group_conclusions": (
        "bias_findings", "comparison_findings", "gap_of_group_findings", "nonresponse_findings",
        "within_findings",
    ),
    "group_figures": (
        "plot_comparison", "plot_nonresponse", "plot_response_bias", "plot_within",
    ),
    "panel_figures": ("plot_group_kpis", "plot_touchpoint_gaps"),
    "satisfaction": (
        "answer_status", "at_touchpoints", "headline_kpis", "nps", "overall", "score_trend",
        "scores",
    ),
    "touchpoints": ("coverage", "importance_performance", "inventory", "reach"),
    "completeness": ("contact_forms", "coverage_check"),
    "remembering": ("memory_bins", "remembered_journeys"),
    "memory_rules": ("peak_end",),
    "emotions": ("feelings", "peak_moments"),
    "incidents": (
        "agreed_incidents", "coder_agreement", "incident_evidence", "incident_table",
    ),
    "agreement": ("cohen_kappa", "fleiss_kappa", "krippendorff_alpha"),
    "coding_sheets": ("write_coding_sheet",),
    "listening": ("client_codes", "hear", "machine_codes"),
    "term_lists": ("edit_terms", "save_terms", "term_list"),
    "touchpoint_voices": ("comment_coverage", "comment_evidence", "reading_quality", "voices"),
    "voice_contrasts": ("compare_voices", "complaint_focus"),
    "own_words": ("voice_quotes",),
    "service_dimensions": ("clause_dimensions", "comment_dimensions"),
    "voice_trends": (
        "complaint_phrases", "suggested_terms", "unnamed_themes", "voice_alarms", "voice_trend",
    ),
    "voice_trend_face": (
        "alarm_findings", "plot_voice_trend", "theme_table", "voice_trend_findings",
    ),
    "voice_changes": ("change_dates",),
    "voice_conclusions": (
        "change_findings", "focus_findings", "reading_findings", "voice_contrast_findings",
    ),
    "voice_figures": ("plot_comment_evidence", "plot_voice_contrast"),
    "comment_sample": ("sample_for_coding",),
    "comment_sheets": ("read_codes", "write_comment_sheet"),
    "coding_widget": ("code_comments",),
    "comment_codes": ("agreed_codes", "code_agreement"),
    "machine_scores": ("machine_accuracy",),
    "machine_conclusions": ("code_findings", "machine_findings"),
    "machine_figures": ("plot_code_agreement", "plot_machine_accuracy"),
    "memory_conclusions": (
        "feeling_findings", "memory_bin_findings", "memory_findings", "peak_moment_findings",
    ),
    "incident_conclusions": ("agreement_findings", "incident_findings"),
    "gap_conclusions": ("form_findings", "gap_findings"),
    "memory_figures": (
        "plot_feelings", "plot_memory_bins", "plot_peak_end", "plot_peak_moments",
    ),
    "incident_figures": ("plot_coder_agreement", "plot_incidents"),
    "gap_figures": ("plot_contact_forms",),
    "drivers": ("importance",),
    "asymmetry": ("penalty_reward",),
    "synergy": ("synergies",),
    "heterogeneity": ("importance_by", "importance_drift"),
    "outcome_drivers": ("importance_for",),
    "driver_conclusions": (
        "drift_findings", "halo_findings", "outcome_driver_findings", "penalty_reward_findings",
        "penalty_reward_records", "segment_effect_findings", "synergy_findings",
    ),
    "driver_figures": (
        "plot_drift", "plot_importance", "plot_importance_by", "plot_outcome_drivers",
        "plot_penalty_reward",
    ),
    "keys": ("key_touchpoints",),
    "weightings": ("weight_sensitivity",),
    "after_effects": ("consequences",),
    "stance": ("stances",),
    "moment_types": ("moment_methods", "moments"),
    "moment_numbers": ("moment_kpis", "moment_tracks"),
    "affect_shift": ("turning_points",),
    "odds_shift": ("conversion_turns",),
    "key_questions": ("find_keys", "find_methods", "find_moment_kpis", "find_turns"),
    "key_conclusions": (
        "effect_findings", "key_findings", "quadrant_findings", "stance_findings",
        "weight_findings",
    ),
    "moment_conclusions": (
        "consequence_findings", "conversion_turn_findings", "moment_findings", "track_findings",
        "turning_findings",
    ),
    "key_figures": (
        "plot_consequences", "plot_key_touchpoints", "plot_weight_sensitivity",
    ),
    "moment_figures": (
        "plot_conversion_turns", "plot_moment_tracks", "plot_moments", "plot_turning_points",
    ),
    "journeys": (
        "delays", "journey_summary", "score_by_lateness", "service", "transitions",
    ),
    "funnel": ("stage_funnel",),
    "prepared": ("journey_rows", "sessions", "steps"),
    "flows": ("step_matrix", "variants"),
    "flow_graph": ("flow_balance", "flow_links", "stage_flows"),
    "flow_conclusions": ("flow_findings", "stage_flow_findings"),
    "graph_figures": ("plot_flow_graph",),
    "sankey_figure": ("plot_sankey",),
    "flow_figures": ("plot_variants", "variant_findings"),
    "planned_actual": ("PlanPatterns", "journey_moves", "plan_patterns"),
    "deviation_rates": ("deviation_costs", "deviations", "fitness", "steps_met"),
    "plan_draft": ("draft_blueprint", "find_plan", "follow_plan"),
    "deviation_conclusions": (
        "cost_findings", "deviation_findings", "fitness_findings", "plan_findings",
    ),
    "deviation_figures": ("plot_planned_actual",),
    "exchange": ("write_export",),
    "journey_json": ("journey_document",),
    "endings": ("conversion", "outcomes"),
    "rework": ("loops",),
    "complaining": ("find_recovery", "recovery_cases"),
    "recovering": ("recovery_paradox", "service_recovery"),
    "answer_speed": ("response_time_effect", "response_time_slopes"),
    "settling": ("empowerment_effect", "find_settling", "settlements", "settling_cases"),
    "callbacks": ("ageing_table", "find_recovery_queue", "recovery_queue"),
    "callback_sheets": ("read_recovery_status", "write_recovery_queue"),
    "recovery_conclusions": (
        "ageing_findings", "empowerment_findings", "recovery_findings", "response_time_findings",
    ),
    "recovery_figures": (
        "plot_ageing", "plot_response_time", "plot_service_recovery", "plot_settlements",
    ),
    "journey_traits": ("feature_effects", "journey_features"),
    "returning": ("cohorts", "engagement", "retention"),
    "kpi_cells": ("kpi_cube", "slice_cube"),
    "path_table": ("coalitions", "driver_pivot", "paths"),
    "passing_on": ("channel_switches", "hand_overs"),
    "efficiency": ("step_costs", "step_savings"),
    "channel_conclusions": ("hand_over_findings", "path_findings", "switch_findings"),
    "rework_conclusions": (
        "feature_findings", "loop_findings", "saving_findings", "step_cost_findings",
    ),
    "return_conclusions": ("cube_findings", "engagement_findings", "retention_findings"),
    "channel_figures": ("plot_hand_overs", "plot_paths"),
    "rework_figures": (
        "plot_feature_effects", "plot_loops", "plot_step_costs", "plot_step_savings",
    ),
    "return_figures": ("plot_engagement", "plot_retention", "plot_slice"),
    "lanes": ("JourneyMap", "journey_map"),
    "comments": ("comment_volume", "mentions", "quotes"),
    "service_quality": ("servqual", "servqual_items", "servqual_waves"),
    "expectations": ("expectation_gaps", "needs_met", "provider_gaps", "service_gaps"),
    "kano_model": ("kano", "kano_category"),
    "kano_groups": ("kano_by_group",),
    "kano_group_conclusions": ("kano_group_findings",),
    "competitors": ("competitor_grid", "gap_to_best"),
    "brand": ("brand_consistency", "brand_image", "consistency_index"),
    "instrument_conclusions": (
        "brand_findings", "competitor_findings", "expectation_findings", "image_findings",
        "kano_findings", "need_findings", "provider_gap_findings", "servqual_findings",
        "wave_findings",
    ),
    "instrument_figures": (
        "plot_expectation_gaps", "plot_provider_gaps", "plot_servqual",
        "plot_servqual_waves",
    ),
    "position_figures": ("plot_competitor_grid", "plot_kano"),
    "plan": ("action_list", "pain_points", "priorities"),
    "style": ("use",),
    "tables": ("show",),
    "conclusions": (
        "conversion_findings",
        "delay_findings",
        "driver_findings",
        "funnel_findings",
        "group_findings",
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
        "plot_coverage", "plot_importance_performance", "plot_kpis",
        "plot_mentions", "plot_reach", "plot_scores", "plot_trend",
    ),
    "journey_figures": (
        "plot_conversion", "plot_delays", "plot_funnel", "plot_outcomes",
        "plot_score_by_lateness", "plot_transitions",
    ),
    "plan_figures": ("plot_actions", "plot_pain_points", "plot_priorities"),
    "map_figure": ("plot_journey_map",),
    "map_layout": ("map_pages",),
    "map_browse": ("browse_map",),
    "map_parts": ("channel_shares", "promised_times", "stage_ways", "waits"),
    "service_blueprint": ("plot_service_blueprint",),
    "opportunities": ("opportunity_points",),
    "evidence": ("evidence_grade",),
    "cell_evidence": ("map_evidence", "map_numbers"),
    "pictures": ("save_picture",),
    "map_groups": ("journey_curves", "map_difference", "with_half"),
    "group_map_figures": (
        "difference_findings", "plot_journey_curves", "plot_map_difference",
    ),
    "questions": (
        "find_chances", "find_cube", "find_difference", "find_pains", "latest", "map_journey",
        "what_is_known", "with_channel", "with_segment",
    ),
    "twins": ("show_actions", "show_difference", "show_gaps", "show_map"),
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
