"""The pictures of the flow: to scale, nothing on top of another, in both languages."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from test_figures import overlaps

import keytouch as kt
from keytouch import labels
from keytouch.engine import Missing, from_frame
from keytouch.flow_conclusions import flow_findings, stage_flow_findings
from keytouch.ribbons import Room, bent, curve, outline
from keytouch.words import has_word

LONG = ["退房与结账服务", "Counter check-in and bag drop", "价格$50与$60", "<b>bold</b>", "x^{$y"]
STAGES = [f"s{k}" for k in range(8)]


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request, monkeypatch):
    kt.use(request.param)
    names = {
        f"s{s}t{t}": dict.fromkeys(("zh", "en"), f"{LONG[(s + t) % 5]}{t}")
        for s in range(8)
        for t in range(40)
    }
    stages = {s: {"zh": f"{s}：售前咨询与下单阶段", "en": f"{s} before the trip"} for s in STAGES}
    monkeypatch.setattr(labels, "_names", {"touchpoints": names, "stages": stages})
    yield request.param
    plt.close("all")


def toy(per_stage):
    """Journeys through eight stages with returns, skips, repeats and early ends."""
    random = np.random.default_rng(5)
    chance = 1 / np.arange(1, per_stage + 1)
    rows = []
    for journey in range(150):
        stage = 0
        while stage < 8:
            touchpoint = random.choice(per_stage, p=chance / chance.sum())
            for _ in range(1 + (random.random() < 0.15)):
                rows.append((f"j{journey}", f"s{stage}t{touchpoint}", len(rows)))
            step = random.choice([1, 0, 2, -1, 9], p=[0.66, 0.14, 0.08, 0.08, 0.04])
            stage = max(stage + step, 0)
    log = pd.DataFrame(rows, columns=["journey_id", "touchpoint_id", "seq"])
    log["interaction_id"] = [f"i{number:05}" for number in range(len(log))]
    names = [(f"s{s}t{t}", f"s{s}") for s in range(8) for t in range(per_stage)]
    places = pd.DataFrame(names, columns=["touchpoint_id", "stage_id"])
    return from_frame(log), from_frame(places)


def drawn(ax):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax.figure.savefig("/dev/null", format="png", dpi=60)
    return ax


def words_of(ax):
    return " ".join(text.get_text() for text in ax.figure.texts).replace("\n", " ")


@pytest.mark.parametrize("per_stage", [5, 40])
def test_nothing_overlaps_in_a_graph_of_eight_stages(per_stage):
    log, places = toy(per_stage)
    links = kt.flow_links(kt.transitions(log), places, stages=STAGES)
    ax = drawn(kt.plot_flow_graph(links, stages=STAGES))
    assert overlaps([*ax.texts, *ax.figure.texts], ax) == []
    assert all(text.get_rotation() == 0 for text in ax.texts)
    nodes = kt.flow_balance(links)
    assert len(nodes) == 8 * min(per_stage, 6)
    shown = {text.get_text().split("\n")[-1] for text in ax.texts}
    assert {f"{n:,}" for n in nodes.inflow} <= shown


def test_a_graph_says_how_many_links_and_touchpoints_it_folds():
    log, places = toy(40)
    links = kt.flow_links(kt.transitions(log), places, stages=STAGES)
    inner = links[~links.direction.isin(["start", "end"])]
    rare = inner[~inner.drawn]
    folded = kt.flow_balance(links).query("touchpoint_id == '(other)'")["size"].sum()
    text = words_of(kt.plot_flow_graph(links, stages=STAGES)).replace(" ", "")
    assert f"{len(rare):,}" in text and f"{100 * rare.n.sum() / inner.n.sum():.1f}%" in text
    assert f"{folded:,}" in text


def test_nothing_overlaps_in_a_sankey_of_eight_stages():
    log, places = toy(5)
    flows = kt.stage_flows(log, places, stages=STAGES)
    ax = drawn(kt.plot_sankey(flows, stages=STAGES))
    assert overlaps([*ax.texts, *ax.figure.texts], ax) == []


def areas(ax):
    """Each upright band's height at its start."""
    for patch in ax.patches:
        corners = patch.get_xy()
        if hasattr(patch, "get_height"):
            continue
        yield corners[0][1] - corners[-2][1], corners[0][0]


