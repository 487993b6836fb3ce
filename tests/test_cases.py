"""The shipped cases: the same bytes again, honest descriptions, planted truth that shows."""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow
import pytest
import yaml

from keytouch.cases import add_cases_arguments, case_files, cases_command, planted, write_cases
from keytouch.cases.command import CASES, RECEIPT
from keytouch.cases.comments import PRIVATE, phrases
from keytouch.cases.shop import Shop
from keytouch.cases.told import sentences
from keytouch.cases.truth import SEED, TRUTHS, named, spots
from keytouch.problems import DataError
from keytouch.schema import MOMENTS
from keytouch.settings import read_settings

HAN = re.compile("[一-鿿]")
DATASETS = Path(__file__).parents[1] / "datasets"
# What the committed files were packed with; another packer may pack the same content otherwise.
PACKERS = ("1.2.13", "26.0.1", "3.1.5")
TRUE_KEYS = {
    "ecommerce": {"recommendation", "payment", "delivery"},
    "airline": {"gate_service", "delay_handling", "boarding"},
    "hotel": {"check_in", "check_out"},
}
PLANTED_FAULTS = {
    "ecommerce": {"customers": 3, "sessions": 2, "orders": 1, "survey": 5},
    "airline": {"customers": 3, "trips": 2, "survey": 5, "comments": 1},
    "hotel": {"guests": 3, "bookings": 3, "survey": 5},
}


def read(case: str, name: str) -> pd.DataFrame:
    """A shipped raw file as text cells, read without the package."""
    path = DATASETS / case / name
    if name.endswith(".parquet"):
        return pd.read_parquet(path)
    if name.endswith(".xlsx"):
        return pd.read_excel(path, dtype=object)
    resource = next(r for r in package(case)["resources"] if r["path"] == name)
    encoding, delimiter = resource["encoding"], resource["dialect"]["csv"]["delimiter"]
    return pd.read_csv(path, encoding=encoding, sep=delimiter, dtype=str, keep_default_na=False)


def package(case: str) -> dict:
    return yaml.safe_load((DATASETS / case / "datapackage.json").read_text("utf8"))


def unpacked_frame(name: str, data: bytes) -> pd.DataFrame:
    reader = pd.read_parquet if name.endswith(".parquet") else pd.read_excel
    return reader(io.BytesIO(data))


def unpacked(name: str, data: bytes) -> object:
    """What a packed file holds, whoever packed it."""
    if name.endswith(".gz"):
        return gzip.decompress(data)
    if name.endswith(".xlsx"):
        return pd.read_excel(io.BytesIO(data), dtype=object).astype(str).to_csv()
    if name.endswith(".parquet"):
        return pd.read_parquet(io.BytesIO(data)).astype(str).to_csv()
    return data


def survey(case: str) -> tuple[pd.DataFrame, pd.Series]:
    """Touchpoint scores and overall satisfaction, everything else than a score left out."""
    items = {}
    settings = read_settings(DATASETS / case)
    source = next(s for s in settings.sources if s.name == "survey")
    frame = read(case, source.file)
    for item in source.tables[0].items:
        values = pd.to_numeric(frame[item.score], errors="coerce")
        if item.metric == "csat":
            items[item.touchpoint or "overall"] = values.where(values.between(1, 5))
    scores = pd.DataFrame(items)
    return scores.drop(columns="overall"), scores["overall"]


def coefficients(case: str) -> pd.DataFrame:
    """Plain least squares of the whole on standardised scores; an absent score is average."""
    scores, overall = survey(case)
    absent = scores.isna().astype(float).add_prefix("absent_")
    absent = absent.loc[:, absent.mean().between(0.02, 0.98)]
    x = ((scores - scores.mean()) / scores.std()).fillna(0.0)
    design = np.column_stack([np.ones(len(x)), x, absent])
    y = ((overall - overall.mean()) / overall.std()).to_numpy()
    found = np.linalg.lstsq(design, y, rcond=None)[0][1 : 1 + x.shape[1]]
    table = pd.DataFrame({"touchpoint_id": x.columns, "found": found, "n": scores.notna().sum()})
    return table.merge(planted(case), on="touchpoint_id").assign(
        r=[scores[t].corr(overall) for t in x.columns], mean_score=scores.mean().to_numpy()
    )


@pytest.fixture(scope="module")
def made() -> dict[str, dict[str, bytes]]:
    return {case: case_files(case) for case in CASES}


