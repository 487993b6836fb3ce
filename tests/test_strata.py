"""A pooled difference is confirmed, explained or reversed by the strata, as it truly is."""

import numpy as np
import pandas as pd
import pytest

from keytouch.contrasts import share_difference
from keytouch.engine import Missing, from_frame, literal
from keytouch.problems import DataError
from keytouch.strata import compare_within

# Admitted and applied by department, Berkeley 1973: R's UCBAdmissions; Bickel et al. 1975.
BERKELEY = {
    "men": [(512, 825), (353, 560), (120, 325), (138, 417), (53, 191), (22, 373)],
    "women": [(89, 108), (17, 25), (202, 593), (131, 375), (94, 393), (24, 341)],
}


def berkeley():
    rows = [
        (sex, dept, count, won)
        for sex, cells in BERKELEY.items()
        for dept, (hits, n) in zip("ABCDEF", cells)
        for count, won in ((hits, True), (n - hits, False))
    ]
    return from_frame(pd.DataFrame(rows, columns=["sex", "dept", "n", "converted"]))


def test_berkeley_is_explained_by_the_departments():
    table = compare_within(berkeley(), by="sex", within="dept", measure="converted")
    rows = table.set_index("dept")
    pooled, inner = rows.loc["(pooled)"], rows.loc["(within)"]
    assert (pooled.sex, pooled.other) == ("men", "women")
    expected = share_difference(1198 / 2691, 2691, 557 / 1835, 1835)
    assert (pooled.rate_difference, pooled.rate_difference_lo) == pytest.approx(expected[:2])
    assert inner.rate_difference_lo < 0 < inner.rate_difference_hi
    assert (pooled.verdict_within, inner.verdict_within) == ("explained", "explained")
    assert 0.8 < inner.p_reversal < 0.95  # the reversal itself is not proved: p = .23
    # R: mantelhaen.test(UCBAdmissions)
    assert (inner.odds_ratio, inner.odds_ratio_lo, inner.odds_ratio_hi) == pytest.approx(
        (0.90469683, 0.77190736, 1.06032976), abs=1e-5
    )
    assert rows.loc["A", ["share_first", "share_other"]].tolist() == pytest.approx(
        [825 / 2691, 108 / 1835]
    )


def scored(cells, repeat=1):
    """Feedback from {(channel, segment): scores}."""
    rows = [
        (channel, segment, score)
        for (channel, segment), scores in cells.items()
        for score in list(scores) * repeat
    ]
    frame = pd.DataFrame(rows, columns=["channel", "segment", "score"]).assign(
        metric="csat", status="answered", scale_lo=1.0, scale_hi=5.0
    )
    return from_frame(frame.assign(feedback_id=[f"f{k}" for k in range(len(frame))]))


PARADOX = {
    ("app", "calm"): [4, 4, 5, 4, 4, 5] * 8,
    ("app", "strict"): [1, 2, 1, 2],
    ("web", "calm"): [5, 5, 5, 4],
    ("web", "strict"): [2, 2, 3, 2, 3, 2] * 8,
}


def test_a_reversal_is_told_with_its_probability():
    table = compare_within(scored(PARADOX), small_cell=4)
    rows = table.set_index("segment")
    assert rows.loc["(pooled)", ["channel", "other"]].tolist() == ["app", "web"]
    assert rows.loc["(pooled)", "score_difference"] > 1.5
    assert rows.loc["(within)", "score_difference"] < -0.3
    assert (table.verdict_within == "reversed").all()
    assert rows.p_reversal.iloc[0] > 0.95
    assert table.segment.tolist() == ["(pooled)", "(within)", "calm", "strict"]


def test_equal_mixes_confirm_the_total():
    same = {(c, s): [4, 5, 4, 3] * 9 if c == "app" else [2, 3, 2, 1] * 9
            for c in ("app", "web") for s in ("calm", "strict")}  # fmt: skip
    table = compare_within(scored(same))
    assert (table.verdict_within == "confirmed").all()
    rows = table.set_index("segment").score_difference
    assert rows["(pooled)"] == pytest.approx(rows["(within)"])


def test_mantel_haenszel_weights_are_hand_worked():
    cells = {
        ("app", "a"): [4, 4], ("app", "b"): [2, 4] * 3, ("web", "a"): [2, 4] * 3,
        ("web", "b"): [1, 3],
    }  # fmt: skip
    table = compare_within(scored(cells), small_cell=2).set_index("segment")
    # Both strata weigh 2 × 6 / 8; the differences are 1 and 1.
    assert table.loc["(within)", "score_difference"] == pytest.approx(1)
    uneven = cells | {("web", "a"): [4] * 6}
    other = compare_within(scored(uneven), small_cell=2).set_index("segment")
    # In all `web` is ahead now: its differences from `app` are 0 and −1.
    assert other.loc["(within)", ["channel", "other"]].tolist() == ["web", "app"]
    assert other.loc["(within)", "score_difference"] == pytest.approx(-0.5)
    with pytest.raises(ValueError, match="inverse_variance"):
        compare_within(scored(cells), small_cell=2, weights="equal")


def test_strata_with_too_few_answers_do_not_count():
    table = compare_within(scored(PARADOX), small_cell=5)
    assert table == Missing("feedback", ("channel", "segment"))
    more = PARADOX | {("app", "odd"): [3] * 20, ("web", "odd"): [3] * 20, ("app", "rare"): [1]}
    found = compare_within(scored(more), small_cell=4)
    assert found.segment.tolist()[2:] == ["calm", "odd", "strict"]
    assert found.n.iloc[0] == 104 + 40


def test_without_the_columns_the_answer_is_missing():
    data = scored(PARADOX)
    assert compare_within(data, by="region") == Missing("feedback", ("region",))
    assert compare_within(Missing("feedback")) == Missing("feedback")
    with pytest.raises(DataError):
        compare_within(data.mutate(metric=literal("nps")), measure="nps")


def test_channels_without_any_effect_are_seldom_called_reversed():
    # The pooled gap is real (the mix differs), the difference within is exactly zero.
    random = np.random.default_rng(5)
    told = {"reversed": 0, "explained": 0}
    for _ in range(30):
        cells = {}
        for channel, sizes in (("app", (80, 20)), ("web", (20, 80)), ("shop", (50, 50))):
            for segment, n, shares in zip(
                ("calm", "strict"), sizes, ([0, 0.1, 0.2, 0.4, 0.3], [0.2, 0.3, 0.3, 0.1, 0.1])
            ):
                cells[channel, segment] = random.choice(range(1, 6), n, p=shares)
        verdicts = compare_within(scored(cells)).verdict_within
        for verdict in told:
            told[verdict] += (verdicts == verdict).any()
    assert told["reversed"] <= 4  # 5 % would be 1 or 2 of 30
    assert told["explained"] >= 27
