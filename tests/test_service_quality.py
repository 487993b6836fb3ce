"""SERVQUAL: gaps, weights, waves, items."""

import numpy as np
import pytest
from scipy import stats
from surveys import both_sides, survey, survey_frame

from keytouch.engine import Missing, from_frame
from keytouch.problems import DataError
from keytouch.service_quality import servqual, servqual_items, servqual_waves

COLUMNS = "customer_id dimension metric score"
RANDOM = np.random.default_rng(1)
EXPECTED = RANDOM.integers(4, 8, (12, 3)).astype(float)
PERCEIVED = np.clip(EXPECTED - [[1, 0, 0]] + RANDOM.integers(-1, 2, (12, 3)), 1, 7)


def table(rows, **options):
    return servqual(survey(rows, COLUMNS), **options).set_index("dimension")


def test_the_gap_is_perception_minus_expectation():
    # The arithmetic of a published toy: 6.4 and 5.1 make −1.3, 6.1 and 5.4 make −0.7.
    rows = [(f"c{k}", name, metric, value + step)
            for name, pair in (("reliability", (6.4, 5.1)), ("empathy", (6.1, 5.4)))
            for metric, value in zip(("expectation", "perception"), pair)
            for k, step in enumerate((-0.2, 0.0, 0.2))]  # fmt: skip
    found = table(rows)
    assert found.gap_points[["reliability", "empathy"]].tolist() == pytest.approx([-1.3, -0.7])
    assert found.expectation["reliability"] == pytest.approx(6.4)
    assert found.gap_points["overall"] == pytest.approx(-1.0)


def test_intervals_are_paired_by_person():
    found = table(both_sides(EXPECTED, PERCEIVED))
    for k in range(3):
        bounds = stats.ttest_rel(PERCEIVED[:, k], EXPECTED[:, k]).confidence_interval()
        row = found.loc[f"dimension{k}"]
        assert (row.gap_points_lo, row.gap_points_hi) == pytest.approx((bounds.low, bounds.high))
        assert (row.n, row.pairs, row.design) == (12, 12, "paired")


def test_p_values_are_adjusted_over_the_dimensions():
    found = table(both_sides(EXPECTED, PERCEIVED)).drop("overall")
    raw = [stats.ttest_rel(PERCEIVED[:, k], EXPECTED[:, k]).pvalue for k in range(3)]
    adjusted = dict(zip(("dimension0", "dimension1", "dimension2"),
                        stats.false_discovery_control(raw)))  # fmt: skip
    assert found.p_value.to_dict() == pytest.approx(adjusted)


def test_the_weighted_whole_counts_each_persons_answers_together():
    weights = {"dimension0": 3, "dimension1": 1, "dimension2": 0}
    found = table(both_sides(EXPECTED, PERCEIVED), weights=weights)
    person = (PERCEIVED - EXPECTED) @ [0.75, 0.25, 0]
    bounds = stats.ttest_1samp(person, 0).confidence_interval()
    whole = found.loc["overall"]
    assert whole.gap_points == pytest.approx(person.mean())
    assert (whole.gap_points_lo, whole.gap_points_hi) == pytest.approx((bounds.low, bounds.high))
    assert found.weight_share.tolist()[-1] == 1
    assert found.weight_share["dimension0"] == 0.75


@pytest.mark.parametrize("weights", [{"tangible": 1}, {"dimension0": -1}, {"dimension0": 0}, {}])
def test_weights_that_fit_no_dimension_are_refused(weights):
    with pytest.raises(DataError) as error:
        table(both_sides(EXPECTED, PERCEIVED), weights=weights)
    assert error.value.problems[0].key == "problem_dimension_weights"


def test_two_samples_are_compared_as_two_samples():
    rows = both_sides(EXPECTED, np.full_like(EXPECTED, np.nan))
    rows += both_sides(np.full_like(EXPECTED, np.nan), PERCEIVED, who="other")
    row = table(rows).loc["dimension0"]
    bounds = stats.ttest_ind(PERCEIVED[:, 0], EXPECTED[:, 0], equal_var=False).confidence_interval()
    assert (row.gap_points_lo, row.gap_points_hi) == pytest.approx((bounds.low, bounds.high))
    assert (row.n, row.pairs, row.design) == (24, 0, "unpaired")


def test_perceptions_alone_are_servperf():
    found = table(both_sides(np.full_like(EXPECTED, np.nan), PERCEIVED))
    assert found.gap_points.isna().all() and set(found.design) == {"one_sided"}
    assert found.perception["overall"] == pytest.approx(PERCEIVED.mean())
    assert np.isfinite(found.perception_lo["overall"])


