"""A slice of the cube has the numbers and intervals of the measure itself, to the last digit."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import keytouch as kt
from keytouch.engine import Missing, from_frame
from keytouch.journeys import service
from keytouch.kpi_cells import ALL, DIMENSIONS, kpi_cube, slice_cube
from keytouch.problems import DataError
from keytouch.satisfaction import scores

N = 600
DRAWN = np.random.default_rng(7)
OWNERS = DRAWN.integers(0, 80, N)
FRAME = pd.DataFrame(
    {
        "feedback_id": [f"f{k}" for k in range(N)],
        "customer_id": [f"c{k}" for k in OWNERS],
        "touchpoint_id": DRAWN.choice(["a", "b", "c"], N),
        "segment": np.where(OWNERS % 2, "new", "old"),
        "channel": DRAWN.choice(["app", "desk"], N),
        "ts": pd.Timestamp("2025-01-06") + pd.to_timedelta(DRAWN.integers(0, 21, N), unit="D"),
        "metric": "csat",
        "score": DRAWN.integers(1, 6, N).astype(float),
        "scale_lo": 1.0,
        "scale_hi": 5.0,
        "status": "answered",
        "weight": DRAWN.choice([0.5, 1.0, 2.0], N),
    }
)
LOG = FRAME[["customer_id", "touchpoint_id", "segment", "channel", "ts"]].assign(
    interaction_id=FRAME.feedback_id, success=pd.Series(DRAWN.random(N) < 0.8, dtype="boolean")
)
SHARED = ["score", "score_lo", "score_hi", "n"]


@pytest.fixture(scope="module")
def cube():
    return kpi_cube(from_frame(FRAME), interactions=from_frame(LOG))


@pytest.mark.parametrize(
    "by",
    [list(chosen) for size in (1, 2, 3) for chosen in combinations(DIMENSIONS[:3], size)],
    ids=str,
)
def test_a_slice_has_the_interval_of_the_scores_themselves(cube, by):
    own = slice_cube(cube, by=by, small_cell=1).sort_values(by)
    direct = scores(from_frame(FRAME), by=by).sort_values(by)
    np.testing.assert_allclose(own[SHARED].astype(float), direct[SHARED].astype(float), rtol=1e-12)


def test_a_held_dimension_gives_the_scores_of_that_part(cube):
    own = slice_cube(cube, by="touchpoint_id", where={"segment": "new"}, small_cell=1)
    direct = scores(from_frame(FRAME[FRAME.segment == "new"])).sort_values("touchpoint_id")
    np.testing.assert_allclose(own[SHARED].astype(float), direct[SHARED].astype(float), rtol=1e-12)


def test_a_slice_by_week_counts_every_answer_once(cube):
    weeks = slice_cube(cube, by="week", small_cell=1)
    assert weeks.week.tolist() == ["2025-01-06", "2025-01-13", "2025-01-20"]
    assert weeks.n.sum() == N


def test_failures_have_the_interval_of_the_service_measure(cube):
    own = slice_cube(cube, small_cell=1).sort_values("touchpoint_id")
    direct = service(from_frame(LOG)).sort_values("touchpoint_id")
    columns = ["fail_rate", "fail_rate_lo", "fail_rate_hi"]
    np.testing.assert_allclose(own[columns], direct[columns], rtol=1e-12)
    assert own.contacts.tolist() == direct.n.tolist()


def test_every_total_is_in_the_cube(cube):
    whole = cube[(cube[list(DIMENSIONS)] == ALL).all(axis=1)]
    assert len(whole) == 1 and whole.n.iloc[0] == N


def test_cells_below_the_limit_show_no_number():
    cube = kpi_cube(from_frame(FRAME), interactions=from_frame(LOG))
    table = slice_cube(cube, by=DIMENSIONS, small_cell=20)
    hidden = table[table.n.isna()]
    assert len(hidden) and hidden.score.isna().all()
    assert (table.n.dropna() >= 20).all()
    assert (
        table.loc[table.suppressed, ["score", "fail_rate", "n", "contacts"]].isna().all(axis=None)
    )


def test_blank_groups_are_in_the_totals_only():
    frame = FRAME.assign(segment=FRAME.segment.where(FRAME.index >= 100))
    cube = kpi_cube(from_frame(frame))
    assert slice_cube(cube, by=[]).n.iloc[0] == N
    assert slice_cube(cube, by="segment").n.sum() == N - 100


def test_the_order_of_dimensions_is_free(cube):
    one = slice_cube(cube, by=["segment", "channel"])
    two = slice_cube(cube, by=["channel", "segment"])
    assert set(one.score) == set(two.score)


def test_a_dimension_that_only_one_table_has_leaves_the_other_to_the_totals():
    cube = kpi_cube(from_frame(FRAME), interactions=from_frame(LOG.drop(columns="segment")))
    assert slice_cube(cube, by="segment").fail_rate.isna().all()
    assert slice_cube(cube, by="touchpoint_id").fail_rate.notna().all()


def test_an_unknown_dimension_is_refused_with_those_that_are_known(cube):
    with pytest.raises(DataError, match="touchpoint_id, segment, channel, week"):
        slice_cube(cube, by="region")


def test_a_dimension_that_the_data_lack_is_missing():
    cube = kpi_cube(from_frame(FRAME.drop(columns="segment")))
    assert slice_cube(cube, by="segment") == Missing("feedback", ("segment",))


def test_a_cube_of_nothing_is_missing():
    assert isinstance(kpi_cube(Missing("feedback")), Missing)
    assert slice_cube(Missing("feedback")) == Missing("feedback")


def test_the_lowest_cell_is_named_with_its_chance(cube):
    kt.use("en")
    found = kt.cube_findings(slice_cube(cube, by=["touchpoint_id", "segment"]))
    assert len(found) == 1 and 0 < found[0].probability <= 1
