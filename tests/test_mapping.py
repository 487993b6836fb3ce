"""From cells to canonical values: numbers, dates, codes, scales, events, items."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from small_clients import account, column_of, found, quality_of, rows_of, write_client

from keytouch.problems import DataError

JOURNEYS = """
sources:
  - file: data.csv
    {options}
    tables:
      - table: journeys
        columns: {{journey_id: id, {columns}}}
        {more}
"""


def values(
    folder: Path, cells: list[str], column: str, *, options: str = "decimal: '.'", more: str = ""
) -> list[object]:
    """The canonical values of one text column `x`, one cell a row (blank rows can't vanish)."""
    return column_of(quality(folder, cells, column, options=options, more=more), "journeys", column)


def quality(
    folder: Path, cells: list[str], column: str, *, options: str = "decimal: '.'", more: str = ""
):
    yaml = JOURNEYS.format(options=options, columns=f"{column}: x", more=more or "distinct: false")
    lines = "".join(f'{place}\t"{cell}"\n' for place, cell in enumerate(cells))
    loose = "thresholds: {max_rejected_share: 1}\n"
    return quality_of(write_client(folder, loose + yaml, data_csv="id\tx\n" + lines))


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1,234.5", 1234.5),
        ("１２３", 123),
        ("-7", -7),
        ("¥1,200", 1200),
        ("99.5元", 99.5),
        ("1 234", 1234),
        ("1e3", 1000),
        (".5", 0.5),
        ("N/A", None),
        ("—", None),
    ],
)
def test_numbers_are_read_as_people_write_them(
    tmp_path: Path, cell: str, number: float | None
) -> None:
    assert values(tmp_path, [cell], "value") == ([number] if number is not None else [None])


@pytest.mark.parametrize("cell", ["4分", "abc", "1,23,4", "4 5", "inf", "1_000", "0x1F"])
def test_what_is_no_number_is_rejected_with_its_row(tmp_path: Path, cell: str) -> None:
    checked = quality(tmp_path, ["1", cell], "value")
    problem = found(checked, "reject_number")
    assert (problem.column, problem.rows, problem.values["value"]) == ("x", (3,), cell)
    assert account(checked, "journeys")["rejected"] == 1


def test_a_decimal_comma_needs_saying(tmp_path: Path) -> None:
    assert found(quality(tmp_path / "a", ["3,5", "1"], "value"), "reject_decimal").rows == (2,)
    assert values(tmp_path / "b", ["3,5", "1.234,5"], "value", options="decimal: ','") == [
        3.5,
        1234.5,
    ]


def test_yes_and_no_are_read_in_both_languages(tmp_path: Path) -> None:
    cells = ["true", "否", "Y", "0", "是", "N/A", "1.0"]
    assert values(tmp_path, cells, "converted") == [True, False, True, False, True, None, True]


MARCH = dt.datetime(2025, 3, 5, 8, 30)


@pytest.mark.parametrize(
    "cell",
    [
        "2025-03-05 08:30",
        "2025-03-05T08:30:00",
        "2025/3/5 8:30",
        "2025.3.5 8:30:00",
        "2025年3月5日 08:30",
        "2025年3月5日8时30分",
        "2025-03-05 上午8:30",
        "２０２５-03-05 08:30",
        "5.3.2025 08:30",
        "5 March 2025 08:30",
        "5th March 2025 08:30",
        "Mar 5, 2025 8:30 AM",
        "05-Mar-2025 08:30:00",
        "Wednesday, 5 March 2025 08:30",
        "2025-03-05 08:30（星期三）",
        "20250305083000",
        "2025-03-05T00:30:00Z",
        "2025-03-05T08:30:00.000+08:00",
        "2025-03-04 19:30:00-0500",
        "45721.354166667",
        "1741134600",
        "1741134600000",
    ],
)
def test_a_moment_is_read_in_many_dialects(tmp_path: Path, cell: str) -> None:
    assert values(tmp_path, [cell], "started_at") == [pd.Timestamp(MARCH)]


def test_the_column_decides_whether_day_or_month_comes_first(tmp_path: Path) -> None:
    day_first = values(tmp_path / "a", ["05/03/2025", "13/03/2025"], "started_at")
    month_first = values(tmp_path / "b", ["03/05/2025", "03/13/2025"], "started_at")
    short = values(tmp_path / "c", ["3/5/25", "3/31/25"], "started_at")
    assert day_first == month_first
    assert day_first[0] == short[0] == pd.Timestamp("2025-03-05")


def test_dates_that_read_two_ways_are_asked_for(tmp_path: Path) -> None:
    checked = quality(tmp_path / "a", ["05/03/2025", "06/03/2025"], "started_at")
    problem = found(checked, "problem_dates_unclear")
    assert (problem.severity, problem.column, problem.rows) == ("error", "x", (2, 3))
    assert problem.values["example"] == "05/03/2025"
    said = values(tmp_path / "b", ["05/03/2025"], "started_at", more="dates: mdy")
    assert said == [pd.Timestamp("2025-05-03")]


