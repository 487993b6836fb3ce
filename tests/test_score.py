"""Scoring: right, naive and random answers come out as they are; bad answers are refused."""

from __future__ import annotations

import json
import random

import pytest

from keytouch import words
from keytouch.__main__ import main
from keytouch.cases.answers import Claim, read_answer
from keytouch.cases.key import answer_key, key_bytes
from keytouch.cases.population import ANSWERING
from keytouch.cases.score import score_answer, score_lines
from keytouch.cases.truth import TRUTHS
from keytouch.problems import DataError


@pytest.fixture(autouse=True)
def english():
    words.set_language("en")


def fact(claim, touchpoint="", subject="", value=None, details=()):
    place = {"claim": claim, "touchpoint": touchpoint, "subject": subject}
    return {**place, "value": value, "details": details}


def small_key(*facts, slopes=None, keys=("check_in", "check_out")):
    """A key with two key touchpoints and some more facts."""
    plain = ("key_touchpoint", "effect", "no_effect", "moment")
    wanted = [
        {name: f[name] for name in ("claim", "touchpoint", "subject")} | {"group": "trap"}
        for f in facts
        if f["claim"] not in plain
    ]
    slopes = slopes or {"check_in": 0.4, "check_out": 0.3, "room": 0.1, "breakfast": 0.0}
    return {
        "case": "hotel",
        "key_touchpoints": list(keys),
        "facts": [*(fact("key_touchpoint", name) for name in keys), *facts],
        "effects": [
            {"touchpoint_id": name, "slope": slope, ANSWERING: slope}
            for name, slope in slopes.items()
        ],
        "to_find": wanted,
    }


def keys(*touchpoints):
    return [Claim("key_touchpoint", name, rank=k) for k, name in enumerate(touchpoints)]


def verdict(answer, *facts):
    return [found.verdict for found in score_answer(answer, small_key(*facts)).facts]


def test_precision_and_recall_count_the_named_and_the_planted():
    score = score_answer(keys("check_in", "breakfast", "room"), small_key())
    assert (score.precision.value, score.precision.n) == (1 / 3, 3)
    assert (score.recall.value, score.recall.n) == (1 / 2, 2)


def test_an_undecided_touchpoint_is_not_named():
    answer = [Claim("key_touchpoint", "check_in", probability=0.79)]
    score = score_answer(answer, small_key())
    assert (score.precision.value, score.precision.n, score.recall.value) == (None, 0, 0.0)


def test_rank_correlation_takes_the_stated_effects():
    # Pairs of four: five agree, one is turned round (room before check_out), so (5 - 1) / 6.
    stated = {"check_in": 0.5, "room": 0.3, "check_out": 0.2, "breakfast": 0.1}
    answer = [Claim("effect", name, value=value) for name, value in stated.items()]
    score = score_answer(answer, small_key())
    assert score.ranked_by == "effects" and score.rank_correlation.n == 4
    assert score.rank_correlation.value == pytest.approx(4 / 6)


def test_rank_correlation_else_takes_the_order_of_naming():
    right = score_answer(keys("check_in", "check_out", "room"), small_key())
    turned = score_answer(keys("breakfast", "room", "check_out"), small_key())
    assert right.ranked_by == "order" and right.rank_correlation.value == pytest.approx(1)
    assert turned.rank_correlation.value == pytest.approx(-1)


def test_coverage_counts_the_intervals_that_hold_the_truth():
    answer = [
        Claim("effect", "check_in", value=0.3, lo=0.2, hi=0.39),
        Claim("effect", "room", value=0.1, lo=0.0, hi=0.2),
        Claim("effect", "check_out", value=0.3),
    ]
    coverage = score_answer(answer, small_key()).coverage
    assert (coverage.value, coverage.n) == (0.5, 2)


def test_a_decoy_is_avoided_where_keys_are_named_without_it():
    decoy = fact("decoy", "breakfast")
    assert verdict(keys("check_in"), decoy) == ["caught"]
    assert verdict(keys("check_in", "breakfast"), decoy) == ["missed"]
    assert verdict([Claim("no_effect", "breakfast")], decoy) == ["caught"]
    assert verdict([Claim("key_touchpoint", "breakfast", probability=0.5)], decoy) == ["undecided"]
    assert verdict([], decoy) == ["not_addressed"]


def test_a_reversal_turned_round_is_missed():
    reversal = fact("reversal", subject="channel:agency>direct")
    assert verdict([Claim("reversal", subject="channel:agency>direct")], reversal) == ["caught"]
    assert verdict([Claim("reversal", subject="channel:direct>agency")], reversal) == ["missed"]
    assert verdict(keys("check_in"), reversal) == ["not_addressed"]


def test_a_rival_claim_misses_the_planted_one():
    worked = fact("improvement_worked", "check_out", "A03")
    useless = [Claim("improvement_useless", "check_out", "A03")]
    assert verdict(useless, worked) == ["missed"]
    assert score_answer(useless, small_key(worked)).false_alarms == tuple(useless)


