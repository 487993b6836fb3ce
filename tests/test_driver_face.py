"""What driver tables say and how they are drawn, in both languages."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import keytouch as kt
from keytouch import labels
from keytouch.engine import Missing
from keytouch.style import use

NAMES = ["退房与结账服务", "Counter check-in and bag drop", "价格$50与$60", "<b>bold</b>"]


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request, monkeypatch):
    use(request.param)
    names = {f"t{k}": {"zh": NAMES[k % 4] + str(k), "en": NAMES[k % 4] + str(k)} for k in range(40)}
    segments = {"family": {"zh": "家庭", "en": "Families"}}
    monkeypatch.setattr(labels, "_names", {"touchpoints": names, "segments": segments})
    yield request.param
    plt.close("all")


def drawn(ax):
    """Render; a missing glyph is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax.figure.savefig("/dev/null", format="png", dpi=60)
    return ax


def with_bounds(table, **columns):
    """Add columns with an interval of ±0.05 around each value."""
    for name, values in columns.items():
        values = np.asarray(values, float)
        table = table.assign(**{name: values, f"{name}_lo": values - 0.05})
        table[f"{name}_hi"] = values + 0.05
    return table


def triangle(verdicts, correlation=0.5, slope=0.3):
    count = len(verdicts)
    table = pd.DataFrame({"touchpoint_id": [f"t{k}" for k in range(count)], "verdict": verdicts})
    table = with_bounds(
        table,
        importance=np.linspace(0.5, 0, count),
        correlation=np.broadcast_to(correlation, count),
        slope=np.broadcast_to(slope, count),
        explained_share=np.full(count, 1 / count),
        shared_share=np.full(count, 0.5),
    )
    return table.assign(
        halo_share=0.1, p_top=0.9, r2=0.5, material=0.2, n=300, small=False, method="method_x"
    )


def sided(impacts, probability=0.9, p_value=0.01):
    count = len(impacts)
    table = pd.DataFrame({"touchpoint_id": [f"t{k}" for k in range(count)], "impact": impacts})
    table = with_bounds(
        table,
        penalty=np.full(count, 0.4),
        reward=np.full(count, 0.1),
        asymmetry=np.full(count, -0.3),
    )
    return table.assign(
        probability=probability, p_value=p_value, n=300, small=False, method="method_x"
    )


def cells(differs, by="segment", group="family"):
    count = len(differs)
    table = pd.DataFrame({"touchpoint_id": [f"t{k}" for k in range(count)], by: group})
    table = with_bounds(table, slope=np.full(count, 0.1), slope_difference=np.full(count, -0.4))
    return table.assign(
        differs=differs, p_value=0.01, p_any=0.02, slope_se=0.02, p_top=0.2, n=300, small=False,
        method="method_x",
    )  # fmt: skip


def test_halo_is_named_only_where_a_high_correlation_comes_without_effect():
    correlation = [0.7, 0.65, 0.2, 0.1]
    table = triangle(["robust", "noise", "noise", "robust"], correlation, [0.4, 0.05, 0.05, 0.4])
    found = kt.halo_findings(table)
    assert [(f.key, f.touchpoint) for f in found] == [("finding_halo", "t1")]
    assert "0.65" in found[0].sentence()
    assert "0.20" in found[0].sentence()


def test_what_cant_be_separated_is_said_once_with_all_names(language):
    found = kt.halo_findings(triangle(["shared"] * 6))
    assert [f.key for f in found] == ["finding_shared"]
    sentence = found[0].sentence()
    assert all(f"{NAMES[k]}{k}" in sentence for k in range(4))
    assert (" 等" if language == "zh" else "and more") in sentence


def test_a_basic_needs_a_sure_type_and_a_sure_difference():
    sure = kt.penalty_reward_findings(sided(["basic", "none"]))
    assert [(f.claim, f.touchpoint, f.strength) for f in sure] == [
        ("penalty_only", "t0", "very_likely")
    ]
    assert kt.penalty_reward_findings(sided(["basic"], p_value=0.2)) == []
    open_one = kt.penalty_reward_findings(sided(["basic"], probability=0.6, p_value=0.2))
    assert [f.strength for f in open_one] == ["undecided"]
    assert kt.penalty_reward_findings(sided(["none", "performance"])) == []


def test_an_exciters_other_side_is_told_as_a_change():
    table = sided(["excitement"]).assign(penalty=0.03, penalty_lo=-0.02, penalty_hi=0.08)
    found = kt.penalty_reward_findings(table)
    assert found[0].claim == "reward_only"
    assert "−0.03" in found[0].sentence()
    assert "−0.08" in found[0].sentence()


def test_types_that_matter_are_recorded_once():
    table = sided(["basic", "performance", "none", "excitement"])
    said = kt.penalty_reward_findings(table)
    kept = kt.penalty_reward_records(table)
    assert {f.touchpoint for f in said} == {"t0", "t3"}
    assert [(f.claim, f.touchpoint) for f in kept] == [("linear", "t1")]


def pairs(p_value, extra):
    table = pd.DataFrame({"touchpoint_id": ["t0", "t1"], "other_id": ["t2", "t3"]})
    table = with_bounds(table, extra_points=extra)
    return table.assign(p_value=p_value, n=300, method="method_x")


