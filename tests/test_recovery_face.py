"""What a reader sees of service recovery, in both languages."""

import re
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from test_figures import overlaps

import keytouch as kt
from keytouch import labels
from keytouch.callbacks import AGE_BANDS, STATES
from keytouch.engine import Missing
from keytouch.tables import HIDDEN, refuse_naked
from keytouch.words import has_word

LONG = ["退房与结账服务", "Counter check-in and bag drop", "价格$50与$60", "<b>bold</b>", "x^{$y"]


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request, monkeypatch):
    kt.use(request.param)
    names = {f"t{k}": {"zh": LONG[k % 5] + str(k), "en": LONG[k % 5] + str(k)} for k in range(40)}
    monkeypatch.setattr(labels, "_names", {"touchpoints": names})
    yield request.param
    plt.close("all")


def estimates(column, values, half):
    value = np.asarray(values, float)
    return {column: value, f"{column}_lo": value - half, f"{column}_hi": value + half}


def groups():
    names = ["recovered", "not_recovered", "silent", "no_failure"]
    columns = {"recovery_group": names, "n": [1240, 54, 1454, 11570]}
    columns |= estimates("score", [3.4, 3.0, 3.6, 4.9], 0.1) | {"score_n": [81, 12, 900, 800]}
    columns |= estimates("rebuy_rate", [0.02, 0.3, 0.26, 0.25], 0.02) | {"rebuy_n": 40}
    columns |= estimates("promoter_rate", [0.4, 0.3, 0.5, 0.5], 0.1)
    columns |= estimates("nps", [14, -90, 20, 95], 10) | {"nps_n": 50, "censored_n": 1395}
    more = {"unknown_n": 3, "small": False, "min_n": 30, "method": "method_service_recovery"}
    return pd.DataFrame(columns | more)


def paradox(verdict="paradox", chance=0.99, compared="no_failure", value=0.5):
    columns = {
        "outcome": "score",
        "compared": compared,
        "kpi": "score_difference",
        "held": ["as_is", "matched"],
        "value": value,
        "lo": value - 0.2,
        "hi": value + 0.2,
    }
    more = {
        "p_value": 0.01,
        "verdict": verdict,
        "probability": chance,
        "n_recovered": 80,
        "other_n": 500,
        "n": 580,
        "small": False,
        "min_n": 30,
        "method": "method_paradox",
    }
    return pd.DataFrame(columns | more)  # fmt: skip


def bands(places=3):
    rows = [(f"t{p}", b, 4, 10.0**b, 10.0**b + 3) for p in range(places) for b in range(1, 5)]
    names = ["touchpoint_id", "wait_band", "bands", "from_minutes", "to_minutes"]
    table = pd.DataFrame(rows, columns=names).assign(n=40, score_n=20)
    table = table.assign(**estimates("recovered_rate", np.linspace(0.1, 0.9, len(rows)), 0.1))
    table = table.assign(**estimates("score", np.linspace(1.5, 4.5, len(rows)), 0.4))
    return table.assign(small=False, min_n=30, method="method_response_time")


def slopes(verdict="slower_worse", chance=0.99):
    columns = {
        "touchpoint_id": ["t1", "t1"],
        "target": ["score", "recovered"],
        "kpi": ["score_difference", "rate_difference"],
        "value": -0.2,
        "lo": -0.3,
        "hi": -0.1,
        "p_value": 0.01,
        "n": 90,
        "small": False,
        "min_n": 30,
        "verdict": verdict,
        "probability": chance,
        "method": "method_response_slope",
    }
    return pd.DataFrame(columns)  # fmt: skip


def settled():
    columns = {"settled": ["first", "later", "handed_over", "unsettled"], "n": [900, 90, 5, 60]}
    columns |= estimates("settled_rate", [0.85, 0.09, 0.01, 0.06], 0.01)
    columns |= estimates("score", [3.8, 3.2, 3.1, 3.0], 0.3) | {"score_n": [500, 40, 4, 30]}
    more = {"small": False, "min_n": 30, "method": "method_settlements"}
    return pd.DataFrame(columns | more)


def empowered(verdict="at_once_better", chance=0.99):
    columns = {"compared": ["later", "rest"]} | estimates("score_change", [0.3, 0.2], 0.1)
    columns |= {"p_value": 0.01, "settled_n": 500, "other_n": 90, "n": 590, "more_share": 0.1}
    for name, value in (("at_once_rate", 0.7), ("score", 3.5), ("gain_points", 0.03),
                        ("expected_score", 3.53)):  # fmt: skip
        columns |= estimates(name, [value] * 2, 0.01)
    more = {"verdict": verdict, "probability": chance, "small": False, "min_n": 30}
    return pd.DataFrame(columns | more | {"method": "method_empowerment"})


