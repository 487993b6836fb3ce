"""What an endless survey would find: slope, importance and correlation of each touchpoint.

A planted effect is latent. Rounding onto a scale, its ends, and who meets which touchpoint
weaken it, so the truth that an estimate is held against is the same estimate among very many
respondents: once everybody answers, and once only those who do. Who is silent bends slopes a
little, which no interval of the answers tells, so intervals are held against the latter. Run
this room (`make population`) after a change of parameters.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from keytouch.cases.difficulty import DIFFICULTIES, at_difficulty
from keytouch.cases.registry import rows, spots
from keytouch.cases.responses import SIZES, enlarged, survey_of, with_everybody
from keytouch.cases.truth import TRUTHS, Truth

COMMITTED = Path(__file__).with_name("population.csv")
TIMES, SEEDS = 10, 6
ANSWERING = "slope_answering"
VALUES = ("slope", "importance", "correlation", ANSWERING)
APART = ("kano", "servqual", "benchmark", "incidents", "expectations")
"""Plans of further surveys, on which the answers of this one don't depend."""
TABLES = ("inventory", "names", "actions")
"""The package's tables that the answers of a survey depend on."""


def parameter_hash(case: str, truth: Truth) -> str:
    """A short hash of what the answers depend on: not the case's size and names."""
    rates = {name: value for name, value in asdict(truth).items() if name not in (*SIZES, *APART)}
    tables = [_numbers(row) for table in TABLES for row in rows(table, case)]
    text = json.dumps([rates, tables], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf8")).hexdigest()[:16]


def _numbers(row: Mapping[str, str]) -> dict[str, str]:
    """A row without its words."""
    return {name: value for name, value in row.items() if not name.endswith(("zh", "en"))}


def population(case: str, truth: Truth) -> list[dict[str, Any]]:
    """The population values of a case, one row an asked touchpoint.

    None for parameters that are those of no difficulty, and while the table is out of date.
    """
    wanted = parameter_hash(case, truth)
    return [
        {name: row[name] if name == "touchpoint_id" else float(row[name]) for name in _columns()}
        for row in committed()
        if (row["case"], row["parameter_hash"]) == (case, wanted)
    ]


def _columns() -> list[str]:
    return ["touchpoint_id", *(name for value in VALUES for name in (value, f"{value}_error"))]


@cache
def committed() -> tuple[dict[str, str], ...]:
    """The committed values."""
    if not COMMITTED.is_file():
        return ()
    with open(COMMITTED, encoding="utf8", newline="") as file:
        return tuple(csv.DictReader(file))


def estimate_once(case: str, *, seed: int, truth: Truth) -> pd.DataFrame:
    """Two surveys, of everybody and of those who answer, a row a touchpoint."""
    everybody = _estimated(case, seed, with_everybody(truth))
    slope = _estimated(case, seed, truth)["slope"]
    return everybody.assign(**{ANSWERING: slope})


def _estimated(case: str, seed: int, truth: Truth) -> pd.DataFrame:
    """One survey, estimated as a client's."""
    from keytouch.drivers import driver_draws
    from keytouch.engine import Missing, from_frame

    found = driver_draws(from_frame(survey_of(case, seed=seed, truth=truth).feedback()), draws=2)
    assert not isinstance(found, Missing)
    values = {name: getattr(found.point, name) for name in VALUES if name != ANSWERING}
    return pd.DataFrame(values, index=pd.Index(found.touchpoints, name="touchpoint_id"))


def estimate_population(
    case: str, truth: Truth, *, times: float = TIMES, seeds: int = SEEDS
) -> pd.DataFrame:
    """Mean and Monte Carlo error over several surveys, `times` the shipped size."""
    large = enlarged(truth, times)
    runs = pd.concat(
        [estimate_once(case, seed=1000 + k, truth=large) for k in range(seeds)], keys=range(seeds)
    )
    by = runs.groupby(level="touchpoint_id")
    mean, error = by.mean(), by.std(ddof=1) / seeds**0.5
    made = {f"{name}_error": error[name] for name in VALUES}
    places = mean.assign(**made)
    order = [spot.id for spot in spots(case) if spot.id in places.index]
    return places.loc[order, _columns()[1:]].assign(journeys=large.journeys * seeds)


def fresh_rows(places: tuple[str, str]) -> list[dict[str, str]]:
    """The table's rows of one case and difficulty, computed afresh."""
    case, difficulty = places
    truth = at_difficulty(TRUTHS[case], difficulty)
    rows_made = [
        {
            "case": case,
            "difficulty": difficulty,
            "touchpoint_id": str(touchpoint),
            **{name: f"{row[name]:.5f}" for name in _columns()[1:]},
            "journeys": str(int(row["journeys"])),
            "parameter_hash": parameter_hash(case, truth),
        }
        for touchpoint, row in estimate_population(case, truth).iterrows()
    ]
    print(case, difficulty, file=sys.stderr)
    return rows_made


def main() -> int:
    """Compute and write the table."""
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        made = [row for part in pool.map(fresh_rows, product(TRUTHS, DIFFICULTIES)) for row in part]
    with open(COMMITTED, "w", encoding="utf8", newline="") as file:
        writer = csv.DictWriter(file, list(made[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(made)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