@pytest.mark.parametrize("case", CASES)
def test_the_default_seed_gives_the_committed_files(case, made):
    shipped = {
        path.name: path.read_bytes() for path in (DATASETS / case).iterdir() if path.name != RECEIPT
    }
    assert set(shipped) == set(made[case])
    packers = (zlib.ZLIB_RUNTIME_VERSION, pyarrow.__version__, openpyxl.__version__)
    for name, data in made[case].items():
        if packers == PACKERS:
            assert data == shipped[name], name
        else:
            assert unpacked(name, data) == unpacked(name, shipped[name]), name


@pytest.mark.parametrize("case", CASES)
def test_the_receipt_lists_the_shipped_files(case):
    folder = DATASETS / case
    for line in (folder / RECEIPT).read_text("utf8").splitlines():
        digest, name = line.split("  ", 1)
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_another_process_in_another_time_zone_gives_the_same_bytes(made, tmp_path):
    command = [sys.executable, "-m", "keytouch", "cases", "--case", "hotel", "--out", str(tmp_path)]
    surroundings = {"PYTHONHASHSEED": "7", "TZ": "America/Lima", "LC_ALL": "C"}
    subprocess.run(command, env=os.environ | surroundings, check=True, capture_output=True)
    for name, data in made["hotel"].items():
        assert (tmp_path / "hotel" / name).read_bytes() == data, name


def test_another_seed_gives_other_customers_and_the_same_touchpoints(made):
    other = case_files("airline", seed=2)
    assert other["customers.csv"] != made["airline"]["customers.csv"]
    assert other["client.yaml"] == made["airline"]["client.yaml"]
    assert other["actions.csv"] == made["airline"]["actions.csv"]


def test_packed_files_carry_no_clock_time(made):
    for files in made.values():
        for name, data in files.items():
            if name.endswith(".gz"):
                assert data[4:8] == b"\0\0\0\0"
            if name.endswith(".xlsx"):
                entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
                assert {entry.date_time for entry in entries} == {(2025, 7, 1, 0, 0, 0)}


def test_all_cases_together_are_small():
    sizes = [path.stat().st_size for path in DATASETS.rglob("*") if path.is_file()]
    assert sum(sizes) < 12_000_000


@pytest.mark.parametrize("case", CASES)
def test_the_inventory_is_complete(case):
    settings = read_settings(DATASETS / case)
    assert 14 <= len(settings.touchpoints) <= 18
    assert 5 <= len(settings.stages) <= 7
    assert 4 <= len(settings.channels) <= 7
    assert 3 <= len(settings.segments) <= 4
    assert len(settings.companies) == 2
    assert len(settings.items) >= 22 + 8
    assert {t.moment for t in settings.touchpoints} - {None} == set(MOMENTS)
    assert {t.stage for t in settings.touchpoints} == {stage.id for stage in settings.stages}
    back = [t for t in settings.touchpoints if t.side == "back"]
    assert back and all(t.supports for t in back)
    assert all(
        t.name_zh and t.name_en and t.owner and len(t.terms) > 1 for t in settings.touchpoints
    )


@pytest.mark.parametrize("case", CASES)
def test_the_data_package_is_valid_and_names_every_file(case):
    from frictionless import Package

    described = Package(str(DATASETS / case / "datapackage.json"))
    others = {
        "client.yaml",
        "blueprint.yaml",
        "datapackage.json",
        "README.md",
        "README.zh.md",
        RECEIPT,
    }
    on_disk = {path.name for path in (DATASETS / case).iterdir()} - others
    assert {resource.path for resource in described.resources} == on_disk
    assert [licence["name"] for licence in described.licenses] == ["CC0-1.0"]
    for resource in described.resources:
        # Reading all of a Parquet file takes frictionless ten seconds and more.
        rows = 500 if resource.format == "parquet" else None
        report = resource.validate(limit_rows=rows)
        assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])
        assert all(field.description for field in resource.schema.fields)


@pytest.mark.parametrize("case", CASES)
def test_intake_reports_the_planted_faults_and_no_others(case, tmp_path, monkeypatch):
    from keytouch.intake import open_quality

    monkeypatch.setenv("KEYTOUCH_WORK", str(tmp_path))
    _, quality = open_quality(DATASETS / case)
    rejected = quality.accounting.groupby("source")["rejected"].sum()
    assert rejected[rejected > 0].to_dict() == PLANTED_FAULTS[case]
    told = {(problem.severity, problem.key) for problem in quality.problems}
    assert {key for severity, key in told if severity == "note"} == {"problem_covered"}
    assert {severity for severity, _ in told} == {"rejected", "note"}