def test_a_fact_about_another_touchpoint_is_not_addressed():
    penalty = fact("penalty_only", "booking")
    assert verdict([Claim("penalty_only", "room")], penalty) == ["not_addressed"]
    assert verdict([Claim("linear", "booking")], penalty) == ["missed"]


def test_an_unsure_right_claim_is_undecided():
    rule = fact("remembered_by", subject="peak_end")
    unsure = Claim("remembered_by", subject="peak_end", probability=0.6)
    assert verdict([unsure], rule) == ["undecided"]


def test_a_synergy_has_no_order():
    both = fact("synergy", subject="check_in+room")
    assert verdict([Claim("synergy", subject="room+check_in")], both) == ["caught"]


@pytest.mark.parametrize(
    "day, expected",
    [("2025-04-07", "caught"), ("2025-04-20", "caught"), ("2025-05-01", "missed"), ("", "missed")],
)
def test_a_change_date_is_right_within_two_weeks(day, expected):
    change = fact("change", "guest_request", "2025-04-07")
    assert verdict([Claim("change", "guest_request", day)], change) == [expected]


@pytest.mark.parametrize(
    "claim, expected",
    [
        (Claim("contact_cap", value=3.5), "caught"),
        (Claim("contact_cap", value=5.0), "missed"),
        (Claim("contact_cap", value=5.0, lo=2.5, hi=6.0), "caught"),
        (Claim("contact_cap"), "missed"),
    ],
)
def test_a_contact_cap_is_right_when_near_or_held(claim, expected):
    assert verdict([claim], fact("contact_cap", value=3.0)) == [expected]


def test_a_kano_claim_needs_the_category():
    item = fact("kano", "room", "clean_room", details=[["category", "M"]])
    assert verdict([Claim("kano", "room", "clean_room", category="M")], item) == ["caught"]
    assert verdict([Claim("kano", "room", "clean_room", category="A")], item) == ["missed"]


def test_false_alarms_have_no_planted_counterpart():
    penalty = fact("penalty_only", "booking")
    made = [
        *keys("check_in", "wifi"),
        Claim("linear", "room"),
        Claim("linear", "booking"),
        Claim("no_effect", "check_out"),
        Claim("no_effect", "wifi"),
        Claim("no_effect", "booking"),
        Claim("reversal", subject="channel:a>b"),
    ]
    score = score_answer(made, small_key(penalty))
    assert [(c.claim, c.touchpoint) for c in score.false_alarms] == [
        ("key_touchpoint", "wifi"), ("linear", "booking"), ("no_effect", "check_out"),
        ("no_effect", "booking"),
    ]  # fmt: skip
    assert score.unjudged == 1


# Against a whole key.


@pytest.fixture(scope="module")
def key():
    return answer_key("hotel", seed=7, difficulty="standard", truth=TRUTHS["hotel"])


def perfect(key):
    """All that is planted, as a report would claim it."""
    answer = [
        {**f, "category": dict(f["details"]).get("category", ""), "rank": k}
        for k, f in enumerate(key["facts"])
        if f["claim"] not in ("effect", "decoy", "low_score")
    ]
    for row in key["effects"]:
        around = {"lo": row[ANSWERING] - 0.05, "hi": row[ANSWERING] + 0.05}
        effect = {"claim": "effect", "touchpoint": row["touchpoint_id"], "value": row["slope"]}
        answer.append(effect | around)
    return answer


def scored(key, answer, tmp_path):
    """The score that the command writes."""
    findings, sealed, out = (tmp_path / name for name in ("f.json", "k.json", "s.json"))
    findings.write_text(json.dumps(answer), encoding="utf8")
    sealed.write_bytes(key_bytes(key))
    assert main(["score", str(findings), str(sealed), "--out", str(out)]) == 0
    return json.loads(out.read_text(encoding="utf8"))


def test_a_perfect_answer_scores_full_marks(key, tmp_path):
    score = scored(key, perfect(key), tmp_path)
    names = ("precision", "recall", "rank_correlation", "coverage", "traps", "further")
    assert {name: score[name]["value"] for name in names} == dict.fromkeys(names, 1.0)
    assert score["false_alarms"] == [] and score["unjudged"] == 0
    assert score["answer_key"] == key["sha256"] and score["seed"] == 7


def test_a_naive_answer_falls_for_the_decoy(key, tmp_path):
    by_correlation = sorted(key["effects"], key=lambda row: -row["correlation"])
    named = [row["touchpoint_id"] for row in by_correlation[:4]]
    answer = [{"claim": "key_touchpoint", "touchpoint": name} for name in named]
    score = scored(key, answer, tmp_path)
    fallen = [f["touchpoint"] for f in score["facts"] if f["verdict"] == "missed"]
    assert fallen == ["breakfast"]
    assert score["recall"]["value"] == 1 and score["precision"]["value"] < 1
    assert [alarm["touchpoint"] for alarm in score["false_alarms"]].count("breakfast") == 1
    assert 0 < score["traps"]["value"] < 0.5


