"""The flow between touchpoints and stages: no move is lost, and what comes in goes out or ends."""

from collections import Counter, defaultdict

import pandas as pd
import pytest
from hypothesis import given, settings
from logs import logs, paths_of, table_of
from tables import interactions

from keytouch.engine import Missing, from_frame
from keytouch.estimate import wilson
from keytouch.flow_graph import UNSTAGED, flow_balance, flow_links, stage_flows
from keytouch.journeys import END, START, transitions
from keytouch.prepared import steps

STAGES = ["look", "buy", "use"]
STAGE = {"a": "look", "b": "buy", "c": "use"}  # "d" is a touchpoint that no inventory knows
PLACED = from_frame(pd.DataFrame({"touchpoint_id": list(STAGE), "stage_id": STAGES}))
often = settings(max_examples=15, deadline=None)


def inventory(**stages):
    rows = [(name, stage) for stage, names in stages.items() for name in names]
    return from_frame(pd.DataFrame(rows, columns=["touchpoint_id", "stage_id"]))


def walks(*paths):
    rows = [
        (f"j{number}", touchpoint, f"2025-01-01 00:{minute:02}")
        for number, path in enumerate(paths)
        for minute, touchpoint in enumerate(path)
    ]
    return interactions(rows)


def stage_paths(rows):
    """Each journey's stages in order and how many journeys it stands for, in plain Python."""
    for path, copies in paths_of(rows).values():
        yield [STAGE.get(row["touchpoint_id"], UNSTAGED) for row in path], copies


@often
@given(logs())
def test_what_enters_a_stage_leaves_it_or_ends_there(rows):
    balance = flow_balance(stage_flows(table_of(rows), PLACED, stages=STAGES))
    assert (balance.inflow == balance.outflow + balance.ends).all()
    journeys = sum(copies for _, copies in paths_of(rows).values())
    assert balance.starts.sum() == balance.ends.sum() == journeys


@often
@given(logs())
def test_what_enters_a_touchpoint_leaves_it_or_ends_there_whatever_is_folded(rows):
    moves = transitions(table_of(rows))
    for per_stage in (1, 6):
        links = flow_links(moves, PLACED, stages=STAGES, per_stage=per_stage, links=2)
        balance = flow_balance(links)
        assert (balance.inflow == balance.outflow + balance.ends).all()
        assert balance.inflow.sum() == moves[moves.to_id != END].n.sum()
        assert links.n.sum() == moves.n.sum()


@often
@given(logs())
def test_stage_flows_equal_a_count_in_plain_python(rows):
    moves, journeys, met = Counter(), Counter(), defaultdict(int)
    for path, copies in stage_paths(rows):
        pairs = list(zip([START, *path], [*path, END]))
        moves.update({pair: copies * pairs.count(pair) for pair in set(pairs)})
        journeys.update(dict.fromkeys(pairs, copies))
        for stage in {START, *path}:
            met[stage] += copies
    table = stage_flows(table_of(rows), PLACED, stages=STAGES)
    found = table.set_index(["from_stage", "to_stage"])
    assert found.n.to_dict() == dict(moves)
    assert found.journeys.to_dict() == dict(journeys)
    assert dict(zip(table.from_stage, table.met_n)) == dict(met)


@often
@given(logs())
def test_stages_and_touchpoints_count_the_same_moves(rows):
    data = table_of(rows)
    links = flow_links(transitions(data), PLACED, stages=STAGES)
    flows = stage_flows(data, PLACED, stages=STAGES)
    by = ["from_stage", "to_stage"]
    assert links.groupby(by).n.sum().to_dict() == flows.groupby(by).n.sum().to_dict()


def test_steps_and_interactions_give_the_same_flows():
    data = walks("abac", "ab", "cb")
    pd.testing.assert_frame_equal(
        stage_flows(data, PLACED, stages=STAGES), stage_flows(steps(data), PLACED, stages=STAGES)
    )


