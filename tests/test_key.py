"""Answer keys: sealed, beside the client's folder, the same again; population values up to date."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from keytouch import words
from keytouch.__main__ import main
from keytouch.cases.answers import CLAIMS
from keytouch.cases.command import write_cases
from keytouch.cases.difficulty import DIFFICULTIES, at_difficulty
from keytouch.cases.facts import facts
from keytouch.cases.key import answer_key, canonical, key_bytes, key_path, open_key, seal
from keytouch.cases.population import VALUES, estimate_population, parameter_hash, population
from keytouch.cases.registry import spots
from keytouch.cases.responses import changed, enlarged
from keytouch.cases.truth import TRUTHS
from keytouch.problems import DataError
from keytouch.words import has_word

CASES = tuple(TRUTHS)


@pytest.fixture(autouse=True)
def english():
    words.set_language("en")


def key_of(case="hotel", seed=7, difficulty="standard"):
    truth = at_difficulty(TRUTHS[case], difficulty)
    return answer_key(case, seed=seed, difficulty=difficulty, truth=truth)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder with one written case and its key."""
    folder = tmp_path_factory.mktemp("cases")
    write_cases(folder, cases=["hotel"], seed=7, keys=folder)
    return folder


def test_the_seal_is_the_hash_of_the_sorted_content():
    sealed = seal({"b": 1, "a": "答"})
    assert canonical({"b": 1, "a": "答"}) == '{"a":"答","b":1}'.encode()
    assert sealed["sha256"] == hashlib.sha256('{"a":"答","b":1}'.encode()).hexdigest()


def test_the_same_case_has_the_same_key_and_another_seed_another():
    assert key_of() == key_of()
    assert key_of(seed=8)["sha256"] != key_of()["sha256"]
    assert key_of(difficulty="hard")["sha256"] != key_of()["sha256"]


def test_the_key_lies_beside_the_clients_folder(written):
    path = key_path(written, "hotel")
    assert path.name == "answer_key_hotel.json" and path.parent == written
    assert {p.name for p in written.iterdir()} == {"hotel", path.name}
    assert open_key(path) == key_of()


@pytest.mark.parametrize("case", CASES)
def test_a_key_holds_every_fact_and_the_keys_by_importance(case):
    key = key_of(case)
    assert len(key["facts"]) == len(facts(case, TRUTHS[case]))
    role = {spot.id: spot.role for spot in spots(case)}
    assert set(key["key_touchpoints"]) == {name for name in role if role[name] == "key"}
    slopes = {row["touchpoint_id"]: row["slope"] for row in key["effects"]}
    assert key["key_touchpoints"] == sorted(key["key_touchpoints"], key=lambda name: -slopes[name])
    assert set(slopes) == {spot.id for spot in spots(case) if spot.asked}


@pytest.mark.parametrize("case", CASES)
def test_what_is_to_be_found_names_the_traps(case):
    found = {(entry["claim"], entry["group"]) for entry in key_of(case)["to_find"]}
    traps = {claim for claim, group in found if group == "trap"}
    further = {claim for claim, group in found if group == "further"}
    assert further >= {"kano", "servqual_gap", "lag", "expectation_gap", "brand_weakness"}
    assert traps >= {
        "decoy", "low_score", "reversal", "nonresponse", "segment_effect", "remembered_by",
        "penalty_only", "reward_only", "turning_point", "change", "handover_loss", "contact_cap",
        "improvement_worked", "improvement_useless",
    }  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_planted_claim_can_be_made_and_told(case):
    claims = {fact.claim for fact in facts(case, TRUTHS[case])}
    assert claims <= set(CLAIMS)
    assert all(has_word(f"claim_{claim}") for claim in CLAIMS if claim != "effect")


def test_an_altered_key_is_refused(tmp_path):
    key = key_of()
    path = tmp_path / "key.json"
    path.write_bytes(key_bytes({**key, "key_touchpoints": ["wifi"]}))
    with pytest.raises(DataError, match="altered"):
        open_key(path)
    (tmp_path / "answer.json").write_text("[]")
    assert main(["--language", "en", "score", str(tmp_path / "answer.json"), str(path)]) == 1


@pytest.mark.parametrize(
    "text, told",
    [("{", "can't be read"), ("[]", "no answer key"), ('{"case": 1}', "no answer key")],
)
def test_what_is_no_key_is_refused(text, told, tmp_path):
    path = tmp_path / "key.json"
    path.write_text(text)
    with pytest.raises(DataError, match=told):
        open_key(path)


