"""The graph of moves: folded without losing any, readable with many touchpoints."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from hypothesis import given, settings
from logs import logs, table_of

import keytouch as kt
from keytouch.engine import Missing, from_frame
from keytouch.flow_folding import OTHER, flow_graph
from keytouch.graph_figures import flow_findings, plot_flow_graph
from keytouch.journeys import END, START, transitions

PLACED = from_frame(
    pd.DataFrame({"touchpoint_id": ["a", "b", "c"], "stage_id": ["look", "buy", "buy"]})
)
MOVES = [
    (START, "a", 10),
    ("a", "b", 8),
    ("a", "a", 3),
    ("b", "a", 2),
    ("b", "c", 5),
    ("b", END, 1),
    ("c", END, 5),
    ("a", END, 4),
]


@pytest.fixture(autouse=True)
def closed():
    kt.use("zh")
    yield
    plt.close("all")


def moves(rows=MOVES):
    return pd.DataFrame(rows, columns=["from_id", "to_id", "n"])


def many(stages=8, each=5):
    """A log's moves through so many touchpoints, every one to the next."""
    names = [f"s{s}t{t}" for s in range(stages) for t in range(each)]
    listed = pd.DataFrame({"touchpoint_id": names, "stage_id": [name[:2] for name in names]})
    pairs = [(a, b, 100 - k) for k, (a, b) in enumerate(zip(names, names[1:]))]
    table = moves([(START, names[0], 100), *pairs, (names[-1], END, 61)])
    lost = [(a, END, 1) for a in names[:-1]]
    return pd.concat([table, moves(lost)], ignore_index=True), from_frame(listed)


def test_every_way_is_counted():
    graph = flow_graph(moves(), PLACED, stages=["look", "buy"])
    ways = graph.ways.set_index("way").moves.to_dict()
    assert ways == {"onward": 8, "within": 5, "back": 2, "repeat": 3}
    assert graph.ways.move_rate.sum() == pytest.approx(1) and graph.moves == 18
    a = graph.nodes.set_index("node").loc["a"]
    assert (a.starts, a.inflow, a.repeats, a.outflow, a.ends) == (10, 2, 3, 8, 4)


@settings(max_examples=15, deadline=None)
@given(logs())
def test_what_enters_a_box_leaves_it_or_ends(rows):
    graph = flow_graph(transitions(table_of(rows)), PLACED, stages=["look", "buy"], per_stage=1)
    nodes = graph.nodes
    assert (nodes.starts + nodes.inflow == nodes.outflow + nodes.ends).all()
    assert nodes.starts.sum() == nodes.ends.sum()
    drawn = graph.links.n.sum() + graph.rare_moves
    assert drawn == nodes.inflow.sum() == nodes.outflow.sum()


def test_rare_links_and_touchpoints_are_folded_and_counted():
    table, listed = many()
    stages = [f"s{k}" for k in range(8)]
    graph = flow_graph(table, listed, stages=stages, per_stage=3, links=10)
    assert len(graph.links) == 10 and graph.rare_links > 0
    other = graph.nodes[graph.nodes.touchpoint_id == OTHER]
    assert len(other) == 8 and (other.folded == 3).all()
    assert graph.links.n.sum() + graph.rare_moves == graph.nodes.inflow.sum()
    whole = flow_graph(table, listed, stages=stages)
    assert whole.ways.moves.tolist() == graph.ways.moves.tolist()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_texts_stand_apart_with_forty_touchpoints(language):
    kt.use(language)
    table, listed = many()
    ax = plot_flow_graph(flow_graph(table, listed, stages=[f"s{k}" for k in range(8)]))
    renderer = ax.figure.canvas.get_renderer()
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent(renderer) for text in ax.texts if text.get_text()]
    for k, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[k + 1 :])


def test_the_finding_names_how_many_go_back():
    kt.use("en")
    found = flow_findings(flow_graph(moves(), PLACED, stages=["look", "buy"]))
    assert [finding.metric for finding in found] == ["move_rate", "move_rate"]
    assert found[0].value == pytest.approx(2 / 18) and "11.1%" in found[0].sentence()


def test_without_stages_there_is_no_graph():
    bare = from_frame(pd.DataFrame({"touchpoint_id": ["a"]}))
    graph = flow_graph(moves(), bare, stages=["look"])
    assert graph == Missing("touchpoints", ("stage_id",))
    assert plot_flow_graph(graph) is None and flow_findings(graph) == []
