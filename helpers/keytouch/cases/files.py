"""Files as clients hand them over, with the same bytes on every run.

What would differ between runs (clock times inside gzip and XLSX, pandas' notes inside Parquet)
is fixed or left out.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

import pandas as pd

FIXED = datetime(2025, 7, 1)
USUAL = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class DataFile:
    """One raw file: its rows, and how they are written down.

    A file that brings its own dictionary (`fields`) and its own entry of client.yaml (`source`)
    needs neither elsewhere.
    """

    name: str
    frame: pd.DataFrame
    encoding: str = "utf-8"
    delimiter: str = ","
    newline: str = "\n"
    sheet: str = "Sheet1"
    dates: dict[str, str] = field(default_factory=dict)
    fields: tuple[dict[str, str], ...] = ()
    source: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        ending = self.name.rsplit(".", 1)[-1]
        return {"tsv": "csv", "gz": "csv"}.get(ending, ending)

    def written(self) -> bytes:
        """The file's bytes."""
        if self.kind == "parquet":
            return _parquet(self.frame)
        if self.kind == "xlsx":
            return _xlsx(self.frame, self.sheet)
        data = _csv(self)
        return _gzip(data) if self.name.endswith(".gz") else data


def date_text(when: object, form: str) -> str:
    """A time in a client's dialect; `%-m` and the like work on every system; blank stays blank.

    >>> date_text(datetime(2025, 3, 4, 14, 5), "%Y/%-m/%-d %H:%M")
    '2025/3/4 14:05'
    """
    if not isinstance(when, datetime) or pd.isna(when):
        return ""
    if form == USUAL:
        return when.isoformat(sep=" ", timespec="seconds")
    for letter, number in (("m", when.month), ("d", when.day), ("H", when.hour)):
        form = form.replace(f"%-{letter}", str(number))
    # The platform's strftime may know no Chinese, so its characters are kept away from it.
    return "".join(when.strftime(part) if part.isascii() else part for part in _pieces(form))


@lru_cache(maxsize=4096)
def _pieces(form: str) -> tuple[str, ...]:
    """A form cut where it turns from ASCII to other characters or back."""
    return tuple("".join(part) for _, part in groupby(form, key=str.isascii))


def _cell(value: object, form: str) -> str:
    if isinstance(value, datetime):
        return date_text(value, form)
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def _csv(file: DataFile) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=file.delimiter, lineterminator=file.newline)
    writer.writerow(file.frame.columns)
    forms = [file.dates.get(name, USUAL) for name in file.frame.columns]
    columns = [
        [_cell(value, form) for value in file.frame[name].astype(object)]
        for name, form in zip(file.frame.columns, forms)
    ]
    writer.writerows(zip(*columns))
    return out.getvalue().encode(file.encoding)


def _gzip(data: bytes) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) as zipped:
        zipped.write(data)
    return out.getvalue()


def _parquet(frame: pd.DataFrame) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", version="2.6")
    return out.getvalue()


def _xlsx(frame: pd.DataFrame, sheet: str) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=False)
    page = book.active
    page.title = sheet
    page.append(list(frame.columns))
    for number, row in enumerate(frame.astype(object).itertuples(index=False), start=2):
        for column, value in enumerate(row, start=1):
            if value is None or value is pd.NaT or value != value or value == "":
                continue
            cell = page.cell(number, column)
            cell.value = value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
            if isinstance(value, str):
                cell.data_type = "s"
    book.properties.created = book.properties.modified = FIXED
    out = io.BytesIO()
    book.save(out)
    return _still(out.getvalue())


def _still(data: bytes) -> bytes:
    """An XLSX file with its clock times fixed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _fixed_core(content)
            entry = zipfile.ZipInfo(name, date_time=(2025, 7, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            new.writestr(entry, content)
    return out.getvalue()


def _fixed_core(content: bytes) -> bytes:
    """The workbook's own notes; openpyxl puts the clock's time of saving into `modified`."""
    stamp = FIXED.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    head, _, rest = content.partition(b"<dcterms:modified")
    tag, _, tail = rest.partition(b">")
    return head + b"<dcterms:modified" + tag + b">" + stamp + tail[tail.index(b"<") :]


def spoil(frame: pd.DataFrame, column: str, places: list[int], values: list[Any]) -> pd.DataFrame:
    """A copy with planted faults: other values at some places of a column."""
    cells = frame[column].astype(object).to_list()
    for place, value in zip(places, values, strict=True):
        cells[place] = value
    return frame.assign(**{column: pd.Series(cells, dtype=object)})


def repeat_rows(frame: pd.DataFrame, places: list[int]) -> pd.DataFrame:
    """A copy with some rows standing twice, the second time at the end."""
    return pd.concat([frame, frame.iloc[places]], ignore_index=True)