def test_a_key_of_another_format_is_refused(tmp_path):
    path = tmp_path / "key.json"
    path.write_bytes(key_bytes(seal({**key_of(), "version": 99})))
    with pytest.raises(DataError, match="99"):
        open_key(path)


def test_the_command_prints_the_seal(tmp_path, capsys):
    assert main(["--language", "en", "cases", "--case", "hotel", "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    key = json.loads(key_path(tmp_path, "hotel").read_text("utf8"))
    assert key["sha256"] in told and "answer_key_hotel.json" in told


def test_keys_may_lie_elsewhere_and_a_foreign_file_is_left_alone(tmp_path):
    keys = tmp_path / "keys"
    keys.mkdir()
    key_path(keys, "hotel").write_text("mine")
    with pytest.raises(DataError, match="answer key"):
        write_cases(tmp_path / "out", cases=["hotel"], keys=keys)
    assert not (tmp_path / "out").exists()
    assert key_path(keys, "hotel").read_text() == "mine"


def test_an_unknown_difficulty_is_refused(tmp_path):
    with pytest.raises(DataError, match="easy, standard, hard"):
        write_cases(tmp_path, cases=["hotel"], difficulty="harsh")


# Difficulty.


def test_the_standard_difficulty_is_the_case_as_shipped():
    assert all(at_difficulty(truth, "standard") == truth for truth in TRUTHS.values())


@pytest.mark.parametrize("case", CASES)
def test_harder_cases_have_more_noise_and_stronger_halo(case):
    easy, standard, hard = (at_difficulty(TRUTHS[case], name) for name in DIFFICULTIES)
    assert easy.overall_noise < standard.overall_noise < hard.overall_noise
    assert easy.mood_share < standard.mood_share < hard.mood_share
    assert easy.effect_scale > standard.effect_scale > hard.effect_scale


# Population values.


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
@pytest.mark.parametrize("case", CASES)
def test_the_population_values_belong_to_the_parameters(case, difficulty):
    truth = at_difficulty(TRUTHS[case], difficulty)
    known = population(case, truth)
    assert known, "the parameters were changed: run make population"
    asked = [spot.id for spot in spots(case) if spot.asked]
    assert [row["touchpoint_id"] for row in known] == asked


def test_the_parameter_hash_knows_rates_and_not_sizes():
    truth = TRUTHS["hotel"]
    assert parameter_hash("hotel", enlarged(truth, 2)) == parameter_hash("hotel", truth)
    noisier = changed(truth, overall_noise=2.0)
    assert parameter_hash("hotel", noisier) != parameter_hash("hotel", truth)
    assert population("hotel", noisier) == []


def test_population_values_come_out_again_at_a_smaller_size():
    again = estimate_population("hotel", TRUTHS["hotel"], times=2, seeds=3)
    known = {row["touchpoint_id"]: row for row in population("hotel", TRUTHS["hotel"])}
    for name in VALUES:
        apart = [again.loc[t, name] - known[t][name] for t in again.index]
        # Three runs give a poor error, so the table's own is scaled to their size.
        error = [max(known[t][f"{name}_error"] * (10 * 6 / 6) ** 0.5, 1e-3) for t in again.index]
        assert np.abs(np.array(apart) / np.array(error)).max() < 5, name


# For a class.


def test_a_sealed_folder_says_nothing_of_what_is_planted(tmp_path):
    write_cases(tmp_path, cases=["hotel"], seed=4242, sealed=True)
    folder = tmp_path / "hotel"
    told = "".join((folder / name).read_text("utf8") for name in ("README.md", "README.zh.md"))
    assert "早餐" in told and "survey.xlsx" in told  # the dictionary stays
    package = (folder / "datapackage.json").read_text("utf8")
    for text in (told, package, (folder / "client.yaml").read_text("utf8")):
        assert "4242" not in text
        assert not any(hint in text for hint in ("埋下", "planted", "光环", "halo", "effect:"))


def test_a_readme_says_how_to_make_its_case_again(tmp_path):
    write_cases(tmp_path, cases=["hotel"], seed=3, difficulty="easy", force=True)
    told = (tmp_path / "hotel" / "README.md").read_text("utf8")
    assert "--case hotel --seed 3 --out datasets --difficulty easy" in told
