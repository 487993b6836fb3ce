"""What an endless survey would find: slope, importance and correlation of each touchpoint.

A planted effect is latent. Rounding onto a scale, its ends, and who meets which touchpoint
weaken it, so the truth that an estimate is held against is the same estimate among very many
respondents who all answer. Run this room (`make population`) after a change of parameters.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from keytouch.cases.difficulty import DIFFICULTIES, at_difficulty
from keytouch.cases.registry import rows, spots
from keytouch.cases.responses import SIZES, enlarged, survey_of, with_everybody
from keytouch.cases.truth import TRUTHS, Truth

COMMITTED = Path(__file__).with_name("population.csv")
TIMES, SEEDS = 10, 6
VALUES = ("slope", "importance", "correlation")
TABLES = ("inventory", "names", "actions")
"""The package's tables that the answers of a survey depend on."""


def parameter_hash(case: str, truth: Truth) -> str:
    """A short hash of all that is planted in a case, its size and its names apart."""
    rates = {name: value for name, value in asdict(truth).items() if name not in SIZES}
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
    """One survey of everybody, estimated as a client's: a row a touchpoint."""
    from keytouch.drivers import driver_draws
    from keytouch.engine import Missing, from_frame

    survey = survey_of(case, seed=seed, truth=with_everybody(truth))
    found = driver_draws(from_frame(survey.feedback()), draws=2)
    assert not isinstance(found, Missing)
    values = {name: getattr(found.point, name) for name in VALUES}
    return pd.DataFrame(values, index=pd.Index(found.touchpoints, name="touchpoint_id"))


def estimate_population(
    case: str, truth: Truth, *, times: float = TIMES, seeds: int = SEEDS
) -> pd.DataFrame:
    """Mean and Monte Carlo error over several surveys of everybody, `times` the shipped size."""
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


def fresh_rows() -> Iterator[dict[str, str]]:
    """Every row of the table, computed afresh."""
    for case in TRUTHS:
        for difficulty in DIFFICULTIES:
            truth = at_difficulty(TRUTHS[case], difficulty)
            found = estimate_population(case, truth)
            for touchpoint, row in found.iterrows():
                values = {name: f"{row[name]:.5f}" for name in _columns()[1:]}
                yield {
                    "case": case,
                    "difficulty": difficulty,
                    "touchpoint_id": str(touchpoint),
                    **values,
                    "journeys": str(int(row["journeys"])),
                    "parameter_hash": parameter_hash(case, truth),
                }
            print(case, difficulty, file=sys.stderr)


def main() -> int:
    """Compute and write the table."""
    made = list(fresh_rows())
    with open(COMMITTED, "w", encoding="utf8", newline="") as file:
        writer = csv.DictWriter(file, list(made[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(made)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