def test_a_sankey_is_to_scale():
    flows = pd.DataFrame(
        [("(start)", "s0", 100), ("s0", "s1", 75), ("s0", "(end)", 25), ("s1", "(end)", 75)],
        columns=["from_stage", "to_stage", "n"],
    ).assign(
        journeys=lambda t: t.n, met_n=100, move_rate=0.5, move_rate_lo=0.4, move_rate_hi=0.6,
        direction=["start", "forward", "end", "end"], method="method_wilson",
    )  # fmt: skip
    ax = kt.plot_sankey(flows, stages=["s0", "s1"])
    heights = sorted(height for height, _ in areas(ax))
    assert np.array(heights) / heights[-1] == pytest.approx([0.25, 0.75, 0.75, 1.0])
    bars = sorted(patch.get_height() for patch in ax.patches if hasattr(patch, "get_height"))
    assert bars[-1] == pytest.approx(heights[-1]) and bars[0] == pytest.approx(heights[-2])


def links_with(back, second):
    table = pd.DataFrame(
        [("s1", "s1t0", "s0", "s0t0", back), ("s1", "s1t0", "s0", "s0t1", second)],
        columns=["from_stage", "from_id", "to_stage", "to_id", "n"],
    )
    lo, hi = table.n / 1000 - 0.01, table.n / 1000 + 0.01
    return table.assign(leaving=1000, share_rate=table.n / 1000, share_rate_lo=lo,
                        share_rate_hi=hi, direction="back", method="method_wilson")  # fmt: skip


def test_the_most_frequent_step_back_is_named_only_where_it_leads():
    sure, open_ = flow_findings(links_with(300, 100))[0], flow_findings(links_with(101, 100))[0]
    assert sure.probability > 0.95 and (sure.value, sure.n) == (0.3, 1000)
    assert open_.strength == "undecided"
    assert open_.sentence() != sure.sentence() and "101" in open_.sentence()


def test_where_nobody_goes_back_the_main_move_is_said():
    found = flow_findings(links_with(300, 100).assign(direction="forward"))
    assert found[0].key == "finding_flow_main"


def test_that_nobody_goes_back_is_said_only_where_it_is_so():
    table = pd.concat([links_with(300, 100).assign(direction="forward"),
                       links_with(3, 1).assign(leaving=20)])  # fmt: skip
    assert flow_findings(table) == []


def test_small_groups_and_missing_tables_say_nothing():
    assert flow_findings(links_with(3, 1).assign(leaving=20)) == []
    missing = Missing("touchpoints", ("stage_id",))
    assert flow_findings(missing) == stage_flow_findings(missing) == []
    assert kt.plot_flow_graph(missing, stages=STAGES) is None
    assert kt.plot_sankey(missing, stages=STAGES) is None


def test_stage_findings_name_the_return_and_the_skip_of_most_journeys():
    log, places = toy(5)
    flows = kt.stage_flows(log, places, stages=STAGES)
    found = {finding.key: finding for finding in stage_flow_findings(flows)}
    assert set(found) == {"finding_stage_back", "finding_stage_skip"}
    most = flows[flows.direction == "back"].journeys.max()
    assert f"{most:,}" in found["finding_stage_back"].sentence()


def test_every_column_and_direction_has_words():
    log, places = toy(5)
    links = kt.flow_links(kt.transitions(log), places, stages=STAGES)
    flows = kt.stage_flows(log, places, stages=STAGES)
    for table, name in ((links, "flow_links"), (flows, "stage_flows")):
        assert has_word(f"table_{name}")
        parts = ("_lo", "_hi", "_size")
        shown = [c for c in table if not c.endswith(parts) and c != "method"]
        assert [c for c in shown if not has_word(f"col_{c}")] == []
        assert [d for d in table.direction.unique() if not has_word(f"direction_{d}")] == []
        kt.show(table, name, twin=True)


def test_a_label_that_finds_no_room_is_left_out():
    ax = plt.subplots()[1]
    room = Room([(0, 0, 1, 1)])
    assert not room.put(ax, "12", [(0.5, 0.5)], "black") and not ax.texts
    assert room.put(ax, "12", [(0.5, 0.5), (3, 3)], "black")
    assert not room.put(ax, "12", [(3, 3)], "black")


def test_a_band_is_as_wide_as_it_should_be():
    straight = outline(curve((0, 0), (1, 0)), 0.2, head=False)
    assert np.ptp(straight[:, 1]) == pytest.approx(0.2)
    round_ = bent([(0, 0), (1, 0), (1, 1)], 0.2)
    assert round_[0].tolist() == [0, 0] and round_[-1].tolist() == [1, 1]
    turn = np.hypot(round_[1:-1, 0] - 0.8, round_[1:-1, 1] - 0.2)
    assert turn == pytest.approx(np.full(len(turn), 0.2))
