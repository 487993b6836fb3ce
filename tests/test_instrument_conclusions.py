"""What the instruments say: the right thing, in both languages, and undecided where it is."""

import numpy as np
import pandas as pd
import pytest

from keytouch import labels
from keytouch.engine import Missing
from keytouch.instrument_conclusions import (
    brand_findings,
    competitor_findings,
    expectation_findings,
    image_findings,
    kano_findings,
    need_findings,
    provider_gap_findings,
    servqual_findings,
    wave_findings,
)
from keytouch.words import set_language

MISSING = Missing("feedback")


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request, monkeypatch):
    set_language(request.param)
    names = {"touchpoints": {"desk": {"zh": "前台", "en": "Front desk"}}}
    names["companies"] = {"x": {"zh": "云溪", "en": "Yunxi"}}
    names["items"] = {"speed": {"zh": "十分钟入住", "en": "Fast check-in"}}
    monkeypatch.setattr(labels, "_names", names)
    return request.param


def estimates(column, values, half=0.1, **more):
    values = np.asarray(values, float)
    table = pd.DataFrame(
        {column: values, f"{column}_lo": values - half, f"{column}_hi": values + half}
    )
    return table.assign(n=200, small=False, method="method_gaps").assign(**more)


def dimensions(gaps, p=0.001, half=0.1):
    names = [*(f"d{k}" for k in range(len(gaps) - 1)), "overall"]
    table = estimates("gap_points", gaps, half, dimension=names, p_value=p)
    for side in ("expectation", "perception"):
        table = table.join(estimates(side, 5 + (side == "perception") * table.gap_points)[
            [side, f"{side}_lo", f"{side}_hi"]])  # fmt: skip
    return table


def test_the_shortest_dimension_is_named_and_claimed():
    found = servqual_findings(dimensions([-1.1, -0.2, -0.6]))
    assert (found[0].claim, found[0].subject, found[0].strength) == ("servqual_gap", "d0", "is")
    assert found[0].value == pytest.approx(-1.1) and "−1.10" in found[0].sentence()
    assert found[1].key == "finding_servqual_overall" and found[1].value == pytest.approx(-0.6)


def test_two_equal_shortfalls_are_undecided():
    found = servqual_findings(dimensions([-1.1, -1.1, -1.1]))[0]
    assert found.strength == "undecided"
    assert "d0" in found.sentence() and "d1" in found.sentence()


def test_a_gap_that_may_be_chance_is_not_claimed():
    found = servqual_findings(dimensions([-0.05, 0.3, 0.1], p=0.6))[0]
    assert found.strength == "undecided"


def test_where_nothing_falls_short_only_the_whole_is_told():
    found = servqual_findings(dimensions([0.4, 0.2, 0.3]))
    assert [finding.key for finding in found] == ["finding_servqual_overall"]


def test_perceptions_alone_tell_the_weakest_dimension():
    table = dimensions([-1.1, -0.2, -0.6])
    blank = dict.fromkeys(("gap_points", "gap_points_lo", "gap_points_hi", "expectation"), np.nan)
    found = servqual_findings(table.assign(**blank))
    assert [finding.key for finding in found] == ["finding_servperf"] and found[0].value == 3.9


def waves(changes, p):
    table = estimates("gap_change", [np.nan, changes[0], np.nan, changes[1]], gap_points=-0.5)
    table = table.assign(dimension=["a", "a", "b", "b"], wave=["1", "2"] * 2)
    return table.assign(p_value=[np.nan, p[0], np.nan, p[1]])


def test_only_sure_changes_are_told_and_gains_are_claimed():
    found = wave_findings(waves([0.5, -0.4], [0.001, 0.01]))
    assert [(f.key, f.claim, f.subject) for f in found] == [
        ("finding_wave_better", "servqual_gain", "a"),
        ("finding_wave_worse", "", "b"),
    ]
    assert len({f.id for f in found}) == 2


def test_without_a_sure_change_the_largest_is_told_as_chance():
    found = wave_findings(waves([0.05, -0.1], [0.6, 0.3]))
    assert [(f.key, f.claim, f.subject) for f in found] == [("finding_wave_steady", "", "b")]