def test_blank_and_not_used_are_no_answers():
    rows = both_sides(EXPECTED, PERCEIVED) + [("c0", "dimension0", "perception", 7)]
    frame = survey_frame(rows, COLUMNS).astype({"status": "object"})
    frame.loc[len(frame) - 1, "status"] = "not_used"
    found = servqual(from_frame(frame)).set_index("dimension")
    assert found.perception["dimension0"] == pytest.approx(PERCEIVED[:, 0].mean())
    blank = servqual(survey([("a", "d", "perception", None)], COLUMNS))
    assert blank == Missing("feedback", ("perception",))


def test_without_its_columns_the_question_is_missing():
    rows = [("c1", "perception", 5)]
    data = survey(rows, "customer_id metric score")
    assert servqual(data) == Missing("feedback", ("dimension",))
    assert servqual_items(data) == Missing("feedback", ("item",))


def test_small_groups_are_marked():
    assert not table(both_sides(EXPECTED, PERCEIVED), min_n=12).small.any()
    assert table(both_sides(EXPECTED, PERCEIVED), min_n=13).small.all()


def test_items_have_gaps_of_their_own():
    rows = [(*row, f"q{row[1][-1]}") for row in both_sides(EXPECTED, PERCEIVED)]
    found = servqual_items(survey(rows, f"{COLUMNS} item")).set_index("item")
    gap = (PERCEIVED - EXPECTED).mean(axis=0)
    assert found.gap_points[["q0", "q1", "q2"]].tolist() == pytest.approx(gap)
    assert found.dimension["q0"] == "dimension0"


def waves(first, second, **more):
    rows = [(*row, wave) for wave, (e, p, who) in (("a", first), ("b", second))
            for row in both_sides(e, p, who=who)]  # fmt: skip
    return servqual_waves(survey(rows, f"{COLUMNS} wave", **more), min_n=2)


def test_a_wave_of_new_people_is_compared_by_both_samples():
    later = np.clip(PERCEIVED + [[1, 0, 0]], 1, 7)
    found = waves((EXPECTED, PERCEIVED, "c"), (EXPECTED, later, "n"))
    row = found[(found.dimension == "dimension0") & (found.wave == "b")].iloc[0]
    before, after = (PERCEIVED - EXPECTED)[:, 0], (later - EXPECTED)[:, 0]
    assert row.gap_change == pytest.approx(after.mean() - before.mean())
    se = np.sqrt(before.var(ddof=1) / 12 + after.var(ddof=1) / 12)
    half = stats.t.ppf(0.975, 11) * se
    assert row.gap_change_hi - row.gap_change == pytest.approx(half)
    assert found[found.wave == "a"].gap_change.isna().all()


def test_a_panel_is_compared_person_by_person():
    later = PERCEIVED[::-1]
    found = waves((EXPECTED, PERCEIVED, "c"), (EXPECTED, later, "c"))
    row = found[(found.dimension == "dimension0") & (found.wave == "b")].iloc[0]
    bounds = stats.ttest_rel(later[:, 0], PERCEIVED[:, 0]).confidence_interval()
    assert (row.gap_change_lo, row.gap_change_hi) == pytest.approx((bounds.low, bounds.high))


def test_without_a_wave_the_calendar_makes_one():
    rows = both_sides(EXPECTED, PERCEIVED)
    ts = np.where(
        np.arange(len(rows)) % 2, np.datetime64("2025-02-03"), np.datetime64("2025-05-03")
    )
    found = servqual_waves(survey(rows, COLUMNS, ts=ts), every="Q", min_n=1)
    assert list(dict.fromkeys(found.wave)) == ["2025-01-01", "2025-04-01"]
    assert servqual_waves(survey(rows, COLUMNS)) == Missing("feedback", ("wave",))
    one = servqual_waves(survey(rows, COLUMNS, wave="a"))
    assert one == Missing("feedback", ("wave",))


def test_waves_follow_their_dates_and_not_their_names():
    rows = [(*row, wave, day) for wave, day in (("z", "2025-01-05"), ("a", "2025-06-05"))
            for row in both_sides(EXPECTED, PERCEIVED)]  # fmt: skip
    frame = survey_frame(rows, f"{COLUMNS} wave ts")
    found = servqual_waves(from_frame(frame.assign(ts=frame.ts.astype("datetime64[us]"))), min_n=1)
    assert list(dict.fromkeys(found.wave)) == ["z", "a"]


def test_on_null_waves_few_changes_are_called_sure():
    """Sixty dimensions that don't change between two waves of forty people."""
    random = np.random.default_rng(8)
    expected = np.clip(random.normal(5.5, 0.8, (80, 60)), 1, 7)
    perceived = np.clip(expected - 0.4 + random.normal(0, 0.8, (80, 60)), 1, 7)
    found = waves((expected[:40], perceived[:40], "c"), (expected[40:], perceived[40:], "n"))
    assert (found.p_value <= 0.05).sum() <= 2
