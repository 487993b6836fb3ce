"""Reader tables escape, keep the interval beside the number, and refuse naked KPIs."""

import json

import pandas as pd
import pytest

from keytouch import tables
from keytouch.engine import Missing
from keytouch.words import set_language

SCORES = pd.DataFrame(
    {
        "touchpoint_id": ["<script>alert(1)</script>", "pay"],
        "score": [3.0, 4.0],
        "score_lo": [2.5, 3.9],
        "score_hi": [3.5, 4.1],
        "n": [20, 400],
        "small": [True, False],
        "method": "method_mean_t",
    }
)


@pytest.fixture
def shown(monkeypatch):
    bundles = []
    set_language("en")
    monkeypatch.setattr(tables, "display_bundle", bundles.append)
    return bundles


def test_text_is_escaped_and_the_interval_stands_beside_the_number(shown):
    tables.show(SCORES, "scores")
    html = shown[0]["text/html"]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert '4.00 <span class="ci">(3.90–4.10)</span>' in html
    assert '<tr class="pale">' in html


def test_a_kpi_without_interval_is_refused(shown):
    with pytest.raises(ValueError, match="naked"):
        tables.show(SCORES.drop(columns="score_lo"), "scores")
    assert shown == []


def test_the_file_gets_every_row_and_column(shown):
    tables.show(SCORES, "scores", columns=["touchpoint_id", "score"], top=1)
    payload = json.loads(json.dumps(shown[0][tables.TABLE_MIME]))
    assert payload["columns"] == SCORES.columns.tolist()
    assert len(payload["rows"]) == 2
    assert "1 of 2 rows" in shown[0]["text/html"]


def test_blanks_become_null_and_dates_iso(shown):
    frame = pd.DataFrame(
        {"owner": [None], "due": [pd.Timestamp("2025-01-02")], "cost": [float("nan")]}
    )
    tables.show(frame, "actions")
    assert shown[0][tables.TABLE_MIME]["rows"] == [[None, "2025-01-02T00:00:00", None]]


def test_a_twin_is_folded_away(shown):
    tables.show(SCORES, "scores", twin=True)
    assert "<details>" in shown[0]["text/html"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "本节需要互动记录中的“承诺时间”"),
        ("en", "needs “promised time” in the interaction log"),
    ],
)
def test_missing_data_become_a_sentence(language, text):
    set_language(language)
    assert text in tables.missing_text(Missing("interactions", ("promised_ts",)))
    set_language("en")


def test_a_missing_table_is_named(shown):
    tables.show(Missing("actions"), "actions")
    assert "the action list" in shown[0]["text/html"]


def test_an_empty_table_becomes_a_sentence(shown):
    tables.show(SCORES.head(0), "scores")
    assert "Nothing in these data" in shown[0]["text/html"]
    assert tables.TABLE_MIME not in shown[0]


def test_every_rate_and_difference_needs_its_interval(shown):
    for name in ("churn_rate", "score_difference", "any_new_rate"):
        frame = pd.DataFrame({"touchpoint_id": ["pay"], name: [0.2], "n": [50]})
        with pytest.raises(ValueError, match=name):
            tables.show(frame, "scores")


def test_a_picture_of_a_naked_number_is_refused():
    from keytouch.drawing import dots
    from keytouch.figures import plot_scores

    with pytest.raises(ValueError, match="naked"):
        plot_scores(SCORES.drop(columns=["score_lo", "score_hi"]))
    with pytest.raises(ValueError, match="naked"):
        dots(None, SCORES.drop(columns="score_hi"), "score", ["a", "b"])


def test_the_note_names_hidden_groups_and_both_thresholds(shown):
    table = SCORES.assign(
        touchpoint_id=["complaint", "pay"],
        score=[None, 4.0],
        min_n=30,
        suppressed=[True, False],
        small_cell=10,
    )
    tables.show(table, "scores")
    html = shown[0]["text/html"]
    assert "fewer than 10 answered: complaint" in html
    assert "fewer than 30" not in html  # the only small group is hidden
    tables.show(table.assign(suppressed=False, score=[3.0, 4.0]), "scores")
    assert "fewer than 30 answers" in shown[1]["text/html"]