def gaps(values, chance, p=0.001):
    return estimates("gap_points", values, gap=["knowledge", "communication", "service"],
                     p_value=p, p_largest=[*chance, np.nan])  # fmt: skip


def test_the_largest_inner_gap_is_claimed_by_what_is_off():
    found = provider_gap_findings(gaps([-0.2, -0.9, -2], [0.01, 0.99]))[0]
    assert (found.claim, found.subject) == ("provider_gap", "promise") and found.strength == "is"
    found = provider_gap_findings(gaps([-0.9, -0.2, -2], [0.99, 0.01]))[0]
    assert found.subject == "belief"
    found = provider_gap_findings(gaps([-0.9, -0.8, -2], [0.6, 0.4]))[0]
    assert found.strength == "undecided"


def test_the_dimension_where_the_shortfall_is_worst_is_told():
    cells = estimates("gap_points", [-1.2, 0.1], gap=["communication", "knowledge"])
    cells = cells.assign(dimension=["empathy", "assurance"], p_largest=[0.97, 0.03], p_value=0.001)
    both = provider_gap_findings(gaps([-0.2, -0.9, -2], [0.01, 0.99]), cells)
    assert [f.key for f in both] == ["finding_provider_gap", "finding_provider_gap_at"]
    only = provider_gap_findings(gaps([-0.2, -0.25, -2], [0.4, 0.6]), cells)
    assert [(f.key, f.subject) for f in only] == [("finding_provider_gap_at", "promise")]
    neither = provider_gap_findings(
        gaps([-0.2, -0.25, -2], [0.4, 0.6]), cells.assign(p_largest=0.5)
    )
    assert [f.strength for f in neither] == ["undecided"]


def test_no_inner_shortfall_is_no_finding():
    assert provider_gap_findings(gaps([0.2, 0.3, -2], [0.6, 0.4])) == []


def kano_row(category, chance, second="indifferent", **more):
    shares = estimates("better", [0.7]).join(estimates("worse", [-0.8])[
        ["worse", "worse_lo", "worse_hi"]])  # fmt: skip
    whole = estimates("total_strength", [0.2])
    shares = shares.join(whole[["total_strength", "total_strength_lo", "total_strength_hi"]])
    row = {"item": "speed", "touchpoint_id": "desk", "n": 150}
    row |= {"kano_category": category, "p_category": chance, "second": second}
    row |= {f"p_{category}": chance, f"p_{second}": 1 - chance, "method": "method_kano_mode"}
    return shares.assign(**(row | more))


@pytest.mark.parametrize(
    ("category", "letter", "value"),
    [("must_be", "M", 0.8), ("attractive", "A", 0.7), ("one_dimensional", "O", 0.7),
     ("indifferent", "I", 0.2), ("reverse", "R", 0.2), ("questionable", "Q", 0.2)],
)  # fmt: skip
def test_a_kano_finding_claims_its_category(category, letter, value):
    second = "attractive" if category == "indifferent" else "indifferent"
    found = kano_findings(kano_row(category, 0.97, second))[0]
    assert (found.claim, found.touchpoint, found.subject) == ("kano", "desk", "speed")
    assert found.payload()["category"] == letter
    assert found.value == pytest.approx(value) and found.lo < found.value < found.hi
    assert "{" not in found.sentence() and found.strength == "is"


def test_an_undecided_category_names_both():
    found = kano_findings(kano_row("must_be", 0.6))[0]
    assert found.strength == "undecided" and found.key == "finding_kano_open"
    assert "60%" in found.sentence() and "40%" in found.sentence()


def test_small_items_are_not_told():
    assert kano_findings(kano_row("must_be", 1.0, small=True)) == []


def grid(*verdicts):
    values = [{"lag": -0.5, "lead": 0.5}.get(v, 0.02) for v in verdicts]
    return estimates("gap_points", values, touchpoint_id="desk", company="x", verdict=verdicts,
                     probability=0.99, own_score=4.0, rival_score=3.5)  # fmt: skip


def test_lags_come_before_leads():
    found = competitor_findings(grid("lead", "unclear", "lag"))
    assert [(f.claim, f.touchpoint, f.subject) for f in found] == [
        ("lag", "desk", "x"), ("lead", "desk", "x"),
    ]  # fmt: skip
    assert "0.50" in found[0].sentence() and "0.40–0.60" in found[0].sentence()


