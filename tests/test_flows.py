"""Variants and the step matrix by hand, and what is said and drawn of them."""

import pandas as pd
import pytest
from tables import interactions

from keytouch import words
from keytouch.engine import Missing, from_frame
from keytouch.flow_figures import plot_variants, variant_findings
from keytouch.flows import REST, step_matrix, variants
from keytouch.journeys import END
from keytouch.labels import path_text


def log(*paths):
    start = pd.Timestamp("2025-01-01")
    return interactions(
        [
            (f"j{number}", name, start + pd.Timedelta(minutes=10 * step))
            for number, path in enumerate(paths)
            for step, name in enumerate(path)
        ]
    )


@pytest.fixture
def english():
    before = words.language()
    words.set_language("en")
    yield
    words.set_language(before)


def test_a_paths_row_is_hand_worked():
    facts = from_frame(
        pd.DataFrame({"journey_id": ["j0", "j1", "j3"], "converted": [True, False, True]})
    )
    table = variants(log("ab", "ab", "ab", "abc", "c"), facts, top=1)
    first, rest = table.iloc[0], table.iloc[1]
    assert (first.path, first.n, first.path_rate, first.minutes_p50) == ("a > b", 3, 0.6, 10)
    assert (first.told_n, first.conversion_rate) == (2, 0.5)
    assert (rest.path, rest.paths, rest.n, rest.steps_mean) == (REST, 2, 2, 2)
    assert (rest.told_n, rest.conversion_rate, rest.minutes_p50) == (1, 1, 10)


def test_paths_as_frequent_are_ordered_by_name():
    assert variants(log("b", "a", "c"), top=2).path.tolist() == ["a", "b", REST]


def test_without_clocks_and_outcomes_their_columns_are_blank():
    data = interactions([(1, "a", "2025-01-01"), (1, "b", "2025-01-01")], seq=[1, 2]).drop("ts")
    row = variants(data).iloc[0]
    assert row.path == "a > b" and pd.isna(row.minutes_p50) and pd.isna(row.conversion_rate)


def test_variants_without_an_order_are_missing():
    assert variants(log("ab").drop("ts")) == Missing("interactions", ("ts",))


def test_the_step_matrix_counts_who_is_over():
    table = step_matrix(log("ab", "a", "b")).set_index(["step", "touchpoint_id"])
    assert table.n.to_dict() == {(1, "a"): 2, (1, "b"): 1, (2, "b"): 1, (2, END): 2}
    assert table.here_rate.groupby("step").sum().tolist() == pytest.approx([1, 1])


def test_a_path_is_read_by_names_and_repeats_are_counted(english):
    assert path_text("a > a > b") == "a ×2 → b"


def test_a_clear_lead_is_said_and_a_narrow_one_is_not(english):
    clear = variant_findings(variants(log(*["ab"] * 20, *["a"] * 3)))[0]
    narrow = variant_findings(variants(log(*["ab"] * 11, *["a"] * 10)))[0]
    assert clear.probability > 0.99 and narrow.probability < 0.8
    assert "can't be told" in narrow.sentence() and "87.0%" in clear.sentence()
    assert clear.n == 23


def test_long_paths_are_drawn_short(english):
    table = variants(log("abcdefgh" * 12, "ab", "ab"))
    ax = plot_variants(table)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert any("…" in label for label in labels)
    assert all(label.count("\n") < 3 for label in labels)


def test_nothing_is_said_of_missing_paths():
    assert variant_findings(Missing("interactions")) == []
