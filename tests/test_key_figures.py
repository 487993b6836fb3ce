"""What is said and drawn of key touchpoints, moments of truth and turning points."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import keytouch as kt
from keytouch import labels
from keytouch.engine import Missing
from keytouch.key_levels import WEIGHTS
from keytouch.style import use
from keytouch.tables import show
from keytouch.words import word

NAMES = ["退房与结账服务", "Counter check-in and bag drop", "价格$50与$60", "<b>bold</b>", "x^{$y"]


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request, monkeypatch):
    use(request.param)
    names = {f"t{k}": {"zh": NAMES[k % 5] + str(k), "en": NAMES[k % 5] + str(k)} for k in range(40)}
    monkeypatch.setattr(labels, "_names", {"touchpoints": names})
    yield request.param
    plt.close("all")


def bounded(table, **columns):
    """A table with an interval around each column."""
    for name, values in columns.items():
        values = np.asarray(values, float)
        table = table.assign(**{name: values, f"{name}_lo": values - 0.05})
        table = table.assign(**{f"{name}_hi": values + 0.05})
    return table


def keys(verdicts, **columns):
    """A table of key touchpoints with the given verdicts, best first."""
    count = len(verdicts)
    chance = {"key": 0.97, "undecided": 0.6, "not": 0.02}
    slope = np.linspace(0.4, 0.02, count)
    table = pd.DataFrame({"touchpoint_id": [f"t{k}" for k in range(count)], "verdict": verdicts})
    table = table.assign(
        p_key=table.verdict.map(chance), p_top=0.5, driver_verdict="noise", missing="competitor",
        n=np.arange(count) + 100, small=False, method="method_keys", rank=np.arange(count) + 1,
        n_needed=np.where(table.verdict == "undecided", 830.0, np.nan),
    )  # fmt: skip
    parts = {f"part_{name}": 30 * slope * weight for name, weight in WEIGHTS.items()}
    table = table.assign(**parts, **{f"level_{name}": 0.5 for name in list(WEIGHTS)[1:]})
    table = bounded(table, slope=slope, index_points=30 * slope, room_points=0.3, score=3.5)
    return bounded(table, correlation=0.3).assign(**columns)


def moments(verdicts):
    table = keys(verdicts)
    kinds = ["first_contact", "purchase_decision", "after_sales", "complaint"]
    directions = ["makes", "breaks", "both", "open"]
    return table.assign(
        moment=[kinds[k * 4 // len(table)] for k in range(len(table))],
        direction=[directions[k % 4] for k in range(len(table))],
        stage_id="s", direction_by="score", method="method_moments",
    )  # fmt: skip


def turns(verdicts):
    table = bounded(keys(["not"] * len(verdicts)), after_bad=-0.3, after_good=0.2, shift_points=0.5)
    chance = {"turns": 0.96, "undecided": 0.5, "not": 0.01}
    table = table.assign(verdict=verdicts, p_turn=[chance[v] for v in verdicts], metric="affect")
    return table.assign(p_value=0.01, n_bad=60, n_good=70, misfit=0.02, method="method_turning")


def conversions(verdicts):
    table = keys(["not"] * len(verdicts)).assign(verdict=verdicts, probability=0.99)
    table = bounded(table, failure_conversion_rate=0.3, success_conversion_rate=0.7, gap_rate=0.4)
    return bounded(table, odds_ratio=5.4).assign(p_value=0.01, method="method_mantel_haenszel")


def tracks(count):
    table = bounded(keys(["not"] * count), score_bad=3.1, score_good=3.9, score_change=-0.8)
    signals = ["failure", "late", "long_wait"]
    signal = [signals[k % 3] for k in range(count)]
    return table.assign(signal=signal, differs=True, method="method_welch")


def after_low(count):
    table = bounded(keys(["not"] * count), low_outcome_rate=0.6, other_outcome_rate=0.2)
    table = bounded(table, gap_rate=0.4)
    return table.assign(consequence="detractor", p_value=0.01, method="method_newcombe")


def drawn(ax):
    """Render; a missing glyph is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax.figure.savefig("/dev/null", format="png", dpi=60)
    return ax


def overlaps(texts, ax):
    """Pairs of texts whose boxes overlap by more than a pixel."""
    renderer = ax.figure.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in texts if text.get_text().strip()]
    return [
        (a, b)
        for k, a in enumerate(boxes)
        for b in boxes[k + 1 :]
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
    ]