def test_parity_and_doubt_claim_nothing():
    found = competitor_findings(grid("unclear", "parity"))
    assert [(f.key, f.claim) for f in found] == [("finding_no_lag", "")]


def test_the_whole_has_a_name_of_its_own(language):
    table = grid("lag").assign(touchpoint_id="(overall)")
    sentence = competitor_findings(table)[0].sentence()
    assert ("总体" if language == "zh" else "overall") in sentence and "(overall)" not in sentence


def test_expectations_tell_what_is_short_then_what_exceeds():
    table = estimates("gap_points", [-0.5, 0.0, 0.5], touchpoint_id="desk", probability=0.99,
                      verdict=["short", "met", "exceeded"], p_far_short=0.1)  # fmt: skip
    assert not any(finding.claim for finding in expectation_findings(table))
    keys = [finding.key for finding in expectation_findings(table)]
    assert keys == ["finding_expectation_short", "finding_expectation_exceeded"]
    keys = [finding.key for finding in expectation_findings(table.assign(verdict="unclear"))]
    assert keys == ["finding_expectation_open"]


@pytest.mark.parametrize(("far", "claim"), [(0.8, "expectation_gap"), (0.79, "")])
def test_only_what_is_far_short_is_claimed_and_it_comes_first(far, claim, language):
    table = estimates("gap_points", [-1.2, -1.1], touchpoint_id=["room", "desk"], margin=0.3,
                      probability=0.99, verdict="short", p_far_short=[0.2, far])  # fmt: skip
    found = sorted(expectation_findings(table), key=lambda finding: finding.rank)
    assert [finding.claim for finding in found] == [claim, ""]
    place = ("desk", far) if claim else ("room", 0.99)
    assert (found[0].touchpoint, found[0].probability) == place
    assert ("0.60" in found[0].sentence()) == bool(claim)


def test_only_repairs_are_told_of_needs():
    table = estimates("gap_points", [-0.5, -0.4], touchpoint_id="desk", item=["speed", "drink"],
                      kano_category="must_be", need=["repair", "watch"])  # fmt: skip
    found = need_findings(table)
    assert [finding.id for finding in found] == ["finding_need_repair_speed"]


def test_the_brand_tells_its_weakest_touchpoint_and_its_index():
    table = estimates("deviation_points", [-0.5, 0.5], touchpoint_id="desk", probability=0.99,
                      verdict=["weaker", "stronger"])  # fmt: skip
    index = estimates("consistency", [0.3], within_sd=0.9)
    found = brand_findings(table, index)
    assert [finding.key for finding in found] == ["finding_brand_weaker", "finding_consistency"]
    image = estimates("score", [2.0, 4.0, 3.0], item=["speed", "drink", "overall"])
    assert [finding.key for finding in image_findings(image)] == ["finding_image"]


@pytest.mark.parametrize(
    ("second", "p_far_behind", "claim"),
    [(4.0, 0.9, "brand_weakness"), (4.0, 0.7, ""), (4.0, np.nan, ""), (2.0, 0.9, "")],
)
def test_a_statement_far_behind_and_surely_last_is_a_weakness(second, p_far_behind, claim):
    image = estimates("score", [2.0, second, 3.0], item=["speed", "drink", "overall"],
                      p_far_behind=[p_far_behind, 0.0, np.nan])  # fmt: skip
    image = image.join(estimates("rest_points", [-1.5, 1.5, np.nan])[
        ["rest_points", "rest_points_lo", "rest_points_hi"]])  # fmt: skip
    (found,) = image_findings(image)
    assert (found.claim, found.subject) == (claim, "speed" if claim else "")
    assert found.probability <= 0.9 or not claim
    assert ("1.50" in found.sentence()) == bool(claim)


@pytest.mark.parametrize(
    "findings",
    [servqual_findings, wave_findings, provider_gap_findings, kano_findings, competitor_findings,
     expectation_findings, need_findings, image_findings],
)  # fmt: skip
def test_missing_data_have_no_findings(findings):
    assert findings(MISSING) == []
    assert brand_findings(MISSING, MISSING) == []
