"""Questions on key touchpoints that need several of a client's tables at once."""

from types import SimpleNamespace

import pandas as pd
import pytest
from test_keys import survey

from keytouch.engine import Missing, from_frame
from keytouch.key_questions import find_keys, find_methods, find_moment_kpis, find_turns

TABLES = ("benchmarks", "customers", "incidents", "interactions", "journeys", "touchpoints")


def client(**tables):
    """A client with a survey and nothing else, unless given."""
    absent = {name: Missing(name) for name in TABLES}
    thresholds = SimpleNamespace(material_slope=0.2)
    return SimpleNamespace(
        **absent | {"feedback": from_frame(survey(300))} | tables,
        settings=SimpleNamespace(thresholds=thresholds),
        scale=lambda metric: (1, 5), stages=[], terms={},
    )  # fmt: skip


def test_a_survey_alone_is_enough_for_key_touchpoints():
    table = find_keys(client(), draws=100)
    assert set(table.touchpoint_id[table.verdict == "key"]) == {"desk", "bill"}
    assert set(table.missing) == {"consequence,competitor"}


def test_each_further_table_fills_its_component():
    random_half = [k % 2 == 0 for k in range(300)]
    journeys = pd.DataFrame(
        {"journey_id": [f"j{k:04}" for k in range(300)], "converted": random_half}
    )
    log = pd.DataFrame({"journey_id": ["j0000", "j0001"], "touchpoint_id": ["desk", "bill"]})
    full = client(journeys=from_frame(journeys), interactions=from_frame(log))
    rows = find_keys(full, draws=50).set_index("touchpoint_id")
    assert "consequence" not in rows.missing["desk"]
    assert rows.reach_rate["desk"] == 0.5


def test_the_clients_threshold_decides_what_is_material():
    demanding = client()
    demanding.settings.thresholds.material_slope = 0.9
    assert not (find_keys(demanding, draws=100).verdict == "key").any()


def test_weights_reach_the_index():
    table = find_keys(client(), draws=50, weights={"importance": 1})
    assert (table.index_points - 100 * table.slope.clip(lower=0)).abs().max() < 1e-9


def test_methods_are_read_where_they_are_sure():
    keys = find_keys(client(), draws=50)
    turns = pd.DataFrame({"touchpoint_id": ["desk", "bill"], "verdict": ["turns", "undecided"]})
    impacts = pd.DataFrame(
        {
            "touchpoint_id": ["desk", "bill", "halo"],
            "impact": ["performance", "performance", "none"],
            "probability": [0.9, 0.5, 0.9],
        }
    )
    table = find_methods(client(), keys, turns=turns, impacts=impacts).set_index("touchpoint_id")
    assert table.loc["desk", ["penalty_reward", "turning_point"]].tolist() == ["yes", "yes"]
    assert table.loc["bill", ["penalty_reward", "turning_point"]].tolist() == ["undecided"] * 2
    assert (table.penalty_reward["halo"], table.turning_point["halo"]) == ("no", "not_asked")
    assert "incidents" not in table and "kano" not in table


@pytest.mark.parametrize("question", [find_moment_kpis, find_turns])
def test_what_the_client_lacks_is_said(question):
    assert isinstance(question(client()), Missing)