MIXED = ["key"] * 2 + ["undecided"] + ["not"] * 37
DRAWN = [
    (kt.plot_key_touchpoints, lambda: keys(MIXED)),
    (kt.plot_weight_sensitivity, lambda: kt.weight_sensitivity(keys(MIXED), draws=50)),
    (kt.plot_moments, lambda: moments(MIXED)),
    (kt.plot_turning_points, lambda: turns(["turns", *["not"] * 39])),
    (kt.plot_conversion_turns, lambda: conversions(["turns", *["undecided"] * 39])),
    (kt.plot_moment_tracks, lambda: tracks(40)),
    (kt.plot_consequences, lambda: after_low(40)),
]


@pytest.mark.parametrize(("plot", "table"), DRAWN, ids=lambda part: getattr(part, "__name__", ""))
def test_forty_touchpoints_fold_and_nothing_overlaps(plot, table):
    ax = drawn(plot(table()))
    named = [label for label in ax.get_yticklabels() if label.get_text()]
    assert 20 <= len(named) <= 24
    assert overlaps(named, ax) == []
    assert overlaps(ax.texts, ax) == []
    subtitle = ax.figure.texts[1].get_text().replace("\n", "")
    assert "20" in subtitle and "40" in subtitle


@pytest.mark.parametrize("plot", [plot for plot, _ in DRAWN], ids=lambda plot: plot.__name__)
def test_missing_data_draw_nothing(plot):
    assert plot(Missing("feedback")) is None
    assert plt.get_fignums() == []


def test_contributions_are_stacked_up_to_the_index():
    table = keys(["key", "not", "not"])
    ax = drawn(kt.plot_key_touchpoints(table))
    ends = {}
    for bar in ax.patches:
        place = round(bar.get_y() + bar.get_height() / 2)
        ends[place] = max(ends.get(place, 0), bar.get_x() + bar.get_width())
    assert [ends[k] for k in range(3)] == pytest.approx(table.index_points.tolist())


def test_the_verdict_stands_in_words_beside_each_touchpoint():
    ax = drawn(kt.plot_key_touchpoints(keys(["key", "undecided", "not"])))
    notes = [text.get_text() for text in ax.texts]
    expected = [word(f"key_note_{v}", p=p) for v, p in
                (("key", "97%"), ("undecided", "60%"), ("not", "2%"))]  # fmt: skip
    assert notes == expected


def test_key_ones_are_said_in_order_and_claimed_with_their_slope():
    first, second, *_ = kt.key_findings(keys(["key", "key", "not", "not"]))
    assert (first.touchpoint, second.touchpoint) == ("t0", "t1")
    assert first.claim == "key_touchpoint" and first.rank < second.rank
    assert (first.value, first.probability) == (pytest.approx(0.4), 0.97)


def test_below_four_fifths_the_sentence_is_undecided_and_says_what_would_decide():
    found = kt.key_findings(keys(["undecided", "not"]))[0]
    assert found.strength == "undecided" and found.probability < 0.8
    assert word("needed_about", n="830") in found.sentence()


def test_surely_no_key_touchpoint_is_said_as_such():
    found = kt.key_findings(keys(["not", "not"]))[0]
    assert (found.key, found.touchpoint, found.strength) == ("finding_key_none", "t0", "is")
    assert not found.claim and "0.20" in found.sentence()


def test_open_ones_beside_sure_ones_are_named_together():
    found = kt.key_findings(keys(["key", "undecided", "undecided", "not"]))
    (one,) = [finding for finding in found if finding.key == "finding_key_open"]
    assert all(name in one.sentence() for name in (NAMES[1] + "1", NAMES[2] + "2"))
    assert not one.claim


def test_a_high_p_never_makes_a_small_group_sure():
    found = kt.key_findings(keys(["undecided", "not"], p_key=[0.95, 0.01]))[0]
    assert found.strength == "undecided"


def test_the_two_traps_are_named_as_without_effect():
    table = keys(["key", "not", "not", "not"])
    table = bounded(table, correlation=[0.7, 0.6, 0.1, 0.0], score=[3.9, 3.9, 3.9, 2.1])
    found = {finding.key: finding for finding in kt.key_findings(table)}
    assert found["finding_mood"].touchpoint == "t1"
    assert found["finding_low_score"].touchpoint == "t3"
    assert {found[k].claim for k in ("finding_mood", "finding_low_score")} == {"no_effect"}


