"""Which touchpoints and SERVQUAL dimensions a clause is about, by the terms that it holds.

A clause without a term of its own goes on about what the clause before it named, as long as
it says something of it (speakers drop the subject once it is known).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from keytouch.text_corpus import Corpus, Finder

MOST = 3  # touchpoints of one clause


def named_topics(corpus: Corpus, terms: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """One row per clause and topic that it names, in the order of the text.

    Columns out: `clause`, its place in the corpus; `topic`, a key of `terms`; `hits`, how many of
    its terms occur. A term of several topics counts for each. Where a clause names more than
    three, those with the most hits stay, the first named among equals.
    """
    owners = _owners(terms)
    finder = Finder(tuple(owners), loose=True)
    found = finder.find(corpus)
    found["clause"] = corpus.clause_at(found.start.to_numpy())
    names = list(owners.values())
    pairs = [
        (clause, topic, start)
        for clause, term, start in zip(found.clause, found.term, found.start)
        for topic in names[term]
    ]
    table = pd.DataFrame(pairs, columns=["clause", "topic", "start"])
    table = table.astype({"clause": "int64", "start": "int64"})
    table = table.groupby(["clause", "topic"], sort=False).start.agg(["size", "min"]).reset_index()
    table = table.sort_values(["clause", "size", "min"], ascending=[True, False, True])
    table = table[table.groupby("clause").cumcount() < MOST]
    table = table.sort_values(["clause", "min", "topic"]).rename(columns={"size": "hits"})
    return table[["clause", "topic", "hits"]].reset_index(drop=True)


def _owners(terms: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    owners: dict[str, list[str]] = {}
    for topic, words in terms.items():
        for word in words:
            if topic not in owners.setdefault(word, []):
                owners[word].append(topic)
    return owners
