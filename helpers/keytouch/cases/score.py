"""`keytouch score`: how well an answer found what is planted in a case."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from keytouch.cases.answers import Claim, read_answer
from keytouch.cases.key import SEAL, open_key
from keytouch.cases.population import ANSWERING
from keytouch.cases.registry import rows, spots
from keytouch.cases.truth import TRUTHS
from keytouch.words import language, word

BAITS = ("decoy", "low_score")
DENIALS = ("no_effect", *BAITS)
BENT = ("penalty_only", "reward_only")
RIVALS = (
    ("key_touchpoint", *DENIALS),
    (*BENT, "linear"),
    ("improvement_worked", "improvement_useless"),
    ("lag", "lead"),
)
"""Claims that answer the same question."""
LOCAL = {*RIVALS[1], *RIVALS[2], *RIVALS[3], "kano", "segment_effect", "expectation_gap"}
"""Claims whose question is asked of every touchpoint (or subject) by itself."""
DAYS = 14  # a change date this near is right
NEAR = 0.25  # a number without interval is right within this share of the planted one
SUBJECTS = ("up", "down", "mean", "peak_end", "end", "trend")
VERDICTS = ("caught", "undecided", "missed", "not_addressed")


@dataclass(frozen=True)
class Found:
    """A planted fact, a `trap` or a `further` one, and what the answer made of it."""

    claim: str
    touchpoint: str
    subject: str
    group: str
    verdict: str


@dataclass(frozen=True)
class Measured:
    """One number of a score and what it rests on; None where there is nothing to measure."""

    value: float | None
    n: int


@dataclass(frozen=True)
class Score:
    """An answer held against a key.

    `precision` is the share of touchpoints named key that are (n: named), `recall` the share of
    key touchpoints that were named (n: planted), `rank_correlation` Kendall's τ-b of the stated
    with the true slopes, else of the order of naming with them (n: touchpoints),
    `coverage` the share of stated intervals that hold the slope among all who would answer
    (n: intervals), `traps`
    the share of traps caught (n: traps), `further` the share of the other facts found.
    """

    precision: Measured
    recall: Measured
    rank_correlation: Measured
    coverage: Measured
    traps: Measured
    further: Measured
    facts: tuple[Found, ...]
    false_alarms: tuple[Claim, ...]
    unjudged: int
    ranked_by: str = field(default="effects")


def score_answer(answer: Sequence[Claim], key: Mapping[str, Any]) -> Score:
    """Hold an answer's claims against a key. Only sure claims (probability ≥ .8) count as made.

    A claim about a question of which nothing is planted can't be judged, and is counted apart.
    """
    made = [claim for claim in answer if claim.sure]
    named = dict.fromkeys(claim.touchpoint for claim in _by_rank(made, "key_touchpoint"))
    true = set(key["key_touchpoints"])
    right = len(true & set(named))
    found = tuple(_look_for(wanted, answer, key) for wanted in key["to_find"])
    ranked, by = _rank_correlation(answer, list(named), key["effects"])
    wrong, unjudged = _false_alarms(made, key)
    return Score(
        _share(right, len(named)),
        _share(right, len(true)),
        ranked,
        _coverage(answer, key["effects"]),
        _caught(found, "trap"),
        _caught(found, "further"),
        found,
        tuple(wrong),
        unjudged,
        by,
    )


def _share(part: int, whole: int) -> Measured:
    return Measured(part / whole if whole else None, whole)


def _caught(facts: Iterable[Found], group: str) -> Measured:
    verdicts = [fact.verdict for fact in facts if fact.group == group]
    return _share(verdicts.count("caught"), len(verdicts))


def _by_rank(made: Iterable[Claim], claim: str) -> list[Claim]:
    """The claims of one kind in order of rank, equal ones as they stand."""
    return sorted((entry for entry in made if entry.claim == claim), key=lambda entry: entry.rank)


def _rank_correlation(
    answer: Sequence[Claim], named: list[str], effects: Sequence[Mapping[str, Any]]
) -> tuple[Measured, str]:
    from scipy.stats import kendalltau

    true = {row["touchpoint_id"]: row["slope"] for row in effects}
    stated = {c.touchpoint: c.value for c in answer if c.claim == "effect" and c.value is not None}
    by, places = "effects", [name for name in true if name in stated]
    if len(places) < 3:
        by, places = "order", list(true) if named else []
        stated = {name: -named.index(name) if name in named else -len(named) for name in places}
    if len(places) < 3:
        return Measured(None, len(places)), by
    tau = kendalltau([stated[p] for p in places], [true[p] for p in places]).statistic
    return Measured(float(tau) if tau == tau else None, len(places)), by


def _coverage(answer: Sequence[Claim], effects: Sequence[Mapping[str, Any]]) -> Measured:
    true = {row["touchpoint_id"]: row[ANSWERING] for row in effects}
    held = [
        claim.lo <= true[claim.touchpoint] <= claim.hi
        for claim in answer
        if claim.claim == "effect" and claim.touchpoint in true
        if claim.lo is not None and claim.hi is not None
    ]
    return _share(sum(held), len(held))


def _look_for(wanted: Mapping[str, str], answer: Sequence[Claim], key: Mapping[str, Any]) -> Found:
    """What the answer made of one planted fact.

    It is missed where the answer speaks to the question without the right claim.
    """
    if wanted["claim"] in BAITS:
        return Found(**wanted, verdict=_bait(wanted["touchpoint"], answer))
    fact = next(f for f in key["facts"] if all(f[n] == wanted[n] for n in wanted if n in f))
    fitting = [claim for claim in answer if _agrees(claim, fact)]
    if any(claim.sure for claim in fitting):
        verdict = "caught"
    elif fitting:
        verdict = "undecided"
    else:
        asked = any(_speaks_to(claim, wanted) for claim in answer)
        verdict = "missed" if asked else "not_addressed"
    return Found(**wanted, verdict=verdict)


def _speaks_to(claim: Claim, wanted: Mapping[str, str]) -> bool:
    """Whether a claim answers the question of a planted fact, rightly or wrongly."""
    if claim.claim not in rivals(wanted["claim"]):
        return False
    same = claim.touchpoint == wanted["touchpoint"] or claim.subject == wanted["subject"] != ""
    return wanted["claim"] not in LOCAL or same


def _bait(touchpoint: str, answer: Sequence[Claim]) -> str:
    """A touchpoint without effect is avoided where keys are named and it isn't among them."""
    keys = [claim for claim in answer if claim.claim == "key_touchpoint"]
    named = [claim for claim in keys if claim.touchpoint == touchpoint]
    if any(claim.sure for claim in named):
        return "missed"
    denied = any(c.claim in DENIALS and c.touchpoint == touchpoint and c.sure for c in answer)
    if named and not denied:
        return "undecided"
    return "caught" if denied or any(claim.sure for claim in keys) else "not_addressed"