@pytest.mark.parametrize("case", CASES)
def test_the_true_keys_are_the_articles_own(case):
    table = planted(case)
    assert set(table.loc[table["role"] == "key", "touchpoint_id"]) == TRUE_KEYS[case]
    assert (table["role"] == "decoy").sum() == 1
    assert (table["role"] == "low_score").sum() >= 2


@pytest.mark.parametrize("case", CASES)
def test_the_true_keys_have_the_largest_coefficients(case):
    table = coefficients(case)
    well_answered = table[table["n"] > 150].sort_values("found", ascending=False)
    keys = TRUE_KEYS[case]
    assert set(well_answered["touchpoint_id"].head(len(keys))) == keys
    assert (well_answered.loc[well_answered["role"] == "key", "found"] > 0.2).all()


@pytest.mark.parametrize("case", CASES)
def test_the_decoy_correlates_and_has_no_coefficient(case):
    table = coefficients(case).set_index("role")
    others = table.loc[["minor", "low_score"]]
    assert table.loc["decoy", "r"] > others.loc[others["n"] > 200, "r"].max()
    assert abs(table.loc["decoy", "found"]) < 0.08
    assert table.loc["decoy", "r"] > 0.9 * table.loc["key", "r"].min()


@pytest.mark.parametrize("case", CASES)
def test_some_low_scores_do_not_matter(case):
    table = coefficients(case)
    low = table[table["role"] == "low_score"]
    assert (low["mean_score"] < 3.2).all()
    assert (low["found"].abs() < 0.12).all()


def test_stars_fall_off_a_cliff_after_three_late_days():
    orders, reviews = read("ecommerce", "orders.csv"), read("ecommerce", "reviews.csv")
    came = pd.to_datetime(orders["delivered_at"], errors="coerce")
    orders["late"] = (came - pd.to_datetime(orders["promised_at"])).dt.total_seconds() / 86400
    both = reviews.merge(orders, left_on="订单编号", right_on="order_id")
    stars = both["星级"].astype(int)
    on_time = stars[both["late"] <= 0].mean()
    a_little = stars[both["late"].between(0, 3, inclusive="right")].mean()
    far_too_late = stars[both["late"] > 3].mean()
    assert on_time > 4.0
    assert a_little > 3.4
    assert far_too_late < 2.7


def test_a_failed_payment_costs_orders():
    events = read("ecommerce", "events.csv.gz")
    pays = events[events["event"] == "pay"].groupby("session_id")["success"].agg(["first", "max"])
    after_failure = pays.loc[pays["first"] == "0", "max"].eq("1").mean()
    assert 0.1 < after_failure < 0.6
    assert pays["first"].eq("1").mean() > 0.5


def test_good_recommendations_bring_people_to_a_product():
    shop = Shop(SEED, TRUTHS["ecommerce"])
    place = shop.place["recommendation"]
    used, own = shop.lived.used[:, place], shop.lived.own[:, place]
    pleased, annoyed = shop.reached[used & (own > 0.5)], shop.reached[used & (own < -0.5)]
    assert pleased.mean() > annoyed.mean() + 0.1


def test_waiting_at_the_desk_lowers_its_score():
    stays, answers = read("hotel", "stays.csv.gz"), read("hotel", "survey.xlsx")
    for touchpoint, column in (("check_in", "入住登记"), ("check_out", "退房")):
        waits = stays[stays["touchpoint"] == touchpoint].set_index("booking_id")["wait_minutes"]
        waited = answers["订单号"].map(pd.to_numeric(waits))
        assert (
            pd.to_numeric(answers[column], errors="coerce").corr(waited, method="spearman") < -0.3
        )


def shares(values: pd.Series) -> dict[str, float]:
    return values.value_counts(normalize=True).to_dict()


