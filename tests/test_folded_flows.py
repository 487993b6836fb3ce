"""Moves drawn by stage: rare ones folded and counted, and at every place in = out + ends."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from tables import interactions
from test_figures import NAMES, drawn, overlaps

import keytouch as kt
from keytouch import labels
from keytouch.engine import Missing, from_frame
from keytouch.style import use

STAGES = ["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"]


@pytest.fixture(params=["zh", "en"])
def language(request, monkeypatch):
    use(request.param)
    names = {f"t{k}": {"zh": NAMES[k % 5] + str(k), "en": NAMES[k % 5] + str(k)} for k in range(40)}
    monkeypatch.setattr(labels, "_names", {"touchpoints": names})
    yield request.param
    plt.close("all")


def places(count):
    rows = [(f"t{k}", STAGES[k * 8 // count]) for k in range(count)]
    return from_frame(pd.DataFrame(rows, columns=["touchpoint_id", "stage_id"]))


def log(paths):
    rows = [
        (f"j{number:04}", f"t{name}", f"2025-01-01 00:{minute:02}")
        for number, path in enumerate(paths)
        for minute, name in enumerate(path)
    ]
    return interactions(rows)


def walks(count, journeys=400, seed=3):
    """Random journeys, mostly forward, with loops and ways back."""
    random = np.random.default_rng(seed)
    for _ in range(journeys):
        at, path = int(random.integers(0, 4)), []
        while at < count and len(path) < 30:
            path.append(at)
            jump = random.choice([0, -3, 1, 2, 4], p=[0.1, 0.1, 0.4, 0.2, 0.2])
            at = max(0, at + int(jump))
        yield path


def flows(count=40, **options):
    table = kt.transitions(log(walks(count)))
    return kt.fold_flows(table, places(count), stages=STAGES, **options)


@pytest.mark.parametrize("seed", range(5))
def test_what_comes_in_goes_out_or_ends(seed):
    table = kt.transitions(log(walks(16, 100, seed)))
    for cover in (0.5, 0.9, 1.0):
        nodes = kt.fold_flows(table, places(16), stages=STAGES, cover=cover).nodes
        assert (nodes.starts + nodes.entering + nodes.rare_in == nodes.n).all()
        assert (nodes.ends + nodes.leaving + nodes.rare_out == nodes.n).all()
        assert nodes.starts.sum() == nodes.ends.sum() == 100


def test_kept_and_rare_moves_are_all_moves():
    found = flows()
    assert found.links.n.sum() + found.rare_moves == found.moves
    whole = flows(cover=1.0, most=10_000)
    assert whole.rare_links == whole.rare_moves == 0
    assert found.rare_links + len(found.links) == len(whole.links)


def test_a_short_log_by_hand():
    table = kt.transitions(log([[0, 1, 1, 2], [0, 2, 1]]))
    found = kt.fold_flows(table, places(8), stages=STAGES, cover=1.0)
    ways = {(row.from_id, row.to_id): row.way for row in found.links.itertuples()}
    assert ways == {
        ("t0", "t1"): "forward", ("t1", "t1"): "loop", ("t1", "t2"): "forward",
        ("t0", "t2"): "forward", ("t2", "t1"): "back",
    }  # fmt: skip
    assert found.nodes.n.tolist() == [2, 3, 2] and found.nodes.ends.tolist() == [0, 1, 1]


def test_no_touchpoint_is_left_without_its_largest_move():
    found = flows(most=3)
    assert {*found.links.from_id, *found.links.to_id} == set(found.nodes.touchpoint_id)


def test_touchpoints_of_no_stage_stand_last():
    table = kt.transitions(log([[0, 9, 1]]))
    found = kt.fold_flows(table, places(8), stages=STAGES)
    assert found.nodes.touchpoint_id.iloc[-1] == "t9"
    assert set(found.links.way) == {"unplaced"}
    bare = kt.fold_flows(table, Missing("touchpoints"), stages=STAGES)
    assert set(bare.nodes.stage_id) == {""}


def test_missing_and_single_step_logs_have_no_flows():
    assert kt.fold_flows(Missing("interactions"), places(8), stages=STAGES) == Missing(
        "interactions"
    )
    assert isinstance(
        kt.fold_flows(kt.transitions(log([[0], [1]])), places(8), stages=STAGES), Missing
    )
    assert kt.plot_sankey(Missing("x")) is None and kt.plot_transition_graph(Missing("x")) is None


@pytest.mark.parametrize("plot", [kt.plot_sankey, kt.plot_transition_graph])
def test_forty_touchpoints_are_drawn_without_overlap(plot, language):
    found = flows()
    ax = drawn(plot(found))
    assert overlaps(ax.texts, ax) == []
    assert all(text.get_rotation() == 0 for text in ax.texts)
    subtitle = ax.figure.texts[1].get_text().replace("\n", " ")
    assert f"{found.rare_links:,}" in subtitle and f"{found.moves:,}" in subtitle
    assert f"{found.nodes.n.max():,}" in ax.figure.get_label()


def test_sankey_bars_are_to_scale(language):
    found = flows(8)
    ax = drawn(kt.plot_sankey(found))
    bars = [patch for patch in ax.patches if getattr(patch, "get_width", lambda: 0)() == 0.13]
    heights = sorted(bar.get_height() for bar in bars)
    assert np.allclose(
        np.array(heights) / heights[-1], np.sort(found.nodes.n) / found.nodes.n.max()
    )
