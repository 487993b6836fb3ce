"""Real clients over the shared data: they pass the check, add up, and give known numbers."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from keytouch.flow_graph import stage_flows
from keytouch.funnel import stage_funnel
from keytouch.intake import Client, open_client
from keytouch.problems import Problem
from keytouch.touchpoints import reach

CLIENTS = Path(__file__).parent / "clients"
SHARED = Path(
    os.environ.get("KEYTOUCH_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data"
).resolve()

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no real data at {SHARED}")


@cache
def client(name: str) -> Client:
    return open_client(CLIENTS / name)


def frame(name: str, table: str) -> pd.DataFrame:
    return getattr(client(name), table).limit(3_000_000).to_pandas()


def raw(path: str) -> pd.DataFrame:
    file = SHARED / path
    return pd.read_parquet(file) if path.endswith("parquet") else pd.read_csv(file)


def notable(name: str) -> list[Problem]:
    return [problem for problem in client(name).quality.problems if problem.severity != "note"]


@pytest.mark.parametrize("name", sorted(path.name for path in CLIENTS.iterdir()))
def test_a_real_client_passes_and_adds_up(name: str) -> None:
    quality = client(name).quality
    assert not quality.errors
    accounts = quality.accounting
    parts = accounts[["used", "empty", "merged", "rejected"]].sum(axis=1)
    assert (accounts["values_in"] == parts).all()
    for table, rows in accounts.groupby("table"):
        kept = rows["used"].sum() + (rows["empty"].sum() if table == "feedback" else 0)
        assert int(getattr(client(name), str(table)).count().execute()) == kept


def test_olist_counts_late_orders_by_the_promised_day() -> None:
    orders = raw("ecommerce/olist_a/orders.csv.gz")
    times = orders[["order_delivered_customer_date", "order_estimated_delivery_date"]]
    actual, promised = (pd.to_datetime(times[column]) for column in times)
    expected = (actual.dt.normalize() > promised)[actual.notna()].mean()
    rows = frame("olist", "interactions").dropna(subset=["promised_ts"])
    grace = pd.Timedelta(minutes=client("olist").settings.thresholds.late_minutes)
    assert (rows["ts"] >= rows["promised_ts"] + grace).mean() == pytest.approx(expected)
    assert expected == pytest.approx(0.0666, abs=1e-4)


def test_olist_sums_the_payments_of_an_order() -> None:
    payments = raw("ecommerce/olist_a/order_payments.csv.gz")
    journeys = frame("olist", "journeys")
    assert journeys["value"].sum() == pytest.approx(payments["payment_value"].sum())
    assert len(journeys) == 7751


def test_sfo_nps_takes_0_as_an_answer_and_11_as_blank() -> None:
    survey = raw("airline/sfo_survey_2017.csv.gz")
    scores = survey["NETPRO"][survey["NETPRO"].between(0, 10)]
    expected = ((scores >= 9).mean() - (scores <= 6).mean()) * 100
    nps = frame("sfo", "feedback").query("metric == 'nps'")
    answered = nps.query("status == 'answered'")["score"]
    assert ((answered >= 9).mean() - (answered <= 6).mean()) * 100 == pytest.approx(expected)
    assert len(answered) == 2746
    assert (answered == 0).sum() == 17
    assert (nps["status"] == "blank").sum() == 85


def test_sfo_tells_blank_not_used_and_dont_know_apart() -> None:
    survey = raw("airline/sfo_survey_2017.csv.gz")
    feedback = frame("sfo", "feedback")
    art = feedback.query("touchpoint_id == 'art'")["status"].value_counts()
    assert art["not_used"] == (survey["Q7ART"] == 6).sum()
    assert art["blank"] == (survey["Q7ART"] == 0).sum()
    finding = feedback.query("touchpoint_id == 'wayfinding'")["status"].value_counts()
    assert finding["dont_know"] == (survey["Q14FIND"] == 6).sum()


def test_sfo_bag_checks_are_those_who_said_yes() -> None:
    survey = raw("airline/sfo_survey_2017.csv.gz")
    events = frame("sfo", "interactions")["touchpoint_id"].value_counts()
    assert events["checked_bags"] == (survey["Q4BAGS"] == 1).sum()


@pytest.mark.slow
def test_satisfaction_means_leave_out_0() -> None:
    survey = raw("airline/airline_passenger_satisfaction.parquet")
    feedback = client("satisfaction").feedback
    means = feedback.group_by("touchpoint_id").agg(mean=feedback.score.mean()).to_pandas()
    means = means.set_index("touchpoint_id")["mean"]
    online = survey["Online Boarding"]
    assert means["online_boarding"] == pytest.approx(online[online > 0].mean())
    assert means[means.index.isna()].iloc[0] == pytest.approx(0.434, abs=1e-3)


@pytest.mark.slow
def test_hotel_cancellations_by_channel_are_the_known_shares() -> None:
    journeys = frame("hotel_bookings", "journeys")
    # The published shares count guests who never came as cancelled.
    shares = 1 - journeys["converted"].groupby(journeys["channel"]).mean()
    assert len(journeys) == 119_390
    assert shares["agency"] == pytest.approx(0.41, abs=0.01)
    assert shares["direct"] == pytest.approx(0.175, abs=0.01)
    assert shares["corporate"] == pytest.approx(0.22, abs=0.01)


@pytest.mark.slow
def test_flights_are_late_as_often_as_their_delays_say() -> None:
    flights = raw("airline/nycflights13_flights.parquet")
    rows = frame("nycflights13", "interactions").query("touchpoint_id == 'departure'")
    minutes = (rows["ts"] - rows["promised_ts"]).dt.total_seconds() / 60
    assert len(rows) == flights["dep_time"].notna().sum()
    late = (flights["dep_delay"].dropna() > 15).mean()
    assert (minutes > 15).mean() == pytest.approx(late)


def test_chinese_reviews_keep_their_polarity() -> None:
    counts = frame("chinese_reviews", "feedback")["polarity"].value_counts()
    assert counts.to_dict() == {"positive": 5322, "negative": 2444}


def test_ratings_from_1_to_10_are_no_nps() -> None:
    feedback = frame("ba_reviews", "feedback")
    assert set(feedback["metric"]) == {"csat"}
    overall = feedback[feedback["scale_hi"] == 10]
    assert overall["score"].mean() == pytest.approx(4.7343, abs=1e-4)
    assert overall["ts"].max() == pd.Timestamp("2023-11-19")


def test_155_tweets_with_a_repeated_id_are_rejected() -> None:
    problem = next(one for one in notable("tweets") if one.key == "reject_repeated")
    assert (problem.column, problem.count) == ("tweet_id", 155)
    # 11:35:52 at -08:00 is 14:35:52 in New York.
    feedback = frame("tweets", "feedback").set_index("feedback_id")
    assert feedback.loc["570306133677760000", "ts"] == pd.Timestamp("2015-02-24 14:35:52")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sfo", "satisfaction"])
def test_two_halves_agree_on_the_drivers_that_are_said_to_be_sure(name: str) -> None:
    """Who is surely among the three strongest is so in either half of the respondents."""
    from keytouch.drivers import importance

    feedback = client(name).feedback
    sure = importance(feedback).query("p_top >= 0.95").touchpoint_id
    assert len(sure)
    half = feedback.journey_id.cast("string").hash().abs() % 2
    for side in (0, 1):
        table = importance(feedback.filter(half == side)).sort_values("importance")
        assert set(sure) <= set(table.touchpoint_id.tail(3)), side


def test_events_that_happened_often_in_one_booking_leave_it_one_journey() -> None:
    """391 days on the waiting list are no 391 bookings; map, funnel and flow agree."""
    one, bookings = client("hotel_bookings"), 119_390
    funnel = stage_funnel(one.steps, one.touchpoints, stages=one.stages)
    assert set(funnel.n) == {bookings}
    met = reach(one.interactions).set_index("touchpoint_id")
    assert set(met.n) == {bookings}
    waited = raw("hotel/hotel_bookings.parquet").days_in_waiting_list.gt(0).sum()
    assert met.journeys["waiting_list"] == waited
    flows = stage_flows(one.steps, one.touchpoints, stages=one.stages)
    assert flows[flows.from_stage == "(start)"].n.sum() == bookings
