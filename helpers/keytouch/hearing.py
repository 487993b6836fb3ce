"""`read_comments`: a client's comments read by machine, clause by clause.

Comments leave the engine block by block and are kept as narrow tables of numbers and ids; the
words themselves stay one list. What a clause is about comes from the touchpoint terms, how it
sounds from the lexicon and, where cross-validation shows it better, from the client's ratings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytouch.client_model import (
    MOST_RATED,
    ClientModel,
    Scored,
    learn_client_model,
    score_corpus,
)
from keytouch.comments import written
from keytouch.engine import LazyTable, batches, needs
from keytouch.plain_text import languages, plain_texts
from keytouch.polarity import PolarityLexicon
from keytouch.repeats import near_duplicates
from keytouch.spam_marks import content_marks
from keytouch.text_corpus import Corpus, in_pieces, read_corpus
from keytouch.topic_words import named_topics

BLOCK = 50_000
ALIKE = 0.6  # Jaccard share from where on two comments are copies
LONG = 30  # characters that two strangers hardly write alike
UNSURE = 0.1  # on either side of one half a clause or comment is neutral
KEPT = (
    "feedback_id", "customer_id", "journey_id", "touchpoint_id", "channel", "segment", "ts",
    "source", "weight", "n", "tone", "tone_from", "comment",
)  # fmt: skip
CLAUSE_COLUMNS = ("comment", "start", "end", "score", "positive", "polarity")
TOPIC_COLUMNS = ("clause", "touchpoint_id", "source")
_NO_CLAUSES = pd.DataFrame(columns=CLAUSE_COLUMNS).astype(
    {"comment": "int64", "start": "int64", "end": "int64", "score": float, "positive": float}
)
_NO_TOPICS = pd.DataFrame(columns=TOPIC_COLUMNS).astype({"clause": "int64"})
TONES = ("negative", "neutral", "positive")


@dataclass(frozen=True)
class Heard:
    """A client's comments as a machine reads them.

    `comments` one row per comment: the columns of feedback that it has, `plain` (its plain text),
    `language` (zh, en, mixed, other, or "" without letters), `mark` (why it says nothing, see
    `content_marks`, else ""), `copy_of` (the row that it copies, −1 for none), `tone` and
    `tone_from` as the
    client's own label or score has them, `positive`, the probability that it is positive, and
    `polarity` (negative, neutral, positive).
    `clauses` one row per clause: `comment` (row of `comments`), `start`, `end` in its plain text,
    `score` by the lexicon in −1…1, `positive`, `polarity`.
    `topics` one row per clause and touchpoint: `clause` (row of `clauses`), `touchpoint_id`,
    `source` ("term", "carried" from the clause before, "given" with the comment).
    `model` which layer judged polarity, and how well.
    """

    comments: pd.DataFrame
    clauses: pd.DataFrame
    topics: pd.DataFrame
    model: ClientModel

    def corpora(self) -> Iterator[tuple[int, Corpus]]:
        """The comments as corpora again, each with the place of its first clause."""
        before = 0
        for _, texts in in_pieces(self.comments.plain.tolist()):
            corpus = read_corpus(texts)
            yield before, corpus
            before += len(corpus.clauses)

    def words_of(self, comment: int) -> list[str]:
        """The words of one comment, in lower case."""
        return read_corpus([self.comments.plain.iloc[comment]]).spoken_words[0]

    def clause_text(self, rows: Sequence[int]) -> list[str]:
        """What clauses say, in plain text."""
        part = self.clauses.iloc[list(rows)]
        plain = self.comments.plain.to_numpy()
        return [plain[c][a:b] for c, a, b in zip(part.comment, part.start, part.end)]


@needs("feedback", "comment")
def read_comments(
    feedback: LazyTable,
    *,
    terms: Mapping[str, Sequence[str]],
    lexicon: PolarityLexicon,
    others: Mapping[str, Sequence[str]] | None = None,
) -> Heard:
    """Read a client's comments: language, clauses, touchpoints, polarity.

    `terms` are the words that show a touchpoint (`touchpoint_terms`), `others` those of topics
    that are no touchpoint of the client's (`other_topics`): a clause about the location is not
    about the room named before it. Comments that nobody wrote anything in are left out.
    """
    comments = _rated_first(pd.concat(_blocks(feedback), ignore_index=True))
    comments["plain"] = plain_texts(comments.comment)
    comments["language"] = languages(comments.plain)
    comments["mark"] = content_marks(comments.comment)
    comments["copy_of"] = _copies(comments)
    rated = int(_rated(comments).iloc[:MOST_RATED].sum())
    texts = comments.plain.tolist()
    model = _learned(texts[:rated], comments.tone[:rated], lexicon)
    judged: list[np.ndarray] = []
    clauses, topics, before = [], [], 0
    for place, part in in_pieces(texts):
        piece = score_corpus(read_corpus(part), lexicon)
        judged.append(model.comment_probability(piece))
        clauses.append(_clauses(piece, model, place))
        named = _named(piece.corpus, terms, others or {})
        topics.append(named.assign(clause=named.clause + before))
        before += len(piece.clauses)
    positive = np.concatenate(judged) if judged else np.array([])
    comments = comments.assign(positive=positive, polarity=_polarity(positive))
    table = pd.concat([_NO_CLAUSES, *clauses], ignore_index=True)
    found = pd.concat([_NO_TOPICS, *topics], ignore_index=True)
    return Heard(comments, table, _with_given(found, table, comments), model)


def _blocks(feedback: LazyTable) -> Iterator[pd.DataFrame]:
    rows = written(feedback)
    names = [name for name in KEPT if name in rows.columns]
    ordered = rows.select(*names).order_by("feedback_id")
    yield pd.DataFrame({name: pd.Series(dtype=object) for name in names})
    for block in batches(ordered, rows=BLOCK):
        yield pd.DataFrame(block, columns=names)


def _copies(comments: pd.DataFrame) -> np.ndarray:
    """The row that a comment copies, −1 for none.

    Different customers may say the same in the same words; one who sends it again copies, and
    so does whoever is unknown and repeats a text too long for chance.
    """
    first = near_duplicates(comments.plain.tolist(), alike=ALIKE, plain=True)
    known = "customer_id" in comments.columns
    customer = comments.customer_id.to_numpy() if known else np.full(len(comments), None)
    nobody = pd.isna(customer)
    same = (customer == customer[first]) & ~nobody
    long = np.array([len(text) >= LONG for text in comments.plain], dtype=bool)
    return np.where((first >= 0) & (same | (nobody & long)), first, -1)


def _rated(comments: pd.DataFrame) -> pd.Series:
    return comments.tone.isin(["negative", "positive"])


def _rated_first(comments: pd.DataFrame) -> pd.DataFrame:
    """The comments that a model may learn from come first, evenly drawn if there are many."""
    places = np.flatnonzero(_rated(comments))
    if len(places) > MOST_RATED:
        places = places[np.linspace(0, len(places) - 1, MOST_RATED).astype(int)]
    rest = np.setdiff1d(np.arange(len(comments)), places)
    return comments.iloc[np.concatenate([places, rest])].reset_index(drop=True)


def _learned(texts: Sequence[str], tone: pd.Series, lexicon: PolarityLexicon) -> ClientModel:
    """The client's model from the comments that came with a clear label or score."""
    pieces = [score_corpus(read_corpus(part), lexicon) for _, part in in_pieces(texts)]
    return learn_client_model(pieces, (tone == "positive").to_numpy(bool))