def test_the_shop_is_lifelike():
    sessions = read("ecommerce", "sessions.csv.gz").drop_duplicates()
    events, orders = read("ecommerce", "events.csv.gz"), read("ecommerce", "orders.csv")
    n = len(sessions)
    reach = events.groupby("event")["session_id"].nunique() / n
    assert 0.49 < reach["view_item"] < 0.59
    assert 0.46 < reach["add_to_cart"] < 0.56
    assert 0.21 < reach["pay"] < 0.30
    assert 0.14 < sessions["converted"].eq("1").mean() < 0.20
    came = pd.to_datetime(orders["delivered_at"], errors="coerce").dropna()
    late = came > pd.to_datetime(orders["promised_at"])[came.index]
    assert 0.05 < late.mean() < 0.14
    approval = pd.to_datetime(orders["approved_at"]) - pd.to_datetime(orders["placed_at"])
    hours = approval.dt.total_seconds() / 3600
    assert hours.median() < 1 < 10 < hours.quantile(0.9)
    star = shares(read("ecommerce", "reviews.csv")["星级"])
    assert star["5"] > 0.5 and star["1"] > star["2"] < star["3"]
    hour = pd.to_datetime(sessions["started_at"]).dt.hour
    assert hour.between(3, 5).mean() < 0.02 and hour.between(10, 22).mean() > 0.7


def test_the_airline_is_lifelike():
    flights = read("airline", "flights.csv")
    planned = pd.to_datetime(flights["scheduled_departure"])
    delay = (pd.to_datetime(flights["actual_departure"]) - planned).dt.total_seconds() / 60
    assert -6 < delay.median() < 2
    assert 0.17 < (delay > 15).mean() < 0.26
    assert 35 < delay.quantile(0.9) < 70
    assert 0.01 < flights["cancelled"].eq("1").mean() < 0.04
    assert delay[planned.dt.hour >= 17].mean() > delay[planned.dt.hour < 9].mean() + 8


def test_the_hotel_is_lifelike():
    bookings = read("hotel", "bookings.tsv").drop_duplicates()
    ended = bookings[bookings["status"] != "Booked"]
    gone = ended["status"].eq("Cancelled")
    assert 0.30 < gone.mean() < 0.42
    assert 0.003 < ended["status"].eq("No Show").mean() < 0.02
    by_channel = gone.groupby(ended["channel"]).mean()
    assert by_channel["agency"] > by_channel["direct"] + 0.1
    by_request = gone.groupby(ended["special_requests"]).mean()
    assert by_request["0"] > by_request["2"] + 0.1
    star = shares(read("hotel", "reviews.csv")["评分"])
    assert star["5"] > star["4"] > star["3"] > star["2"]


@pytest.mark.parametrize("case", CASES)
def test_items_are_not_used_in_different_degrees(case):
    scores, _ = survey(case)
    absent = scores.isna().mean()
    assert absent.min() < 0.1 and 0.5 < absent.max() < 0.98


@pytest.mark.parametrize(
    ("case", "name", "column"),
    [
        ("ecommerce", "reviews.csv", "评价内容"),
        ("airline", "comments.xlsx", "内容"),
        ("hotel", "reviews.csv", "点评内容"),
    ],
)
def test_comments_are_many_different_and_punctuated_as_chinese(case, name, column):
    texts = read(case, name)[column]
    texts = texts[texts.astype(str) != ""]
    assert texts.nunique() > 300
    assert set(PRIVATE) <= set(texts)
    chinese = texts[texts.str.contains("[一-鿿]") & ~texts.isin(PRIVATE)]
    assert not chinese.str.contains("[,!?;]").any()
    assert chinese.str[-1].isin(list("。！")).all()
    assert texts.str.contains("^[A-Z][a-z]").mean() > 0.02
    assert not texts.str.contains("{", regex=False).any()


def test_comments_follow_the_scores():
    answers, comments = read("airline", "survey.csv"), read("airline", "comments.xlsx")
    both = comments.merge(answers, left_on="行程编号", right_on="trip_id")
    score = pd.to_numeric(both["Q07_gate_service"], errors="coerce")
    known = phrases("airline")
    said = {
        tone: both["内容"].map(
            lambda text, tone=tone: any(p in text for p in known["gate_service", "zh", tone])
        )
        for tone in ("negative", "positive")
    }
    assert said["negative"].sum() > 10 and said["positive"].sum() > 10
    assert score[said["positive"]].mean() > score[said["negative"]].mean() + 1.5


