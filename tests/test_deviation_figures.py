"""Planned against actual in words and pictures, on the shipped cases and on a long plan."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from plans import log, plan

import keytouch as kt
from keytouch.engine import Missing, from_frame
from keytouch.intake import open_client
from keytouch.labels import name_ids
from keytouch.plan_draft import draft_blueprint, find_plan, follow_plan
from keytouch.planned_actual import plan_patterns

DATASETS = Path(__file__).parents[1] / "datasets"


@pytest.fixture(autouse=True)
def _closes_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def client():
    return open_client(DATASETS / "ecommerce")


@pytest.mark.parametrize("case", ["ecommerce", "airline", "hotel"])
def test_every_shipped_plan_names_every_touchpoint_once(case):
    shipped = open_client(DATASETS / case)
    listed = [touchpoint.id for touchpoint in shipped.settings.touchpoints]
    assert sorted(shipped.blueprint.touchpoint_id) == sorted(listed)
    assert not shipped.blueprint.draft.any()
    assert set(shipped.blueprint.stage_id) == set(shipped.stages)


def test_the_planted_late_parcel_is_the_dearest_deviation(client):
    costs = kt.deviation_costs(follow_plan(client, client.blueprint))
    first = costs.iloc[0]
    assert (first.deviation, first.touchpoint_id) == ("late", "delivery")
    assert first.differs and first.score_change_hi < -0.3
    found = kt.cost_findings(costs)
    assert found[0].subject == "late:delivery" and found[0].strength == "is"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_picture_says_the_dearest_deviation_and_draws_every_interval(client, language):
    kt.use(language)
    name_ids(client)
    patterns = follow_plan(client, client.blueprint)
    costs = kt.deviation_costs(patterns)
    ax = kt.plot_planned_actual(
        kt.steps_met(patterns), deviations=kt.deviations(patterns), costs=costs
    )
    assert kt.cost_findings(costs)[0].sentence().replace("“", '"').replace("”", '"') in (
        ax.figure.get_label().replace("“", '"').replace("”", '"')
    )
    assert len(ax.figure.axes) == 2
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert all(a.y0 >= b.y1 - 1 for a, b in zip(boxes, boxes[1:]))


def test_a_plan_of_forty_steps_is_folded_and_says_so():
    kt.use("en")
    names = [f"touchpoint_number_{number:02}" for number in range(40)]
    stages = [(f"stage{k}", " ".join(names[5 * k : 5 * k + 5])) for k in range(8)]
    rng = np.random.default_rng(1)
    texts = [" ".join(rng.permutation(names[:12]).tolist() + names[12:39]) for _ in range(40)]
    texts.append(" ".join(names))
    found = plan_patterns(from_frame(log(*texts)), plan=plan(*stages))
    met, rates = kt.steps_met(found), kt.deviations(found)
    ax = kt.plot_planned_actual(met, deviations=rates)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert len(labels) <= 34
    drawn = sum(label.startswith("touchpoint") for label in labels)
    assert f"steps {40 - drawn};" in ax.figure.get_label().replace("\n", " ")
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert all(a.y0 >= b.y1 - 1 for a, b in zip(boxes, boxes[1:]))


def test_findings_of_nothing_are_none():
    missing = Missing("blueprint")
    assert kt.fitness_findings(missing) == kt.deviation_findings(missing) == []
    assert kt.cost_findings(missing) == []
    assert kt.plot_planned_actual(missing, deviations=missing) is None


def test_where_no_cost_is_sure_the_sentence_says_so():
    kt.use("en")
    row = {"deviation": "late", "touchpoint_id": "till", "score_change": -0.1, "differs": False}
    table = pd.DataFrame([row | {"n": 200, "method": "method_plan_costs"}])
    assert [one.key for one in kt.cost_findings(table)] == ["finding_no_cost"]
    assert "None of 1 deviations" in kt.cost_findings(table)[0].sentence()


def test_a_draft_follows_what_most_journeys_do():
    listed = pd.DataFrame({"touchpoint_id": ["shop", "till", "open", "gift"],
                           "stage_id": ["buy", "buy", "use", "use"]})  # fmt: skip
    journeys = ["shop till till open"] * 18 + ["shop till open gift"] * 2 + ["till shop"]
    draft = draft_blueprint(
        from_frame(log(*journeys)), from_frame(listed), stages=["buy", "use"]
    ).set_index("touchpoint_id")
    assert draft.index.tolist() == ["shop", "till", "open", "gift"]
    assert draft.optional.tolist() == [False, False, False, True]
    assert draft.repeat.tolist() == [False, True, False, False]
    assert draft.draft.all() and not draft.any_order.any()


def test_a_draft_leaves_the_order_open_where_journeys_disagree():
    journeys = ["shop till"] * 6 + ["till shop"] * 4
    draft = draft_blueprint(from_frame(log(*journeys)))
    assert draft.any_order.all() and set(draft.stage_id) == {"journey"}


def test_a_client_without_blueprint_is_held_against_a_draft(client, tmp_path):
    from types import SimpleNamespace

    bare = SimpleNamespace(
        blueprint=Missing("blueprint"), interactions=client.interactions,
        touchpoints=client.touchpoints, stages=client.stages,
    )  # fmt: skip
    assert find_plan(bare).draft.all()
    assert not find_plan(client).draft.any()
