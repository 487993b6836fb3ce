"""Alarms of shares: quiet without a change, quick with one, honest about its date."""

import numpy as np
import pandas as pd
import pytest

from keytouch.control_charts import LAMBDA, change_point, charts, dispersion
from keytouch.estimate import wilson
from keytouch.trend_alarms import alarms_by, share_alarms

MONDAY = pd.Timestamp("2024-01-01")


def mentions(shares, *, n=60, seed=1):
    """Mentions of weeks with true shares of bad ones: dates and flags."""
    random = np.random.default_rng(seed)
    week = np.repeat(np.arange(len(shares)), n)
    dates = MONDAY + pd.to_timedelta(7 * week + random.integers(0, 7, len(week)), unit="D")
    return dates, random.random(len(week)) < np.repeat(shares, n)


def shift(before=0.25, after=0.35, weeks=26, at=12):
    return np.where(np.arange(weeks) < at, before, after)


# The charts, by hand.


def test_the_ewma_and_its_error_agree_with_the_formula():
    bad, n = np.array([2, 2, 4.0]), np.array([10, 10, 10.0])
    chart = charts(bad, n, 2)
    start = 4.5 / 21
    assert chart.start == pytest.approx(start)
    assert chart.ewma[2] == pytest.approx(LAMBDA * (0.4 - start))
    own = LAMBDA**2 / 10 + LAMBDA**2 / 20
    assert chart.error[2] == pytest.approx(np.sqrt(start * (1 - start) * own))


def test_the_cusum_adds_evidence_and_never_falls_below_zero():
    chart = charts(np.array([5, 5, 9, 9, 0.0]), np.full(5, 10.0), 2)
    assert chart.up[3] == pytest.approx(2 * chart.up[2]) and chart.up[4] < chart.up[3]
    assert (chart.up >= 0).all() and (chart.down[2:4] == 0).all() and chart.down[4] > 0


def test_a_period_without_answers_leaves_the_charts_as_they_are():
    with_gap = charts(np.array([2, 2, 6, 0, 6.0]), np.array([10, 10, 10, 0, 10.0]), 2)
    without = charts(np.array([2, 2, 6, 6.0]), np.array([10, 10, 10, 10.0]), 2)
    assert with_gap.ewma[3] == with_gap.ewma[2] and with_gap.ewma[4] == without.ewma[3]


def test_the_change_is_where_the_shares_split():
    at, lo, hi = change_point(np.array([10, 12, 11, 30, 29, 31.0]), np.full(6, 50.0))
    assert at == lo == hi == 3


def test_a_faint_change_has_a_wide_interval():
    _, lo, hi = change_point(np.array([5, 6, 5, 6, 7, 6.0]), np.full(6, 20.0))
    assert hi - lo >= 3


def test_dispersion_is_one_by_chance_and_under_one_change_and_more_from_week_to_week():
    random = np.random.default_rng(1)
    n = np.full(40, 100.0)
    shifted = random.binomial(100, np.where(np.arange(40) < 20, 0.2, 0.4)).astype(float)
    restless = random.binomial(100, random.choice([0.1, 0.4], 40)).astype(float)
    assert dispersion(shifted, n) == 1 and dispersion(restless, n) > 3
    assert dispersion(np.zeros(5), np.full(5, 9.0)) == dispersion(np.array([1.0]), n[:1]) == 1


# The table.


def test_restless_weeks_raise_few_alarms():
    random = np.random.default_rng(4)
    shares = np.clip(random.normal(0.25, 0.1, (40, 26)), 0.02, 0.9)
    tables = [share_alarms(*mentions(row, n=100, seed=s)) for s, row in enumerate(shares)]
    assert np.mean([table.alarm.any() for table in tables]) <= 0.2
    assert np.median([table.dispersion[0] for table in tables]) > 3


def test_a_shift_is_found_dated_and_called_upwards():
    table = share_alarms(*mentions(shift()))
    assert table.phase.tolist() == ["baseline"] * 8 + ["watched"] * 18
    assert not table.alarm[:12].any() and table.alarm[12:20].any()
    assert set(table.direction[table.alarm]) == {"up"}
    truth = MONDAY + pd.Timedelta(weeks=12)
    assert table.since_lo[0] <= truth <= table.since_hi[0]
    assert table.p_value[0] <= 0.005


def test_an_improvement_is_called_downwards():
    table = share_alarms(*mentions(shift(0.4, 0.2)))
    assert set(table.direction[table.alarm]) == {"down"}


def test_shares_carry_wilson_intervals():
    row = share_alarms(*mentions(shift())).iloc[3]
    assert row.n == 60
    assert (row.share_lo, row.share_hi) == pytest.approx([float(x) for x in wilson(row.share, 60)])


def test_limits_widen_where_few_answer():
    dates, bad = mentions(np.full(26, 0.3))
    week = (dates - MONDAY).days // 7
    kept = (week != 20) | (np.arange(len(week)) % 4 == 0)
    thin = share_alarms(dates[kept], bad[kept])
    width = thin.ewma_hi - thin.ewma_lo
    assert thin.n[20] == 15 and width[20] > width[19]


def test_false_alarms_are_rare_and_real_ones_are_found():
    runs = 60
    quiet = [share_alarms(*mentions(np.full(26, 0.25), seed=s)).alarm.any() for s in range(runs)]
    found = [share_alarms(*mentions(shift(), seed=s)).alarm[12:20].any() for s in range(runs)]
    assert np.mean(quiet) <= 0.1 and np.mean(found) >= 0.7


