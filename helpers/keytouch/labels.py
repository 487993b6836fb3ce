"""Ids become words and numbers become text, in the language in use.

`name_ids(client)` registers a client's own names; measures never see them.
"""

from __future__ import annotations

import math
import re
from itertools import groupby
from numbers import Number
from typing import Any

import pandas as pd

from keytouch.engine import Missing, collect
from keytouch.estimate import Estimate
from keytouch.prepared import ARROW
from keytouch.words import has_word, language, word

NAMED = {
    "touchpoint_id": "touchpoints",
    "other_id": "touchpoints",
    "from_id": "touchpoints",
    "to_id": "touchpoints",
    "stage_id": "stages",
    "from_stage": "stages",
    "to_stage": "stages",
    "channel": "channels",
    "from_channel": "channels",
    "to_channel": "channels",
    "segment": "segments",
    "outcome": "outcomes",
    "owner": "owners",
    "company": "companies",
    "item": "items",
}
SPECIAL = {
    "(start)": "journey_start",
    "(end)": "journey_end",
    "(pooled)": "level_pooled",
    "(within)": "level_within",
    "(other)": "level_other",
    "(before)": "half_before",
    "(after)": "half_after",
    "(rest)": "path_rest",
    "(all)": "level_all",
    "(unstaged)": "stage_unstaged",
}
MONEY = ("cost", "extra_cost", "cost_mean", "value_sum")
P_VALUES = ("p_value", "q_value", "p_alone", "p_reach", "p_own", "p_correlation", "p_any")
PERCENT = ("_rate", "_share", "baseline", "better", "worse", "_strength", "accuracy", "accuracy_80")
CHANCES = (
    "probability", "p_first", "p_top", "p_concentrate", "p_best", "rule_weight", "power",
    "p_material",
    "p_category", "p_largest", "p_attractive", "p_one_dimensional", "p_must_be", "p_indifferent",
    "p_reverse", "p_questionable", "p_key", "p_turn", "p_stays",
    "p_reversal", "p_far_short", "p_far_behind", "p_loss",
)  # fmt: skip
MINUTES = (
    "_minutes",
    "minutes_p50",
    "minutes_p90",
    "wait_p50",
    "wait_p90",
    "delay_p50",
    "delay_p90",
)
COUNTS = (
    "n", "count",
    "volume", "journeys", "answers", "mentions", "comments", "asked", "answered", "blank",
    "not_used", "dont_know", "touched", "reached", "stopped", "leaving", "wait_n", "rank",
    "rows_in", "values_in", "used", "empty", "merged", "rejected", "length_p50", "customers",
    "interactions", "n_needed", "n_safe", "n_perception", "n_score", "confused_n", "coders",
    "negative", "neutral", "positive", "all_n", "left_out", "channels", "place",
    "pairs", "items", "groups", "rest_n", "unpaired", "own_n", "rival_n", "rivals", "attractive",
    "one_dimensional", "must_be", "indifferent", "reverse", "questionable", "n_bad", "n_good",
    "n_with", "n_without", "n_low", "n_other", "n_success", "n_failure", "agree", "methods",
    "rank_lo", "rank_hi", "rank_p50",
    "n_below", "n_above", "events",
    "paths", "told_n", "total_n", "step", "starts", "inflow", "outflow", "ends", "moves",
    "handed_n", "stayed_n", "switches", "repeats", "loop_n", "once_n", "active", "contacts",
    "month", "returned", "met_n", "length", "cohort_n", "won_n", "first_steps",
    "nps_n", "ces_n", "age_days", "n_first", "n_second", "n_reach",
    "out_of_reach", "min_n", "small_cell", "named_n", "unread", "kind_n", "copies", "set_aside",
    "wait_band", "bands", "score_n", "rebuy_n", "censored_n", "n_recovered", "overdue_n",
    "settled_n", "other_n", "unknown_n",
)  # fmt: skip
_names: dict[str, dict[str, dict[str, str]]] = {}
_currency = ""


def name_ids(client: Any) -> None:
    """Register the names that a client gives its touchpoints, stages, channels and segments."""
    global _currency
    settings = client.settings
    _currency = settings.currency
    _names.clear()
    for kind in dict.fromkeys(NAMED.values()):
        _names[kind] = {
            entry.id: {"zh": entry.name_zh, "en": entry.name_en}
            for entry in getattr(settings, kind)
        }
    if not isinstance(client.touchpoints, Missing):
        listed = collect(client.touchpoints).reindex(
            columns=["touchpoint_id", "name_zh", "name_en"]
        )
        for identifier, zh, en in listed.fillna("").itertuples(index=False):
            _names["touchpoints"].setdefault(identifier, {"zh": zh, "en": en})


def is_blank(value: Any) -> bool:
    """None, NaN, NaT and NA are blank."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def name_of(column: str, identifier: Any) -> str:
    """The client's name for an id; the id itself where the client gives none."""
    if is_blank(identifier):
        return "—"
    key = str(identifier)
    if key in SPECIAL:
        return word(SPECIAL[key])
    names = _names.get(NAMED.get(column, ""), {}).get(key, {})
    return names.get(language()) or names.get("zh") or names.get("en") or key


