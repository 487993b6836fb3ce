"""Nothing gets lost: totals agree between measures and with a count in plain Python."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from logs import dwell_times, logs, pair_counts, paths_of, table_of

from keytouch.engine import collect, from_frame, quantiles
from keytouch.flows import REST, step_matrix, variants
from keytouch.funnel import stage_funnel
from keytouch.journeys import (
    END,
    START,
    journey_summary,
    transition_counts,
    transitions,
)
from keytouch.prepared import journey_rows, steps
from keytouch.touchpoints import reach

STAGES = ["look", "buy", "use"]
# "d" is a touchpoint that no inventory knows.
PLACED = from_frame(pd.DataFrame({"touchpoint_id": ["a", "b", "c"], "stage_id": STAGES}))
often = settings(max_examples=10, deadline=None)


def counts(table):
    return {(row.from_id, row.to_id): row.n for row in table.itertuples()}


@often
@given(logs())
def test_transitions_equal_a_count_in_plain_python(rows):
    assert counts(transitions(table_of(rows))) == pair_counts(rows)


@often
@given(logs())
def test_what_comes_in_goes_out_at_every_touchpoint(rows):
    table = transitions(table_of(rows))
    journeys = sum(copies for _, copies in paths_of(rows).values())
    for name in {row["touchpoint_id"] for row in rows}:
        assert table[table.to_id == name].n.sum() == table[table.from_id == name].n.sum()
    for column, name in (("from_id", START), ("to_id", END)):
        assert table[table[column] == name].n.sum() == journeys


@often
@given(logs())
def test_every_measure_counts_the_same_journeys(rows):
    data = table_of(rows)
    journeys = sum(copies for _, copies in paths_of(rows).values())
    moves = transitions(data)
    assert journey_summary(data).set_index("kpi").loc["journeys", "value"] == journeys
    assert variants(data, top=2).n.sum() == journeys
    assert (step_matrix(data).groupby("step").n.sum() == journeys).all()
    met = reach(data)
    assert set(met.n) == {journeys}
    assert (met.volume >= met.journeys).all()
    funnel = stage_funnel(data, PLACED, stages=STAGES)
    if isinstance(funnel, pd.DataFrame):
        assert set(funnel.n) == {journeys}
        assert (funnel.reached.diff().fillna(0) <= 0).all()
        assert funnel.reached.iloc[-1] + funnel.stopped.iloc[:-1].sum() == funnel.reached.iloc[0]
    met = moves[moves.from_id != START].groupby("from_id").n.sum()
    seen = step_matrix(data)
    seen = seen[seen.touchpoint_id != END].groupby("touchpoint_id").n.sum()
    assert met.to_dict() == seen.to_dict()


@often
@given(logs())
def test_the_funnel_equals_a_count_in_plain_python(rows):
    place = dict(zip("abc", range(3)))
    walks = [([place.get(row["touchpoint_id"], -1) for row in path], copies)
             for path, copies in paths_of(rows).values()]  # fmt: skip
    funnel = stage_funnel(table_of(rows), PLACED, stages=STAGES)
    if len({at for walk, _ in walks for at in walk if at >= 0}) < 2:
        assert not isinstance(funnel, pd.DataFrame)
        return
    for row in funnel.itertuples():
        at = STAGES.index(row.stage_id)
        assert row.touched == sum(copies for walk, copies in walks if at in walk)
        assert row.reached == sum(copies for walk, copies in walks if max(walk) >= at)


@often
@given(logs(counted=True))
def test_reach_and_the_funnels_touch_equal_a_count_in_plain_python(rows):
    walks = [({row["touchpoint_id"] for row in path}, n) for path, n in paths_of(rows).values()]
    met = reach(table_of(rows)).set_index("touchpoint_id")
    for name in met.index:
        assert met.journeys[name] == sum(n for walk, n in walks if name in walk)
        assert met.volume[name] == sum(row["n"] for row in rows if row["touchpoint_id"] == name)
    funnel = stage_funnel(table_of(rows), PLACED, stages=STAGES)
    if isinstance(funnel, pd.DataFrame):
        at = {stage: name for name, stage in zip("abc", STAGES)}
        for row in funnel.itertuples():
            assert row.touched == met.journeys[at[row.stage_id]]


def test_a_contact_repeated_in_a_journey_does_not_multiply_the_journey():
    told = [("j1", "a", 5), ("j1", "b", 7), ("j2", "a", None), ("j2", "b", 400)]
    rows = [
        {"journey_id": key, "customer_id": key, "touchpoint_id": name, "channel": None,
         "ts": pd.Timestamp("2025-01-01"), "seq": place, "interaction_id": f"i{place}", "n": n}
        for place, (key, name, n) in enumerate(told)
    ]  # fmt: skip
    data = table_of(rows)
    assert set(transitions(data).n) == {6} == set(step_matrix(data).n)
    met = reach(data).set_index("touchpoint_id")
    assert met.journeys.tolist() == [6, 6] and met.volume.to_dict() == {"a": 6, "b": 407}
    made = journey_rows(data, touchpoints=PLACED, stages=STAGES)
    for table in (data, made):
        assert set(stage_funnel(table, PLACED, stages=STAGES).n) == {6}


@often
@given(logs())
def test_variants_and_the_rest_equal_a_count_in_plain_python(rows):
    paths: Counter[str] = Counter()
    for path, copies in paths_of(rows).values():
        paths[" > ".join(row["touchpoint_id"] for row in path)] += copies
    table = variants(table_of(rows), top=3)
    best = sorted(paths, key=lambda path: (-paths[path], path))[:3]
    assert table.path.tolist()[: len(best)] == best
    assert table.n.tolist()[: len(best)] == [paths[path] for path in best]
    if len(paths) > 3:
        rest = table[table.path == REST].iloc[0]
        assert (rest.paths, rest.n) == (len(paths) - 3, paths.total() - table.n[:3].sum())


@often
@given(logs())
def test_the_step_matrix_equals_a_count_in_plain_python(rows):
    places: Counter[tuple[int, str]] = Counter()
    for path, copies in paths_of(rows).values():
        for step, row in enumerate(path[:4], start=1):
            places[step, row["touchpoint_id"]] += copies
    table = step_matrix(table_of(rows), upto=4)
    going = table[table.touchpoint_id != END]
    assert {(row.step, row.touchpoint_id): row.n for row in going.itertuples()} == places


@often
@given(logs())
def test_dwell_quantiles_are_exact_whichever_way_they_are_found(rows):
    expected = dwell_times(rows)
    data = steps(table_of(rows))
    for counted in (False, True):
        table = collect(transition_counts(data, counted=counted))
        for row in table.itertuples():
            times = expected.get((row.from_id, row.to_id))
            if times is None:
                assert pd.isna(row.minutes_p50) and pd.isna(row.minutes_p90)
            else:
                wanted = np.quantile(times, [0.5, 0.9])
                assert (row.minutes_p50, row.minutes_p90) == pytest.approx(wanted, abs=1e-12)


def test_both_forms_of_a_quantile_agree_on_many_values():
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"g": rng.integers(0, 5, 4000), "x": rng.lognormal(3, 2, 4000).round(2)})
    frame.loc[::17, "x"] = np.nan
    data, levels = from_frame(frame), {"p10": 0.1, "p50": 0.5, "p90": 0.9, "p99": 0.99}
    native, counted = (
        collect(quantiles(data, "x", levels, by=["g"], counted=way)).set_index("g").sort_index()
        for way in (False, True)
    )
    pd.testing.assert_frame_equal(native, counted, check_dtype=False, rtol=1e-12, atol=0)
    whole = collect(quantiles(data, "x", levels, counted=True)).iloc[0]
    assert whole[["p10", "p90"]].tolist() == pytest.approx(
        np.nanquantile(frame.x, [0.1, 0.9]), rel=1e-12
    )


def test_prepared_steps_and_raw_interactions_give_the_same_numbers():
    rows = [
        {"journey_id": f"j{k % 4}", "customer_id": "c", "touchpoint_id": "abcd"[k % 3],
         "channel": None, "ts": pd.Timestamp("2025-01-01") + pd.Timedelta(minutes=k * k % 11),
         "seq": k, "interaction_id": f"i{k:02}", "n": 1 + k % 4}
        for k in range(24)
    ]  # fmt: skip
    raw = table_of(rows)
    made = from_frame(collect(steps(raw)))
    for measure in (transitions, journey_summary, step_matrix, variants):
        pd.testing.assert_frame_equal(measure(raw), measure(made), check_dtype=False)
    whole = from_frame(collect(journey_rows(raw, touchpoints=PLACED, stages=STAGES)))
    pd.testing.assert_frame_equal(journey_summary(raw), journey_summary(whole), check_dtype=False)
    pd.testing.assert_frame_equal(variants(raw), variants(whole), check_dtype=False)
    for data in (made, whole):
        funnel = stage_funnel(data, PLACED, stages=STAGES)
        pd.testing.assert_frame_equal(stage_funnel(raw, PLACED, stages=STAGES), funnel)
