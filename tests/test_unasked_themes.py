"""Themes: planted ones come out, words at random give none, the same seed gives the same."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from keytouch.estimate import wilson
from keytouch.text_corpus import read_corpus
from keytouch.theme_space import stop_words, term_table, term_vectors, words_of
from keytouch.unasked_themes import themes

TOPICS = {
    "parking": "停车场 车位 保安 地库 闸机 收费 拥堵 指引",
    "pets": "宠物 小狗 猫粮 牵绳 押金 毛毯 遛狗 兽医",
    "laundry": "洗衣房 烘干 洗衣液 衬衫 熨斗 褶皱 晾衣架 硬币",
    "music": "band guitar stage singer concert drummer piano melody",
}
COMMON = [f"{a}{b}" for a in "山水林海云雨风雪" for b in "东西南北左右上下内外"]


def planted(each=100, noise=400, seed=1):
    """Clauses of four words of one topic and one of no topic, and noise; and their topic."""
    random = np.random.default_rng(seed)
    texts, topic = [], []
    for number, words in enumerate(TOPICS.values()):
        for _ in range(each):
            drawn = [*random.choice(words.split(), 4, replace=False), random.choice(COMMON)]
            texts.append(" ".join(drawn))
            topic.append(number)
    texts += [" ".join(random.choice(COMMON, 5, replace=False)) for _ in range(noise)]
    return texts, np.array(topic + [-1] * noise)


def salad(seed=1):
    """The same words dealt at random over the same clauses."""
    random = np.random.default_rng(seed)
    texts, _ = planted()
    words = np.array(" ".join(texts).split(), dtype=object)
    random.shuffle(words)
    return [" ".join(words[i : i + 5]) for i in range(0, len(words), 5)]


@pytest.fixture(scope="module")
def found():
    return themes(planted()[0])


def test_planted_themes_come_out_and_noise_stays_outside(found):
    _, topic = planted()
    assert len(found.table) == 4
    for number in range(4):
        own = found.theme[topic == number]
        assert np.bincount(own[own >= 0]).max() >= 90
    assert (found.theme[topic == -1] == -1).mean() >= 0.9


def test_a_theme_is_named_by_its_own_words(found):
    for terms in found.table.terms:
        best = max(len({t for t in terms if t in words}) for words in TOPICS.values())
        assert len(terms) == 6 and best >= 5


def test_sizes_are_shares_with_wilson_intervals(found):
    row = found.table.iloc[0]
    assert row.n == (found.theme == 0).sum() and row.share == row.n / 800
    assert (row.share_lo, row.share_hi) == pytest.approx(
        [float(end) for end in wilson(row.n / 800, 800)]
    )
    assert found.table.n.is_monotonic_decreasing
    assert found.table.stability.between(0.5, 1).all() and (found.table.together > 2).all()


def test_three_different_central_clauses_are_members(found):
    texts, _ = planted()
    for row in found.table.itertuples():
        assert len(set(row.central)) == 3
        assert all(found.theme[texts.index(text)] == row.theme for text in row.central)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_words_at_random_have_no_theme(seed):
    result = themes(salad(seed), seed=seed)
    assert result.table.empty and (result.theme == -1).all()
    assert sum(result.left_out.values()) == result.tried  # each cluster is accounted for


def test_the_same_seed_gives_the_same_themes(found):
    again = themes(planted()[0])
    assert (again.theme == found.theme).all() and again.table.equals(found.table)


def test_small_clusters_are_counted_and_not_shown():
    texts, topic = planted()
    some = [text for text, one in zip(texts, topic) if one != 0] + texts[:12]
    result = themes(some, k=8)
    assert all("停车场" not in terms for terms in result.table.terms)
    assert len(result.table) + sum(result.left_out.values()) == 8


def test_the_negative_share_leaves_blanks_out():
    texts, topic = planted()
    flags = [None if i % 2 else bool(one == 1) for i, one in enumerate(topic)]
    table = themes(texts, negative=flags).table
    pets = table[[("宠物" in t) or ("小狗" in t) for t in table.terms]].iloc[0]
    assert pets.negative_rate > 0.9 and pets.negative_n < pets.n * 0.7
    assert pets.negative_rate_lo <= pets.negative_rate <= pets.negative_rate_hi


def test_foreign_vectors_take_the_place_of_words():
    texts, topic = planted()
    random = np.random.default_rng(5)
    vectors = np.eye(6)[topic + 1] + random.normal(0, 0.05, (len(texts), 6)) + 3
    result = themes(texts, vectors=vectors, k=5)
    assert all((result.theme[topic == one] == result.theme[topic == one][0]).all()
               for one in range(4))  # fmt: skip


def test_vectors_must_be_one_per_clause():
    with pytest.raises(ValueError, match="2 vectors for 3"):
        themes(["a", "b", "c"], vectors=np.ones((2, 4)))


def test_a_corpus_is_read_by_its_clauses():
    corpus = read_corpus(["停车场太小，早餐不错"] * 5)
    assert len(themes(corpus).theme) == 10


@pytest.mark.parametrize("texts", [[], ["停车场"], ["好的"] * 100, ["。"] * 100])
def test_too_little_gives_no_theme(texts):
    result = themes(texts)
    assert result.table.empty and {"terms", "share", "stability"} <= set(result.table.columns)
    assert len(result.theme) == len(texts) and result.tried == 0


# The space.


def test_words_leave_out_stop_words_figures_and_single_characters():
    assert words_of(["我们的房间非常大 123", "The beds were not 2m"]) == [["房间"], ["bed"]]
    assert words_of(["", "！"]) == [[], []]
    assert {"的", "the", "非常"} <= stop_words()


def test_terms_are_words_and_pairs_in_enough_clauses():
    table = term_table([["hot", "water"]] * 6 + [["cold"]] * 4 + [["bar"]] * 14)
    assert sorted(table.terms) == ["hot", "hot water", "water"]
    assert table.held.sum() == 18 and table.single.sum() == 2


def test_clauses_without_terms_are_zero_vectors():
    table = term_table(words_of([*planted()[0], "嗯"]))
    length = np.linalg.norm(term_vectors(table, seed=1), axis=1)
    assert length[-1] == 0 and length[:400] == pytest.approx(1)


def test_many_clauses_take_seconds():
    texts, _ = planted(each=500, noise=2000)
    start = time.process_time()
    themes(texts)
    assert time.process_time() - start < 10


def test_points_are_the_same_in_every_process():
    """Texts in a set come in another order in each process; sums of fractions would differ."""
    code = (
        "from keytouch.theme_space import term_table;"
        "rows = [['lift', 'slow', 'noisy', 'old']] * 9 + [['pool']] * 31;"
        "print(term_table(rows).held.indices.tolist())"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    ]  # fmt: skip
    assert told[0].strip() != "[]" and len(set(told)) == 1