@pytest.mark.parametrize("case", CASES)
def test_phrases_name_their_touchpoint(case):
    for spot in spots(case):
        for language, terms in (("zh", spot.terms_zh), ("en", spot.terms_en)):
            for tone in ("negative", "positive"):
                for phrase in phrases(case).get((spot.id, language, tone), ()):
                    assert any(term.lower() in phrase.lower() for term in terms), phrase


@pytest.fixture(scope="module")
def in_english() -> dict[str, dict[str, bytes]]:
    return {case: case_files(case, language="en") for case in CASES}


@pytest.mark.parametrize("case", CASES)
def test_the_english_edition_has_english_headings_words_and_comments(case, in_english):
    described = json.loads(in_english[case]["datapackage.json"])
    for resource in described["resources"]:
        name, data = resource["path"], in_english[case][resource["path"]]
        if resource["format"] == "csv":
            encoding, delimiter = resource["encoding"], resource["dialect"]["csv"]["delimiter"]
            packed = "gzip" if name.endswith(".gz") else None
            frame = pd.read_csv(io.BytesIO(data), encoding=encoding, sep=delimiter, dtype=str,
                                compression=packed, keep_default_na=False)  # fmt: skip
        else:
            frame = unpacked_frame(name, data).astype(object).fillna("").astype(str)
        assert list(frame.columns) == [field["name"] for field in resource["schema"]["fields"]]
        words = frame.drop(columns="name_zh", errors="ignore")
        assert not any(HAN.search(title) for title in words.columns), name
        found = [cell for column in words for cell in words[column] if HAN.search(cell)]
        assert not found, (name, found[:3])


@pytest.mark.parametrize("case", CASES)
def test_the_english_edition_opens_with_the_same_faults(case, in_english, tmp_path, monkeypatch):
    from keytouch.intake import open_quality

    monkeypatch.setenv("KEYTOUCH_WORK", str(tmp_path))
    folder = tmp_path / case
    folder.mkdir()
    for name, data in in_english[case].items():
        (folder / name).write_bytes(data)
    assert read_settings(folder).language == "en"
    _, quality = open_quality(folder)
    rejected = quality.accounting.groupby("source")["rejected"].sum()
    assert rejected[rejected > 0].to_dict() == PLANTED_FAULTS[case]
    told = {(problem.severity, problem.key) for problem in quality.problems}
    assert {key for severity, key in told if severity == "note"} == {"problem_covered"}
    assert {severity for severity, _ in told} == {"rejected", "note"}


def test_every_fact_is_told_in_both_readmes():
    for case in CASES:
        for language, name in (("zh", "README.zh.md"), ("en", "README.md")):
            told = sentences(case, TRUTHS[case], language)
            text = (DATASETS / case / name).read_text("utf8")
            assert len(told) > 20 and all(f"- {sentence}\n" in text for sentence in told)


@pytest.mark.parametrize("case", CASES)
def test_every_name_is_there_in_both_languages(case):
    for kind in ("client", "stage", "channel", "segment", "outcome"):
        assert named(case, kind)
        assert all(row["zh"] and row["en"] for row in named(case, kind))


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "hotel").mkdir()
    (tmp_path / "hotel" / "mine.txt").write_text("mine")
    with pytest.raises(DataError):
        write_cases(tmp_path, cases=["hotel"])
    assert [path.name for path in (tmp_path / "hotel").iterdir()] == ["mine.txt"]


def test_an_edited_case_is_left_alone_unless_forced(tmp_path):
    write_cases(tmp_path, cases=["hotel"])
    write_cases(tmp_path, cases=["hotel"])
    settings = tmp_path / "hotel" / "client.yaml"
    original = settings.read_bytes()
    settings.write_bytes(original + b"# edited\n")
    with pytest.raises(DataError):
        write_cases(tmp_path, cases=["hotel"])
    assert settings.read_bytes().endswith(b"# edited\n")
    write_cases(tmp_path, cases=["hotel"], force=True)
    assert settings.read_bytes() == original


def test_an_unknown_case_is_named_with_the_nearest(tmp_path):
    with pytest.raises(DataError, match="hotel"):
        write_cases(tmp_path, cases=["hotle"])


def test_a_negative_seed_is_refused(tmp_path):
    parser = argparse.ArgumentParser()
    add_cases_arguments(parser)
    arguments = parser.parse_args(["--seed", "-1", "--out", str(tmp_path), "--case", "hotel"])
    with pytest.raises(DataError):
        cases_command(arguments)
    assert not list(tmp_path.iterdir())
