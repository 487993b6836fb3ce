"""Whom to call back: who is in the queue, in which order, and what hostile texts can't do."""

import csv
import datetime as dt

import openpyxl
import pandas as pd
import pytest

from keytouch.callback_sheets import read_recovery_status, write_recovery_queue
from keytouch.callbacks import ageing_table, recovery_queue
from keytouch.engine import Missing, from_frame
from keytouch.problems import DataError

NAMES = ["feedback_id", "customer_id", "journey_id", "touchpoint_id", "metric", "score", "day",
         "comment"]  # fmt: skip
ROWS = [
    ("f1", "c1", "j1", None, "nps", 6, 1, None),
    ("f2", "c1", "j2", None, "csat", 2, 8, "等太久"),
    ("f3", "c2", "j3", None, "nps", 7, 8, None),
    ("f4", "c3", "j4", "desk", "csat", 1, 9, None),
    ("f5", "c4", "j5", None, "csat", 3, 9, None),
    ("f6", "c5", "j6", None, "csat", 1, 9, None),
    ("f7", None, "j7", None, "csat", 1, 9, None),
    ("f8", "c1", "j2", "desk", "csat", 2, 8, None),
]  # fmt: skip
AS_OF = dt.datetime(2025, 1, 10, 12)


def feedback(rows=ROWS):
    frame = pd.DataFrame(rows, columns=NAMES)
    frame = frame.assign(
        ts=pd.to_datetime("2025-01-01") + pd.to_timedelta(frame.day - 1, unit="D"),
        score=frame.score.astype(float),
        scale_lo=frame.metric.map({"csat": 1.0, "nps": 0.0}),
        scale_hi=frame.metric.map({"csat": 5.0, "nps": 10.0}),
        status="answered",
    )
    texts = ["customer_id", "touchpoint_id", "comment"]
    frame[texts] = frame[texts].astype("str").where(frame[texts].notna())
    return from_frame(frame.drop(columns="day"))


def queue(rows=ROWS, **options):
    return recovery_queue(feedback(rows), **({"as_of": AS_OF} | options))


def test_only_the_latest_unhappy_feedback_of_a_known_customer_is_queued():
    table = queue()
    assert set(table.feedback_id) == {"f2", "f4", "f6"}
    row = table.set_index("feedback_id").loc["f2"]
    assert (row.reason, row.age_days, row.overdue) == ("score+comment", 2, True)
    assert row.touchpoint_id == "desk"  # the journey's lowest score points there


def test_the_cut_of_forty_percent_is_not_reached_by_the_middle():
    rows = [(f"f{k}", f"c{k}", f"j{k}", None, "csat", k, 1, None) for k in range(1, 6)]
    assert sorted(queue(rows).feedback_id) == ["f1", "f2"]
    rows = [(f"f{k}", f"c{k}", f"j{k}", None, "nps", k, 1, None) for k in (6, 7)]
    assert list(queue(rows).feedback_id) == ["f6"]


def test_who_refused_is_not_called_and_who_was_not_asked_is():
    customers = pd.DataFrame({"customer_id": ["c1", "c3"], "consent": [False, None]})
    customers = from_frame(customers.assign(consent=customers.consent.astype("boolean")))
    assert set(queue(customers=customers).feedback_id) == {"f4", "f6"}


def test_only_the_whole_can_be_asked_for():
    assert set(queue(whole_only=True).feedback_id) == {"f2", "f6"}


def test_priority_counts_overdue_value_and_severity():
    worth = from_frame(pd.DataFrame({"customer_id": ["c1", "c3", "c5"], "value": [9.0, 1.0, 2.0]}))
    table = queue(customers=worth).set_index("feedback_id")
    # f2: overdue and dear, not severe ≥ ¾ … but 1 − ¼ is; f4 and f6: severe only.
    assert table.severity.to_dict() == {"f2": 0.75, "f4": 1.0, "f6": 1.0}
    assert table.priority.to_dict() == {"f2": "high", "f4": "medium", "f6": "medium"}
    assert table.index[0] == "f2"


def test_an_open_complaint_is_due_after_a_day():
    cases = from_frame(pd.DataFrame({"key": ["j6"], "recovery_group": ["not_recovered"]}))
    table = queue(cases=cases).set_index("feedback_id")
    assert table.loc["f6"].reason == "score+complaint_open"
    assert table.loc["f6"].due == pd.Timestamp("2025-01-10") and table.loc["f6"].overdue
    assert table.loc["f4"].due == pd.Timestamp("2025-01-11") and not table.loc["f4"].overdue


def test_the_team_s_notes_count_and_those_told_come_last():
    places = from_frame(pd.DataFrame({"touchpoint_id": ["desk"], "owner": ["front"]}))
    notes = [("f2", "action", "", "voucher", ""), ("f2", "told_customer", "", "voucher", "")]
    states = pd.DataFrame(notes, columns=["feedback_id", "status", "owner", "action", "date"])
    table = queue(touchpoints=places, states=states)
    assert table.feedback_id.iloc[-1] == "f2"
    last = table.iloc[-1]
    assert (last.status, last.owner, last.action, last.overdue) == (
        "told_customer", "front", "voucher", False,
    )  # fmt: skip


