"""Every planted fact shows in the shipped cases, by plain pandas on the tables taken in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from keytouch.brand import brand_image
from keytouch.cases.facts import Fact, facts
from keytouch.cases.instruments import ANSWERS
from keytouch.cases.panel import remembered
from keytouch.cases.population import population
from keytouch.cases.registry import spots
from keytouch.cases.truth import TRUTHS
from keytouch.engine import collect
from keytouch.expectations import expectation_gaps
from keytouch.instrument_conclusions import expectation_findings, image_findings
from keytouch.intake import open_client
from keytouch.schema import MOMENTS

DATASETS = Path(__file__).parents[1] / "datasets"
CASES = tuple(TRUTHS)
CLAIMS = {
    "key_touchpoint", "effect", "no_effect", "decoy", "low_score", "moment", "penalty_only",
    "reward_only", "turning_point", "remembered_by", "change", "nonresponse", "reversal",
    "segment_effect", "handover_loss", "contact_cap", "improvement_worked", "improvement_useless",
    "kano", "servqual_gap", "servqual_gain", "provider_gap", "expectation_gap", "brand_weakness",
    "lag", "lead",
}  # fmt: skip
pytestmark = pytest.mark.parametrize("case", CASES)


@cache
def tables(case: str) -> SimpleNamespace:
    """The canonical tables of a shipped case as frames."""
    client = open_client(DATASETS / case)
    names = ("customers", "journeys", "interactions", "incidents", "contacts", "actions")
    taken = {name: collect(getattr(client, name)) for name in names}
    return SimpleNamespace(feedback=collect(client.benchmarks), **taken)


@cache
def answers(case: str) -> pd.DataFrame:
    """One row a survey response: csat scores by touchpoint, `overall`, and who, where, when."""
    held = tables(case)
    rows = held.feedback
    rows = rows[(rows["source"] == "survey") & (rows["metric"] == "csat")]
    wide = rows.assign(item=rows["touchpoint_id"].fillna("overall")).pivot_table(
        index="journey_id", columns="item", values="score", aggfunc="first"
    )
    wide = wide.assign(ts=rows.groupby("journey_id")["ts"].first()).reset_index()
    people = held.customers.drop_duplicates("customer_id")[["customer_id", "segment", "region"]]
    journeys = held.journeys[["journey_id", "customer_id", "channel"]]
    return wide.merge(journeys, on="journey_id").merge(people, on="customer_id")


def planted(case: str, claim: str) -> list[Fact]:
    return [fact for fact in facts(case, TRUTHS[case]) if fact.claim == claim]


def only(case: str, claim: str) -> Fact:
    (fact,) = [fact for fact in planted(case, claim) if fact.sought]
    return fact


def scored(case: str) -> list[str]:
    """The touchpoints that people were asked about, in the order of the journey."""
    return [spot.id for spot in spots(case) if spot.asked]


def slopes(case: str, data: pd.DataFrame, bent: str = "") -> dict[str, float]:
    """Overall points a touchpoint point; of the touchpoint `bent`, below and above its mean."""
    columns: dict[str, pd.Series] = {}
    for name in scored(case):
        apart = data[name] - data[name].mean()
        sides = {name: apart}
        if name == bent:
            sides = {"below": apart.clip(upper=0), "above": apart.clip(lower=0)}
        columns |= {side: values.fillna(0.0) for side, values in sides.items()}
        if 0.02 < data[name].isna().mean() < 0.98:
            columns[f"no {name}"] = data[name].isna().astype(float)
    design = np.column_stack([np.ones(len(data)), *columns.values()])
    found = np.linalg.lstsq(design, data["overall"].to_numpy(), rcond=None)[0]
    return dict(zip(columns, found[1:]))


def test_the_facts_speak_known_claims(case):
    assert {fact.claim for fact in facts(case, TRUTHS[case])} == CLAIMS


def test_keys_stand_clearly_above_the_others(case):
    data = answers(case).dropna(subset="overall")
    found = slopes(case, data)
    keys = {fact.touchpoint for fact in planted(case, "key_touchpoint")}
    many = [name for name in scored(case) if data[name].notna().sum() > 150]
    least = min(found[name] for name in keys)
    assert least > 0.22
    assert max(found[name] for name in many if name not in keys) < least - 0.1


def test_among_everybody_only_keys_have_an_effect_worth_acting_on(case):
    slope = {row["touchpoint_id"]: row["slope"] for row in population(case, TRUTHS[case])}
    keys = {fact.touchpoint for fact in planted(case, "key_touchpoint")}
    assert min(slope[name] for name in keys) > 0.25
    assert max(value for name, value in slope.items() if name not in keys) < 0.2


def test_all_four_moments_are_there(case):
    assert {fact.subject for fact in planted(case, "moment")} == set(MOMENTS)


@pytest.mark.parametrize(("claim", "acts", "rests"), [
    ("penalty_only", "below", "above"), ("reward_only", "above", "below"),
])  # fmt: skip
def test_asymmetric_effects_act_on_one_side(case, claim, acts, rests):
    fact = only(case, claim)
    found = slopes(case, answers(case).dropna(subset="overall"), bent=fact.touchpoint)
    assert found[acts] > 0.12
    assert found[acts] > found[rests] + 0.08


def test_the_turning_point_moves_what_follows_most(case):
    data, order = answers(case), scored(case)
    scores = (data[order] - data[order].mean()) / data[order].std()
    moved = {}
    for place, name in enumerate(order[1:-1], start=1):
        apart = scores[order[place + 1 :]].mean(axis=1) - scores[order[:place]].mean(axis=1)
        both = pd.concat([scores[name], apart], axis=1).dropna()
        if len(both) > 150:
            moved[name] = np.polyfit(*both.to_numpy().T, 1)[0]
    assert max(moved, key=moved.get) == only(case, "turning_point").touchpoint
    assert max(moved.values()) > 0.12


def test_the_journey_is_remembered_by_peak_and_end(case):
    rows = tables(case).feedback
    diary = rows[rows["source"] == "diary"].sort_values(["ts", "feedback_id"])
    whole = diary[diary["touchpoint_id"].isna()].set_index("journey_id")["score"]
    moments = diary[diary["touchpoint_id"].notna()].groupby("journey_id")["score"]
    rules = {
        "mean": moments.mean(),
        "end": moments.last(),
        "peak_end": moments.apply(lambda moods: remembered(moods.to_numpy())),
        "trend": moments.apply(lambda m: np.polyfit(np.arange(len(m)), m, 1)[0]),
    }
    left = {name: ((whole - rule) ** 2).mean() for name, rule in rules.items()}
    assert min(left, key=left.get) == only(case, "remembered_by").subject
    assert len(whole) == TRUTHS[case].memory.journeys and moments.size().min() >= 4


def test_one_touchpoint_drops_on_its_day(case):
    fact, data = only(case, "change"), answers(case)
    late = data["ts"] >= pd.Timestamp(fact.subject) + pd.Timedelta(days=7)
    fell = {name: data.loc[~late, name].mean() - data.loc[late, name].mean()
            for name in scored(case) if data[name].notna().sum() > 150}  # fmt: skip
    assert max(fell, key=fell.get) == fact.touchpoint
    assert fell[fact.touchpoint] > 0.4


def difference_in_differences(case: str, fact: Fact) -> tuple[float, float]:
    """What changed where an action was done, less what changed elsewhere; standard error."""
    told = dict(fact.details)
    data = answers(case).dropna(subset=fact.touchpoint)
    reached = data["region"].isin(str(told["scope"]).removeprefix("region=").split("|"))
    after = data["ts"] >= pd.Timestamp(str(told["start"]))
    parts = [data.loc[r & a, fact.touchpoint] for r in (reached, ~reached) for a in (after, ~after)]
    new, old, new_rest, old_rest = (part.mean() for part in parts)
    error = np.sqrt(sum(part.var() / len(part) for part in parts))
    return (new - old) - (new_rest - old_rest), error


def test_one_improvement_works_and_one_does_not(case):
    worked, useless = only(case, "improvement_worked"), only(case, "improvement_useless")
    gain, error = difference_in_differences(case, worked)
    assert gain > 0.3 and gain > 3 * error
    gain, error = difference_in_differences(case, useless)
    assert abs(gain) < 2 * error
    promised = tables(case).actions.set_index("action_id")["effect_points"][useless.subject]
    assert gain + 1.96 * error < promised


def test_answers_are_biased_and_operations_tell(case):
    """Weighting what was answered to what is known of every journey moves the mean back."""
    held, way = tables(case), {"up": 1, "down": -1}[only(case, "nonresponse").subject]
    steps, people = held.interactions, held.customers.drop_duplicates("customer_id")
    by = steps["journey_id"]
    late = (steps["ts"] > steps["promised_ts"] + pd.Timedelta(minutes=15)).groupby(by).any()
    ends = {"ecommerce": "delivery", "airline": "gate_service", "hotel": "check_out"}[case]
    asked = held.journeys[
        held.journeys["journey_id"].isin(by[steps["touchpoint_id"] == ends])
    ].merge(people[["customer_id", "segment", "churned"]], on="customer_id")
    whole = answers(case).set_index("journey_id")["overall"]
    asked = asked.assign(late=asked["journey_id"].map(late), whole=asked["journey_id"].map(whole))
    cells = asked.groupby(["segment", "late", "churned"])["whole"].agg(["mean", "size"]).dropna()
    weighted = (cells["mean"] * cells["size"]).sum() / cells["size"].sum()
    assert way * (asked["whole"].mean() - weighted) > 0.1


def test_the_channels_reverse_within_segments(case):
    pair = only(case, "reversal").subject.removeprefix("channel:").split(">")
    data = answers(case).dropna(subset="overall")
    data = data[data["channel"].isin(pair)]
    pooled = data.groupby("channel")["overall"].mean()
    assert pooled[pair[0]] > pooled[pair[1]] + 0.1
    within = data.pivot_table(index="segment", columns="channel", values="overall")
    assert (within[pair[1]] > within[pair[0]]).all()


def test_a_contact_that_changes_channel_is_solved_less_and_dropped_more(case):
    fact = only(case, "handover_loss")
    first, second = fact.subject.split(">")
    rows = tables(case).interactions
    rows = rows[rows["touchpoint_id"] == fact.touchpoint].sort_values(["journey_id", "ts"])
    before = rows.groupby("journey_id")["channel"].shift()
    last = ~rows.duplicated("journey_id", keep="last")
    solved = rows["success"].astype(bool)
    passed = (before == first) & (rows["channel"] == second)
    stayed = before == rows["channel"]
    assert passed.sum() > 60 and stayed.sum() > 100
    assert solved[passed].mean() < solved[stayed].mean() - 0.15
    assert (last & ~solved)[passed].mean() > (last & ~solved)[stayed].mean() + 0.15


def test_one_segment_has_other_keys(case):
    lost, gained = planted(case, "segment_effect")
    data = answers(case).dropna(subset="overall")
    there = data["segment"] == lost.subject
    assert 0.12 < there.mean() < 0.4
    here, elsewhere = slopes(case, data[there]), slopes(case, data[~there])
    assert elsewhere[lost.touchpoint] - here[lost.touchpoint] > 0.2
    assert here[gained.touchpoint] - elsewhere[gained.touchpoint] > 0.2
    assert here[gained.touchpoint] > here[lost.touchpoint]


def test_too_many_messages_drive_people_out(case):
    held, cap = tables(case), only(case, "contact_cap").value
    sent = held.contacts.sort_values(["customer_id", "ts"]).reset_index(drop=True)
    clock = sent.assign(one=1.0).set_index("ts").groupby("customer_id")["one"]
    week = clock.rolling("7D").sum().to_numpy()
    left = sent["opted_out"].astype(bool)
    assert left[week > cap + 1].mean() > 3 * left[week <= cap].mean()
    assert left[week <= cap].mean() < 0.01
    assert not left[sent.duplicated("customer_id", keep="last")].any()
    consenting = held.customers.loc[held.customers["consent"].astype(bool), "customer_id"]
    assert set(sent["customer_id"]) <= set(consenting)


def test_kano_answers_show_the_planted_categories(case):
    rows = tables(case).feedback
    pairs = rows[rows["source"] == "kano"].pivot_table(
        index=["item", "customer_id"], columns="metric", values="score"
    )
    category = {pair: name for name, known in ANSWERS.items() for pair in known}
    found = pd.Series(
        [category.get((f, d), "I") for f, d in
         zip(pairs["kano_functional"], pairs["kano_dysfunctional"])],
        index=pairs.index.get_level_values("item"),
    )  # fmt: skip
    shown = found.groupby(level=0).agg(lambda letters: letters.mode()[0]).to_dict()
    assert shown == {fact.subject: dict(fact.details)["category"] for fact in planted(case, "kano")}


def test_servqual_has_one_gap_and_one_gain(case):
    rows = tables(case).feedback
    rows = rows[rows["source"] == "servqual"]
    means = rows.pivot_table(index=["dimension", "wave"], columns="metric", values="score")
    gap = (means["perception"] - means["expectation"]).unstack("wave")
    assert gap.mean(axis=1).idxmin() == only(case, "servqual_gap").subject
    assert gap.mean(axis=1).nsmallest(2).diff().iloc[-1] > 0.5
    gained = gap["2025q2"] - gap["2025q1"]
    assert gained.idxmax() == only(case, "servqual_gain").subject
    assert gained.nlargest(2).diff().abs().iloc[-1] > 0.2


def test_the_provider_side_has_one_open_gap(case):
    rows, held = tables(case).feedback, only(case, "provider_gap")
    dimension = only(case, "servqual_gap").subject
    rows = rows[rows["dimension"] == dimension]
    level = rows.groupby("metric")["score"].mean()
    gaps = {
        "belief": level["belief"] - level["expectation"],
        "standard": level["standard"] - level["belief"],
        "delivered": level["delivered"] - level["standard"],
        "promise": level["delivered"] - level["promise"],
    }
    assert min(gaps, key=gaps.get) == held.subject
    assert gaps[held.subject] < -0.5


def test_one_touchpoint_is_far_short_of_expectations(case):
    rows = tables(case).feedback
    rows = rows[(rows["source"] == "expectations") & rows["touchpoint_id"].notna()]
    asked = rows.pivot_table(index=["customer_id", "touchpoint_id"], columns="metric",
                             values="score")  # fmt: skip
    gap = (asked["perception"] - asked["expectation"]).groupby("touchpoint_id").mean()
    fact, plan = only(case, "expectation_gap"), TRUTHS[case].expectations
    assert gap.idxmin() == fact.touchpoint and abs(gap.min() - fact.value) < 0.25
    assert (gap.drop(fact.touchpoint) - plan.gap).abs().max() < 0.3
    wide = {spot.id for spot in spots(case) if spot.asked and spot.use_rate >= plan.widely_used}
    assert set(gap.index) == wide


def test_expectations_are_asked_in_one_wave_of_june(case):
    rows = tables(case).feedback
    rows = rows[rows["source"] == "expectations"]
    assert rows["customer_id"].nunique() == TRUTHS[case].expectations.respondents
    assert rows["ts"].min() >= pd.Timestamp("2025-06-01") and rows["wave"].isna().all()
    assert rows["ts"].max() < pd.Timestamp("2025-07-01")


def test_one_statement_about_the_brand_is_weak(case):
    rows = tables(case).feedback
    mean = rows[rows["metric"] == "agreement"].groupby("item")["score"].mean()
    fact = only(case, "brand_weakness")
    assert len(mean) == 5 and mean.idxmin() == fact.subject
    assert abs(mean.min() - mean.drop(fact.subject).mean() - fact.value) < 0.2


@pytest.mark.parametrize("claim", ["expectation_gap", "brand_weakness"])
def test_the_measures_claim_what_is_planted_and_nothing_else(case, claim):
    client = open_client(DATASETS / case)
    gaps = expectation_gaps(client.feedback, scale=client.scale("perception"))
    image = brand_image(client.feedback, scale=client.scale("agreement"))
    found = [*expectation_findings(gaps), *image_findings(image)]
    made = [(f.touchpoint, f.subject) for f in found if f.claim == claim]
    assert made == [(fact.touchpoint, fact.subject) for fact in planted(case, claim)]


def test_competitors_lag_and_lead_where_planted(case):
    rows = tables(case).feedback
    rows = rows[(rows["metric"] == "csat") & rows["touchpoint_id"].notna()]
    rows = rows.assign(company=rows["company"].fillna("us"))
    mean = rows.pivot_table(index="touchpoint_id", columns="company", values="score").dropna()
    apart = mean.drop(columns="us").sub(mean["us"], axis=0).stack()
    lag, lead = only(case, "lag"), only(case, "lead")
    assert apart.idxmax() == (lag.touchpoint, lag.subject) and apart.max() > 0.35
    assert apart.idxmin() == (lead.touchpoint, lead.subject) and apart.min() < -0.35
    assert apart.drop([apart.idxmax(), apart.idxmin()]).abs().max() < 0.3


def test_two_coders_agree_but_for_confusions(case):
    rows = tables(case).incidents
    read = rows.pivot(index="incident_id", columns="coder", values="category")
    agree = (read.iloc[:, 0] == read.iloc[:, 1]).mean()
    doubt = TRUTHS[case].incidents.confusion
    assert len(read) == TRUTHS[case].incidents.incidents
    assert abs(agree - (1 - doubt) ** 2) < 0.1
    assert rows["incident_group"].nunique() == 3 and rows["polarity"].nunique() == 2
