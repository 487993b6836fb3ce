"""The packaged word lists, as they stand in the files."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import pandas as pd


@cache
def packaged(name: str) -> pd.DataFrame:
    """A packaged list of `lexicons/`; an empty cell is an empty text."""
    text = files("keytouch").joinpath("lexicons", name)
    with text.open(encoding="utf-8") as lines:
        return pd.read_csv(lines, keep_default_na=False)
