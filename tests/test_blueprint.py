"""The planned journey in YAML: what may stand in it and how faults are told."""

import pytest
from small_clients import client_of, found, quality_of, write_client

from keytouch.blueprint import Blueprint, blueprint_text, planned_steps
from keytouch.engine import Missing
from keytouch.plan_draft import follow_plan
from keytouch.problems import DataError

CLIENT = """
stages: [{id: buy}, {id: use}]
touchpoints:
  - {id: shop, stage: buy, side: front, medium: physical}
  - {id: till, stage: buy, side: front, medium: physical}
  - {id: stock, stage: buy, side: back, medium: physical}
  - {id: help, stage: use, side: front, medium: digital}
sources:
  - file: log.csv
    tables: [{table: interactions, columns: {journey_id: j, touchpoint_id: t, ts: at}}]
"""
LOG = "j,t,at\n1,shop,2025-01-01 10:00\n1,till,2025-01-01 10:10\n"
PLAN = """
stages:
  - id: buy
    steps:
      - {touchpoint: shop, evidence_zh: 橱窗, evidence_en: shop window}
      - {touchpoint: till, within_minutes: 15, wait_minutes: 5, repeat: true}
      - {touchpoint: stock, layer: support, optional: true}
  - id: use
    any_order: true
    steps:
      - {touchpoint: help, optional: true}
"""


def client_with(tmp_path, plan, yaml=CLIENT):
    folder = write_client(tmp_path, yaml, log_csv=LOG)
    (folder / "blueprint.yaml").write_text(plan, encoding="utf-8")
    return folder


def refused(tmp_path, plan):
    folder = client_with(tmp_path, plan)
    with pytest.raises(DataError) as error:
        client_of(folder)
    return error.value.problems


def test_a_client_without_blueprint_has_none(tmp_path):
    folder = write_client(tmp_path, CLIENT, log_csv=LOG)
    assert client_of(folder).blueprint == Missing("blueprint")


def test_the_plan_is_a_table_of_steps_in_order(tmp_path):
    plan = client_of(client_with(tmp_path, PLAN)).blueprint
    assert plan.touchpoint_id.tolist() == ["shop", "till", "stock", "help"]
    assert plan.place.tolist() == [0, 1, 2, 3]
    assert plan.layer.tolist() == ["front", "front", "support", "front"]
    assert plan.within_minutes.tolist()[1] == 15 and plan.wait_minutes.tolist()[1] == 5
    assert plan.any_order.tolist() == [False, False, False, True]
    assert plan.evidence_zh[0] == "橱窗"


def test_client_yaml_may_name_another_file_inside_the_folder(tmp_path):
    folder = write_client(tmp_path, "blueprint: plans/summer.yaml\n" + CLIENT, log_csv=LOG)
    (folder / "plans").mkdir()
    (folder / "plans" / "summer.yaml").write_text(PLAN, encoding="utf-8")
    assert len(client_of(folder).blueprint) == 4


def test_a_blueprint_outside_the_folder_is_refused(tmp_path):
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    folder = write_client(tmp_path / "c", "blueprint: ../plan.yaml\n" + CLIENT, log_csv=LOG)
    found(quality_of(folder), "problem_path_outside")
    inside = write_client(tmp_path / "d", CLIENT, log_csv=LOG)
    (inside / "blueprint.yaml").symlink_to(tmp_path / "plan.yaml")
    found(quality_of(inside), "problem_path_outside")


def test_every_fault_is_told_at_once_with_its_line_and_the_nearest_name(tmp_path):
    problems = refused(
        tmp_path,
        """
stages:
  - id: byu
    steps:
      - {touchpoint: shopp}
      - {touchpoint: till, alternatives: [stok]}
  - id: use
    steps:
      - {touchpoint: help, wait_minutes: -3}
      - {touchpoint: help, optinal: true}
""",
    )
    told = {(one.key, one.values["line"], one.column) for one in problems}
    assert ("setting_above", 9, "stages.2.steps.1.wait_minutes") in told
    assert ("problem_unknown_key", 10, "stages.2.steps.2.optinal") in told
    problems = refused(
        tmp_path,
        """
stages:
  - id: byu
    steps:
      - {touchpoint: shopp}
      - {touchpoint: till, alternatives: [stok]}
""",
    )
    told = {(one.key, one.values["line"], one.values["near"]) for one in problems}
    assert told == {
        ("setting_plan_stage", 3, "buy"),
        ("setting_plan_touchpoint", 5, "shop"),
        ("setting_plan_touchpoint", 6, "stock"),
    }
    assert {one.file for one in problems} == {"blueprint.yaml"}


def test_stages_keep_the_order_of_client_yaml(tmp_path):
    plan = "stages:\n  - {id: use, steps: [{touchpoint: help}]}\n"
    plan += "  - {id: buy, steps: [{touchpoint: shop}]}\n"
    assert [one.key for one in refused(tmp_path, plan)] == ["setting_plan_order"]


def test_steps_share_all_their_touchpoints_or_none(tmp_path):
    steps = "{touchpoint: shop, alternatives: [till]}, {touchpoint: till}"
    plan = f"stages:\n  - {{id: buy, steps: [{steps}]}}\n"
    assert [one.key for one in refused(tmp_path, plan)] == ["setting_plan_overlap"]
    twice = "stages:\n  - {id: buy, any_order: true, steps: [{touchpoint: shop}, "
    twice += "{touchpoint: shop}]}\n"
    assert [one.key for one in refused(tmp_path, twice)] == ["setting_plan_twice"]


def test_check_counts_the_blueprint_among_the_files_and_its_faults_among_the_errors(tmp_path):
    quality = quality_of(client_with(tmp_path, PLAN))
    assert "blueprint.yaml" in set(quality.inputs.file) and not quality.errors
    bad = quality_of(client_with(tmp_path, PLAN.replace("touchpoint: help", "touchpoint: hlep")))
    assert found(bad, "setting_plan_touchpoint").values["near"] == "help"


def test_another_blueprint_is_another_fingerprint(tmp_path):
    one = client_of(client_with(tmp_path, PLAN)).fingerprint
    other = client_of(client_with(tmp_path, PLAN.replace("15", "20"))).fingerprint
    assert one != other


def test_a_plan_written_and_read_again_is_the_same():
    import yaml

    plan = planned_steps(Blueprint.model_validate(yaml.safe_load(PLAN)))
    text = blueprint_text(plan, head=["a: hostile # line"])
    again = planned_steps(Blueprint.model_validate(yaml.safe_load(text)))
    assert again.drop(columns="layer").equals(plan.drop(columns="layer"))


def test_ids_may_be_any_text_that_the_log_uses(tmp_path):
    yaml = CLIENT.split("touchpoints:")[0].replace("stages: [{id: buy}, {id: use}]", "")
    yaml += "sources:" + CLIENT.split("sources:")[1]
    folder = write_client(tmp_path, yaml, log_csv='j,t,at\n1,"到店, 前台",2025-01-01 10:00\n')
    plan = "stages:\n  - {id: 到店, steps: [{touchpoint: '到店, 前台'}]}\n"
    (folder / "blueprint.yaml").write_text(plan, encoding="utf-8")
    client = client_of(folder)
    patterns = follow_plan(client, client.blueprint)
    assert not patterns.has.any() and patterns.plan.known.all()
    (folder / "blueprint.yaml").write_text(plan.replace("前台", "柜台"), encoding="utf-8")
    assert found(quality_of(folder), "setting_plan_touchpoint").values["near"] == "到店, 前台"
