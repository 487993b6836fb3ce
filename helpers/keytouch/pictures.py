"""Pictures for slides: PNG and SVG that look the same everywhere, and repeat byte for byte."""

from __future__ import annotations

import re
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from keytouch.problems import DataError, Problem
from keytouch.style import DPI
from keytouch.tables import display_bundle

PICTURE_MIME = "application/vnd.keytouch.picture+json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,79}")
FORMATS = ("png", "svg")


def save_picture(
    ax: Axes | Figure | None, name: str, *, folder: str | Path = "", dpi: int = 2 * DPI
) -> list[Path]:
    """Write a picture as `name`.png and `name`.svg; the paths.

    Letters become outlines, so that Chinese shows on every machine; the SVG carries the text
    alternative as title and description. Without a `folder` the picture is handed to the report,
    which writes it under figures/. Nothing is written for a plot that drew nothing (None). Raises
    DataError where the name is not letters, digits, _ and -.
    """
    if ax is None:
        return []
    if not NAME.fullmatch(name):
        raise DataError(Problem("problem_picture_name", values={"found": name}))
    figure: Any = ax if isinstance(ax, Figure) else ax.figure
    if not folder:
        png = b64encode(png_bytes(figure, dpi)).decode("ascii")
        display_bundle({PICTURE_MIME: {"name": name, "svg": svg_text(figure), "png": png}})
        return []
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    paths = [place / f"{name}.{kind}" for kind in FORMATS]
    paths[0].write_bytes(png_bytes(figure, dpi))
    paths[1].write_text(svg_text(figure), encoding="utf8", newline="\n")
    return paths


def png_bytes(figure: Figure, dpi: int) -> bytes:
    """A figure as PNG: no date, no name of a program."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def svg_text(figure: Figure) -> str:
    """A figure as SVG text: letters as outlines, no date, its text alternative inside."""
    buffer = BytesIO()
    alt = str(figure.get_label())
    title, _, rest = alt.partition(". ")
    details = {"Date": None, "Creator": None, "Title": title, "Description": rest or title}
    with plt.rc_context({"svg.fonttype": "path", "svg.hashsalt": "keytouch"}):
        figure.savefig(buffer, format="svg", metadata=details)
    return buffer.getvalue().decode("utf8")