def test_only_what_brings_more_together_is_called_synergy():
    found = kt.synergy_findings(pairs([0.01, 0.04], [0.3, -0.2]))
    assert [(f.key, f.claim, f.subject) for f in found] == [
        ("finding_synergy", "synergy", "t0+t2"),
        ("finding_offset", "", "t1+t3"),
    ]
    none = kt.synergy_findings(pairs([0.2, 0.4], [0.3, -0.2]))
    assert [(f.key, f.claim) for f in none] == [("finding_no_synergy", "")]


def test_a_segment_that_differs_is_claimed_and_nothing_else():
    found = kt.segment_effect_findings(cells([True, False]))
    assert [(f.claim, f.touchpoint, f.subject) for f in found] == [
        ("segment_effect", "t0", "family")
    ]
    assert kt.segment_effect_findings(cells([False, False]))[0].claim == ""


def periods(due):
    table = pd.concat(
        [cells([False], "period", pd.Timestamp(day)) for day in ("2025-01-01", "2025-04-01")]
    )
    return table.assign(rerank_due=due).reset_index(drop=True)


def test_a_drift_says_what_it_was_and_what_it_is():
    found = kt.drift_findings(periods(True))
    assert [f.key for f in found] == ["finding_drift"]
    assert "2025-01-01" in found[0].sentence()
    assert [f.key for f in kt.drift_findings(periods(False))] == ["finding_drift_none"]


def outcomes(verdicts, effect=-0.05):
    count = len(verdicts)
    table = pd.DataFrame({"touchpoint_id": [f"t{k}" for k in range(count)], "verdict": verdicts})
    table = with_bounds(table, effect_rate=np.full(count, effect), odds_ratio=np.full(count, 0.8))
    return table.assign(events=120, n=300, small=False, method="method_x")


def test_an_outcome_is_told_in_percentage_points(language):
    table = outcomes(["robust", "shared"])
    found = kt.outcome_driver_findings(table, outcome="churned")
    assert [f.key for f in found] == ["finding_outcome_driver"]
    assert ("−5.0 个百分点" if language == "zh" else "−5.0 pp") in found[0].sentence()
    none = kt.outcome_driver_findings(outcomes(["shared"]), outcome="churned")
    assert [f.key for f in none] == ["finding_outcome_none"]


def plots():
    """Every driver figure on many rows."""
    many = ["robust", "shared", "noise", "noise"]
    segments = pd.concat([cells([True] * 12, group=name) for name in ("family", "b", "c")])
    yield kt.plot_importance(triangle(many * 10))
    yield kt.plot_penalty_reward(sided(["basic", "performance", "excitement", "none"] * 10))
    yield kt.plot_importance_by(segments.reset_index(drop=True))
    yield kt.plot_drift(periods(True))
    yield kt.plot_outcome_drivers(outcomes(many * 10), outcome="churned")


def test_every_figure_is_drawn_and_says_what_it_leaves_out(language):
    for ax in plots():
        drawn(ax)
        assert ax.figure.get_label()
        plt.close(ax.figure)
    folded = drawn(kt.plot_importance(triangle(["robust"] * 40)))
    assert ("共 40 项" if language == "zh" else "20 of 40") in folded.figure.get_label()


def test_the_triangle_draws_what_the_table_holds():
    table = triangle(["robust", "noise"], correlation=[0.6, 0.4], slope=[0.35, 0.1])
    ax = drawn(kt.plot_importance(table))
    left, middle, right = ax.child_axes
    dots = [line.get_xdata()[0] for line in right.lines if line.get_marker() == "o"]
    assert dots == pytest.approx([0.35, 0.1])
    bars = [line.get_xdata()[0] for line in middle.lines if line.get_color() == "#1F2933"]
    assert bars == pytest.approx([0.1, 0.1])
    names = [text.get_text().replace("\n", " ") for text in left.get_yticklabels()]
    assert names == [f"{NAMES[0]}0", f"{NAMES[1]}1"]


def test_missing_data_draw_and_say_nothing():
    missing = Missing("feedback")
    for plot in (
        kt.plot_importance, kt.plot_penalty_reward, kt.plot_importance_by, kt.plot_drift,
    ):  # fmt: skip
        assert plot(missing) is None
    assert kt.plot_outcome_drivers(missing, outcome="churned") is None
    for say in (
        kt.halo_findings, kt.penalty_reward_findings, kt.penalty_reward_records,
        kt.synergy_findings, kt.segment_effect_findings, kt.drift_findings,
    ):  # fmt: skip
        assert say(missing) == []
    assert kt.outcome_driver_findings(missing, outcome="churned") == []


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("importance", triangle(["robust", "noise"])),
        ("penalty_reward", sided(["basic", "none"])),
        ("synergies", pairs([0.01, 0.5], [0.3, 0.1])),
        ("importance_by", cells([True, False])),
        ("drift", periods(True)),
        ("outcome_drivers", outcomes(["robust", "noise"])),
    ],
)
def test_every_shown_column_has_a_heading_and_every_id_a_word(name, table, language):
    from keytouch.tables import _default_columns, _page
    from keytouch.words import has_word

    assert has_word(f"table_{name}")
    shown = _default_columns(table)
    assert [column for column in shown if not has_word(f"col_{column}")] == []
    page = _page(table, shown)
    ids = ("robust", "noise", "basic") if language == "zh" else ()
    assert not [raw for raw in (">True<", ">nan<", *ids) if raw in page]
