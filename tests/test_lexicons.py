"""Word lists: packaged, by industry, and changed in the client's folder."""

import pytest
from small_clients import write_client

from keytouch.lexicons import (
    other_topics,
    packaged,
    polarity_lexicon,
    starter_terms,
    touchpoint_terms,
)
from keytouch.problems import DataError
from keytouch.settings import read_settings

YAML = """industry: hotel
stages: [{id: stay, name_en: Stay}]
touchpoints:
  - {id: wifi, name_zh: 无线网络, name_en: Wi-Fi, stage: stay, terms: [热点]}
  - {id: morning_meal, name_zh: 早餐, name_en: Breakfast, stage: stay}
  - {id: helipad, name_en: Helipad, stage: stay}
"""


def client(tmp_path, **lists):
    folder = write_client(tmp_path / "client", YAML)
    (folder / "lexicons").mkdir()
    for name, text in lists.items():
        (folder / "lexicons" / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def terms(folder):
    return touchpoint_terms(read_settings(folder), folder)


@pytest.mark.parametrize("industry", ["hotel", "airline", "ecommerce"])
def test_starter_lists_have_twenty_terms_and_more_in_both_languages(industry):
    sizes = packaged(f"touchpoints_{industry}.csv").groupby(["touchpoint_id", "language"]).size()
    assert sizes.min() >= 20 and len(sizes) == 2 * len(starter_terms(industry))


def test_a_touchpoint_gets_its_names_its_terms_and_the_starters_of_its_id(tmp_path):
    found = terms(client(tmp_path))["wifi"]
    assert {"无线网络", "wi-fi", "热点", "网速"} <= set(found)


def test_a_touchpoint_of_another_id_gets_the_starters_that_bear_its_name(tmp_path):
    assert "buffet" in terms(client(tmp_path))["morning_meal"]


def test_a_touchpoint_unknown_to_the_industry_keeps_its_name(tmp_path):
    assert terms(client(tmp_path))["helipad"] == ["helipad"]


def test_the_clients_list_adds_and_takes_away(tmp_path):
    rows = "touchpoint_id,language,term,use\nwifi,zh,網關,yes\nwifi,zh,网速,no\n"
    found = terms(client(tmp_path, touchpoints=rows))["wifi"]
    assert "网关" in found and "网速" not in found


def test_every_wrong_row_of_the_clients_list_is_told_with_the_nearest_name(tmp_path):
    rows = "touchpoint_id,language,term\nwify,zh,网\nwifi,zh,网\nhelipd,en,roof\n"
    with pytest.raises(DataError) as told:
        terms(client(tmp_path, touchpoints=rows))
    assert [(p.rows, p.values["nearest"]) for p in told.value.problems] == [
        ((2,), "wifi"),
        ((4,), "helipad"),
    ]


def test_a_list_without_its_columns_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"touchpoints\.csv"):
        terms(client(tmp_path, touchpoints="id,word\n1,2\n"))


def test_the_clients_strengths_replace_and_silence_the_packaged_ones(tmp_path):
    folder = client(tmp_path, polarity="term,strength\n干净,-1\n脏,0\n带感,2\n")
    strengths = polarity_lexicon(folder).strengths
    assert strengths["干净"] == -1 and strengths["带感"] == 2 and "脏" not in strengths


@pytest.mark.parametrize("strength", ["strong", "9", ""])
def test_a_strength_that_is_none_is_refused_with_its_row(tmp_path, strength):
    with pytest.raises(DataError) as told:
        polarity_lexicon(client(tmp_path, polarity=f"term,strength\n好,{strength}\n"))
    assert told.value.problems[0].rows == (2,)


def test_topics_that_are_no_touchpoint_are_those_the_inventory_lacks(tmp_path):
    others = other_topics(read_settings(client(tmp_path)))
    assert "other:location" in others and "other:general" in others
    assert not {"other:wifi", "other:breakfast"} & set(others)


@pytest.mark.parametrize("name", ["polarity_zh.csv", "polarity_en.csv", "modifiers.csv"])
def test_no_term_stands_twice_in_a_packaged_list(name):
    assert not packaged(name).term.duplicated().any()