def rivals(claim: str) -> tuple[str, ...]:
    """The claims that answer the same question as this one."""
    return next((group for group in RIVALS if claim in group), (claim,))


def _agrees(claim: Claim, fact: Mapping[str, Any]) -> bool:
    """Whether a claim says what is planted."""
    if claim.claim != fact["claim"]:
        return False
    if fact["touchpoint"] and claim.touchpoint != fact["touchpoint"]:
        return False
    if claim.claim == "contact_cap":
        return _near(claim, fact["value"])
    if claim.claim == "kano" and claim.category != dict(fact["details"])["category"]:
        return False
    return not fact["subject"] or _same_subject(claim, fact["subject"])


def _near(claim: Claim, planted: float) -> bool:
    if claim.lo is not None and claim.hi is not None:
        return claim.lo <= planted <= claim.hi
    return claim.value is not None and abs(claim.value - planted) <= NEAR * abs(planted)


def _same_subject(claim: Claim, planted: str) -> bool:
    if claim.claim == "synergy":
        return set(claim.subject.split("+")) == set(planted.split("+"))
    if claim.claim == "change":
        try:
            apart = date.fromisoformat(claim.subject) - date.fromisoformat(planted)
        except ValueError:
            return False
        return abs(apart.days) <= DAYS
    return claim.subject == planted