def test_mixed_orders_without_doubt_are_read_and_told(tmp_path: Path) -> None:
    cells = ["13/03/2025", "03/14/2025", "2025-03-15"]
    checked = quality(tmp_path, cells, "started_at")
    days = [value.day for value in column_of(checked, "journeys", "started_at")]
    assert days == [13, 14, 15]
    assert found(checked, "problem_dates_mixed").severity == "warning"


def test_mixed_orders_with_a_doubtful_row_are_asked_for(tmp_path: Path) -> None:
    cells = ["13/03/2025", "03/14/2025", "05/06/2025"]
    problem = found(quality(tmp_path, cells, "started_at"), "problem_dates_unclear")
    assert problem.rows == (4,)


def test_a_day_that_does_not_exist_is_rejected(tmp_path: Path) -> None:
    checked = quality(tmp_path, ["2025-02-30", "2025-02-28", "nonsense"], "started_at")
    assert found(checked, "reject_timestamp").rows == (2, 4)


def test_years_out_of_reach_are_rejected(tmp_path: Path) -> None:
    checked = quality(tmp_path, ["1899-12-31", "2101-01-01", "2100-12-31"], "started_at")
    assert found(checked, "reject_year").rows == (2, 3)


def test_the_consultants_own_format_is_used(tmp_path: Path) -> None:
    assert values(tmp_path / "a", ["23-Nov"], "started_at", more='dates: "%y-%b"') == [
        pd.Timestamp("2023-11-01")
    ]
    assert values(
        tmp_path / "b",
        ["05.03.25 08h30"],
        "started_at",
        more='dates: {started_at: "%d.%m.%y %Hh%M"}',
    ) == [pd.Timestamp(MARCH)]


def test_a_format_that_is_none_is_told(tmp_path: Path) -> None:
    checked = quality(tmp_path, ["2025-01-01"], "started_at", more='dates: "%Q"')
    assert found(checked, "problem_date_format").values["found"] == "%Q"


def test_values_codes_and_constants_are_applied(tmp_path: Path) -> None:
    cells = ["VIP", "普通", "", "other"]
    more = "values: {outcome: {VIP: vip, 普通: plain, '': none}}\n        constants: {channel: web}"
    checked = quality(tmp_path, cells, "outcome", more=more)
    assert column_of(checked, "journeys", "outcome") == ["vip", "plain", "none", "other"]
    assert set(column_of(checked, "journeys", "channel")) == {"web"}


def test_a_constant_fills_blank_cells_only(tmp_path: Path) -> None:
    more = "constants: {channel: app}"
    checked = quality(tmp_path, ["web", ""], "channel", more=more)
    assert column_of(checked, "journeys", "channel") == ["web", "app"]


def test_a_constant_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    checked = quality(tmp_path, ["1"], "value", more="constants: {converted: perhaps}")
    assert found(checked, "problem_constant").column == "converted"


SURVEY = """
thresholds: {max_rejected_share: 1}
sources:
  - file: survey.csv
    tables:
      - table: feedback
        columns: {customer_id: id}
        codes: {"0": not_used, "9": dont_know}
        items:
          - {score: q1, touchpoint: pay, scale: [1, 5]}
          - {score: nps, metric: nps, codes: {"11": blank}, comment: text}
"""


def test_blank_not_used_and_dont_know_are_three_things(tmp_path: Path) -> None:
    data = "id,q1,nps,text\n1,5,0,\n2,0,11,好\n3,9,,\n4,,10,\n"
    checked = quality_of(write_client(tmp_path, SURVEY, survey_csv=data))
    rows = rows_of(checked, "feedback")
    pay = [(row["status"], row["score"]) for row in rows if row["touchpoint_id"]]
    nps = [(row["status"], row["score"]) for row in rows if not row["touchpoint_id"]]
    assert pay == [("answered", 5), ("not_used", None), ("dont_know", None), ("blank", None)]
    assert nps == [("answered", 0), ("blank", None), ("blank", None), ("answered", 10)]
    assert {row["metric"]: (row["scale_lo"], row["scale_hi"]) for row in rows} == {
        "csat": (1, 5),
        "nps": (0, 10),
    }
    assert [row["feedback_id"] for row in rows][:3] == ["survey:2:1", "survey:2:2", "survey:3:1"]
    sums = account(checked, "feedback")
    # A comment without a score is used; four answers and that comment.
    assert (sums["values_in"], sums["used"], sums["empty"]) == (8, 4, 4)


