"""How fast drivers are weighed, beside the public packages that do the same, and the goals.

    python tests/bench_drivers.py [--peers]

Times are the best of several runs in this process, after imports. `--peers` makes an environment
of its own in build/bench-env (once; it needs a package index) and compares equal results;
without it, or where it can't be made, the comparison is skipped.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "build" / "bench-env"
SHARED = Path(os.environ.get("KEYTOUCH_SHARED_DATA") or ROOT.parent / "shared" / "data")
# dominance-analysis works with nothing newer.
NEEDED = (
    "numpy<2", "pandas<2.2", "bokeh<3", "ipython<8", "scikit-learn<1.6",
    "dominance-analysis==1.1.9", "relativeImp==0.0.2",
)  # fmt: skip
GOALS = {
    "exact LMG, 15 drivers": 0.005,
    "exact LMG, 20 drivers": 0.15,
    "1,000 bootstraps, 10 drivers × 20,000 rows": 0.6,
    "1,000 bootstraps, 14 drivers of the survey": 10.0,
    "mean from a histogram, 1,000 bootstraps": 0.002,
    "NPS from a histogram, 1,000 bootstraps": 0.002,
}
RATIO = 10_000  # against dominance-analysis at ten drivers
PEER = """
import contextlib, io, json, sys, time
import numpy as np, pandas as pd
data = pd.DataFrame(np.load(sys.argv[1]))
data.columns = [f"x{k}" for k in range(data.shape[1] - 1)] + ["y"]
drivers, quiet, found = list(data)[:-1], io.StringIO(), {}
with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
    from dominance_analysis import Dominance
    from relativeImp import relativeImp
    start = time.perf_counter()
    model = Dominance(data=data, target="y", top_k=len(drivers), objective=1)
    shares = model.incremental_rsquare()
    found["dominance-analysis"] = [time.perf_counter() - start, [float(shares[x]) for x in drivers]]
    start = time.perf_counter()
    shares = relativeImp(data, outcomeName="y", driverNames=drivers)
    found["relativeImp"] = [time.perf_counter() - start, list(map(float, shares.iloc[:, 1]))]
print(json.dumps(found))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true", help="compare with other packages")
    arguments = parser.parse_args()
    for name, seconds in measured():
        print_goal(name, seconds)
    if arguments.peers:
        compare()
    return 0


def measured() -> Any:
    """The name and time of everything that has a goal."""
    from keytouch.histograms import bootstrap_mean, bootstrap_nps
    from keytouch.variance_shares import lmg

    for p in (15, 20):
        R, r = correlations(wide(p, 1000))
        yield f"exact LMG, {p} drivers", best(lambda R=R, r=r: lmg(R, r))
    data = wide(10, 20_000)
    yield "1,000 bootstraps, 10 drivers × 20,000 rows", best(lambda: bootstrapped(data), runs=3)
    if SHARED.is_dir():
        yield "1,000 bootstraps, 14 drivers of the survey", survey_seconds()
    else:
        print(f"{'the survey of 129,880 passengers':<46}skipped: no real data at {SHARED}")
    scores, counts = np.arange(11), np.arange(1, 12) * 1_000_000
    yield "mean from a histogram, 1,000 bootstraps", best(lambda: bootstrap_mean(scores, counts))
    yield "NPS from a histogram, 1,000 bootstraps", best(lambda: bootstrap_nps(scores, counts))


def wide(p: int, n: int) -> np.ndarray:
    """n answers to p items that share a halo, and to the whole in the last column."""
    random = np.random.default_rng(0)
    x = random.standard_normal((n, p)) + 0.7 * random.standard_normal((n, 1))
    y = x @ np.linspace(0.1, 1, p) + 2 * random.standard_normal(n)
    return np.column_stack([x, y])


def correlations(data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    matrix = np.corrcoef(data.T)
    return matrix[:-1, :-1], matrix[:-1, -1]


def bootstrapped(data: np.ndarray) -> np.ndarray:
    """Exact LMG of a thousand bootstraps, from the array to the shares."""
    from keytouch.drivers import draws_of
    from keytouch.resample import sums_of_array

    return draws_of(sums_of_array(data[:, :-1], data[:, -1])).draws.lmg


def survey_seconds() -> float:
    """From the stored survey to exact shares over 1,000 bootstraps; intake is not counted."""
    from keytouch.drivers import driver_draws
    from keytouch.intake import open_client

    client = open_client(ROOT / "tests" / "clients" / "satisfaction")
    seeds = iter(range(100))  # a new seed each time, because an answer is kept
    return best(lambda: driver_draws(client.feedback, seed=next(seeds)).draws.lmg, runs=2)


def best(run: Callable[[], Any], *, runs: int = 0) -> float:
    """The least time of several runs: as many as fit half a second where `runs` says nothing."""
    times: list[float] = []
    while len(times) < (runs or 3) or not runs and sum(times) < 0.5:
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return min(times)


def compare() -> None:
    """The same ten drivers by other packages: times, ratios, and that the results agree."""
    problem = make_environment()
    if problem:
        print(f"{'other packages':<46}skipped: {problem}")
        return
    from keytouch.variance_shares import johnson, lmg

    data = wide(10, 2000)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "data.npy"
        np.save(file, data)
        command = [str(PEERS / "bin" / "python"), "-c", PEER, str(file)]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"{'other packages':<46}skipped: {done.stderr.strip().splitlines()[-1]}")
        return
    found = json.loads(done.stdout)
    for name, ours in (("dominance-analysis", lmg), ("relativeImp", johnson)):
        seconds, theirs = found[name]
        apart = np.abs(np.array(theirs) - ours(*correlations(data))).max()
        spent = best(lambda ours=ours: ours(*correlations(data)))
        print(
            f"{name + ', 10 drivers':<46}{1000 * seconds:10.2f} ms   "
            f"{seconds / spent:,.0f} × ours from the same rows, equal to {apart:.0e}"
        )
    ratio = found["dominance-analysis"][0] / best(lambda: lmg(*correlations(data)))
    verdict = f"goal {RATIO:,}: {met(ratio >= RATIO)}"
    print(f"{'ratio to dominance-analysis':<46}{ratio:10,.0f}      {verdict}")


def make_environment() -> str:
    """An environment for the other packages; says what is wrong where it can't be made."""
    if (PEERS / "ready").exists():
        return ""
    steps = (
        [sys.executable, "-m", "venv", str(PEERS)],
        [str(PEERS / "bin" / "python"), "-m", "pip", "install", "--quiet", *NEEDED],
    )
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True)
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    (PEERS / "ready").touch()
    return ""


def met(good: bool) -> str:
    return "met" if good else "MISSED"


def print_goal(name: str, seconds: float) -> None:
    goal = GOALS[name]
    print(f"{name:<46}{1000 * seconds:10.2f} ms   goal {1000 * goal:g} ms: {met(seconds <= goal)}")


if __name__ == "__main__":
    raise SystemExit(main())