def _false_alarms(made: Sequence[Claim], key: Mapping[str, Any]) -> tuple[list[Claim], int]:
    """Sure claims without a planted counterpart, and how many can't be judged."""
    asked = {name for fact in key["facts"] for name in rivals(fact["claim"])}
    wrong, unjudged = [], 0
    for claim in made:
        if claim.claim == "effect":
            continue
        if claim.claim not in asked:
            unjudged += 1
        elif _is_false(claim, key):
            wrong.append(claim)
    return wrong, unjudged


def _is_false(claim: Claim, key: Mapping[str, Any]) -> bool:
    bent = any(
        fact["claim"] in BENT and fact["touchpoint"] == claim.touchpoint for fact in key["facts"]
    )
    if claim.claim in DENIALS:
        return bent or claim.touchpoint in key["key_touchpoints"]
    if claim.claim == "linear":
        return bent
    return not any(_agrees(claim, fact) for fact in key["facts"])


def add_score_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `keytouch score`."""
    parser.add_argument("findings", type=Path, metavar="FINDINGS", help=word("help_score_findings"))
    parser.add_argument("key", type=Path, metavar="ANSWER_KEY", help=word("help_score_key"))
    parser.add_argument("--out", type=Path, metavar="FILE.json", help=word("help_score_out"))


def score_command(args: argparse.Namespace) -> int:
    """Score one answer and print what came out; with `--out` write it, too."""
    key = open_key(args.key)
    score = score_answer(read_answer(args.findings, key["case"]), key)
    print("\n".join(score_lines(score, key)))
    if args.out:
        head = {name: key[name] for name in ("case", "seed", "difficulty")}
        content = head | {"answer_key": key[SEAL]} | asdict(score)
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        args.out.write_text(text, encoding="utf8", newline="\n")
    return 0


def score_lines(score: Score, key: Mapping[str, Any]) -> list[str]:
    """The score in words."""
    shown = {name: key[name] for name in ("case", "seed")}
    lines = [
        word("score_head", **shown, difficulty=word(f"difficulty_{key['difficulty']}")),
        word("score_seal", seal=key[SEAL]),
        *(_line(name, getattr(score, name)) for name in ("precision", "recall")),
        _line(f"rank_{score.ranked_by}", score.rank_correlation),
        _line("coverage", score.coverage),
    ]
    for group, measured in (("trap", score.traps), ("further", score.further)):
        lines.append(_line(group, measured))
        for verdict in VERDICTS:
            told = [fact for fact in score.facts if (fact.group, fact.verdict) == (group, verdict)]
            what = word("list_joint").join(_text(fact, key["case"]) for fact in told)
            if told:
                lines.append("  " + word(f"score_{verdict}", n=len(told), what=what))
    alarms = [_text(claim, key["case"]) for claim in score.false_alarms]
    what = word("list_joint").join(alarms) or "—"
    lines.append(word("score_false_alarms", n=len(alarms), what=what))
    if score.unjudged:
        lines.append(word("score_unjudged", n=score.unjudged))
    return lines


def _line(name: str, measured: Measured) -> str:
    value = "—" if measured.value is None else f"{measured.value:.2f}".replace("-", "−")
    return word(f"score_{name}", value=value, n=measured.n)


def _text(entry: Found | Claim, case: str) -> str:
    """A fact or a claim as a reader knows it: its kind and what it is about."""
    names = _names(case)
    subject = entry.subject.removeprefix("channel:")
    # A subject is an id, or ids with > or + between them.
    subject = re.sub(r"[a-z]\w*", lambda found: names.get(found[0], found[0]), subject)
    about = [text for text in (names.get(entry.touchpoint, entry.touchpoint), subject) if text]
    kind = word(f"claim_{entry.claim}")
    return word("claim_about", claim=kind, about=" · ".join(about)) if about else kind


def _names(case: str) -> dict[str, str]:
    """The case's ids and what they are called in the language in use."""
    if case not in TRUTHS:
        return {}
    items = (*rows("items", case), *rows("items", "any"))
    called = {row["item"]: row[language()] for row in items}
    called |= {row["id"]: row[language()] for row in rows("names", case)}
    called |= {spot.id: getattr(spot, f"name_{language()}") for spot in spots(case)}
    return called | {name: word(f"subject_{name}") for name in SUBJECTS}