def test_without_times_nothing_is_due():
    table = recovery_queue(feedback().drop("ts"))
    assert table.age_days.isna().all() and table.due.isna().all() and not table.overdue.any()
    ages = ageing_table(table)
    assert set(ages[ages.n > 0].age_band) == {"unknown"}


def test_ageing_counts_every_case_once():
    ages = ageing_table(queue())
    assert ages.n.sum() == 3 and len(ages) == 16
    assert ages.set_index(["status", "age_band"]).loc[("received", "0-2"), "overdue_n"] == 1
    assert ageing_table(Missing("feedback")) == Missing("feedback")


def test_missing_columns_are_named():
    bare = feedback().drop("customer_id")
    assert recovery_queue(bare) == Missing("feedback", ("customer_id",))


HOSTILE = [
    "=HYPERLINK(\"http://x.example\")", "<script>alert(1)</script>", "行\r\n=1+1\n第三行",
    "../../etc/passwd", "\x00\x07坏字符", "@SUM(A1)", "请致电13812345678", " ＝cmd|'/c calc'!A1",
]  # fmt: skip


@pytest.mark.parametrize("name", ["queue.csv", "queue.xlsx"])
def test_no_text_of_a_customer_runs_and_contact_data_are_covered(tmp_path, name):
    rows = [(f"={k}", f"+c{k}", f"j{k}", None, "csat", 1, 1, text)
            for k, text in enumerate(HOSTILE)]  # fmt: skip
    path = write_recovery_queue(queue(rows), tmp_path / name)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    if name.endswith("csv"):
        with open(path, encoding="utf-8-sig", newline="") as file:
            cells = [cell for line in csv.reader(file) for cell in line]
    else:
        sheet = openpyxl.load_workbook(path).active
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}
        cells = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
    assert not [cell for cell in cells if cell.strip().startswith(("=", "+", "@", "＝", "\t"))]
    assert not any("13812345678" in cell or "\r" in cell or "\x00" in cell for cell in cells)
    assert any("<script>" in cell for cell in cells)  # a text in a sheet, no page


@pytest.mark.parametrize("name", ["queue.csv", "queue.xlsx"])
def test_what_the_team_fills_in_comes_back(tmp_path, name):
    rows = [("=f1", "c1", "j1", None, "csat", 1, 1, None), *ROWS[3:4]]
    notes = [("f4", "owner", "Li", "=call", "2025-01-09")]
    states = pd.DataFrame(notes, columns=["feedback_id", "status", "owner", "action", "date"])
    path = write_recovery_queue(queue(rows, states=states), tmp_path / name)
    back = read_recovery_status(path).set_index("feedback_id")
    assert set(back.index) == {"=f1", "f4"}
    assert back.loc["f4"].to_dict() == {
        "status": "owner", "owner": "Li", "action": "=call", "date": "2025-01-09",
    }  # fmt: skip
    again = queue(rows, states=read_recovery_status(path)).set_index("feedback_id")
    assert again.loc["f4"].owner == "Li" and again.loc["=f1"].status == "received"


def test_an_unknown_status_is_refused_with_the_nearest_and_its_rows(tmp_path):
    path = tmp_path / "recovery_status.csv"
    path.write_text("feedback_id,status\nf1,received\nf2,recieved\n,junk\nf3,\n", "utf8")
    with pytest.raises(DataError) as caught:
        read_recovery_status(path)
    (problem,) = caught.value.problems
    assert problem.rows == (3,) and problem.values == {"found": "recieved", "near": "received"}
    assert "recieved" in str(caught.value) and "received" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", b"feedback_id\nf1\n"), ("b.csv", b"\xff\xfe\x00"), ("c.xlsx", b"no workbook"),
     ("d.csv", b""), ("e.csv", None)],
)  # fmt: skip
def test_a_sheet_that_can_t_be_read_is_refused(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError):
        read_recovery_status(tmp_path / name)


def test_other_endings_and_absent_folders_are_refused(tmp_path):
    for path in (tmp_path / "queue.html", tmp_path / "absent" / "queue.csv", tmp_path / "queue"):
        with pytest.raises(DataError):
            write_recovery_queue(queue(), path)
    assert list(tmp_path.iterdir()) == []
    assert write_recovery_queue(Missing("feedback"), tmp_path / "q.csv") == Missing("feedback")


def test_a_failed_write_leaves_the_earlier_sheet(tmp_path, monkeypatch):
    path = write_recovery_queue(queue(), tmp_path / "queue.csv")
    before = path.read_bytes()
    monkeypatch.setattr("keytouch.callback_sheets._write_csv", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_recovery_queue(queue(), path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_a_link_in_the_folder_is_replaced_and_not_written_through(tmp_path):
    outside = tmp_path / "outside.csv"
    outside.write_text("mine", "utf8")
    folder = tmp_path / "client"
    folder.mkdir()
    (folder / "queue.csv").symlink_to(outside)
    write_recovery_queue(queue(), folder / "queue.csv")
    assert outside.read_text("utf8") == "mine"
