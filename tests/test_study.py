"""The study runs, goes on where it stopped, and counts right."""

from __future__ import annotations

import pandas as pd
import study


def small(out, *more):
    texts = ["--seeds", "1", "--cases", "hotel", "--sizes", "0.4", "--jobs", "1", *more]
    assert study.main([*texts, "--out", str(out)]) == 0
    return pd.read_csv(out / "study.csv", dtype=dict.fromkeys(study.SAME, str))


def test_a_study_is_resumed(tmp_path, monkeypatch):
    first = small(tmp_path)
    sizes = {"0.4", *map(str, study.MEMORY_SIZES)}
    assert len(first) == 2 + len(study.MEMORY_SIZES) and set(first["size"]) == sizes
    assert set(first["kind"]) == set(study.KINDS)
    assert "recall" in (tmp_path / "study.md").read_text(encoding="utf8")
    monkeypatch.setattr(study, "run", lambda task: 1 / 0)
    assert len(small(tmp_path)) == len(first)


def test_shares_come_with_interval_count_and_goal():
    assert study.share_text(0, 0) == "—"
    assert study.share_text(95, 100, (0.95, 1.0)) == "0.950 (0.888–0.978; n=100) ✓"
    assert study.share_text(94, 100, (0.95, 1.0)).endswith("✗")


def run(**values):
    row = dict.fromkeys(study.FIELDS, 0) | {"case": "hotel", "difficulty": "standard", "size": "1"}
    return row | {"kind": "planted"} | values


def test_the_summary_pools_runs_and_cases():
    runs = [
        run(seed="1", planted=2, named=2, right=2, baits=1, intervals=10, held=9, seconds=1.0),
        run(seed="2", planted=2, named=1, right=1, baits=1, intervals=10, held=10, seconds=3.0),
        run(seed="1", case="airline", planted=3, named=4, right=3, baits=1, baits_robust=1),
    ]
    lines = study.driver_lines(pd.DataFrame(runs))
    hotel = next(line for line in lines if line.startswith("| hotel"))
    both = next(line for line in lines if line.startswith("| all"))
    assert "0.750" in hotel and "0.950" in hotel and "2.00" in hotel
    assert "0.857" in both and "n=7)" in both


def test_a_wrong_rule_is_counted_apart():
    runs = [
        run(kind="memory", size="250", rule=rule, verdict=verdict)
        for rule, verdict in (("peak_end", "best"), ("mean", "best"), ("peak_end", "not_enough"))
    ]
    (line,) = study.memory_lines(pd.DataFrame(runs))[2:]
    shares = [cell.split()[0] for cell in line.split("|")[4:8]]
    assert shares == ["0.667", "0.333", "0.333", "0.333"]