def ages():
    rows = [(state, band, 1234 * k, 1200 * k) for state in STATES
            for k, band in enumerate(AGE_BANDS)]  # fmt: skip
    return pd.DataFrame(rows, columns=["status", "age_band", "n", "overdue_n"])


PICTURES = {
    "recovery": lambda: kt.plot_service_recovery(groups(), paradox()),
    "untitled": lambda: kt.plot_service_recovery(groups()),
    "response": lambda: kt.plot_response_time(bands(), slopes()),
    "many_responses": lambda: kt.plot_response_time(bands(10)),
    "settlements": lambda: kt.plot_settlements(settled(), empowered()),
    "ageing": lambda: kt.plot_ageing(ages()),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_stays_legible(name):
    figure = PICTURES[name]().figure
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig("/dev/null", format="png", dpi=60)
    texts = [text for ax in figure.axes for text in (*ax.get_yticklabels(), *ax.texts)]
    assert overlaps(texts, figure.axes[0]) == []
    for ax in figure.axes:
        assert overlaps([*ax.get_xticklabels()], ax) == []
    assert figure.get_label()


@pytest.mark.parametrize(
    "table", [groups(), paradox(), bands(), slopes(), settled(), empowered(), ages()],
    ids=lambda table: "-".join(table.columns[:2]),
)  # fmt: skip
def test_every_shown_column_word_and_method_has_a_word(table):
    refuse_naked(table, table.columns)
    ends = {f"{name}{end}" for name in table for end in ("_lo", "_hi")} | {"lo", "hi"}
    shown = [name for name in table if name not in ends | HIDDEN | {"kpi"}]
    assert [name for name in shown if not has_word(f"col_{name}")] == []
    for name in ("compared", "held", "outcome", "verdict", "target", "settled", "recovery_group"):
        for value in table.get(name, []):
            assert has_word(f"{name}_{value}"), (name, value)
    assert "method" not in table or has_word(table.method.iloc[0])


@pytest.mark.parametrize(
    ("verdict", "compared", "key"),
    [
        ("paradox", "no_failure", "no_failure_above"),
        ("restored", "no_failure", "no_failure_within"),
        ("short_of", "no_failure", "no_failure_below"),
        ("helped", "not_recovered", "not_recovered_above"),
        ("no_help", "not_recovered", "not_recovered_within"),
        ("harmed", "not_recovered", "not_recovered_below"),
    ],
)
def test_each_verdict_has_its_sentence(verdict, compared, key):
    (found,) = kt.recovery_findings(paradox(verdict, compared=compared))
    assert found.key == f"finding_recovery_{key}" and found.strength == "is"
    assert not re.search(r"[{}]|nan", found.sentence())


def test_wording_follows_the_probability_and_no_unproved_one_is_certain():
    (found,) = kt.recovery_findings(paradox("undecided", 0.99))
    assert (found.key, found.strength) == ("finding_recovery_no_failure_above", "very_likely")
    (found,) = kt.recovery_findings(paradox("undecided", 0.7))
    assert (found.key, found.strength) == ("finding_recovery_no_failure_open", "undecided")
    (found,) = kt.response_time_findings(slopes("undecided", 0.6))
    assert found.key == "finding_response_open"
    (found,) = kt.empowerment_findings(empowered("undecided", 0.6))
    assert found.key == "finding_empowerment_open" and not re.search("[{}]", found.sentence())


def test_the_likeliest_of_many_is_no_news():
    (found,) = kt.response_time_findings(slopes("undecided", 0.9).assign(p_value=0.7))
    assert (found.key, found.strength) == ("finding_response_open", "undecided")


def test_findings_speak_of_what_was_seen():
    first, second = kt.response_time_findings(slopes())
    assert (first.metric, second.metric) == ("score_difference", "rate_difference")
    (found,) = kt.empowerment_findings(empowered())
    assert "3.53" in found.sentence() and "10%" in found.sentence()
    (found,) = kt.ageing_findings(ages())
    told = sum(1234 * k for k in range(5)) * 3
    assert found.n == told and f"{told:,}" in found.sentence()


def test_small_groups_and_missing_data_say_nothing():
    assert kt.recovery_findings(paradox().assign(small=True)) == []
    assert kt.response_time_findings(slopes().assign(small=True)) == []
    assert kt.empowerment_findings(empowered().assign(small=True)) == []
    assert kt.ageing_findings(ages().assign(n=0)) == []
    missing = Missing("interactions", ("success",))
    for say in (kt.recovery_findings, kt.response_time_findings, kt.empowerment_findings,
                kt.ageing_findings):  # fmt: skip
        assert say(missing) == []
    for plot in (kt.plot_service_recovery, kt.plot_response_time, kt.plot_settlements,
                 kt.plot_ageing):  # fmt: skip
        assert plot(missing) is None