def _polarity(positive: np.ndarray) -> np.ndarray:
    kind = np.where(positive < 0.5 - UNSURE, 0, np.where(positive > 0.5 + UNSURE, 2, 1))
    return np.array(TONES, dtype=object)[kind]


def _clauses(piece: Scored, model: ClientModel, place: int) -> pd.DataFrame:
    """The clauses of a piece whose first comment is number `place`."""
    found = piece.corpus.clauses
    starts = piece.corpus.starts[found.comment.to_numpy()]
    positive = model.clause_probability(piece)
    columns = (
        found.comment.to_numpy() + place, found.start.to_numpy() - starts,
        found.end.to_numpy() - starts, piece.clauses.score.to_numpy(), positive,
        _polarity(positive),
    )  # fmt: skip
    return pd.DataFrame(dict(zip(CLAUSE_COLUMNS, columns)))


def _named(
    corpus: Corpus, terms: Mapping[str, Sequence[str]], others: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """The touchpoints of each clause: `clause`, `touchpoint_id`, `source`.

    A clause that names no topic at all goes on about those of the last clause of its comment
    that did.
    """
    found = named_topics(corpus, {**others, **terms})
    comment = corpus.clauses.comment.to_numpy()
    last = np.full(len(comment), -1)
    last[found.clause.to_numpy()] = found.clause.to_numpy()
    last = np.maximum.accumulate(last) if len(last) else last
    carried = np.flatnonzero((last >= 0) & (last != np.arange(len(last))))
    carried = carried[comment[last[carried]] == comment[carried]]
    further = pd.DataFrame({"clause": carried, "from": last[carried]})
    further = further.merge(found, left_on="from", right_on="clause", suffixes=("", "_named"))
    table = pd.concat(
        [found.assign(source="term"), further.assign(source="carried")], ignore_index=True
    )
    table = table[table.topic.isin(list(terms))].rename(columns={"topic": "touchpoint_id"})
    return table.sort_values(["clause", "touchpoint_id"])[list(TOPIC_COLUMNS)]


def _with_given(
    topics: pd.DataFrame, clauses: pd.DataFrame, comments: pd.DataFrame
) -> pd.DataFrame:
    """Clauses that name nothing are about the touchpoint that the comment was given for."""
    if "touchpoint_id" not in comments.columns:
        return topics
    given = comments.touchpoint_id.to_numpy()[clauses.comment.to_numpy()]
    silent = pd.Series(given).notna().to_numpy(copy=True)
    silent[topics.clause.to_numpy()] = False
    added = pd.DataFrame({"clause": np.flatnonzero(silent), "touchpoint_id": given[silent]})
    table = pd.concat([topics, added.assign(source="given")], ignore_index=True)
    return table.sort_values(["clause", "touchpoint_id"], ignore_index=True)
