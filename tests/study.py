"""How often the analysis finds what is planted, over many seeds: the study of `make study`.

    python tests/study.py [--seeds 100] [--sizes 0.5 1 2] [--cases hotel] [--jobs 2]

Every run makes a case from a new seed and analyses it as a client's data are, but without files
and report. Results go to build/study/study.csv, a line a run, as they come; started again, the
study goes on where it stopped. build/study/study.md is the summary, beside the goals.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from keytouch.cases.difficulty import DIFFICULTIES, at_difficulty
from keytouch.cases.margins import Sample
from keytouch.cases.panel import diary
from keytouch.cases.population import ANSWERING, parameter_hash, population
from keytouch.cases.registry import spots
from keytouch.cases.responses import Survey, changed, enlarged, survey_of
from keytouch.cases.truth import TRUTHS, Truth
from keytouch.engine import Missing, from_frame
from keytouch.estimate import wilson

FIELDS = (
    "kind", "case", "difficulty", "seed", "size", "parameter_hash", "n", "planted", "named",
    "right", "baits", "baits_robust", "baits_named", "any_robust", "intervals", "held", "held_all",
    "verdict", "rule", "data_seconds", "seconds",
)  # fmt: skip
SAME = ("kind", "case", "difficulty", "seed", "size", "parameter_hash")
KINDS = ("planted", "no_effect", "memory")
MEMORY_SIZES = (30, 100, 250, 500)
FIRST_SEED = 1
GOALS = {
    "recall": (0.95, 1.0),
    "precision": (0.95, 1.0),
    "decoys called robust": (0.0, 0.05),
    "slopes held by their intervals": (0.93, 0.97),
    "runs with any robust driver": (0.0, 0.05),
}
MEMORY_GOAL = (250, 0.95)


@dataclass(frozen=True)
class Task:
    """One generated case, analysed at several sizes."""

    kind: str
    case: str
    difficulty: str
    seed: int
    sizes: tuple[float, ...]

    @property
    def truth(self) -> Truth:
        truth = at_difficulty(TRUTHS[self.case], self.difficulty)
        return changed(truth, effect_scale=0.0) if self.kind == "no_effect" else truth

    def places(self) -> list[tuple[str, ...]]:
        """What tells its runs from others in the file."""
        head = (self.kind, self.case, self.difficulty, str(self.seed))
        digest = parameter_hash(self.case, self.truth)
        return [(*head, f"{size:g}", digest) for size in self.sizes]


def run(task: Task) -> list[dict[str, object]]:
    """Generate the case of a task and analyse it; a row a size."""
    return run_memory(task) if task.kind == "memory" else run_drivers(task)


def run_drivers(task: Task) -> list[dict[str, object]]:
    begin = time.perf_counter()
    survey = survey_of(task.case, seed=task.seed, truth=enlarged(task.truth, max(1, *task.sizes)))
    spent = time.perf_counter() - begin
    rows = []
    for key, size in zip(task.places(), task.sizes):
        begin = time.perf_counter()
        part = share_of(survey, size / max(1, *task.sizes), task.seed)
        found = judge_drivers(task, part)
        seconds = timed(spent, begin)
        rows.append(dict(zip(SAME, key)) | {"n": len(part.who)} | found | seconds)
    return rows


def timed(data_seconds: float, begin: float) -> dict[str, float]:
    """What making the data took, and what the analysis since `begin`."""
    spent = {"data_seconds": data_seconds, "seconds": time.perf_counter() - begin}
    return {name: round(seconds, 3) for name, seconds in spent.items()}


def share_of(survey: Survey, share: float, seed: int) -> Survey:
    """The answers of some of the customers."""
    if share >= 1:
        return survey
    people = survey.who["customer_id"].unique()
    chosen = np.random.default_rng(seed).random(len(people)) < share
    return survey.of(survey.who["customer_id"].isin(people[chosen]).to_numpy())


def judge_drivers(task: Task, survey: Survey) -> dict[str, object]:
    """What the analysis says of the touchpoints, held against what is planted."""
    from keytouch.keys import key_touchpoints

    table = key_touchpoints(from_frame(survey.feedback()))
    assert not isinstance(table, Missing)
    table = table.set_index("touchpoint_id")
    roles = {spot.id: spot.role for spot in spots(task.case)}
    role = table.index.map(roles)
    named = table["verdict"] == "key"
    robust = table["driver_verdict"] == "robust"
    found: dict[str, object] = {
        "planted": list(roles.values()).count("key"),
        "named": int(named.sum()),
        "right": int((named & (role == "key")).sum()),
        "baits": int((role == "decoy").sum()),
        "baits_robust": int((robust & (role == "decoy")).sum()),
        "baits_named": int((named & (role == "decoy")).sum()),
        "any_robust": int(robust.any()),
    }
    values = {row["touchpoint_id"]: row for row in population(task.case, task.truth)}
    if task.kind == "no_effect":
        values = {name: {ANSWERING: 0.0, "slope": 0.0} for name in table.index}
    known = table[table.index.isin(list(values))]
    for name, column in (("held", ANSWERING), ("held_all", "slope")):
        slopes = np.array([values[place][column] for place in known.index], float)
        inside = (known["slope_lo"] <= slopes) & (slopes <= known["slope_hi"])
        found[name] = int(inside.sum())
    return found | {"intervals": len(known)}


def run_memory(task: Task) -> list[dict[str, object]]:
    """The diary panel of a case, cut to several numbers of journeys."""
    from keytouch.memory_rules import peak_end

    begin = time.perf_counter()
    frame = diary_of(task)
    spent = time.perf_counter() - begin
    journeys, rows = frame["journey_id"].unique(), []
    order = np.random.default_rng(task.seed).permutation(journeys)
    for key, size in zip(task.places(), task.sizes):
        begin = time.perf_counter()
        part = frame[frame["journey_id"].isin(order[: int(size)])]
        table = peak_end(from_frame(part))
        assert not isinstance(table, Missing)
        best = table.iloc[0]
        seconds = timed(spent, begin)
        found = {"n": int(best.n), "rule": best.rule, "verdict": best.verdict}
        rows.append(dict(zip(SAME, key)) | found | seconds)
    return rows


def diary_of(task: Task) -> pd.DataFrame:
    """The diary panel as canonical feedback, with as many journeys as the largest size."""
    truth = task.truth
    plan = changed(truth.memory, journeys=int(max(task.sizes)))  # type: ignore[type-var]
    sample = Sample(task.case, changed(truth, memory=plan), task.seed)
    sheet = diary(task.seed, sample.world, [f"j{j}" for j in range(truth.journeys)]).frame
    names = {"journey": "journey_id", "customer": "customer_id", "at": "ts", "entry": "feedback_id"}
    frame = sheet.rename(columns={**names, "touchpoint": "touchpoint_id", "mood": "score"})
    frame["touchpoint_id"] = frame["touchpoint_id"].astype("str").where(frame.touchpoint_id.notna())
    scale = {"metric": "affect", "scale_lo": -2.0, "scale_hi": 2.0, "status": "answered"}
    return frame.assign(**scale)


def tasks(arguments: argparse.Namespace) -> Iterator[Task]:
    """Every task that was asked for."""
    seeds = range(FIRST_SEED, FIRST_SEED + arguments.seeds)
    sizes = tuple(sorted(arguments.sizes))
    for seed, case, difficulty in product(seeds, arguments.cases, arguments.difficulties):
        for kind in arguments.kinds:
            chosen = tuple(map(float, MEMORY_SIZES)) if kind == "memory" else sizes
            yield Task(kind, case, difficulty, seed, chosen)


def left_over(wanted: Iterable[Task], done: pd.DataFrame) -> list[Task]:
    """The tasks without their rows in the file."""
    known = set(done[list(SAME)].astype(str).itertuples(index=False, name=None))
    return [task for task in wanted if not set(task.places()) <= known]


def read_results(path: Path) -> pd.DataFrame:
    """The runs so far; of a run that was repeated the last one."""
    if not path.is_file():
        return pd.DataFrame(columns=list(FIELDS))
    table = pd.read_csv(path, dtype=dict.fromkeys(SAME, str))
    return table.drop_duplicates(list(SAME), keep="last", ignore_index=True)


def carry_out(wanted: list[Task], path: Path, jobs: int) -> None:
    """Run tasks beside one another, writing each one's rows when it is done."""
    new = not path.is_file()
    with open(path, "a", encoding="utf8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        if new:
            writer.writeheader()
        with ProcessPoolExecutor(jobs) as pool:
            running = [pool.submit(run, task) for task in wanted]
            for count, future in enumerate(as_completed(running), start=1):
                writer.writerows(future.result())
                file.flush()
                print(f"\r{count} of {len(wanted)}", end="", file=sys.stderr)
    print(file=sys.stderr)


def share_text(part: float, whole: float, goal: tuple[float, float] | None = None) -> str:
    """A share with its Wilson interval, and whether the goal is met."""
    if not whole:
        return "—"
    lo, hi = (float(x) for x in wilson(part / whole, whole))
    text = f"{part / whole:.3f} ({lo:.3f}–{hi:.3f}; n={whole:.0f})"
    if goal is None:
        return text
    return text + (" ✓" if goal[0] <= part / whole <= goal[1] else " ✗")


def sums_by(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Totals of one kind of runs by case, difficulty and size."""
    chosen = table[table["kind"] == kind]
    by = chosen.groupby(["case", "difficulty", "size"], sort=False)
    sums = by.sum(numeric_only=True).assign(runs=by.size(), median=by["seconds"].median())
    return sums.reset_index().sort_values(["difficulty", "size", "case"], ignore_index=True)


def driver_lines(table: pd.DataFrame) -> list[str]:
    """The planted cases: a line a case, difficulty and size, and one for all cases together."""
    heads = [*list(GOALS)[:4], "slopes of everybody held", "decoys named key"]
    lines = [
        f"| case | difficulty | size | runs | {' | '.join(heads)} | seconds a run |",
        "|---|---|---:|---:|" + "---|" * (len(heads) + 1),
    ]
    sums = sums_by(table, "planted")
    numbers = sums.columns.difference(["case", "difficulty", "size", "median"])
    together = sums.groupby(["difficulty", "size"], as_index=False)[list(numbers)].sum()
    together = together.assign(case="all", median=np.nan)
    for row in [*sums.to_dict("records"), *together.to_dict("records")]:
        cells = [
            share_text(row["right"], row["planted"], GOALS["recall"]),
            share_text(row["right"], row["named"], GOALS["precision"]),
            share_text(row["baits_robust"], row["baits"], GOALS["decoys called robust"]),
            share_text(row["held"], row["intervals"], GOALS["slopes held by their intervals"]),
            share_text(row["held_all"], row["intervals"]),
            share_text(row["baits_named"], row["baits"]),
        ]
        spent = "—" if row["median"] != row["median"] else f"{row['median']:.2f}"
        place = f"| {row['case']} | {row['difficulty']} | {row['size']} | {row['runs']} | "
        lines.append(place + " | ".join(cells) + f" | {spent} |")
    return lines


def null_lines(table: pd.DataFrame) -> list[str]:
    """The cases with every effect 0."""
    lines = [
        "| case | difficulty | size | runs with any robust driver | slopes held |",
        "|---|---|---:|---|---|",
    ]
    for row in sums_by(table, "no_effect").to_dict("records"):
        any_robust = share_text(
            row["any_robust"], row["runs"], GOALS["runs with any robust driver"]
        )
        held = share_text(row["held"], row["intervals"], GOALS["slopes held by their intervals"])
        place = f"| {row['case']} | {row['difficulty']} | {row['size']} | "
        lines.append(f"{place}{any_robust} | {held} |")
    return lines


def memory_lines(table: pd.DataFrame) -> list[str]:
    """How often the planted rule of memory is found, by number of journeys."""
    lines = [
        "| case | difficulty | journeys | best rule is the planted one | and is named "
        "| another is named | not enough data |",
        "|---|---|---:|---|---|---|---|",
    ]
    chosen = table[table["kind"] == "memory"]
    for (case, difficulty, size), part in chosen.groupby(
        ["case", "difficulty", "size"], sort=False
    ):
        planted = part["rule"] == TRUTHS[case].memory.rule
        named = part["verdict"] == "best"
        counts = [planted, planted & named, ~planted & named, part["verdict"] == "not_enough"]
        goal = (MEMORY_GOAL[1], 1.0) if float(size) == MEMORY_GOAL[0] else None
        texts = [share_text(count.sum(), len(part), None) for count in counts]
        texts[0] = share_text(counts[0].sum(), len(part), goal)
        lines.append(f"| {case} | {difficulty} | {size} | " + " | ".join(texts) + " |")
    return lines


def summary(table: pd.DataFrame) -> str:
    """The study in Markdown, with the goals."""
    goals = [f"{name} {lo:g}–{hi:g}" for name, (lo, hi) in GOALS.items()]
    goals.append(f"rule of memory ≥ {MEMORY_GOAL[1]:g} at {MEMORY_GOAL[0]} journeys")
    parts = [
        "# What the analysis finds of what is planted",
        "Shares over all runs, with 95 % intervals (Wilson; runs of one seed at several sizes "
        "share customers). ✓ and ✗: the share itself meets its goal, or not. Goals: "
        f"{'; '.join(goals)}. Size 1 is the shipped size.",
        "## Planted cases",
        "\n".join(driver_lines(table)),
        "## No effect at all (halo kept)",
        "\n".join(null_lines(table)),
        "## Rule of memory (peak–end planted)",
        "\n".join(memory_lines(table)),
    ]
    return "\n\n".join(parts) + "\n"


def main(texts: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--sizes", type=float, nargs="+", default=[0.5, 1.0])
    parser.add_argument("--difficulties", nargs="+", default=["standard"], choices=DIFFICULTIES)
    parser.add_argument("--cases", nargs="+", default=list(TRUTHS), choices=list(TRUTHS))
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--out", type=Path, default=Path("build/study"))
    arguments = parser.parse_args(texts)
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / "study.csv"
    wanted = list(tasks(arguments))
    carry_out(left_over(wanted, read_results(path)), path, arguments.jobs)
    current = {key for task in wanted for key in task.places()}
    table = read_results(path)
    keys = table[list(SAME)].itertuples(index=False, name=None)
    table = table[[key in current for key in keys]]
    text = summary(table)
    (arguments.out / "study.md").write_text(text, encoding="utf8")
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
