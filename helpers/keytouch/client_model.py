"""Polarity learned from the client's own ratings, where it beats the lexicon.

A customer's rating is a free label of the comment that came with it. For whole comments a
logistic regression sees the words and the lexicon's score. For clauses the label of the comment is
inherited and overwritten where the lexicon speaks clearly, and what is learned is averaged with
the lexicon. Whether any of this is used is decided by cross-validation on the client's comments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from keytouch.estimate import wilson
from keytouch.polarity import PolarityLexicon, clause_scores, comment_scores
from keytouch.text_corpus import Corpus
from keytouch.word_counts import (
    Vocabulary,
    Words,
    chosen_words,
    count_words,
    learn_vocabulary,
    tf_idf,
)

LEAST_RATED, LEAST_EACH = 30, 8
MOST_RATED = 6000
FOLDS = 5
DRAWS = 1000
STRENGTH = 4.0  # inverse of the penalty
STEEP = 3.0  # how sure the lexicon's score is taken to be
CLEAR = 0.3  # from where on the lexicon overrules an inherited label
COVERAGE = 0.8


@dataclass(frozen=True)
class Scored:
    """A piece of comments with the lexicon's scores of clauses and comments."""

    corpus: Corpus
    clauses: pd.DataFrame
    comments: np.ndarray

    @cached_property
    def of_comments(self) -> Words:
        words, places = self.corpus.spoken_words
        return Words(words, self.corpus.comment_at(places), len(self.comments))

    @cached_property
    def of_clauses(self) -> Words:
        _, places = self.corpus.spoken_words
        return self.of_comments.parted(self.corpus.clause_at(places), len(self.clauses))


def score_corpus(corpus: Corpus, lexicon: PolarityLexicon) -> Scored:
    clauses = clause_scores(corpus, lexicon)
    return Scored(corpus, clauses, comment_scores(corpus, clauses))


@dataclass(frozen=True)
class Model:
    """One logistic regression over words and lexicon scores."""

    vocabulary: Vocabulary
    regression: LogisticRegression

    def probability(self, words: Words, scores: np.ndarray) -> np.ndarray:
        """That a text is positive, 0–1."""
        features = sparse.hstack([self.vocabulary.matrix(words), scores]).tocsr()
        return self.regression.predict_proba(features)[:, 1]


@dataclass(frozen=True)
class ClientModel:
    """What was learned from a client's ratings, and how well it does.

    `quality` has one row for the lexicon and one for the client's model (cross-validated): `n`
    rated comments, `negatives` of them; macro `f1`, `accuracy` and `accuracy_80`, that on the
    80 % of comments it is surest of, with `_lo`, `_hi`; `hit_rate` and `false_alarm_rate`, at
    which truly negative and truly positive comments are called negative. `layer` ("client" or
    "lexicon") is the better one.
    """

    layer: str
    quality: pd.DataFrame
    comments: Model | None = None
    clauses: Model | None = None

    def comment_probability(self, piece: Scored) -> np.ndarray:
        if self.layer == "lexicon" or self.comments is None:
            return expit(STEEP * piece.comments)
        return self.comments.probability(piece.of_comments, _comment_features(piece))

    def clause_probability(self, piece: Scored) -> np.ndarray:
        lexical = expit(STEEP * piece.clauses.score.to_numpy())
        if self.layer == "lexicon" or self.clauses is None:
            return lexical
        learned = self.clauses.probability(piece.of_clauses, _clause_features(piece))
        return (learned + lexical) / 2


def _comment_features(piece: Scored) -> np.ndarray:
    comment = piece.corpus.clauses.comment.to_numpy()
    size = len(piece.comments)
    sums = np.bincount(comment, weights=piece.clauses.score * piece.clauses.weight, minlength=size)
    length = np.bincount(comment, minlength=size)
    return 2 * np.column_stack([piece.comments, sums / np.sqrt(1 + length)])


def _clause_features(piece: Scored) -> np.ndarray:
    return 2 * piece.clauses[["score"]].to_numpy()


def learn_client_model(
    pieces: Sequence[Scored], positive: np.ndarray, *, seed: int = 1
) -> ClientModel:
    """The client's model from rated comments; `positive` is the label of each, in order.

    With fewer than 30 ratings, or fewer than 8 of either kind, the lexicon stays in charge and
    `quality` tells how well it does on what there is.
    """
    if not len(positive):
        return ClientModel("lexicon", pd.DataFrame(columns=QUALITY))
    scores = np.concatenate([piece.comments for piece in pieces])
    rows = [_quality("lexicon", positive, expit(STEEP * scores))]
    if len(positive) < LEAST_RATED or min(positive.sum(), (~positive).sum()) < LEAST_EACH:
        return ClientModel("lexicon", pd.DataFrame(rows, columns=QUALITY))
    rows.append(_quality("client", positive, _cross_validated(pieces, positive, seed)))
    quality = pd.DataFrame(rows, columns=QUALITY)
    if quality.f1.iloc[1] <= quality.f1.iloc[0]:
        return ClientModel("lexicon", quality)
    comments = _fit_comments(pieces, positive)
    return ClientModel("client", quality, comments, _fit_clauses(pieces, positive))


