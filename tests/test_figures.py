"""Pictures show the numbers they are given, in both languages, with nothing on top of another."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import keytouch as kt
from keytouch import labels
from keytouch.engine import Missing
from keytouch.style import use

NAMES = ["退房与结账服务", "Counter check-in and bag drop", "价格$50与$60", "<b>bold</b>", "x^{$y"]


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request, monkeypatch):
    use(request.param)
    names = {f"t{k}": {"zh": NAMES[k % 5] + str(k), "en": NAMES[k % 5] + str(k)} for k in range(40)}
    monkeypatch.setattr(labels, "_names", {"touchpoints": names})
    yield request.param
    plt.close("all")


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


def estimates(count, column, lo=1.5, hi=4.5):
    values = np.linspace(lo, hi, count)
    table = pd.DataFrame({"touchpoint_id": [f"t{k}" for k in range(count)], column: values})
    spread = (hi - lo) / 20
    return table.assign(
        **{f"{column}_lo": values - spread, f"{column}_hi": values + spread},
        n=np.arange(count) + 40,
        small=False,
        method="method_mean_t",
    )


def test_scores_are_drawn_where_they_are():
    table = estimates(5, "score")
    ax = drawn(kt.plot_scores(table))
    points = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert points == pytest.approx(table.score.tolist())
    assert ax.get_xlim() == (1, 5)


def test_forty_touchpoints_fold_and_nothing_overlaps(language):
    ax = drawn(kt.plot_scores(estimates(40, "score")))
    assert len(ax.get_yticklabels()) == 20
    assert overlaps(ax.get_yticklabels(), ax) == []
    subtitle = ax.figure.texts[1].get_text().replace("\n", "")
    assert "20" in subtitle and "40" in subtitle


def test_quadrant_labels_do_not_cover_each_other():
    random = np.random.default_rng(1)
    table = estimates(16, "score", 3.0, 4.2)
    weight = random.normal(0.1, 0.1, 16)
    table = table.assign(
        importance=weight,
        importance_lo=weight - 0.02,
        importance_hi=weight + 0.02,
        p_concentrate=0.1,
        p_keep_up=0.6,
        p_low_priority=0.2,
        p_overkill=0.1,
        probability=0.6,
        quadrant="keep_up",
        crosshair_score=3.6,
        crosshair_importance=0.1,
        score_spread=0.02,
        importance_spread=0.01,
        spread_r=0.2,
        method="method_ipa_own",
    )
    ax = drawn(kt.plot_importance_performance(table))
    starts = tuple(name[:4] for name in NAMES)
    names = [text for text in ax.texts if text.get_text().startswith(starts)]
    assert len(names) == 16
    assert len(overlaps(names, ax)) <= 1


def test_the_text_alternative_and_title_carry_the_numbers():
    ax = drawn(kt.plot_scores(estimates(5, "score", 1.5, 4.5)))
    assert "1.50" in ax.figure.get_label()
    assert "1.50" in ax.figure.texts[0].get_text().replace("\n", "")


def test_a_dollar_in_a_name_is_a_dollar():
    ax = drawn(kt.plot_scores(estimates(5, "score")))
    shown = "".join(label.get_text() for label in ax.get_yticklabels()).replace("\n", "")
    assert "价格$50与$60" in shown


def test_small_groups_are_pale():
    table = estimates(3, "score").assign(small=[True, False, False])
    ax = drawn(kt.plot_scores(table))
    colours = [line.get_color() for line in ax.lines if line.get_marker() == "o"]
    assert colours[0] == "#C9CED6" != colours[1]


@pytest.mark.parametrize(
    "plot",
    [
        kt.plot_scores, kt.plot_reach, kt.plot_coverage, kt.plot_funnel, kt.plot_transitions,
        kt.plot_delays, kt.plot_mentions, kt.plot_pain_points, kt.plot_priorities,
        kt.plot_actions, kt.plot_trend, kt.plot_importance, kt.plot_importance_performance,
        kt.plot_journey_map,
    ],
)  # fmt: skip
def test_missing_data_draw_nothing(plot):
    assert plot(Missing("feedback")) is None
    assert plt.get_fignums() == []


def test_figures_draw_on_given_axes():
    _, axes = plt.subplots(1, 2)
    assert kt.plot_scores(estimates(3, "score"), ax=axes[1]) is axes[1]


def journey(count):
    from keytouch.lanes import JourneyMap

    stages = ["book", "arrive", "stay", "leave", "after", "again", "more", "last"]
    cards = estimates(count, "score").assign(
        stage_id=[stages[k * len(stages) // count] for k in range(count)],
        stage_side=["back" if k % 9 == 8 else "front" for k in range(count)],
        supports="t0", channel="app", reach_rate=0.5, late_rate=0.2, wait_p50=12.0,
        pains="E01", p_key=0.9, grade=["ABCD"[k % 4] for k in range(count)], role="",
    )  # fmt: skip
    cards.loc[cards.index[:2], "role"] = ["peak", "trough"]
    frame = pd.DataFrame({"stage_id": stages, "reach_rate": 0.8, "n": 300})
    quotes = pd.DataFrame(
        {"stage_id": ["book"], "touchpoint_id": ["t0"], "quote": ["排队太久了，" * 30]}
    )
    return JourneyMap(cards=cards, stages=frame, quotes=quotes)


@pytest.mark.parametrize("count", [9, 40])
def test_the_journey_map_keeps_its_texts_apart(count):
    ax = drawn(kt.plot_journey_map(journey(count)))
    texts = [text for text in ax.texts if text.get_text().strip("·")]
    assert len(texts) > count
    assert overlaps(texts, ax) == []


def test_the_journey_map_marks_key_and_assumption(language):
    ax = drawn(kt.plot_journey_map(journey(9)))
    words = " ".join(text.get_text() for text in ax.texts)
    assert "★" in words
    assert ("假设" if language == "zh" else "assumption") in words
