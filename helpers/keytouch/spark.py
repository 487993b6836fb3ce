"""A client's tables on Spark: the store's, written once as Parquet beside it.

Intake stays with DuckDB; measures run where the tables are. A cluster must see the work folder.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Any

from keytouch.engine import LazyTable, Missing, Store, spark_backend
from keytouch.problems import DataError, Problem

OPTIONS = {
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
}


class SparkStore(Store):
    """The tables of a DuckDB store, asked by Spark; their names and accounts stay with DuckDB."""

    def __init__(self, home: Store, master: str):
        self.home, self.path = home, home.path
        self.parquet = written(home)
        self.con = spark_backend(session(master))

    @property
    def names(self) -> list[str]:
        return self.home.names

    def table(self, name: str) -> LazyTable | Missing:
        """A table of the client, lazy, on Spark; Missing where the client has none."""
        file = self.parquet / f"{name}.parquet"
        return self.con.read_parquet(str(file)) if file.exists() else Missing(name)

    def close(self) -> None:
        """Close the accounts; the session stays, as other clients may use it."""
        self.home.close()


def session(master: str) -> Any:
    """The process' session, started on `master` where there is none.

    Raises DataError where pyspark isn't installed or another master is in use.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise DataError(Problem("problem_no_spark", file="client.yaml")) from error
    builder = SparkSession.builder.master(master).appName("keytouch")
    for name, value in OPTIONS.items():
        builder = builder.config(name, value)
    if not master.startswith("spark:"):
        local = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        for name, value in local.items():
            builder = builder.config(name, value)
    made = builder.getOrCreate()
    if made.sparkContext.master != master:
        values = {"found": master, "near": made.sparkContext.master}
        raise DataError(Problem("problem_spark_master", file="client.yaml", values=values))
    return made


def written(home: Store) -> Path:
    """The folder that holds a store's tables as Parquet; written whole or not at all."""
    folder = Path(home.path).with_suffix(".parquet")
    if folder.is_dir():
        return folder
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".spark-") as place:
        made = Path(place) / "tables"
        made.mkdir()
        for name in home.names:
            file = str(made / f"{name}.parquet").replace("'", "''")
            home.con.raw_sql(f"COPY \"{name}\" TO '{file}' (FORMAT parquet)")
        with contextlib.suppress(OSError):  # another process was faster
            os.replace(made, folder)
    return folder
