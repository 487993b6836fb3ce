"""Journey features are hand-worked; their links agree with least squares and robust errors."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from tables import feedback, interactions

import keytouch as kt
from keytouch.engine import Missing, collect, from_frame
from keytouch.journey_traits import feature_effects, journey_features

JOURNEYS = from_frame(
    pd.DataFrame({"journey_id": [1, 2], "converted": [True, None], "value": [9.0, 0.0]})
)
LOG = interactions(
    [
        (1, "a", "2025-01-01 10:00"),
        (1, "a", "2025-01-01 10:10"),
        (1, "b", "2025-01-01 11:10"),
        (1, "a", "2025-01-01 11:15"),
        (2, "b", "2025-01-02 10:00"),
    ],
    channel=["app", "app", "desk", "app", "desk"],
    success=pd.Series([False, True, None, False, True], dtype="boolean"),
    wait_minutes=[2.0, None, 3.0, None, None],
)


def features(**options):
    return collect(journey_features(LOG, **options)).set_index("key").sort_index()


def test_features_of_a_journey_are_hand_worked():
    row = features().loc[1]
    counted = ["length", "touchpoints_used", "repeats", "self_loops", "failures", "wait_sum"]
    assert row[counted].tolist() == [4, 2, 2, 1, 2, 5]
    assert (row.pause, row.span) == (60, 75)
    assert (row.channels_used, row.switches) == (2, 2)


def test_a_journey_of_one_step_has_no_pause():
    row = features().loc[2]
    assert (row.length, row.self_loops, row.switches, row.span) == (1, 0, 0, 0)
    assert np.isnan(row.pause)


def test_the_end_of_a_journey_is_known_where_the_table_says():
    table = features(journeys=JOURNEYS)
    assert table.converted.tolist()[0] == 1 and np.isnan(table.converted.tolist()[1])
    assert table.loc[1, "value"] == 9


def test_feelings_and_the_whole_come_from_feedback():
    given = feedback(
        [(1, "a", "csat", 1), (1, "b", "csat", 4), (1, None, "csat", 3), (2, None, "csat", 5)]
    )
    row = features(feedback=given).loc[1]
    assert (row.mood_mean, row.mood_peak, row.x) == (0.375, 0.0, 0.5)
    assert row.mood_end == 0.0  # the last visit was to a


def test_missing_tables_leave_their_columns_out():
    table = features(journeys=Missing("journeys"), feedback=Missing("feedback"))
    assert {"length", "failures"} <= set(table) and not {"x", "converted"} & set(table)
    assert journey_features(Missing("interactions")) == Missing("interactions")


def test_first_steps_describe_only_what_came_first():
    table = features(first_steps=2)
    assert table.index.tolist() == [1]  # the other journey has no more steps
    assert (table.loc[1, "length"], table.loc[1, "span"], table.loc[1, "pause"]) == (2, 10, 10)
    assert table.loc[1, "self_loops"] == 1


def made(n=300, effect=-0.1, customers=None, seed=5):
    """A feature table with failures that lower the score."""
    rng = np.random.default_rng(seed)
    failures = rng.poisson(1.0, n).astype(float)
    x = np.clip(0.7 + effect * failures + rng.normal(0, 0.1, n), 0, 1)
    owner = rng.integers(0, customers or n, n)
    frame = pd.DataFrame({"failures": failures, "x": x, "rows": 1.0, "w1": 1.0})
    return frame.assign(key=range(n), customer_id=[f"c{k}" for k in owner], length=4.0)


def test_effects_equal_least_squares_with_clustered_errors():
    frame = made(customers=60)
    row = feature_effects(from_frame(frame)).set_index("feature").loc["failures"]
    fit = sm.OLS(frame.x, sm.add_constant(frame.failures)).fit(
        cov_type="cluster",
        cov_kwds={
            "groups": frame.customer_id.astype("category").cat.codes,
            "use_correction": False,
        },
    )
    spread = frame.failures.std(ddof=0)
    assert row.score_change == pytest.approx(4 * spread * fit.params["failures"])
    units = frame.customer_id.nunique()
    error = fit.bse["failures"] * np.sqrt(units / (units - 1))
    half = (row.score_change_hi - row.score_change_lo) / 2
    assert half == pytest.approx(4 * spread * error * 2.0017, rel=1e-3)
    assert row.correlation == pytest.approx(np.corrcoef(frame.failures, frame.x)[0, 1])


def test_a_feature_that_never_varies_has_no_row():
    assert "length" not in set(feature_effects(from_frame(made())).feature)


def test_weights_and_rows_count_as_repeated_journeys_do():
    frame = made(60)
    doubled = pd.concat([frame, frame.head(30)])
    weighted = frame.assign(rows=np.where(np.arange(60) < 30, 2.0, 1.0))
    one, two = (feature_effects(from_frame(part)).iloc[0] for part in (doubled, weighted))
    assert one.score_change == pytest.approx(two.score_change)
    assert one.n == two.n == 90


def test_conversion_is_linked_only_with_first_steps():
    frame = made().assign(converted=lambda t: (t.x > 0.6).astype(float))
    assert set(feature_effects(from_frame(frame)).target) == {"score"}
    first = feature_effects(from_frame(frame.assign(landmark=3)))
    assert set(first.target) == {"score", "converted"} and set(first.first_steps) == {3}


def test_without_a_link_few_are_claimed():
    claims = [
        feature_effects(from_frame(made(100, effect=0.0, seed=seed))).linked.any()
        for seed in range(40)
    ]
    assert sum(claims) <= 6  # 5 % of 40, and chance


def test_effects_need_an_outcome():
    frame = made().drop(columns="x")
    assert feature_effects(from_frame(frame)) == Missing("feedback", ("score",))
    assert feature_effects(Missing("interactions")) == Missing("interactions")


def test_a_good_mood_is_no_finding():
    frame = made().assign(mood_mean=lambda t: t.x)
    found = kt.feature_findings(feature_effects(from_frame(frame)))
    assert [finding.key for finding in found] == ["finding_feature_score"]
    assert found[0].value < 0  # the failures, not the mood
