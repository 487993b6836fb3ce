"""Polarity learned from the client's own ratings, where it beats the lexicon.

A customer's rating is a free label of the comment that came with it. For whole comments a
logistic regression sees the words and the lexicon's score. For clauses the label of the comment is
inherited and overwritten where the lexicon speaks clearly, and what is learned is averaged with
the lexicon. Whether any of this is used is decided by cross-validation on the client's comments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from keytouch.polarity import PolarityLexicon, clause_scores, comment_scores
from keytouch.text_corpus import Corpus
from keytouch.word_counts import Vocabulary, Words, learn_vocabulary

LEAST_RATED, LEAST_EACH = 30, 8
MOST_RATED = 6000
FOLDS = 5
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

    def of_comments(self) -> Words:
        words, places = self.corpus.spoken_words
        return Words(words, self.corpus.comment_at(places), len(self.comments))

    def of_clauses(self) -> Words:
        words, places = self.corpus.spoken_words
        return Words(words, self.corpus.clause_at(places), len(self.clauses))


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

    `quality` holds, for the lexicon and the client's model, cross-validated macro F1, accuracy,
    accuracy on the 80 % of comments it is surest of, and the rates at which truly negative and
    truly positive comments are called negative; `layer` ("client" or "lexicon") the better one.
    """

    layer: str
    quality: pd.DataFrame
    comments: Model | None = None
    clauses: Model | None = None

    def comment_probability(self, piece: Scored) -> np.ndarray:
        if self.layer == "lexicon" or self.comments is None:
            return expit(STEEP * piece.comments)
        return self.comments.probability(piece.of_comments(), _comment_features(piece))

    def clause_probability(self, piece: Scored) -> np.ndarray:
        lexical = expit(STEEP * piece.clauses.score.to_numpy())
        if self.layer == "lexicon" or self.clauses is None:
            return lexical
        learned = self.clauses.probability(piece.of_clauses(), _clause_features(piece))
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
    """The client's model from rated comments.

    `pieces` hold the rated comments in order; `positive` is their label, true or false.
    With fewer than 30 ratings, or fewer than 8 of either kind, the lexicon stays in charge and
    `quality` tells how well it does on what there is.
    """
    scores = np.concatenate([piece.comments for piece in pieces]) if pieces else np.array([])
    lexical = expit(STEEP * scores)
    few = len(positive) < LEAST_RATED or min(positive.sum(), (~positive).sum()) < LEAST_EACH
    rows = [_quality("lexicon", positive, lexical)] if len(positive) else []
    if few:
        return ClientModel("lexicon", pd.DataFrame(rows, columns=QUALITY))
    learned = _cross_validated(pieces, positive, seed)
    rows.append(_quality("client", positive, learned))
    quality = pd.DataFrame(rows, columns=QUALITY)
    if quality.f1.iloc[1] <= quality.f1.iloc[0]:
        return ClientModel("lexicon", quality)
    everything = np.ones(len(positive), dtype=bool)
    comments = _fit_comments(pieces, positive, everything)
    return ClientModel("client", quality, comments, _fit_clauses(pieces, positive))


QUALITY = [
    "layer", "n", "f1", "accuracy", "accuracy_80", "hit_rate", "false_alarm_rate", "negatives",
]  # fmt: skip


def _quality(layer: str, positive: np.ndarray, probability: np.ndarray) -> tuple[object, ...]:
    said = probability >= 0.5
    right = said == positive
    sure = np.argsort(-np.abs(probability - 0.5), kind="stable")[
        : int(np.ceil(COVERAGE * len(said)))
    ]
    bad = ~positive
    hits = (~said & bad).sum() / max(bad.sum(), 1)
    alarms = (~said & positive).sum() / max(positive.sum(), 1)
    return (
        layer, len(said), _macro_f1(positive, said), right.mean(), right[sure].mean(),
        hits, alarms, int(bad.sum()),
    )  # fmt: skip


def _macro_f1(truth: np.ndarray, said: np.ndarray) -> float:
    scores = []
    for kind in (False, True):
        both = ((truth == kind) & (said == kind)).sum()
        either = (truth == kind).sum() + (said == kind).sum()
        scores.append(2 * both / either if either else np.nan)
    return float(np.nanmean(scores))


def _cross_validated(pieces: Sequence[Scored], positive: np.ndarray, seed: int) -> np.ndarray:
    """Each comment's probability by a model that didn't see it."""
    probability = np.zeros(len(positive))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for seen, unseen in folds.split(positive, positive):
        chosen = np.zeros(len(positive), dtype=bool)
        chosen[seen] = True
        model = _fit_comments(pieces, positive, chosen)
        probability[unseen] = _comment_probability(pieces, model)[unseen]
    return probability


def _comment_probability(pieces: Sequence[Scored], model: Model) -> np.ndarray:
    return np.concatenate(
        [model.probability(piece.of_comments(), _comment_features(piece)) for piece in pieces]
    )


def _fit_comments(pieces: Sequence[Scored], positive: np.ndarray, chosen: np.ndarray) -> Model:
    words = [piece.of_comments() for piece in pieces]
    parts = np.split(chosen, np.cumsum([len(piece.comments) for piece in pieces])[:-1])
    vocabulary = learn_vocabulary(
        (_only(text, keep) for text, keep in zip(words, parts)), least=_least(chosen.sum())
    )
    rows = [
        sparse.hstack([vocabulary.matrix(text), _comment_features(piece)]).tocsr()[keep]
        for text, piece, keep in zip(words, pieces, parts)
    ]
    return Model(vocabulary, _regression().fit(sparse.vstack(rows), positive[chosen]))


def _least(n: int) -> int:
    return 1 if n < 300 else 2


def _only(text: Words, keep: np.ndarray) -> Words:
    """The words of some of the texts."""
    kept = keep[text.owner]
    words = [word for word, stays in zip(text.words, kept) if stays]
    return Words(words, text.owner[kept], int(keep.sum()))


def _fit_clauses(pieces: Sequence[Scored], positive: np.ndarray) -> Model | None:
    """Clauses learn from their comment's label, except where the lexicon says otherwise."""
    words = [piece.of_clauses() for piece in pieces]
    vocabulary = learn_vocabulary(words)
    starts = np.cumsum([0, *(len(piece.comments) for piece in pieces)])
    rows, labels = [], []
    for text, piece, start in zip(words, pieces, starts):
        score = piece.clauses.score.to_numpy()
        label = positive[start + piece.corpus.clauses.comment.to_numpy()]
        labels.append(np.where(np.abs(score) > CLEAR, score > 0, label))
        rows.append(sparse.hstack([vocabulary.matrix(text), _clause_features(piece)]).tocsr())
    found = np.concatenate(labels)
    if found.all() or not found.any():
        return None
    return Model(vocabulary, _regression().fit(sparse.vstack(rows), found))


def _regression() -> LogisticRegression:
    return LogisticRegression(
        C=STRENGTH, max_iter=500, class_weight="balanced", solver="liblinear", random_state=1
    )
