"""`keytouch new`: a first client.yaml that passes the check, and says what it guessed."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest
from small_clients import HEAD, quality_of, rows_of

from keytouch.draft import new_command, quote, slug
from keytouch.settings import Mapping, read_settings

ORDERS = """订单号,客户编号,渠道,订单状态,实付金额,下单时间,支付时间,预计送达时间,送达时间
A1,c1,网店,已完成,"1,200.50",2025-01-02 08:00,2025-01-02 08:05,2025-01-05,2025-01-04 10:00
A2,c2,门店,已取消,80,2025-01-03 09:00,,2025-01-06,
A3,c1,网店,已完成,99,2025-01-04 10:00,2025-01-04 10:01,2025-01-07,2025-01-09 18:30
"""
SURVEY = """客户编号,入住评分,早餐评分,退房评分,推荐意愿(NPS),意见
c1,5,4,5,10,前台很热情，早餐品种可以再多一些
c2,1,2,3,0,等了四十分钟才办好入住，太久了
c3,4,5,2,8,
c4,2,3,4,7,房间干净，位置方便，下次还会再来
"""
LOG = """user_id,session_id,event,time,channel
u1,s1,search,2025-01-01T08:00:00Z,app
u1,s1,Check Out,2025-01-01T08:05:00Z,app
u2,s2,search,2025-01-01T09:00:00Z,web
"""


def new(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch, **files: str) -> int:
    monkeypatch.setenv("KEYTOUCH_WORK", str(folder / "work"))
    paths = []
    for stem, text in files.items():
        path = folder / f"{stem}.csv"
        path.write_text(text, encoding="utf-8")
        paths.append(str(path))
    return new_command(Namespace(name=name, files=paths, folder=str(folder / "clients")))


def mappings(folder: Path) -> dict[str, Mapping]:
    sources = read_settings(folder).sources
    return {mapping.table: mapping for source in sources for mapping in source.tables}


def test_orders_become_journeys_and_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(tmp_path, "网店", monkeypatch, orders=ORDERS) == 0
    folder = tmp_path / "clients" / "网店"
    made = mappings(folder)
    assert made["journeys"].columns == {
        "journey_id": "订单号",
        "customer_id": "客户编号",
        "started_at": "下单时间",
        "channel": "渠道",
        "outcome": "订单状态",
        "value": "实付金额",
    }
    events = [(event.ts, event.promised_ts) for event in made["interactions"].events]
    assert events == [("下单时间", ""), ("支付时间", ""), ("送达时间", "预计送达时间")]
    checked = quality_of(folder)
    assert not checked.errors
    assert len(rows_of(checked, "interactions")) == 7
    assert "预计送达时间" in capsys.readouterr().out


def test_a_wide_survey_becomes_items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert new(tmp_path, "hotel", monkeypatch, survey=SURVEY) == 0
    folder = tmp_path / "clients" / "hotel"
    items = mappings(folder)["feedback"].items
    assert [(item.score, item.metric, item.scale) for item in items] == [
        ("入住评分", "csat", (1, 5)),
        ("早餐评分", "csat", (1, 5)),
        ("退房评分", "csat", (1, 5)),
        ("推荐意愿(NPS)", "nps", None),
    ]
    assert items[0].comment == "意见"
    assert not quality_of(folder).errors


def test_a_log_becomes_interactions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert new(tmp_path, "app", monkeypatch, log=LOG) == 0
    folder = tmp_path / "clients" / "app"
    rows = rows_of(quality_of(folder), "interactions")
    assert [row["touchpoint_id"] for row in rows] == ["search", "check_out", "search"]
    assert str(rows[0]["ts"]) == "2025-01-01 16:00:00"


def test_nothing_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clients" / "app").mkdir(parents=True)
    assert new(tmp_path, "app", monkeypatch, log=LOG) == 2
    assert not list((tmp_path / "clients" / "app").iterdir())


@pytest.mark.parametrize("name", ["../app", "", "a/b", ".."])
def test_a_name_that_is_a_path_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert new(tmp_path, name, monkeypatch, log=LOG) == 2


def test_a_file_that_cannot_be_read_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(tmp_path, "app", monkeypatch, log=LOG, empty="") == 1
    assert not (tmp_path / "clients").exists()
    assert "empty.csv" in capsys.readouterr().out


def test_names_become_ids_and_safe_yaml() -> None:
    assert slug("Check-in Service") == "check_in_service"
    assert slug("入住") == ""
    assert [quote(text) for text in ("yes", "a: b", "入住", "1")] == [
        '"yes"',
        '"a: b"',
        "入住",
        '"1"',
    ]
    assert HEAD
