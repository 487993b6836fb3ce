"""The diary panel (moments as felt, the journey as remembered) and the messages sent out."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from keytouch.cases import model
from keytouch.cases.plants import OverContact
from keytouch.cases.sheets import Sheet
from keytouch.cases.truth import PERIOD
from keytouch.cases.world import World

STEP = 0.1
RATED = {"journey_id": "journey", "customer_id": "customer", "ts": "at"}


def slider(values: np.ndarray | float) -> np.ndarray:
    """Feelings on the slider, −2 to 2."""
    return np.round(np.clip(np.rint(np.asarray(values) / STEP) * STEP, -2.0, 2.0), 1)


def remembered(moods: np.ndarray) -> float:
    """Half the moment farthest from 0 (the first of equals), half the last one."""
    peak = moods[int(np.argmax(np.abs(moods)))]
    return float((peak + moods[-1]) / 2)


def diary(seed: int, world: World, names: list[str]) -> Sheet:
    """Journeys of the diary panel: every front touchpoint when first met, then the whole."""
    plan, ids = world.truth.memory, world.customer_ids
    rng = model.stream(seed, world.case, "diary")
    rated = slider(plan.affect_mean + plan.affect_per_sd * world.lived.perceived)
    met = {j: first for j, first in world.moments().items() if len(first) >= plan.least}
    records: list[tuple[str, str, datetime, str | None, float]] = []
    wanted = plan.journeys
    for j in rng.permutation(sorted(met)):
        moments = met[int(j)]
        moods = np.array([rated[j, world.place[touchpoint]] for _, touchpoint in moments])
        ends = moments[-1][0] + timedelta(hours=model.lognormal(rng, 20, 0.5))
        whole = slider(remembered(moods) + plan.noise * rng.standard_normal())
        if ends > PERIOD[1] or not wanted:
            continue
        wanted -= 1
        who = (names[j], str(ids[j]))
        records += [(*who, ts, touchpoint, mood) for (ts, touchpoint), mood in zip(moments, moods)]
        records.append((*who, ends, None, float(whole)))
    records.sort(key=lambda record: (record[2], record[0]))
    frame = pd.DataFrame(records, columns=["journey", "customer", "at", "touchpoint", "mood"])
    frame.insert(0, "entry", [f"M{i:05d}" for i in range(1, len(frame) + 1)])
    return Sheet(
        "diary",
        "feedback",
        frame,
        {"feedback_id": "entry", **RATED, "touchpoint_id": "touchpoint", "score": "mood"},
        {"metric": "affect", "source": "diary"},
        {"touchpoint": "touchpoint"},
    )


def outreach(seed: int, world: World) -> Sheet:
    """Messages of the last weeks to customers who consent, one row a message."""
    plan = world.truth.contacts
    rng = model.stream(seed, world.case, "outreach")
    table = world.crowd.table
    willing = table.loc[table["consent"], "customer_id"].to_numpy()
    chosen = rng.choice(willing, min(plan.customers, len(willing)), replace=False)
    levels, shares = zip(*plan.levels)
    level = rng.choice(levels, len(chosen), p=shares)
    sent = [
        (ts, str(who), last)
        for who, k in zip(chosen, level)
        for ts, last in _messages(rng, plan, int(k))
    ]
    sent.sort()
    options, weights = zip(*plan.channels)
    frame = pd.DataFrame(
        {
            "message": [f"N{i:06d}" for i in range(1, len(sent) + 1)],
            "customer": [who for _, who, _ in sent],
            "at": [ts for ts, _, _ in sent],
            "channel": model.pick(rng, list(options), list(weights), len(sent)),
            "opted_out": [int(last) for _, _, last in sent],
        }
    )
    columns = {"contact_id": "message", "customer_id": "customer", "ts": "at"}
    return Sheet(
        "contacts",
        "contacts",
        frame,
        columns | {"channel": "channel", "opted_out": "opted_out"},
    )


def _messages(
    rng: np.random.Generator, plan: OverContact, level: int
) -> list[tuple[datetime, bool]]:
    """One customer's messages, the last one with an opt-out where it came to that."""
    begin = PERIOD[1].replace(hour=0, minute=0, second=0) - timedelta(days=7 * plan.weeks - 1)
    counts = np.clip(level + rng.choice([-1, 0, 1], plan.weeks, p=[0.2, 0.6, 0.2]), 0, None)
    days = [7 * w + float(d) for w, k in enumerate(counts) for d in np.sort(rng.random(k)) * 7]
    told: list[tuple[datetime, bool]] = []
    for place, day in enumerate(days):
        recent = sum(day - before < 7 for before in days[: place + 1])
        gone = rng.random() < plan.hazard + plan.hazard_beyond * max(recent - plan.cap, 0)
        # Sent by day: the hours from nine to nine.
        hours = 9 + 12 * (day % 1)
        ts = begin + timedelta(days=int(day), minutes=int(60 * hours))
        told.append((ts, bool(gone)))
        if gone:
            break
    return told
