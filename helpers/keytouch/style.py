"""The look of every picture: fonts that know Chinese, calm colours, titles that say the message."""

from __future__ import annotations

import unicodedata
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from keytouch.colours import GREY, INK, PALE
from keytouch.words import language, set_language

FONTS = Path(__file__).with_name("fonts")
FAMILY = ["Noto Sans SC", "DejaVu Sans"]
WIDTH = 8.0
DPI = 112


def use(language: str) -> None:
    """Set the language once: words, number format, and fonts for every figure.

    Raises DataError for a language other than "zh" or "en".
    """
    set_language(language)
    known = {Path(entry.fname) for entry in font_manager.fontManager.ttflist}
    for path in sorted(FONTS.glob("*.[ot]tf")):
        if path not in known:
            font_manager.fontManager.addfont(path)
    sns.set_theme(style="white", rc=_settings())
    _register_png()


def _settings() -> dict[str, Any]:
    return {
        "font.family": FAMILY,
        "font.size": 9.5,
        "text.parse_math": False,  # a "$" in a client's text is a dollar
        "axes.edgecolor": PALE,
        "axes.labelcolor": GREY,
        "axes.labelsize": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.grid": True,
        "axes.grid.axis": "x",
        "grid.color": "#E9ECF0",
        "text.color": INK,
        "xtick.color": GREY,
        "ytick.color": INK,
        "xtick.labelsize": 8.5,
        "ytick.labelsize": 9.5,
        "figure.dpi": 100,
        "savefig.dpi": DPI,
        "svg.hashsalt": "keytouch",
        "axes.axisbelow": True,
    }


def _register_png() -> None:
    """Let a notebook show figures with their text alternative."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is not None:
        plt.switch_backend(plt.get_backend())  # loaded later, it would put its own PNG back
        shell.display_formatter.formatters["image/png"].for_type(Figure, png_with_alt)


def png_with_alt(figure: Figure) -> tuple[bytes, dict[str, Any]]:
    """A figure as PNG bytes with the metadata a page needs: text alternative and size."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    width, height = figure.get_size_inches() * 96
    return buffer.getvalue(), {
        "alt": str(figure.get_label()),
        "width": round(width),
        "height": round(height),
    }


def canvas(ax: Axes | None, *, height: float, width: float = WIDTH) -> Axes:
    """The axes to draw on: the given ones, or a new figure's."""
    if ax is not None:
        return ax
    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def titles(ax: Axes, title: str, subtitle: str = "", note: str = "") -> None:
    """Title (the message), subtitle (what is shown, unit, n) and note, above and below a figure.

    The figure grows by what they need, so that the plot keeps its size. On axes that share a
    figure with others only the title is set.
    """
    title, subtitle, note = (plain_quotes(text) for text in (title, subtitle, note))
    figure = ax.figure
    figure.set_label(". ".join(part for part in (title, subtitle, note) if part))
    engine = figure.get_layout_engine()
    if engine is None or len(figure.axes) > 1 and not getattr(figure, "_keytouch_own", False):
        ax.set_title(title, loc="left")
        return
    width, height = figure.get_size_inches()
    lines = wrap(title, int(width * 9.3)).split("\n")
    under = wrap(subtitle, int(width * 13)).split("\n") if subtitle else []
    foot = wrap(note, int(width * 14.5)).split("\n") if note else []
    top = 0.1 + 0.235 * len(lines) + 0.185 * len(under) + 0.06
    bottom = 0.06 + 0.16 * len(foot) if foot else 0.02
    total = height + top + bottom
    figure.set_size_inches(width, total)
    engine.set(rect=(0, bottom / total, 1, (total - top - bottom) / total))
    at = 1 - 0.08 / total
    figure.text(
        0.012, at, "\n".join(lines), ha="left", va="top", size=12.5, weight="bold", linespacing=1.25
    )
    figure.text(
        0.012,
        at - (0.235 * len(lines) + 0.02) / total,
        "\n".join(under),
        ha="left",
        va="top",
        size=9,
        color=GREY,
        linespacing=1.3,
    )
    figure.text(0.012, 0.04 / total, "\n".join(foot), ha="left", va="bottom", size=8, color=GREY)


def plain_quotes(text: str) -> str:
    """English quotation marks as typewriter ones: the Chinese font draws curly ones full-width."""
    return text if language() == "zh" else text.replace("“", '"').replace("”", '"')


def text_width(text: str) -> int:
    """A text's width in half-width characters: a Chinese character counts two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def wrap(text: str, width: int) -> str:
    """Break a text into lines of at most `width` half-width characters.

    Latin words stay whole where they fit; Chinese breaks anywhere but before punctuation.

    >>> wrap("登机口服务", 6)
    '登机口\\n服务'
    """
    lines, line = [], ""
    for piece in _pieces(text):
        if (
            line
            and text_width(line + piece.rstrip()) > width
            and piece[0] not in "，。；：、）！？%”’》"
        ):
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return "\n".join([*lines, line.rstrip()])


def _pieces(text: str) -> list[str]:
    """Unbreakable pieces: a Chinese character, or a Latin word with the blank after it."""
    pieces: list[str] = []
    for sign in text:
        wide = unicodedata.east_asian_width(sign) in "WF"
        glue = pieces and not wide and not pieces[-1].endswith((" ", "·"))
        if (
            glue
            and unicodedata.east_asian_width(pieces[-1][-1]) not in "WF"
            or pieces
            and sign == " "
        ):
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces
