"""What a reader sees of loops, hand-overs, paths, times and retention, in both languages."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from test_figures import overlaps

import keytouch as kt
from keytouch import labels
from keytouch.colours import PAIN
from keytouch.engine import Missing
from keytouch.tables import HIDDEN
from keytouch.words import has_word

LONG = ["退房与结账服务", "Counter check-in and bag drop", "价格$50与$60", "<b>bold</b>", "x^{$y"]


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request, monkeypatch):
    kt.use(request.param)
    names = {f"t{k}": {"zh": LONG[k % 5] + str(k), "en": LONG[k % 5] + str(k)} for k in range(40)}
    known = dict.fromkeys(("touchpoints", "segments", "channels", "stages"), names)
    monkeypatch.setattr(labels, "_names", known)
    yield request.param
    plt.close("all")


def estimates(column, values, half):
    value = np.asarray(values, float)
    return {column: value, f"{column}_lo": value - half, f"{column}_hi": value + half}


def ids(n):
    return [f"t{k}" for k in range(n)]


def handed(n, verdict="loses"):
    gap, sure = (0.3, 0.99) if verdict == "loses" else (0.05, 0.7)
    columns = {"touchpoint_id": ids(n), "from_channel": "t1", "to_channel": "t2"}
    columns |= {"handed_n": 40, "stayed_n": 60, "n": 100}
    for name, value in (("handed_solved_rate", 0.5 - gap), ("stayed_solved_rate", 0.5),
                        ("handed_drop_rate", 0.6), ("stayed_drop_rate", 0.1),
                        ("loss_rate", gap), ("handed_share", 0.4)):  # fmt: skip
        columns |= estimates(name, [value] * n, 0.04)
    more = {"p_value": 0.01, "p_loss": sure, "verdict": verdict, "small": False, "min_n": 30}
    return pd.DataFrame(columns | more | {"method": "method_hand_over"})


def looped(n):
    columns = {"touchpoint_id": ids(n), "n": 100, "repeats": 30, "loop_n": 40, "once_n": 60}
    for name, value in (("loop_rate", 0.3), ("self_rate", 0.2), ("later_rate", 0.1),
                        ("extra_steps", 0.4), ("extra_minutes", 20), ("extra_cost", 3),
                        ("score_loop", 3), ("score_once", 4), ("score_change", -1)):  # fmt: skip
        columns |= estimates(name, [value] * n, 0.1)
    more = {"p_value": 0.01, "differs": True, "small": False, "left_out": 0}
    return pd.DataFrame(columns | more | {"method": "method_loops"})


def effects(target="score"):
    names = ["failures", "wait_sum", "mood_mean", "switches"]
    columns = {"feature": names, "target": target, "usual": 1.0, "spread": 1.5}
    sizes = [-0.3, -0.2, 0.9, 0.0]
    columns |= estimates("correlation", sizes, 0.05)
    blank = [np.nan] * 4
    columns |= estimates("score_change", sizes if target == "score" else blank, 0.05)
    columns |= estimates("rate_difference", sizes if target != "score" else blank, 0.05)
    more = {"p_value": 0.01, "linked": [True, True, True, False], "n": 100, "small": False}
    return pd.DataFrame(columns | more | {"method": "method_feature_effects", "first_steps": 3})


def costs(n):
    columns = {"touchpoint_id": ids(n), "n": 50}
    for name, value in (("dwell_minutes", 200), ("time_share", 0.2), ("wait_share", 0.4),
                        ("cost_mean", 3)):  # fmt: skip
        columns |= estimates(name, [value] * n, 0.05)
    return pd.DataFrame(columns | {"small": False, "left_out": 0, "method": "method_step_costs"})


def savings(n):
    columns = {"touchpoint_id": ids(n), "n": 50, "met_n": 40, "shorten": 0.5}
    for name, value in (("saved_minutes", 20), ("saved_each_minutes", 30), ("saved_share", 0.2)):
        columns |= estimates(name, [value] * n, 0.05)
    more = {"time_kind": "contact", "small": False, "method": "method_step_savings"}
    return pd.DataFrame(columns | more)


def taken(n):
    paths = [f"t{k} > t{(k + 1) % 40}" for k in range(n)]
    columns = {"channel_path": paths, "length": 2, "n": 50, "told_n": 50, "won_n": 20}
    columns |= estimates("conversion_rate", [0.4] * n, 0.1) | {"value_sum": 100.0}
    return pd.DataFrame(columns | {"method": "method_wilson"})


def retained(n=5):
    columns = {"month": range(1, n + 1), "returned": 10, "n": 100, "cohort_n": 3, "small": False}
    columns |= estimates("retention_rate", np.linspace(0.4, 0.1, n), 0.05)
    return pd.DataFrame(columns | {"method": "method_retention"})


def engaged(n=6):
    columns = {"period": pd.date_range("2025-01-01", periods=n, freq="MS")}
    columns |= estimates("per_customer", np.linspace(4, 6, n), 0.3)
    more = {"active": 90, "contacts": 400, "n": 90, "whole": [True] * (n - 1) + [False]}
    return pd.DataFrame(columns | more | {"small": False, "method": "method_engagement"})


def cells(n):
    columns = {"segment": ids(n), "channel": "t1"} | estimates("score", np.linspace(2, 4, n), 0.1)
    columns |= estimates("fail_rate", [0.2] * n, 0.05)
    more = {"n": 100, "contacts": 200, "small": False, "min_n": 30, "suppressed": False}
    return pd.DataFrame(columns | more | {"small_cell": 10, "method": "method_cube"})


PICTURES = {
    "hand_overs": (kt.plot_hand_overs, handed(3)),
    "many_hand_overs": (kt.plot_hand_overs, handed(40)),
    "loops": (kt.plot_loops, looped(40)),
    "features": (kt.plot_feature_effects, effects()),
    "step_costs": (kt.plot_step_costs, costs(40)),
    "step_savings": (kt.plot_step_savings, savings(40)),
    "paths": (kt.plot_paths, taken(40)),
    "retention": (kt.plot_retention, retained()),
    "engagement": (kt.plot_engagement, engaged()),
    "slice": (kt.plot_slice, cells(40)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_stays_legible(name):
    plot, table = PICTURES[name]
    ax = plot(table)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax.figure.savefig("/dev/null", format="png", dpi=60)
    assert overlaps([*ax.get_yticklabels(), *ax.texts], ax) == []
    assert overlaps([*ax.get_xticklabels(), ax.xaxis.label], ax) == []
    assert ax.figure.get_label()


def test_conversion_has_a_picture_of_its_own():
    both = pd.concat([effects(), effects("converted")], ignore_index=True)
    assert kt.plot_feature_effects(both, target="converted").get_xlabel()
    assert {found.key for found in kt.feature_findings(both)} == {
        "finding_feature_score", "finding_feature_converted",
    }  # fmt: skip


@pytest.mark.parametrize(
    "table",
    [handed(2), looped(2), effects(), costs(2), savings(2), taken(2), retained(), engaged(),
     cells(2)],
    ids=lambda table: table.columns[0],
)  # fmt: skip
def test_every_shown_column_and_method_has_a_word(table):
    ends = {f"{name}{end}" for name in table for end in ("_lo", "_hi")}
    shown = [name for name in table if name not in ends | HIDDEN]
    assert [name for name in shown if not has_word(f"col_{name}")] == []
    assert has_word(table.method.iloc[0])


def test_missing_draws_and_says_nothing():
    missing = Missing("interactions", ("ts",))
    for plot, _ in PICTURES.values():
        assert plot(missing) is None
    for say in (kt.hand_over_findings, kt.switch_findings, kt.path_findings, kt.loop_findings,
                kt.feature_findings, kt.step_cost_findings, kt.saving_findings,
                kt.engagement_findings, kt.retention_findings, kt.cube_findings):  # fmt: skip
        assert say(missing) == []


def test_an_unproved_hand_over_is_undecided():
    (found,) = kt.hand_over_findings(handed(1, "open"))
    assert found.strength == "undecided" and found.claim == "handover_loss"
    assert "70%" in found.sentence()


def test_a_proved_loss_is_filled():
    line = kt.plot_hand_overs(handed(1)).lines[1]
    assert (line.get_marker(), line.get_color(), line.get_markerfacecolor()) == ("v", PAIN, PAIN)


def test_giving_up_is_said_only_where_it_is_sure():
    assert [found.key for found in kt.hand_over_findings(handed(1))] == [
        "finding_hand_over", "finding_hand_over_drop",
    ]  # fmt: skip
    alike = handed(1).assign(stayed_drop_rate_hi=0.7)
    assert [found.key for found in kt.hand_over_findings(alike)] == ["finding_hand_over"]
