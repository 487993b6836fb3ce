"""What journey measures cost at any size, beside hand-written SQL, a bare scan, pandas, and peers.

    python tests/bench_journeys.py [--millions 1 10 50] [--peers] [--repeat 3]

Every measurement runs in a process of its own: wall and CPU seconds of the question itself
(imports are over), and the process' peak memory, under the memory limit of the size's goal.
Results, a table and a plot of the sizes measured last go to build/bench.
With --peers, retentioneering (telemetry off) and pm4py get environments of their own there.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BENCH = ROOT / "build" / "bench"
STAGES = [f"stage_{k}" for k in range(6)]
LIMITS = {50: "2GB", 100: "4GB"}  # millions of interactions: DuckDB's memory; else the least
LEAST_LIMIT = "1.4GB"
PANDAS_BYTES = 200_000_000  # a larger file takes pandas all of a machine's memory
PEERS = {"pm4py": "pm4py>=2.7,<3", "retentioneering": "retentioneering>=5,<6"}
PEER_QUESTIONS = {
    "pm4py": ("transitions", "variants"),
    "retentioneering": ("transitions", "step_matrix"),
}
PEER_FILE = Path(__file__).with_name("bench_peers.py")

GENERATE = """COPY (
WITH journeys AS (
  SELECT range AS j, 1 + (hash(range, 1) % 10)::INT AS size FROM range({journeys})),
steps AS (SELECT j, unnest(range(size)) AS place FROM journeys)
SELECT 'i' || j || '_' || place AS interaction_id, 'j' || j AS journey_id,
  'c' || (hash(j, 2) % {customers}) AS customer_id,
  'tp' || lpad(((2 * place + ((hash(j, place, 3) % 100) * (hash(j, place, 4) % 100)
    // 2000)::INT) % 24)::VARCHAR, 2, '0') AS touchpoint_id,
  'ch' || ((hash(j, 5) + (hash(j, place, 6) % 10 > 7)::INT) % 6) AS channel,
  TIMESTAMP '2025-01-01' + to_milliseconds((hash(j, 7) % 15724800000)::BIGINT
    + place * 1200000 + (hash(j, place, 8) % 1200000)::BIGINT) AS ts
FROM steps ORDER BY ts, interaction_id) TO '{file}' (FORMAT parquet)"""

ORDERED = "PARTITION BY journey_id ORDER BY ts, interaction_id"
HAND = {
    "transitions": f"""
WITH s AS (
  SELECT touchpoint_id AS a, lead(touchpoint_id) OVER w AS b, row_number() OVER w = 1 AS begins,
    (epoch_us(lead(ts) OVER w) - epoch_us(ts)) / 6e7 AS minutes
  FROM log WINDOW w AS ({ORDERED}))
SELECT a, coalesce(b, '(end)') AS b, count(*) AS n, sum(begins::INT) AS firsts,
  quantile_cont(minutes, [0.5, 0.9]) FROM s GROUP BY 1, 2""",
    "variants": """
WITH j AS (
  SELECT string_agg(touchpoint_id, ' > ' ORDER BY ts, interaction_id) AS path,
    (epoch_us(max(ts)) - epoch_us(min(ts))) / 6e7 AS minutes FROM log GROUP BY journey_id),
p AS (SELECT path, count(*) AS n FROM j GROUP BY path),
best AS (SELECT path AS known FROM p ORDER BY n DESC, path LIMIT 10)
SELECT coalesce(known, '(rest)') AS path, count(*) AS n, quantile_cont(minutes, 0.5),
  (SELECT count(*) FROM p) AS paths FROM j LEFT JOIN best ON path = known GROUP BY 1""",
    "step_matrix": f"""
WITH s AS (SELECT touchpoint_id, row_number() OVER ({ORDERED}) AS step FROM log)
SELECT step, touchpoint_id, count(*) FROM s WHERE step <= 10 GROUP BY 1, 2""",
    "stage_funnel": """
WITH p AS (SELECT touchpoint_id, 1 << place AS bit FROM touchpoints),
j AS (SELECT bit_or(bit) AS met FROM log LEFT JOIN p USING (touchpoint_id) GROUP BY journey_id)
SELECT met, count(*) FROM j GROUP BY 1""",
    "journey_summary": """
WITH j AS (SELECT count(*) AS steps, (epoch_us(max(ts)) - epoch_us(min(ts))) / 6e7 AS minutes
  FROM log GROUP BY journey_id)
SELECT count(*), avg(steps), var_samp(steps), quantile_cont(minutes, [0.499, 0.5, 0.501]),
  (SELECT count(DISTINCT customer_id) FROM log) FROM j""",
}
COLUMNS = {
    "transitions": "journey_id, touchpoint_id, ts, interaction_id",
    "variants": "journey_id, touchpoint_id, ts, interaction_id",
    "step_matrix": "journey_id, touchpoint_id, ts, interaction_id",
    "stage_funnel": "journey_id, touchpoint_id",
    "journey_summary": "journey_id, customer_id, ts",
}
POINTS = """CREATE TABLE touchpoints AS
SELECT 'tp' || lpad(range::VARCHAR, 2, '0') AS touchpoint_id, range // 4 AS place,
  'stage_' || range // 4 AS stage_id FROM range(24)"""


def generate(millions: int) -> Path:
    """The log of so many million interactions, the same each time."""
    import duckdb

    file = BENCH / f"log_{millions}m.parquet"
    if not file.exists():
        part = file.with_suffix(".part")
        size = millions * 1_000_000
        text = GENERATE.format(journeys=int(size / 5.5), customers=size // 21, file=part)
        duckdb.connect(config={"temp_directory": str(BENCH / "spill")}).execute(text)
        part.rename(file)
    return file


# One measurement, in its own process.


def measured(question: Callable[[], Any]) -> dict[str, float]:
    begin, used = time.perf_counter(), cpu()
    answer = question()
    found = {"wall": time.perf_counter() - begin, "cpu": cpu() - used}
    if type(answer).__name__ == "Missing":
        raise SystemExit(f"not answered: {answer}")
    return found


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak() -> float:
    """This process' largest memory in MB; what its parent held before doesn't count."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if "VmHWM" in line)
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def plain(file: Path, limit: str) -> Any:
    import duckdb

    con = duckdb.connect()
    con.execute(f"CREATE VIEW log AS SELECT * FROM '{file}'")
    con.execute(POINTS)
    if limit:
        con.execute(f"SET memory_limit = '{limit}'; SET temp_directory = '{BENCH / 'spill'}'")
    return con


def ask_hand(file: Path, name: str, limit: str) -> dict[str, float]:
    con = plain(file, limit)
    return measured(lambda: con.execute(HAND[name]).to_arrow_table())


def ask_scan(file: Path, name: str, limit: str) -> dict[str, float]:
    con = plain(file, limit)
    # A largest value would be read from the file's statistics.
    text = f"SELECT bit_xor(hash({COLUMNS[name]})) FROM log"
    return measured(lambda: con.execute(text).fetchall())


def measures(tables: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """The questions over interactions, or over what intake stored of them."""
    from keytouch import flows, funnel, journeys

    log, rows, points = tables["log"], tables["rows"], tables["points"]
    whole = rows if tables["kept"] else log
    return {
        "transitions": lambda: journeys.transitions(log),
        "variants": lambda: flows.variants(rows),
        "step_matrix": lambda: flows.step_matrix(log),
        "stage_funnel": lambda: funnel.stage_funnel(whole, points, stages=STAGES),
        "journey_summary": lambda: journeys.journey_summary(whole),
    }


def ask_keytouch(file: Path, name: str, limit: str) -> dict[str, float]:
    """The measure on raw interactions, from the same file as the SQL by hand."""
    from keytouch.engine import Store

    store = Store(memory_limit=limit)
    store.con.raw_sql(f"CREATE VIEW interactions AS SELECT * FROM '{file}'")
    store.con.raw_sql(POINTS)
    log = store.table("interactions")
    tables = {"log": log, "rows": log, "points": store.table("touchpoints"), "kept": False}
    return measured(measures(tables)[name])


def store_of(file: Path) -> Path:
    return file.with_suffix(".duckdb")


def ask_prepare(file: Path, name: str, limit: str) -> dict[str, float]:
    """What intake does once: steps and journey rows, from interactions in a store."""
    import duckdb

    from keytouch.engine import Store
    from keytouch.prepared import keep_prepared

    store_of(file).unlink(missing_ok=True)
    with duckdb.connect(store_of(file), config={"memory_limit": limit} if limit else {}) as con:
        con.execute(f"CREATE TABLE interactions AS SELECT * FROM '{file}'")
        con.execute(POINTS)
    store = Store(store_of(file), memory_limit=limit)
    found = measured(lambda: keep_prepared(store, stages=STAGES))
    store.close()
    return found | {"file_mb": store_of(file).stat().st_size / 1e6}


def ask_prepared(file: Path, name: str, limit: str) -> dict[str, float]:
    """The measure on what intake stored, the second time it is asked."""
    from keytouch.engine import Store

    store = Store(store_of(file), read_only=True, memory_limit=limit)
    tables = {
        "log": store.table("steps"), "rows": store.table("journey_rows"),
        "points": store.table("touchpoints"), "kept": True,
    }  # fmt: skip
    question = measures(tables)[name]
    question()
    return measured(question)


def ask_pandas(file: Path, name: str, limit: str) -> dict[str, float]:
    """What a consultant would write in pandas."""
    import pandas as pd

    def question() -> Any:
        log = pd.read_parquet(file, columns=COLUMNS[name].split(", "))
        if name == "stage_funnel":
            log["place"] = log.touchpoint_id.str[2:].astype(int) // 4
            return log.groupby("journey_id").place.max().value_counts()
        if name == "journey_summary":
            grouped = log.groupby("journey_id").ts
            spans = (grouped.max() - grouped.min()).quantile([0.499, 0.5, 0.501])
            sizes = log.groupby("journey_id").size()
            return spans, sizes.mean(), sizes.var(), log.customer_id.nunique()
        log = log.sort_values(["journey_id", "ts", "interaction_id"])
        grouped = log.groupby("journey_id", sort=False)
        if name == "step_matrix":
            log["step"] = grouped.cumcount() + 1
            return log[log.step <= 10].groupby(["step", "touchpoint_id"]).size()
        if name == "transitions":
            log["after"] = grouped.touchpoint_id.shift(-1).fillna("(end)")
            log["minutes"] = (grouped.ts.shift(-1) - log.ts).dt.total_seconds() / 60
            pairs = log.groupby(["touchpoint_id", "after"]).minutes
            return pairs.size(), pairs.quantile([0.5, 0.9])
        paths = grouped.agg(path=("touchpoint_id", " > ".join), lo=("ts", "min"), hi=("ts", "max"))
        paths["minutes"] = (paths.hi - paths.lo).dt.total_seconds() / 60
        best = paths.path.value_counts().head(10)
        label = paths.path.where(paths.path.isin(best.index), "(rest)")
        return paths.groupby(label).minutes.agg(["size", "median"])

    return measured(question)


WAYS: dict[str, Callable[[Path, str, str], dict[str, float]]] = {
    "scan": ask_scan,
    "hand": ask_hand,
    "keytouch": ask_keytouch,
    "prepare": ask_prepare,
    "prepared": ask_prepared,
    "pandas": ask_pandas,
}


# All of them.


def run(way: str, name: str, file: Path, limit: str) -> dict[str, Any]:
    """One measurement in a process of its own, with its peak memory."""
    command = [sys.executable, __file__, "--one", way, name, str(file), "--limit", limit]
    if way in PEERS:
        command = [str(peer_python(way)), str(PEER_FILE), way, name, str(file)]
    environment = os.environ | {"RETENTIONEERING_NO_TRACK": "1", "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=environment)  # fmt: skip
    text, errors = process.communicate()
    row = {"way": way, "name": name, "file": file.name}
    if process.returncode:
        lines = errors.decode(errors="replace").strip().splitlines()
        told = next((line for line in lines if "Error: " in line or "Exception: " in line), "")
        return row | {"error": (told or lines[-1])[:160]}
    return row | json.loads(text.decode().strip().splitlines()[-1])


def peer_python(name: str) -> Path:
    """The Python of a peer's own environment, made where there is none."""
    home = BENCH / "peers" / name
    python = home / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", PEERS[name], "pyarrow"]
        subprocess.run(install, check=True)
    return python


def measure_all(file: Path, *, peers: bool, repeat: int, limit: str) -> list[dict[str, Any]]:
    """Every way and question, interleaved, the best of the repeats by CPU."""
    found = [run("prepare", "", file, limit)]
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for _ in range(repeat):
        for name in HAND:
            for way in ("scan", "hand", "keytouch", "prepared"):
                rows.setdefault((way, name), []).append(run(way, name, file, limit))
    if file.stat().st_size < PANDAS_BYTES:
        for name in HAND:
            rows["pandas", name] = [run("pandas", name, file, limit)]
    for way, names in PEER_QUESTIONS.items() if peers else ():
        for name in names:
            rows[way, name] = [run(way, name, file, limit)]
    best = [min(each, key=lambda row: row.get("cpu", 1e9)) for each in rows.values()]
    return found + best


def tell(rows: list[dict[str, Any]]) -> str:
    """The table: seconds, CPU seconds, peak MB, and CPU against hand-written SQL and bare scan."""
    cost = {(row["way"], row["file"], row["name"]): row.get("cpu") for row in rows}
    heads = f"{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'× hand':>8}{'× scan':>8}{'× hand wall':>13}"
    wall = {(row["file"], row["name"]): row.get("wall") for row in rows if row["way"] == "hand"}
    lines = [f"{'log':16}{'question':18}{'way':17}{heads}"]
    for row in sorted(rows, key=lambda row: (row["file"], row["name"])):
        head = f"{row['file'][4:-8]:16}{row['name']:18}{row['way']:17}"
        if "error" in row:
            lines.append(f"{head}{row['error']}")
            continue
        bases = [cost.get((way, row["file"], row["name"])) for way in ("hand", "scan")]
        ratios = "".join(f"{row['cpu'] / base:8.2f}" if base else f"{'':8}" for base in bases)
        if slow := wall.get((row["file"], row["name"])):
            ratios += f"{row['wall'] / slow:13.2f}"
        lines.append(f"{head}{row['wall']:8.2f}{row['cpu']:8.2f}{row['peak_mb']:9.0f}{ratios}")
        if "again_wall" in row:
            again = f"{row['again_wall']:8.2f}{row['again_cpu']:8.2f}"
            lines.append(f"{head[:34]}{row['way'] + ' again':17}{again}")
    return "\n".join(lines)


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """CPU seconds of each question by way, one panel a size, on a logarithmic scale."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    files = sorted({row["file"] for row in rows}, key=lambda name: int(name[4:].split("m")[0]))
    figure, axes = plt.subplots(
        1, len(files), figsize=(5 * len(files), 3.6), squeeze=False, sharey=True
    )
    marks = dict(zip([*WAYS, *PEERS], "|sodD^vP"))
    for ax, file in zip(axes[0], files):
        for way, mark in marks.items():
            part = {row["name"]: row for row in rows if (row["way"], row["file"]) == (way, file)}
            points = [(part[name]["cpu"], y) for y, name in enumerate(HAND)
                      if "cpu" in part.get(name, {})]  # fmt: skip
            if points:
                ax.plot(*zip(*points), mark, label=way, ms=7)
        ax.set(xscale="log", xlabel="CPU seconds", title=file[4:-8].replace("m", " million"))
        ax.set_yticks(range(len(HAND)), list(HAND))
        ax.grid(axis="x", alpha=0.3)
    drawn = [ax.get_legend_handles_labels() for ax in axes[0]]
    named = {label: handle for handles, labels in drawn for handle, label in zip(handles, labels)}
    shown = [way for way in marks if way in named]
    axes[0][-1].legend([named[way] for way in shown], shown, loc="center left",
                       bbox_to_anchor=(1, 0.5), frameon=False)  # fmt: skip
    figure.savefig(path, dpi=144, bbox_inches="tight")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument(
        "--limit", default="", help="DuckDB's memory limit, e.g. 3GB; blank: goal's"
    )
    parser.add_argument("--one", nargs=3, metavar=("WAY", "QUESTION", "FILE"))
    arguments = parser.parse_args()
    if arguments.one:
        way, name, file = arguments.one
        found = WAYS[way](Path(file), name, arguments.limit)
        print(json.dumps(found | {"peak_mb": peak()}))
        return 0
    BENCH.mkdir(parents=True, exist_ok=True)
    found = BENCH / "journeys.json"
    known = json.loads(found.read_text()) if found.exists() else []
    files = {f"log_{millions}m.parquet" for millions in arguments.millions}
    rows = [row for row in known if row["file"] not in files]
    for millions in arguments.millions:
        rows += measure_all(
            generate(millions), peers=arguments.peers, repeat=arguments.repeat,
            limit=arguments.limit or LIMITS.get(millions, LEAST_LIMIT),
        )  # fmt: skip
        found.write_text(json.dumps(rows, indent=1))
    (BENCH / "journeys.txt").write_text(tell(rows) + "\n")
    plot(rows, BENCH / "journeys.png")
    print(tell(rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