def test_the_interval_of_the_date_mostly_holds_the_truth():
    truth, held = MONDAY + pd.Timedelta(weeks=12), []
    for seed in range(40):
        table = share_alarms(*mentions(shift(0.2, 0.4), seed=seed))
        held.append(table.since_lo[0] <= truth <= table.since_hi[0])
    assert np.mean(held) >= 0.9


def test_few_mentions_are_merged_into_longer_periods():
    table = share_alarms(*mentions(np.full(60, 0.3), n=12))
    assert table.windows[0] == 2 and len(table) == 30 and table.n.mean() == 24
    assert table.phase[0] == "baseline"


def test_weeks_without_mentions_are_rows_without_a_share():
    dates, bad = mentions(np.full(26, 0.3))
    gap = (dates - MONDAY).days // 7 == 10
    table = share_alarms(dates[~gap], bad[~gap])
    assert len(table) == 26 and table.n[10] == 0 and np.isnan(table.share[10])
    assert not table.alarm.any()


@pytest.mark.parametrize("value", [False, True])
def test_all_alike_raises_no_alarm(value):
    dates, bad = mentions(np.full(26, 0.3))
    table = share_alarms(dates, np.full(len(bad), value))
    assert not table.alarm.any() and table.p_value[0] == 1 and (table.share == value).all()


def test_a_first_bad_mention_ever_is_no_alarm_but_a_wave_is():
    dates, bad = mentions(np.full(26, 0.0))
    bad[-5] = True
    assert not share_alarms(dates, bad).alarm.any()
    bad[-240:] = np.arange(240) % 4 == 0
    assert share_alarms(dates, bad).alarm.any()


@pytest.mark.parametrize("weeks", [1, 5, 11])
def test_too_short_a_series_is_shown_but_not_judged(weeks):
    table = share_alarms(*mentions(np.full(weeks, 0.3)))
    assert len(table) == weeks and set(table.phase) == {"unjudged"}
    assert not table.alarm.any() and table.p_value.isna().all() and table.share.notna().all()


def test_no_mentions_give_no_rows():
    for dates, bad in (([], []), ([None, "2024-01-01"], [True, None])):
        table = share_alarms(dates, bad)
        assert table.empty and {"alarm", "since", "p_value"} <= set(table.columns)


def test_blank_dates_and_answers_are_left_out():
    dates, bad = mentions(np.full(26, 0.3))
    flags = pd.Series(bad, dtype=object)
    flags[:30] = None
    when = pd.Series(dates)
    when[30:60] = pd.NaT
    assert share_alarms(when, flags).n.sum() == 26 * 60 - 60


def test_equal_weights_change_nothing_and_unequal_ones_count_less():
    dates, bad = mentions(np.full(26, 0.3))
    plain, weighted = share_alarms(dates, bad), share_alarms(dates, bad, weight=np.full(1560, 3.0))
    assert np.allclose(plain.n, weighted.n) and np.allclose(
        plain.ewma, weighted.ewma, equal_nan=True
    )
    uneven = share_alarms(dates, bad, weight=np.arange(1560) % 2 * 3 + 1.0)
    assert (uneven.n < plain.n).all()


def test_a_stated_baseline_is_kept():
    table = share_alarms(*mentions(shift(at=20)), baseline=("2024-01-29", "2024-05-05"))
    assert (table.start[0], (table.phase == "baseline").sum()) == (pd.Timestamp("2024-01-29"), 14)
    short = share_alarms(*mentions(shift()), baseline=("2024-01-01", "2024-01-28"))
    assert set(short.phase) == {"unjudged"}


def test_the_same_data_give_the_same_alarms():
    one, other = (share_alarms(*mentions(shift())) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)


# Many groups.


def test_only_the_group_that_changed_is_named():
    parts = [mentions(np.full(26, 0.25), seed=s) for s in range(20, 29)] + [
        mentions(shift(), seed=50)
    ]
    dates = np.concatenate([part[0] for part in parts])
    bad = np.concatenate([part[1] for part in parts])
    group = np.repeat([f"t{i}" for i in range(10)], 26 * 60)
    table = alarms_by(dates, bad, group)
    assert len(table) == 10 and table.group[table.alarm].tolist() == ["t9"]
    assert table.direction[0] == "up" and pd.notna(table.since[0]) and table.since[1:].isna().all()
    assert (table.q_value >= table.p_value).all()
    assert table.share_watched[0] > table.share_baseline[0]


def test_groups_that_cannot_be_judged_come_last_without_an_alarm():
    dates, bad = mentions(shift())
    few, flags = mentions(np.full(3, 0.5), seed=2)
    table = alarms_by(
        np.concatenate([dates, few]), np.concatenate([bad, flags]),
        ["room"] * len(bad) + ["wifi"] * len(flags),
    )  # fmt: skip
    assert table.group.tolist() == ["room", "wifi"] and table.phase.tolist() == [
        "watched",
        "unjudged",
    ]
    assert not table.alarm[1] and np.isnan(table.q_value[1])


def test_no_groups_give_an_empty_table():
    assert alarms_by([], [], []).empty


def test_a_baseline_waits_for_enough_mentions():
    dates, bad = mentions(np.full(36, 0.3))
    week = (dates - MONDAY).days // 7
    kept = (week >= 10) | (np.arange(len(week)) % 60 == 0) & (week % 3 == 0)
    table = share_alarms(dates[kept], bad[kept])
    assert (table.phase == "baseline").sum() == 14 and (table.n[:9:3] == 1).all()