def test_random_answers_score_as_chance_does(key):
    names, draw = [row["touchpoint_id"] for row in key["effects"]], random.Random(3)
    scores = [score_answer(keys(*draw.sample(names, 4)), key) for _ in range(300)]
    planted = len(key["key_touchpoints"])
    precision = sum(score.precision.value for score in scores) / len(scores)
    recall = sum(score.recall.value for score in scores) / len(scores)
    tau = sum(score.rank_correlation.value for score in scores) / len(scores)
    assert precision == pytest.approx(planted / len(names), abs=0.03)
    assert recall == pytest.approx(4 / len(names), abs=0.06)
    assert tau == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_score_is_told_in_the_language_asked_for(language, key, tmp_path, capsys):
    for name, data in (("f.json", json.dumps(perfect(key)).encode()), ("k.json", key_bytes(key))):
        (tmp_path / name).write_bytes(data)
    paths = [str(tmp_path / name) for name in ("f.json", "k.json")]
    assert main(["--language", language, "score", *paths]) == 0
    told = capsys.readouterr().out
    assert key["sha256"] in told and "1.00" in told
    assert ("光环诱饵（早餐）" if language == "zh" else "halo decoy (Breakfast)") in told


def test_a_gap_elsewhere_is_a_false_alarm_and_a_statement_is_told_by_its_words(key):
    short = fact("expectation_gap", "wifi")
    elsewhere = [Claim("expectation_gap", "room")]
    assert verdict([Claim("expectation_gap", "wifi")], short) == ["caught"]
    assert verdict(elsewhere, short) == ["not_addressed"]
    assert score_answer(elsewhere, small_key(short)).false_alarms == tuple(elsewhere)
    wrong = [Claim("brand_weakness", subject="b05")]
    assert verdict(wrong, fact("brand_weakness", subject="b01")) == ["missed"]
    told = "\n".join(score_lines(score_answer(wrong, key), key))
    assert "It has a character of its own" in told and "b05" not in told


def test_a_reports_folder_is_read_and_its_plain_findings_are_left_out(tmp_path):
    entries = [
        {"claim": "", "touchpoint": "somewhere_else", "value": 1},
        {"claim": "key_touchpoint", "touchpoint": "check_in", "rank": 1, "probability": 0.9},
    ]
    (tmp_path / "findings.json").write_text(json.dumps(entries))
    (claim,) = read_answer(tmp_path, "hotel")
    assert (claim.touchpoint, claim.rank, claim.sure) == ("check_in", 1, True)


def test_a_touchpoint_may_be_given_by_its_name(tmp_path):
    answer = [{"claim": "key_touchpoint", "touchpoint": name} for name in ("退房", "Check-in")]
    (tmp_path / "mine.json").write_text(json.dumps(answer, ensure_ascii=False), encoding="utf8")
    found = read_answer(tmp_path / "mine.json", "hotel")
    assert [claim.touchpoint for claim in found] == ["check_out", "check_in"]


@pytest.mark.parametrize(
    "text, told",
    [
        ('{"claim": "effect"}', "should hold a list"),
        ("[1, 2", "no proper JSON"),
        ('["check_in"]', "entry 1 should have a claim"),
        ('[{"touchpoint": "check_in"}]', "entry 1 should have a claim"),
        ('[{"claim": "key_touchpont", "touchpoint": "check_in"}]', "mean: key_touchpoint"),
        ('[{"claim": "effect", "touchpoint": "chek_in"}]', "mean: check_in"),
        ('[{"claim": "effect", "touchpoint": "check_in", "value": "0.3"}]', "value should be"),
        ('[{"claim": "effect", "touchpoint": "check_in", "probability": 7}]', "between 0 and 1"),
        ('[{"claim": "effect", "touchpoint": ["check_in"]}]', "touchpoint should be text"),
    ],
)
def test_an_answer_that_cant_be_used_is_refused_with_its_place(text, told, tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(DataError) as refused:
        read_answer(path, "hotel")
    assert told in str(refused.value) and "mine.json" in str(refused.value)


def test_all_bad_entries_are_told_at_once(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text('[{"claim": "efect"}, {"claim": "effect", "touchpoint": "gate"}, 3]')
    with pytest.raises(DataError) as refused:
        read_answer(path, "hotel")
    assert [problem.values["entry"] for problem in refused.value.problems] == [1, 2, 3]


def test_a_missing_answer_is_told(tmp_path):
    with pytest.raises(DataError, match="nothing to score"):
        read_answer(tmp_path / "no.json", "hotel")
