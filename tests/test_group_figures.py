"""Pictures of comparisons mark what is proved, leave out what is hidden, and stay legible."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from test_figures import overlaps

import keytouch as kt
from keytouch import labels
from keytouch.colours import GOOD, PAIN, PALE
from keytouch.engine import Missing
from keytouch.style import use

NAMES = ["退房与结账服务", "Counter check-in and bag drop", "价格$50与$60", "<b>bold</b>", "x^{$y"]


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request, monkeypatch):
    use(request.param)
    names = {f"t{k}": {"zh": NAMES[k % 5] + str(k), "en": NAMES[k % 5] + str(k)} for k in range(40)}
    known = dict.fromkeys(("touchpoints", "segments", "channels"), names)
    monkeypatch.setattr(labels, "_names", known)
    yield request.param
    plt.close("all")


def drawn(ax):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax.figure.savefig("/dev/null", format="png", dpi=60)
    return ax


def compared(count):
    gaps = np.linspace(-0.5, 0.5, count)
    verdicts = ["lower" if gap < -0.2 else "higher" if gap > 0.2 else "alike" for gap in gaps]
    table = pd.DataFrame({"segment": [f"t{k}" for k in range(count)], "score": 3 + gaps})
    return table.assign(
        score_lo=table.score - 0.1, score_hi=table.score + 0.1, score_difference=gaps,
        score_difference_lo=gaps - 0.1, score_difference_hi=gaps + 0.1, p_value=0.01,
        comparison=verdicts, n=np.arange(count) + 100, small=False, min_n=30, suppressed=False,
        small_cell=10, against="rest", method="method_group_means",
    )  # fmt: skip


def marks(ax):
    return [(line.get_marker(), line.get_color()) for line in ax.lines if line.get_marker() in "v^"]


def test_proved_differences_have_a_mark_of_their_own():
    ax = drawn(kt.plot_comparison(compared(5)))
    assert marks(ax) == [("v", PAIN)] * 2 + [("^", GOOD)] * 2
    assert "0.50" in ax.figure.texts[0].get_text().replace("\n", "")


def test_fewer_customers_leaving_is_good_news():
    renamed = {name: name.replace("score_diff", "rate_diff").replace("score", "churn_rate")
               for name in compared(2)}  # fmt: skip
    ax = drawn(kt.plot_comparison(compared(2).rename(columns=renamed)))
    assert marks(ax) == [("v", GOOD), ("^", PAIN)]


def test_hidden_groups_are_not_drawn_but_named(language):
    table = compared(5)
    table.loc[0, ["score", "score_difference", "score_difference_lo"]] = np.nan
    table.loc[0, "suppressed"] = True
    ax = drawn(kt.plot_comparison(table))
    assert len(ax.get_yticklabels()) == 4
    assert NAMES[0] in ax.figure.texts[-1].get_text().replace("\n", "")
    assert "10" in ax.figure.texts[-1].get_text()


def test_small_groups_are_pale():
    table = compared(3).assign(small=[True, False, False], comparison="not_judged")
    ax = drawn(kt.plot_comparison(table))
    dots = [line.get_color() for line in ax.lines if line.get_marker() == "o"]
    assert PALE in dots and dots.count(PALE) == 2


def test_forty_groups_fold_to_the_most_different():
    ax = drawn(kt.plot_comparison(compared(40)))
    shown = [label.get_text() for label in ax.get_yticklabels()]
    assert len(shown) == 20
    assert len(marks(ax)) == 20  # those that can't be told apart are folded away
    assert overlaps(ax.get_yticklabels(), ax) == []


def pair():
    table = pd.DataFrame(
        {
            "channel": "t1", "other": "t2", "segment": ["(pooled)", "(within)", "t3", "t4"],
            "score_difference": [0.4, -0.3, -0.2, -0.4], "n": [900, 900, 400, 500],
            "share_first": [1, 1, 0.8, 0.2], "share_other": [1, 1, 0.3, 0.7],
            "level": [np.nan, np.nan, 4.5, 2.5],
        }
    )  # fmt: skip
    return table.assign(
        score_difference_lo=table.score_difference - 0.1,
        score_difference_hi=table.score_difference + 0.1,
        verdict_within="reversed", p_reversal=0.99, method="method_within",
    )  # fmt: skip


def test_the_total_and_the_inner_difference_stand_on_both_sides_of_zero(language):
    ax = drawn(kt.plot_within(pair()))
    at = {line.get_marker(): line.get_xdata()[0] for line in ax.lines if line.get_marker() in "Ds"}
    assert at == {"D": 0.4, "s": -0.3}
    texts = " ".join(text.get_text() for text in ax.texts)
    assert "80.0% / 30.0%" in texts
    title = ax.figure.texts[0].get_text().replace("\n", "")
    assert ("误导" if language == "zh" else "misleads") in title and "−0.30" in title


def test_the_pair_that_says_most_is_drawn():
    calm = pair().assign(channel="t5", verdict_within="confirmed", p_reversal=0.0)
    ax = drawn(kt.plot_within(pd.concat([calm, pair()], ignore_index=True)))
    assert "t5" not in ax.get_xlabel() and NAMES[1] in ax.get_xlabel()


def silent(count=3):
    table = pd.DataFrame({"fact": "segment", "level": [f"t{k}" for k in range(count)]})
    return table.assign(
        answer_rate=0.3, answer_rate_lo=0.25, answer_rate_hi=0.35, baseline=0.4,
        standardised_difference=-0.3, standardised_difference_lo=-0.4,
        standardised_difference_hi=-0.2, p_value=0.001, comparison="lower", n=300, answered=90,
        small=False, min_n=30, method="method_nonresponse",
    )  # fmt: skip


def test_the_answer_rate_of_all_is_a_line_beside_the_others():
    ax = drawn(kt.plot_nonresponse(silent()))
    assert 0.4 in [line.get_xdata()[0] for line in ax.lines]
    assert len(marks(ax)) == 3
    assert overlaps(drawn(kt.plot_nonresponse(silent(30))).get_yticklabels(), ax) == []


def test_the_mended_mean_is_drawn_beside_the_raw_one(language):
    row = {"raw_score": 4.0, "adjusted_score": 3.8, "bias_points": 0.2}
    row |= {f"{name}{end}": value + shift for name, value in list(row.items())
            for end, shift in (("_lo", -0.05), ("_hi", 0.05))}  # fmt: skip
    row |= {"bias": "up", "slight": False, "probability": 0.99, "answer_rate": 0.4,
            "answer_rate_lo": 0.35, "answer_rate_hi": 0.45, "n": 500, "asked": 1250,
            "out_of_reach": 77, "facts": "failed,late,segment", "method": "m"}  # fmt: skip
    ax = drawn(kt.plot_response_bias(pd.DataFrame([row])))
    points = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert points == [4.0, 3.8]
    note = ax.figure.texts[-1].get_text()
    assert "77" in note and labels.word("fact_late") in note


def test_group_kpis_stand_side_by_side_and_each_is_whole():
    table = pd.DataFrame({"segment": ["t1", "t2", "t3"], "nps": [-10.0, 20, np.nan]})
    table = table.assign(
        nps_lo=table.nps - 8, nps_hi=table.nps + 8, top_rate=[0.5, 0.7, 0.6],
        top_rate_lo=[0.4, 0.6, 0.5], top_rate_hi=[0.6, 0.8, 0.7], n=100, nps_n=[90, 80, 4],
        small=False, min_n=30, suppressed=False, small_cell=10, method="method_group_kpis",
    )  # fmt: skip
    ax = drawn(kt.plot_group_kpis(table))
    axes = ax.figure.axes
    assert len(axes) == 2
    counts = [sum(line.get_marker() == "o" for line in panel.lines) for panel in axes]
    assert counts == [3, 2]
    for panel in axes:
        assert overlaps(panel.texts, panel) == []


def test_every_group_has_its_panel_on_the_same_touchpoints():
    parts = [compared(6).assign(segment=f"t{k}", touchpoint_id=[f"t{n}" for n in range(6)])
             for k in range(7)]  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    table = table[["touchpoint_id", *table.columns.drop("touchpoint_id")]]
    table.loc[table.segment == "t1", "n"] = 500  # the largest group has a panel
    table.loc[(table.segment == "t1") & (table.touchpoint_id == "t0"), "suppressed"] = True
    ax = drawn(kt.plot_touchpoint_gaps(table))
    axes = ax.figure.axes
    assert len(axes) == 5
    counts = [sum(line.get_marker() in "ov^" for line in panel.lines) for panel in axes]
    assert sorted(counts) == [5, 6, 6, 6, 6]
    note = ax.figure.texts[-1].get_text().replace("\n", "")
    assert labels.word("note_hidden_cells", cells="1", n="10").replace(" ", "") in note.replace(
        " ", ""
    )


@pytest.mark.parametrize(
    "plot",
    [kt.plot_comparison, kt.plot_within, kt.plot_nonresponse, kt.plot_response_bias,
     kt.plot_group_kpis, kt.plot_touchpoint_gaps],
)  # fmt: skip
def test_missing_data_draw_nothing(plot):
    assert plot(Missing("feedback")) is None
    assert plt.get_fignums() == []


@pytest.mark.parametrize("table", [compared(3), pair()], ids=["comparison", "within"])
def test_a_difference_without_its_interval_is_refused(table):
    plot = kt.plot_within if "other" in table else kt.plot_comparison
    with pytest.raises(ValueError, match="naked"):
        plot(table.drop(columns="score_difference_hi"))