def column_label(column: str) -> str:
    """A column's heading."""
    return word(f"col_{column}") if has_word(f"col_{column}") else column


def cell_text(column: str, value: Any) -> str:
    """One value as a reader sees it: a name, a word, or a number in its unit."""
    if is_blank(value):
        return "—"
    if column in NAMED and (name := name_of(column, value)) != value:
        return name
    if column == "path":
        return path_text(value)
    if column in ("channel_path", "channel_set"):
        return channels_text(value)
    if isinstance(value, str):
        key = f"{column}_{value}"
        return word(key) if has_word(key) else value
    if isinstance(value, bool):
        return word("yes") if value else word("no")
    if isinstance(value, pd.Timestamp) or hasattr(value, "strftime"):
        return f"{value:%Y-%m-%d}"
    return number_text(column, float(value)) if isinstance(value, Number) else str(value)


def path_text(path: str) -> str:
    """A path of touchpoint ids as names with arrows; a step repeated at once is counted."""
    parts = []
    for name, same in groupby(path.split(ARROW)):
        times = len(list(same))
        text = name_of("touchpoint_id", name)
        parts.append(word("path_repeat", name=text, times=times) if times > 1 else text)
    return " → ".join(parts)


def channels_text(channels: str) -> str:
    """Channels in order, or a set of them, by name."""
    path = ARROW in channels
    names = [name_of("channel", name) for name in channels.split(ARROW if path else " + ")]
    return (" → " if path else " + ").join(names)


def number_text(column: str, value: float) -> str:
    """A number in the unit of its column: percent, duration, count, money or plain."""
    if math.isnan(value):
        return "—"
    if column in COUNTS:
        return f"{value:,.0f}"
    if column in CHANCES:
        return chance_text(value)
    if column in ("rate_difference", "effect_rate", "loss_rate"):
        return word("percentage_points", value=_signed(f"{100 * value:.1f}"))
    if column in ("csat", "rate") or column.endswith(PERCENT):
        return _signed(f"{value if column == 'csat' else 100 * value:.1f}%")
    if column.endswith(MINUTES) or column == "duration_median":
        return duration(value)
    if column in ("nps", "nps_difference"):
        return _signed(f"{value:.1f}")
    if column in P_VALUES:
        return "<0.001" if value < 0.0005 else f"{value:.3f}"
    if column in MONEY:
        return f"{value:,.0f} {_currency}".strip()
    return _signed(f"{value:.2f}")


def estimate_text(estimate: Estimate, column: str) -> str:
    """An estimate in words: its value, interval and n, in the unit of a column."""
    value, n = number_text(column, estimate.value), number_text("n", estimate.n)
    interval = interval_text(column, estimate.lo, estimate.hi)
    if not interval:
        return word("estimate_bare", value=value, n=n)
    return word("estimate_text", value=value, interval=interval, n=n)


def _signed(text: str) -> str:
    """A number with a true minus sign, and no minus before zero."""
    if text.startswith("-"):
        return text[1:] if not text.strip("-0.%") else "−" + text[1:]
    return text


def duration(minutes: float) -> str:
    """Minutes in the unit a manager would use: minutes, hours or days."""
    size = abs(minutes)
    if size < 120:
        return word("minutes", value=_signed(f"{minutes:.{0 if size >= 10 else 1}f}"))
    if size < 48 * 60:
        return word("hours", value=_signed(f"{minutes / 60:.1f}"))
    return word("days", value=_signed(f"{minutes / 1440:.1f}"))


def _without_unit(low: str, high: str) -> str:
    """An interval's lower end without the unit that its upper end repeats."""
    number, unit = re.fullmatch(r"([−\d.,]+)(.*)", high, re.DOTALL).groups()
    return low.removesuffix(unit) if unit and number else low


def band_text(band: str, unit: str) -> str:
    """A band of lateness in words: days, or hours where nothing is days late."""
    return word(f"band_{band}", unit=word(f"unit_{unit}"))


def chance_text(probability: float) -> str:
    """A probability in whole percent; never 0% or 100%, because draws can't prove either."""
    if probability > 0.995:
        return ">99%"
    return "<1%" if probability < 0.005 else f"{100 * probability:.0f}%"


def interval_text(column: str, lo: Any, hi: Any) -> str:
    """An interval in the unit of its column, 3.9–4.2, or of days; "" where it can't be given."""
    if is_blank(lo) or is_blank(hi):
        return ""
    if isinstance(lo, pd.Timestamp):
        return word("range_signed", low=f"{lo:%Y-%m-%d}", high=f"{hi:%Y-%m-%d}")
    low, high = number_text(column, float(lo)), number_text(column, float(hi))
    low = _without_unit(low, high)
    return word("range_signed" if "−" in low + high else "range", low=low, high=high)