def test_a_score_off_its_scale_is_rejected_alone(tmp_path: Path) -> None:
    data = "id,q1,nps,text\n1,7,9,\n2,满意,9,\n"
    checked = quality_of(write_client(tmp_path, SURVEY, survey_csv=data))
    off = found(checked, "reject_scale")
    assert (off.column, off.rows, off.values["detail"]) == ("q1", (2,), "1–5")
    text = found(checked, "reject_number")
    assert (text.column, text.rows, text.values["value"]) == ("q1", (3,), "满意")
    assert account(checked, "feedback") == {
        "rows_in": 2, "values_in": 4, "used": 2, "empty": 0, "merged": 0, "rejected": 2,
    }  # fmt: skip


def test_nps_from_one_to_ten_is_refused(tmp_path: Path) -> None:
    yaml = SURVEY.replace("metric: nps,", "metric: nps, scale: [1, 10],")
    data = "id,q1,nps,text\n1,5,9,\n"
    problem = found(quality_of(write_client(tmp_path, yaml, survey_csv=data)), "problem_nps_scale")
    assert (problem.severity, problem.column) == ("error", "nps")


ORDERS = """
sources:
  - file: orders.csv
    tables:
      - table: interactions
        columns: {journey_id: id, channel: way}
        events:
          - {touchpoint: pay, ts: paid}
          - {touchpoint: delivery, ts: got, promised_ts: due}
          - {touchpoint: gift, when: {gift: [1, yes]}}
          - {touchpoint: pages, n: pages}
"""


def test_a_wide_row_gives_the_events_that_happened(tmp_path: Path) -> None:
    data = (
        "id,way,paid,got,due,gift,pages\n"
        "1,web,2025-01-01,2025-01-03,2025-01-02,YES,3\n"
        "2,app,2025-01-01,,2025-01-02,0,0\n"
    )
    checked = quality_of(write_client(tmp_path, ORDERS, orders_csv=data))
    rows = rows_of(checked, "interactions")
    events = [(row["journey_id"], row["touchpoint_id"], row["seq"]) for row in rows]
    assert events == [
        ("1", "pay", 1), ("1", "delivery", 2), ("1", "gift", 3), ("1", "pages", 4), ("2", "pay", 1),
    ]  # fmt: skip
    assert rows[1]["promised_ts"] == pd.Timestamp("2025-01-02")
    assert rows[3]["n"] == 3
    assert account(checked, "interactions")["empty"] == 3


def test_a_broken_time_is_rejected_not_taken_for_empty(tmp_path: Path) -> None:
    data = "id,way,paid,got,due,gift,pages\n1,web,yesterday,2025-01-03,,0,0\n"
    checked = quality_of(write_client(tmp_path, ORDERS, orders_csv=data))
    assert found(checked, "reject_timestamp").column == "paid"
    assert account(checked, "interactions")["rejected"] == 1


def test_typed_columns_pass_as_they_are(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "id": [1.0, 2.0],
            "x": pd.to_datetime(["2025-01-01 00:00Z", None]),
            "v": [1.5, float("nan")],
        }
    )
    write_client(tmp_path, JOURNEYS.format(
        options="decimal: '.'", columns="started_at: x, value: v", more="distinct: false"
    ).replace("data.csv", "data.parquet"))  # fmt: skip
    frame.to_parquet(tmp_path / "data.parquet")
    rows = rows_of(quality_of(tmp_path), "journeys")
    assert rows[0] == {
        "journey_id": "1", "started_at": pd.Timestamp("2025-01-01 08:00"), "value": 1.5,
    }  # fmt: skip
    assert rows[1]["value"] is None


def test_a_row_number_may_serve_as_an_id(tmp_path: Path) -> None:
    yaml = JOURNEYS.format(options="decimal: '.'", columns="value: x", more="distinct: false")
    yaml = yaml.replace("journey_id: id", "journey_id: _row")
    checked = quality_of(write_client(tmp_path, yaml, data_csv="x\n5\n6\n"))
    assert column_of(checked, "journeys", "journey_id") == ["2", "3"]


def test_a_files_column_may_have_any_name(tmp_path: Path) -> None:
    yaml = """
sources:
  - file: data.csv
    tables:
      - table: journeys
        columns: {journey_id: t_value, value: 'c_"value', outcome: select}
"""
    data = 't_value,"c_""value",select\n1,5,x\n'
    checked = quality_of(write_client(tmp_path, yaml, data_csv=data))
    assert rows_of(checked, "journeys") == [{"journey_id": "1", "outcome": "x", "value": 5}]


def test_a_wrong_column_in_client_yaml_is_refused_with_the_nearest(tmp_path: Path) -> None:
    yaml = JOURNEYS.format(options="decimal: '.'", columns="started_att: x", more="distinct: true")
    with pytest.raises(DataError) as error:
        quality_of(write_client(tmp_path, yaml, data_csv="id,x\n1,2\n"))
    (problem,) = error.value.problems
    assert (problem.key, problem.values["near"]) == ("setting_column", "started_at")
