"""Agreement between coders: published numbers, limits, and the bootstrap's way of counting."""

import numpy as np
import pytest

from keytouch.agreement import (
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    masi_distances,
    reliability,
)

# Four coders, twelve units, readings missing: the documented example of R's irr::kripp.alpha.
UNITS = [
    [1, 1, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
    [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [5, 5, 5], [1, 1], [3],
]  # fmt: skip
# Fleiss 1971: thirty patients, six psychiatrists each, five diagnoses.
DIAGNOSES = """
444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333
144444 224445 333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224
111155 224444 133333 555555
"""


def counted(units, values):
    return [[list(unit).count(value) for value in values] for unit in units]


@pytest.mark.parametrize(
    "level, expected",
    [
        ("nominal", 0.7434210526),
        ("ordinal", 0.8153875038),
        ("interval", 0.8491071429),
        ("ratio", 0.7974027747),
    ],
)
def test_alpha_gives_the_published_numbers(level, expected):
    alpha = krippendorff_alpha(counted(UNITS, range(1, 6)), values=range(1, 6), level=level)
    assert alpha == pytest.approx(expected, abs=1e-9)


def test_fleiss_kappa_gives_the_published_number():
    counts = np.array(counted(DIAGNOSES.split(), "12345"))
    assert counts.shape == (30, 5)
    assert fleiss_kappa(counts) == pytest.approx(0.430, abs=5e-4)


def test_cohen_kappa_gives_the_textbook_number():
    assert cohen_kappa([[20, 5], [10, 15]]) == pytest.approx(0.4)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_full_agreement_is_one(level):
    counts = [[3, 0, 0], [0, 2, 0], [0, 0, 2]]
    assert krippendorff_alpha(counts, level=level) == pytest.approx(1)


def test_random_readings_agree_by_chance_only():
    random = np.random.default_rng(1)
    counts = random.multinomial(3, [0.5, 0.3, 0.2], size=4000)
    assert krippendorff_alpha(counts) == pytest.approx(0, abs=0.03)
    assert fleiss_kappa(counts) == pytest.approx(0, abs=0.03)


def test_units_read_once_count_for_nothing():
    counts = [[2, 0], [0, 2], [1, 1]]
    more = [*counts, [1, 0], [0, 1], [0, 0]]
    assert krippendorff_alpha(more) == pytest.approx(krippendorff_alpha(counts))


def test_one_value_only_says_nothing_about_agreement():
    assert np.isnan(krippendorff_alpha([[2, 0], [2, 0]]))
    assert np.isnan(fleiss_kappa([[2, 0], [2, 0]]))
    assert np.isnan(cohen_kappa([[5, 0], [0, 0]]))
    assert np.isnan(krippendorff_alpha([[1, 0], [0, 1]]))


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_a_draw_that_repeats_a_unit_equals_the_repeated_data(level):
    counts = np.array([[2, 0, 0], [0, 1, 1], [1, 1, 1], [0, 0, 2]])
    drawn = krippendorff_alpha(counts, level=level, times=[[1, 2, 0, 1], [1, 1, 1, 1]])
    repeated = krippendorff_alpha(counts[[0, 1, 1, 3]], level=level)
    assert drawn == pytest.approx([repeated, krippendorff_alpha(counts, level=level)])


def test_fleiss_draws_equal_the_repeated_data():
    counts = np.array([[3, 0], [2, 1], [0, 3]])
    drawn = fleiss_kappa(counts, times=[[0, 2, 1]])
    assert drawn == pytest.approx(fleiss_kappa(counts[[1, 1, 2]]))


def test_fleiss_refuses_unequal_numbers_of_readings():
    with pytest.raises(ValueError, match="same number"):
        fleiss_kappa([[2, 0], [1, 2]])


def test_an_unknown_level_is_refused():
    with pytest.raises(ValueError, match="nominal"):
        krippendorff_alpha([[2, 0]], level="cardinal")


def test_reliability_follows_krippendorffs_limits():
    assert [reliability(alpha) for alpha in (0.8, 0.7, 0.667, 0.6, np.nan)] == [
        "reliable", "tentative", "tentative", "unreliable", "unknown",
    ]  # fmt: skip


def test_given_distances_say_what_a_level_says():
    counts = counted(UNITS, range(1, 6))
    apart = np.subtract.outer(np.arange(5), np.arange(5)) ** 2
    assert krippendorff_alpha(counts, distances=apart) == pytest.approx(0.8491071429, abs=1e-9)
    assert krippendorff_alpha(counts, distances=1 - np.eye(5)) == pytest.approx(
        0.7434210526, abs=1e-9
    )


def test_masi_follows_passonneaus_four_cases():
    sets = [{"a", "b"}, {"a", "b"}, {"a"}, {"a", "c"}, {"d"}, set()]
    # Equal; a part: J = 1/2, M = 2/3; an overlap: J = 1/3, M = 1/3; nothing shared, twice.
    assert masi_distances(sets)[0] == pytest.approx([0, 0, 2 / 3, 8 / 9, 1, 1])
    assert masi_distances([set(), set()]).tolist() == [[0, 0], [0, 0]]


def test_alpha_of_sets_by_hand():
    # Units ab–ab, ab–a, c–c. Found: (0 + 2·2/3 + 0) / 6 = 2/9.
    # By chance: of 6·5 ordered pairs ab–a 2·3·1 at 2/3, ab–c 2·3·2 and a–c 2·1·2 at 1: 20/30.
    counts = [[2, 0, 0], [1, 1, 0], [0, 0, 2]]
    apart = masi_distances([{"a", "b"}, {"a"}, {"c"}])
    assert krippendorff_alpha(counts, distances=apart) == pytest.approx(1 - (2 / 9) / (2 / 3))
