"""Maps of groups: curves side by side, and differences with their intervals."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from tables import feedback, interactions
from test_figures import NAMES, drawn, overlaps

import keytouch as kt
from keytouch import labels
from keytouch.engine import Missing, collect, from_frame
from keytouch.style import use

PLACES = from_frame(
    pd.DataFrame(
        [("a", "s", "front"), ("b", "e", "front"), ("x", "e", "back")],
        columns=["touchpoint_id", "stage_id", "stage_side"],
    )
)
STAGES = ["s", "e"]


def answers(scores):
    """Feedback from {(group, touchpoint): scores}."""
    rows, groups = [], []
    for (group, name), given in scores.items():
        rows += [(f"{group}{name}{k}", name, "csat", float(one)) for k, one in enumerate(given)]
        groups += [group] * len(given)
    return feedback(rows, segment=groups)


def log(counts, sizes):
    """Interactions: how many journeys of each group meet each touchpoint; all meet "x"."""
    rows, groups = [], []
    for group, size in sizes.items():
        for k in range(size):
            names = ["x", *(n for (g, n), many in counts.items() if g == group and k < many)]
            rows += [(f"{group}{k}", name, "2025-01-01") for name in names]
            groups += [group] * len(names)
    return interactions(rows, segment=groups)


def two(low=(2, 3, 4) * 20, high=(4, 5, 4) * 20):
    return answers({("old", "a"): low, ("new", "a"): high, ("old", "b"): [3, 4] * 30,
                    ("new", "b"): [3, 4] * 30})  # fmt: skip


NO_LOG = Missing("interactions")


def difference(said, logged=NO_LOG, **options):
    return kt.map_difference(
        said, logged, PLACES, stages=STAGES, first="old", second="new", **options
    )


def test_a_difference_is_second_minus_first_with_its_interval():
    table = difference(two()).set_index("touchpoint_id")
    row = table.loc["a"]
    assert row.score_difference == pytest.approx(4 + 1 / 3 - 3)
    assert row.score_difference_lo < row.score_difference < row.score_difference_hi
    assert row.first_score == pytest.approx(3) and row.n_first == row.n_second == 60
    assert row.differs and not table.loc["b"].differs
    assert table.loc["b"].score_difference == pytest.approx(0)


def test_the_interval_is_welchs():
    from scipy.stats import ttest_ind

    low, high = (2, 3, 4) * 20, (4, 5, 4) * 20
    ends = ttest_ind(high, low, equal_var=False).confidence_interval()
    row = difference(two(low, high)).iloc[0]
    assert (row.score_difference_lo, row.score_difference_hi) == pytest.approx(
        (ends.low, ends.high)
    )


def test_reach_differs_by_newcombe():
    """Newcombe 1998, table II: 56/70 against 48/80 by method 10 gives 0.0524 to 0.3339."""
    logged = log({("new", "a"): 56, ("old", "a"): 48}, {"new": 70, "old": 80})
    row = difference(Missing("feedback"), logged).set_index("touchpoint_id").loc["a"]
    assert row.rate_difference == pytest.approx(0.2)
    ends = (row.rate_difference_lo, row.rate_difference_hi)
    assert ends == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_small_sides_are_not_compared():
    table = difference(two(low=(2, 3, 4)))
    assert table.touchpoint_id.tolist() == ["b"]
    few = log({("new", "a"): 5, ("old", "a"): 5}, {"new": 10, "old": 10})
    assert isinstance(difference(Missing("feedback"), few), Missing)


def test_equal_groups_rarely_differ():
    random = np.random.default_rng(2)
    found = 0
    for _ in range(40):
        cells = {(g, n): random.integers(1, 6, 60) for g in ("old", "new") for n in ("a", "b")}
        found += bool(difference(answers(cells)).differs.any())
    assert found <= 6


def test_two_periods_are_two_groups():
    said = two()
    days = ["2025-01-01", "2025-03-01"] * (len(collect(said)) // 2)
    dated = from_frame(collect(said).assign(ts=pd.to_datetime(days)))
    halves = collect(kt.with_half(dated, "2025-03-01"))
    assert halves.half.value_counts().to_dict() == {"(before)": 120, "(after)": 120}
    assert isinstance(kt.with_half(said, "2025-03-01"), Missing)
    assert kt.with_half(Missing("feedback"), "2025-03-01") == Missing("feedback")


def test_curves_are_in_the_order_of_the_map():
    curves = kt.journey_curves(two(), PLACES, stages=STAGES)
    assert curves.touchpoint_id.tolist() == ["a", "b"] * 2
    assert curves.method.eq("method_mean_t").all() and not curves.small.any()


def test_cells_of_few_are_left_out_and_small_ones_marked():
    curves = kt.journey_curves(
        answers({("old", "a"): [3] * 9, ("old", "b"): [3, 4] * 6, ("new", "a"): [3, 4] * 30}),
        PLACES, stages=STAGES,
    )  # fmt: skip
    cells = {(row.segment, row.touchpoint_id): row.small for row in curves.itertuples()}
    assert cells == {("new", "a"): False, ("old", "b"): True}


def test_groups_need_a_column():
    bare = feedback([("j", "a", "csat", 3.0)])
    assert isinstance(kt.journey_curves(bare, PLACES, stages=STAGES), Missing)
    assert isinstance(difference(bare), Missing)
    assert isinstance(kt.journey_curves(two(), Missing("touchpoints"), stages=STAGES), Missing)


def many(count=40, groups=7):
    names = [f"t{k}" for k in range(count)]
    stages = [f"s{k * 8 // count}" for k in range(count)]
    parts = []
    for number in range(groups):
        score = np.linspace(2, 4.5, count)
        parts.append(
            pd.DataFrame(
                {"segment": f"g{number}", "touchpoint_id": names, "stage_id": stages,
                 "score": score, "score_lo": score - 0.2, "score_hi": score + 0.2,
                 "n": np.arange(count) + 40, "small": False, "min_n": 30,
                 "method": "method_mean_t"}
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_forty_touchpoints_of_seven_groups_are_drawn_without_overlap(language, monkeypatch):
    use(language)
    names = {f"t{k}": {"zh": NAMES[k % 5] + str(k), "en": NAMES[k % 5] + str(k)} for k in range(40)}
    monkeypatch.setattr(labels, "_names", {"touchpoints": names})
    ax = drawn(kt.plot_journey_curves(many()))
    last = ax.figure.axes[-1]
    assert overlaps(last.get_xticklabels(), last) == []
    assert all(text.get_rotation() == 0 for text in last.get_xticklabels())
    subtitle = ax.figure.texts[1].get_text().replace("\n", " ")
    assert "40" in subtitle and "7" in subtitle
    plt.close("all")


def test_the_difference_is_drawn_and_said():
    use("en")
    logged = log({("new", "a"): 56, ("old", "a"): 48}, {"new": 70, "old": 80})
    table = difference(two(), logged)
    sentence = kt.difference_findings(table)[0].sentence()
    assert "1.33 higher" in sentence and "undecided" not in sentence
    ax = drawn(kt.plot_map_difference(table))
    assert len(ax.figure.axes) == 2
    calm = kt.difference_findings(difference(two(high=(2, 3, 4) * 20)))
    assert calm[0].strength == "undecided" and "surely" in calm[0].sentence()
    assert kt.difference_findings(Missing("feedback")) == []
    plt.close("all")


def test_a_journey_belongs_to_the_half_in_which_it_began():
    met = [("a", "x", "2025-02-27"), ("a", "y", "2025-03-02"), ("b", "x", "2025-03-01")]
    log = interactions(met)
    halves = collect(kt.with_half(log, "2025-03-01", whole="journey_id"))
    assert halves.sort_values(["journey_id", "touchpoint_id"]).half.tolist() == [
        "(before)", "(before)", "(after)",
    ]  # fmt: skip


def test_the_largest_two_groups_and_the_two_halves_are_compared():
    rows = [(f"{group}{k}", "x", "csat", 4 if group == "a" else 2) for group, size in
            (("a", 60), ("b", 50), ("c", 40)) for k in range(size)]  # fmt: skip
    days = pd.date_range("2025-01-01", periods=len(rows), freq="D")
    said = feedback(rows, segment=[row[0][0] for row in rows], ts=days)
    listed = from_frame(pd.DataFrame({"touchpoint_id": ["x"], "stage_id": ["s"]}))
    client = SimpleNamespace(
        feedback=said, interactions=Missing("interactions"), touchpoints=listed, stages=["s"],
        journeys=Missing("journeys"), customers=Missing("customers"), scale=lambda metric: (1, 5),
    )  # fmt: skip
    groups = kt.find_difference(client).iloc[0]
    assert (groups["first"], groups["second"]) == ("a", "b")
    assert groups.score_difference == pytest.approx(-2)
    halves = kt.find_difference(client, by="half").iloc[0]
    assert (halves.n_first, halves.n_second) == (75, 75)
    assert halves.score_difference == pytest.approx(2 - (60 * 4 + 15 * 2) / 75)
    alone = SimpleNamespace(**vars(client) | {"feedback": said.filter(said.segment == "a")})
    assert isinstance(kt.find_difference(alone), Missing)
    undated = SimpleNamespace(**vars(client) | {"feedback": said.drop("ts")})
    assert isinstance(kt.find_difference(undated, by="half"), Missing)


def test_the_title_names_the_low_that_groups_share():
    kt.use("en")
    cells = [("a", "x", 2.0), ("a", "y", 4.0), ("b", "x", 3.0), ("b", "y", 3.5)]
    rows = pd.DataFrame(cells, columns=["segment", "touchpoint_id", "score"])
    rows = rows.assign(stage_id="s", score_lo=rows.score - 0.1, score_hi=rows.score + 0.1, n=100,
                       small=False)  # fmt: skip
    assert "All 2 groups" in kt.plot_journey_curves(rows).figure.get_label()
    apart = rows.assign(score=[2.0, 4.0, 3.6, 3.5])
    assert "different places" in kt.plot_journey_curves(apart).figure.get_label()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_scores_the_reach_is_told(language):
    use(language)
    log = interactions(
        [(f"{group}{k}", name, f"2025-01-01 10:{minute:02}")
         for group, often in (("a", 10), ("b", 70)) for k in range(100)
         for minute, name in enumerate(["a", "b"][: 1 + (k < often)])]
    )  # fmt: skip
    log = log.mutate(segment=log.journey_id.substr(0, 1))
    table = kt.map_difference(Missing("feedback"), log, PLACES, stages=STAGES, first="a",
                              second="b")  # fmt: skip
    assert "score_difference" not in table
    (finding,) = kt.difference_findings(table)
    assert finding.touchpoint == "b" and finding.n == 200
    assert finding.value == pytest.approx(0.6) and "60.0" in finding.sentence()
    label = drawn(kt.plot_map_difference(table)).figure.get_label()
    assert "60.0" in label
    kt.show_difference(table, "map_difference")