def test_a_journey_that_returns_is_one_journey_with_several_moves():
    flows = stage_flows(walks("ababac", "ab", "b"), PLACED, stages=STAGES)
    row = flows.set_index(["from_stage", "to_stage"]).loc[("look", "buy")]
    assert (row.n, row.journeys, row.met_n, row.direction) == (3, 2, 2, "forward")
    back = flows.set_index(["from_stage", "to_stage"]).loc[("buy", "look")]
    assert (back.n, back.journeys, back.met_n, back.direction) == (2, 1, 3, "back")
    lo, hi = wilson(1 / 3, 3)
    assert (back.move_rate_lo, back.move_rate_hi) == pytest.approx((float(lo), float(hi)))


def test_directions_follow_the_order_of_stages():
    places = inventory(look="ae", buy="b", use="c")
    links = flow_links(transitions(walks("aaebcacdb")), places, stages=STAGES)
    found = {(row.from_id, row.to_id): row.direction for row in links.itertuples()}
    assert found == {
        (START, "a"): "start", ("a", "a"): "again", ("a", "e"): "within", ("e", "b"): "forward",
        ("b", "c"): "forward", ("c", "a"): "back", ("a", "c"): "skip", ("c", "d"): "aside",
        ("d", "b"): "aside", ("b", END): "end",
    }  # fmt: skip


def test_the_rarest_touchpoints_of_a_stage_become_one_node():
    moves = transitions(walks("aaab", "aab", "ab", "cb", "db"))
    links = flow_links(moves, inventory(look="acd", buy="b"), stages=["look", "buy"], per_stage=2)
    nodes = flow_balance(links).set_index(["stage_id", "touchpoint_id"])
    assert nodes["size"].to_dict() == {
        ("buy", "b"): 1, ("look", "(other)"): 2, ("look", "a"): 1
    }  # fmt: skip
    assert nodes.inflow[("look", "(other)")] == 2


def test_a_stage_that_just_fits_is_not_folded():
    moves = transitions(walks("acd"))
    links = flow_links(moves, inventory(look="acd"), stages=["look"], per_stage=3)
    assert "(other)" not in set(links.from_id)


def test_only_the_most_frequent_links_are_drawn_but_every_start_and_end():
    moves = transitions(walks("abc", "abc", "ab", "acb"))
    links = flow_links(moves, PLACED, stages=STAGES, links=1)
    ends = links.direction.isin(["start", "end"])
    assert links[ends].drawn.all()
    assert links[~ends & links.drawn][["from_id", "to_id"]].values.tolist() == [["a", "b"]]


def test_without_stages_there_is_no_flow_to_draw():
    data, none = walks("ab"), Missing("touchpoints")
    bare = from_frame(pd.DataFrame({"touchpoint_id": ["a"]}))
    for places, order in ((none, STAGES), (bare, STAGES), (PLACED, [])):
        assert isinstance(flow_links(transitions(data), places, stages=order), Missing)
        assert isinstance(stage_flows(data, places, stages=order), Missing)
    lacking = Missing("interactions")
    assert flow_links(lacking, PLACED, stages=STAGES) == lacking
    assert stage_flows(lacking, PLACED, stages=STAGES) == lacking
    assert flow_balance(lacking) == lacking


def test_nobody_goes_back_by_what_happens_backstage():
    """A room made up after the guest has met the desk is no way back for the guest."""
    places = from_frame(
        pd.DataFrame(
            [("desk", "look", "front"), ("room", "look", "back"), ("bar", "buy", "front")],
            columns=["touchpoint_id", "stage_id", "stage_side"],
        )
    )
    steps_taken = walks(["desk", "bar", "room", "bar"], ["desk", "bar"])
    links = flow_links(transitions(steps_taken), places, stages=STAGES)
    ways = {(row.from_id, row.to_id): row.direction for row in links.itertuples()}
    assert ways["bar", "room"] == ways["room", "bar"] == "aside"
    balance = flow_balance(links).set_index("touchpoint_id")
    assert (balance.inflow == balance.outflow + balance.ends).all()
    flows = stage_flows(steps_taken, places, stages=STAGES)
    assert "back" not in set(flows.direction)
    counted = flows.set_index(["from_stage", "to_stage"]).n.to_dict()
    assert counted == {
        (START, "look"): 2, ("look", "buy"): 2, ("buy", "buy"): 1, ("buy", END): 2,
    }  # fmt: skip