def test_every_touchpoint_has_its_effect_on_record():
    table = keys(["key", "undecided", "not", "not"])
    table.loc[3, "driver_verdict"] = "robust"
    claims = [(f.claim, f.touchpoint, f.probability >= 0.8) for f in kt.effect_findings(table)]
    assert [claim[1] for claim in claims if claim[0] == "effect"] == ["t0", "t1", "t2", "t3"]
    assert ("key_touchpoint", "t0", True) in claims
    assert ("key_touchpoint", "t1", False) in claims
    # A small but real effect is not claimed to be none.
    assert [claim[1] for claim in claims if claim[0] == "no_effect"] == ["t2"]


def test_turning_points_are_claimed_only_where_they_are_sure():
    sure, *rest = kt.turning_findings(turns(["turns", "not", "undecided"]))
    assert (sure.claim, sure.strength, rest) == ("turning_point", "is", [])
    (likely,) = kt.turning_findings(turns(["undecided", "not"]))
    assert likely.strength == "undecided"


def test_scores_of_more_than_one_mood_allow_no_turning_point():
    (found,) = kt.turning_findings(turns(["undecided", "undecided"]).assign(misfit=0.19))
    assert not found.claim and "0.19" in found.sentence()


def test_moments_are_said_by_type_and_undecided_where_none_is_sure():
    (found,) = kt.moment_findings(moments(["key", "not", "key", "not"]))
    assert word("moment_first_contact") in found.sentence()
    assert word("moment_after_sales") in found.sentence()
    (likely,) = kt.moment_findings(moments(["undecided", "not", "not", "not"]))
    assert likely.strength == "undecided"
    assert kt.moment_findings(moments(["not"] * 4)) == []


def test_weights_that_decide_are_undecided_findings():
    table = keys(["key", "key", "not", "not"])
    table = table.assign(slope=[0.4, 0.3, 0.3, 0.1], level_reach=[0.5, 0.9, 0.1, 0.5])
    table = table.assign(level_gap=[0.5, 0.1, 0.9, 0.5])
    (found,) = kt.weight_findings(kt.weight_sensitivity(table, top=2, draws=400), top=2)
    assert found.strength == "undecided"
    assert word("component_reach") in found.sentence() or word("component_gap") in found.sentence()


def test_strategies_are_counted():
    (found,) = kt.stance_findings(kt.stances(keys(["key", "not", "not"])))
    assert word("stance_fix") in found.sentence() and "2" in found.sentence()


def test_differences_of_shares_are_told_in_percentage_points():
    (found,) = kt.consequence_findings(after_low(2))
    assert "40.0" in found.sentence() and "40.0%" not in found.sentence()
    (found,) = kt.conversion_turn_findings(conversions(["turns"]))
    assert "40.0" in found.sentence() and "5.40" in found.sentence()


TABLES = {
    "key_touchpoints": lambda: keys(MIXED),
    "weight_sensitivity": lambda: kt.weight_sensitivity(keys(MIXED), draws=20),
    "moments": lambda: moments(MIXED),
    "turning_points": lambda: turns(["turns", "not"]),
    "conversion_turns": lambda: conversions(["turns"]),
    "moment_tracks": lambda: tracks(3),
    "consequences": lambda: after_low(3),
    "stances": lambda: kt.stances(keys(MIXED)),
}
SHOWN = {
    "key_touchpoints": ["touchpoint_id", "index_points", "slope", "p_key", "p_top", "n"],
    "weight_sensitivity": ["touchpoint_id", "rank", "p_stays", "matters"],
    "moments": ["moment", "touchpoint_id", "p_key", "direction", "direction_by", "score", "n"],
    "turning_points": ["touchpoint_id", "after_bad", "after_good", "shift_points", "p_turn", "n"],
    "conversion_turns": ["touchpoint_id", "failure_conversion_rate", "gap_rate", "odds_ratio"],
    "moment_tracks": ["touchpoint_id", "signal", "score_bad", "score_good", "score_change", "n"],
    "consequences": ["touchpoint_id", "consequence", "low_outcome_rate", "gap_rate", "n"],
    "stances": ["touchpoint_id", "stance", "reason", "p_key", "room_points", "n"],
}


@pytest.mark.parametrize("name", SHOWN)
def test_every_shown_column_and_value_has_a_word(name, monkeypatch):
    pages = []
    monkeypatch.setattr("keytouch.tables.display_bundle", pages.append)
    show(TABLES[name](), name, columns=SHOWN[name])
    html = pages[0]["text/html"]
    shown = set(html.replace("<", ">").split(">"))
    assert not shown & (set(SHOWN[name]) - {"n"}), "a column without a heading"
    ids = {"key_weak", "no_effect", "first_contact", "makes", "open", "long_wait", "detractor"}
    assert not shown & ids, "an id without a word"
    assert word(f"table_{name}") in html
