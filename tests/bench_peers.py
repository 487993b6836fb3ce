"""One question asked of a peer, in its own environment; run by bench_journeys.py --peers.

    python bench_peers.py pm4py|retentioneering transitions|variants|step_matrix FILE

Prints wall and CPU seconds from file to answer (`first`), of the same question again (`again`),
and the process' peak memory. Only what the peer itself would have its user write.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def with_pm4py(name: str) -> tuple[Callable[[str], Any], Callable[[Any], Any]]:
    import pandas as pd
    import pm4py

    def read(file: str) -> Any:
        log = pd.read_parquet(file, columns=["journey_id", "touchpoint_id", "ts"])
        return pm4py.format_dataframe(
            log, case_id="journey_id", activity_key="touchpoint_id", timestamp_key="ts"
        )

    def ask(log: Any) -> Any:
        if name == "transitions":
            return pm4py.discover_performance_dfg(log), pm4py.discover_dfg(log)
        return pm4py.get_variants(log)

    return read, ask


def with_retentioneering(name: str) -> tuple[Callable[[str], Any], Callable[[Any], Any]]:
    import pandas as pd
    from retentioneering import Eventstream

    def read(file: str) -> Any:
        log = pd.read_parquet(file, columns=["journey_id", "touchpoint_id", "ts"])
        log = log.rename(
            columns={"journey_id": "user_id", "touchpoint_id": "event", "ts": "timestamp"}
        )
        return Eventstream(log)

    def ask(stream: Any) -> Any:
        if name == "transitions":
            weights = ("count", "time_median", "time_q95")
            return [stream.transition_graph_data(edge_weight=weight) for weight in weights]
        return stream.step_matrix_data(max_steps=10)

    return read, ask


def main(peer: str, name: str, file: str) -> None:
    read, ask = {"pm4py": with_pm4py, "retentioneering": with_retentioneering}[peer](name)
    begin, used = time.perf_counter(), cpu()
    log = read(file)
    ask(log)
    first = {"wall": time.perf_counter() - begin, "cpu": cpu() - used}
    begin, used = time.perf_counter(), cpu()
    ask(log)
    again = {"again_wall": time.perf_counter() - begin, "again_cpu": cpu() - used}
    status = Path("/proc/self/status").read_text().splitlines()
    peak = int(next(line for line in status if "VmHWM" in line).split()[1]) / 1024
    print(json.dumps(first | again | {"peak_mb": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])
