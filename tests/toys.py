"""A toy client, toy notebooks and executed toy notebooks for the tests of the run and report."""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from keytouch import editions
from keytouch.problems import Problem
from keytouch.run import Request, write_report
from keytouch.settings import read_settings

import nbformat.v4 as v4  # isort: skip

YAML = "id: toy\nname_zh: 晨光酒店\nname_en: Dawn Hotels\nsynthetic: true\n"
SMALL = """
id: small
name_zh: 小店
name_en: Small shop
sources:
  - file: survey.csv
    tables:
      - table: feedback
        columns: {customer_id: guest, score: score, ts: day}
        constants: {metric: csat}
"""
PARAMETERS = """
# %% tags=["parameters"]
client: str = "client"  # 客户文件夹
language: str = "zh"  # 语言
segment: str = ""  # 客群
start: str = ""  # 开始日期
min_n: int = 30  # 最小样本
share: float = 0.5  # 比例
deep: bool = False  # 是否细看
"""
TITLE = """
# %% [markdown] tags=["zh"]
# # 客户在哪里遇到我们？

# %% [markdown] tags=["en"]
# # Where do customers meet us?
"""


def write_source(folder: Path, *cells: str, stem: str = "01_toy_question") -> Path:
    """A source with a title, parameters and some code cells; and its editions."""
    folder.mkdir(parents=True, exist_ok=True)
    body = "\n".join(f"\n# %%\n{cell}" for cell in cells)
    (folder / f"{stem}.py").write_text(TITLE + PARAMETERS + body + "\n", encoding="utf8")
    editions.build(folder)
    return folder


def write_client(folder: Path) -> Path:
    """A client's folder with the least client.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "client.yaml").write_text(YAML, encoding="utf8")
    return folder


def write_small(folder: Path) -> Path:
    """A client with 500 answers in one file, as intake reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    days = (f"2025-01-{number % 28 + 1:02d}" for number in range(500))
    rows = [f"G{number},{number % 5 + 1},{day}\n" for number, day in enumerate(days)]
    (folder / "survey.csv").write_text("guest,score,day\n" + "".join(rows), encoding="utf8")
    (folder / "client.yaml").write_text(SMALL, encoding="utf8")
    return folder


def open_toy(folder: Path, **options: Any) -> SimpleNamespace:
    """A client as intake would open it, with one source and one warning."""
    accounting = {"source": "stays", "table": "feedback", "rows_in": 1200, "values_in": 2400}
    accounting |= {"used": 2000, "empty": 300, "merged": 60, "rejected": 40}
    problem = Problem("problem_missing_key", severity="warning", file="<i>stays</i>.csv", count=9)
    return SimpleNamespace(
        settings=read_settings(folder),
        quality=SimpleNamespace(accounting=pd.DataFrame([accounting]), problems=[problem]),
        inputs=pd.DataFrame(
            [{"file": "stays.csv", "bytes": 12, "sha256": "ab" * 32, "rows": 1200}]
        ),
        fingerprint="f00d",
        options=options,
    )


def report(tmp_path: Path, **options: Any) -> Path:
    """A report of the toy client under a folder; KEYTOUCH_NOTEBOOKS says which notebooks."""
    options = {"language": "zh", "out": tmp_path / "report", "progress": False} | options
    request = Request(client=write_client(tmp_path / "client"), **options)
    return write_report(request, open_client=open_toy)


def png(width: int = 12, height: int = 6) -> str:
    """A white PNG, in base64 as notebooks keep it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    rows = b"".join(b"\0" + b"\xff" * 3 * width for _ in range(height))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return base64.b64encode(data).decode()


def shown(metadata: dict[str, Any] | None = None, **data: Any) -> Any:
    """A display output; `html`, `plain`, `png`, `table`, `finding`, `headline` name its parts."""
    mimes = {"html": "text/html", "plain": "text/plain", "png": "image/png", "md": "text/markdown"}
    ours = {
        name: f"application/vnd.keytouch.{name}+json" for name in ("table", "finding", "headline")
    }
    names = mimes | ours
    content = {names[name]: value for name, value in data.items()}
    return v4.new_output("display_data", content, metadata=metadata or {})


def executed(*outputs: Any, prose: str = "# 标题\n\n## 第一节", tags: tuple[str, ...] = ()) -> Any:
    """An executed notebook: prose, then one code cell with the outputs."""
    code = v4.new_code_cell("secret_code()", execution_count=1, outputs=list(outputs), id="code")
    code.metadata.tags = list(tags)
    return v4.new_notebook(cells=[v4.new_markdown_cell(prose, id="prose"), code])


def finding(rank: float = 1, **values: Any) -> dict[str, Any]:
    """A finding as the face hands it over."""
    base = {"id": f"f{rank}", "touchpoint": "check_in", "metric": "nps", "value": 12.5, "lo": 10.0}
    base |= {"hi": 15.0, "n": 1204, "method": "method_nps", "sentence": f"发现 {rank}"}
    return base | {"strength": "is", "rank": rank} | values