QUALITY = [
    "layer", "n", "f1", "f1_lo", "f1_hi", "accuracy", "accuracy_lo", "accuracy_hi",
    "accuracy_80", "accuracy_80_lo", "accuracy_80_hi", "hit_rate", "false_alarm_rate", "negatives",
]  # fmt: skip


def _quality(layer: str, positive: np.ndarray, probability: np.ndarray) -> tuple[object, ...]:
    said = probability >= 0.5
    right = said == positive
    surest = np.argsort(-np.abs(probability - 0.5), kind="stable")
    sure = right[surest[: int(np.ceil(COVERAGE * len(said)))]]
    bad = ~positive
    counts = np.array(
        [(positive & said).sum(), (positive & ~said).sum(), (bad & said).sum(), (bad & ~said).sum()]
    )
    return (
        layer, len(said), float(macro_f1(counts)), *_f1_interval(counts), *_told(right),
        *_told(sure), counts[3] / max(bad.sum(), 1), counts[1] / max(positive.sum(), 1),
        int(bad.sum()),
    )  # fmt: skip


def _told(right: np.ndarray) -> tuple[float, float, float]:
    lo, hi = wilson(right.mean(), len(right))
    return float(right.mean()), float(lo), float(hi)


def macro_f1(counts: np.ndarray) -> np.ndarray:
    """The mean of both kinds' F1, from counts of truth and call (last axis): positive called
    positive, positive called negative, negative called positive, negative called negative."""
    tp, fn, fp, tn = (counts[..., place].astype(float) for place in range(4))
    with np.errstate(invalid="ignore", divide="ignore"):
        both = np.stack([2 * tp / (2 * tp + fn + fp), 2 * tn / (2 * tn + fn + fp)])
        return np.nanmean(both, axis=0)


def _f1_interval(counts: np.ndarray) -> tuple[float, float]:
    """Percentile bootstrap over comments: F1 depends on four counts alone."""
    draws = np.random.default_rng(1).multinomial(counts.sum(), counts / counts.sum(), DRAWS)
    lo, hi = np.quantile(macro_f1(draws), [0.025, 0.975])
    return float(lo), float(hi)


def _cross_validated(pieces: Sequence[Scored], positive: np.ndarray, seed: int) -> np.ndarray:
    """Each comment's probability by a model that didn't see it, nor its words."""
    _, counts = count_words([piece.of_comments for piece in pieces])
    scores = np.vstack([_comment_features(piece) for piece in pieces])
    probability = np.zeros(len(positive))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for seen, unseen in folds.split(scores, positive):
        kept, rarity = chosen_words(counts[seen], least=_least(len(seen)))
        words = tf_idf(counts[:, kept], rarity)
        features = sparse.hstack([words, scores]).tocsr()
        model = _regression().fit(features[seen], positive[seen])
        probability[unseen] = model.predict_proba(features[unseen])[:, 1]
    return probability


def _fit_comments(pieces: Sequence[Scored], positive: np.ndarray) -> Model:
    vocabulary, words = learn_vocabulary(
        [piece.of_comments for piece in pieces], least=_least(len(positive))
    )
    scores = np.vstack([_comment_features(piece) for piece in pieces])
    features = sparse.hstack([words, scores]).tocsr()
    return Model(vocabulary, _regression().fit(features, positive))


def _least(n: int) -> int:
    return 1 if n < 300 else 2


def _fit_clauses(pieces: Sequence[Scored], positive: np.ndarray) -> Model | None:
    """Clauses learn from their comment's label, except where the lexicon says otherwise."""
    vocabulary, words = learn_vocabulary([piece.of_clauses for piece in pieces])
    starts = np.cumsum([0, *(len(piece.comments) for piece in pieces)])
    label = [
        np.where(np.abs(score) > CLEAR, score > 0, positive[start + comment])
        for piece, start in zip(pieces, starts)
        for score, comment in [
            (piece.clauses.score.to_numpy(), piece.corpus.clauses.comment.to_numpy())
        ]
    ]
    found = np.concatenate(label).astype(bool)
    if found.all() or not found.any():
        return None
    scores = np.vstack([_clause_features(piece) for piece in pieces])
    return Model(vocabulary, _regression().fit(sparse.hstack([words, scores]).tocsr(), found))


def _regression() -> LogisticRegression:
    return LogisticRegression(
        C=STRENGTH, max_iter=500, class_weight="balanced", solver="liblinear", random_state=1
    )
