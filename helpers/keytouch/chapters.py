"""Executed notebooks as chapters: prose, tables and pictures, no code.

A chapter's headings get plain ids of their own; pictures are numbered and keep their text
alternative. Each cell remembers its section, so that a finding can point to where it comes from.
"""

from __future__ import annotations

import re
import struct
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from typing import Any

from keytouch.harvest import MAP, NOTE, OURS, RECAP
from keytouch.light_pictures import picture_source
from keytouch.map_page import map_html
from keytouch.markup import plain, prose, sieve
from keytouch.words import word

HIDDEN_TAGS = {"parameters", "injected-parameters"}
PIXELS_PER_INCH = 96
DOTS_PER_INCH = 144
HEADING_HTML = re.compile(r"\s*<h\d.*?</h\d>", re.DOTALL)
WIDE = 1000  # pixels: a picture that needs a landscape page
NUMBER = re.compile(r"^\d\d\s+")
BARE_OBJECT = re.compile(r"<[\w.]+( .*)?>|\[?<.*>\]?|(Axes|Figure|Text)\(.*\)", re.DOTALL)


@dataclass(frozen=True)
class Heading:
    """An entry of the table of contents."""

    id: str
    text: str
    level: int


@dataclass(frozen=True)
class Figure:
    """A picture: where it stands, and its HTML without number."""

    id: str
    section: str
    cell: int
    html: str


@dataclass(frozen=True)
class Block:
    """A cell's HTML, its section, and whether it tells something or only what is missing."""

    section: str
    html: str
    lacking: bool = False
    telling: bool = False


@dataclass
class Chapter:
    """One notebook as a reader sees it."""

    number: int
    id: str
    title: str = ""
    answer: str = ""
    html: str = ""
    headings: list[Heading] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    cells: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def sections(self) -> list[Heading]:
        """The second level of the contents."""
        return [heading for heading in self.headings if heading.level == 3]

    def figure_for(self, cell_id: str) -> Figure | None:
        """The picture nearest to a cell, in the cell's own section."""
        place, section = self.cells.get(cell_id, (0, ""))
        near = [figure for figure in self.figures if figure.section == section]
        return min(near, key=lambda figure: abs(figure.cell - place), default=None)


def make_chapter(number: int, notebook: Any) -> Chapter:
    """A notebook's chapter; its first heading becomes the chapter's title."""
    chapter = Chapter(number, f"c{number}")
    blocks = [_block(chapter, place, cell) for place, cell in enumerate(notebook.cells)]
    # The answer stands right after the chapter's question, which is its first cell.
    blocks.insert(1, Block("", chapter.answer))
    chapter.html = "\n".join(part for part in _shortened(blocks) if part)
    return chapter


def _block(chapter: Chapter, place: int, cell: Any) -> Block:
    html = _cell_html(chapter, place, cell)
    section = chapter.headings[-1].id if chapter.headings else chapter.id
    mimes = {mime for output in cell.get("outputs", ()) for mime in output.get("data", {})}
    ours = {mime for mime in mimes if mime.startswith(OURS)}
    telling = "image/png" in mimes or bool(ours - {NOTE, RECAP})
    return Block(section, html, lacking=NOTE in mimes, telling=telling)


def _shortened(blocks: list[Block]) -> list[str]:
    """The blocks' HTML; where data are missing, a section shrinks to its heading and the
    sentence that says what is missing, and a chapter without any data to that sentence.
    """
    lacking = {block.section for block in blocks if block.lacking}
    telling = {block.section for block in blocks if block.telling}
    if lacking and not telling:
        return [blocks[0].html, *_lacks(blocks)]
    parts: list[str] = []
    for section, group in groupby(blocks, key=lambda block: block.section):
        inside = list(group)
        if section in lacking - telling:
            heading = HEADING_HTML.match(inside[0].html)
            parts += [heading[0] if heading else "", *_lacks(inside)]
        else:
            parts += [block.html for block in inside]
    return parts


def _lacks(blocks: list[Block]) -> list[str]:
    """Every different sentence on missing data, once."""
    lines = (line for block in blocks if block.lacking for line in block.html.split("\n"))
    return list(dict.fromkeys(lines))


def _cell_html(chapter: Chapter, place: int, cell: Any) -> str:
    if HIDDEN_TAGS & set(cell.metadata.get("tags", ())):
        return ""
    if cell.cell_type == "markdown":
        html = prose(cell.source, lambda text, level: _heading(chapter, text, level))
    elif cell.cell_type == "code":
        html = "\n".join(_output_html(chapter, place, output) for output in cell.outputs)
    else:
        html = ""
    section = chapter.headings[-1].id if chapter.headings else chapter.id
    chapter.cells[cell.get("id", "")] = (place, section)
    return html


def _heading(chapter: Chapter, text: str, level: int) -> str:
    """A heading with an id; the first is the chapter's title, none skips a level."""
    if not chapter.headings:
        chapter.title = NUMBER.sub("", plain(text))
        chapter.headings.append(Heading(chapter.id, chapter.title, 2))
        return ""
    above = chapter.headings[-1].level
    level = max(3, min(level + 1, above + 1, 6))
    heading = Heading(f"{chapter.id}-{len(chapter.headings)}", plain(text), level)
    chapter.headings.append(heading)
    return f'<h{level} id="{heading.id}">{text}</h{level}>\n'


def _output_html(chapter: Chapter, place: int, output: Any) -> str:
    """One output: our own HTML, a picture, Markdown, else its text."""
    if output.output_type == "stream":
        return _text_html(output.text) if output.name == "stdout" else ""
    data: Mapping[str, Any] = output.get("data", {})
    if "image/png" in data:
        return _figure_html(chapter, place, data["image/png"], output.metadata.get("image/png", {}))
    if MAP in data:
        return map_html(data[MAP], number=chapter.number)
    if RECAP in data:
        chapter.answer = sieve(data.get("text/html", ""))
        return ""
    if "text/html" in data and any(mime.startswith(OURS) for mime in data):
        return sieve(data["text/html"])
    if "text/markdown" in data:
        return prose(data["text/markdown"], lambda text, level: f"<p><strong>{text}</strong></p>")
    return _text_html(data.get("text/plain", ""))


def _text_html(text: str) -> str:
    text = text.strip()
    if not text or BARE_OBJECT.fullmatch(text):
        return ""
    return f'<pre class="kt-plain" tabindex="0">{escape(text)}</pre>'


def _figure_html(chapter: Chapter, place: int, image: str, details: Mapping[str, Any]) -> str:
    number = f"{chapter.number}.{len(chapter.figures) + 1}"
    figure_id = f"{chapter.id}-f{len(chapter.figures) + 1}"
    alt = str(details.get("alt") or word("report_figure_alt", number=number))
    picture = picture_html(image, alt, details)
    section = chapter.headings[-1].id if chapter.headings else chapter.id
    chapter.figures.append(Figure(figure_id, section, place, picture))
    caption = escape(str(details.get("caption") or ""))
    label = escape(word("report_figure", number=number))
    wide = " kt-wide" if _pixels(details.get("width"), 0) > WIDE else ""
    return (
        f'<figure class="kt-figure{wide}" id="{figure_id}">'
        f'<div class="kt-scroll" tabindex="0" role="group">{picture}</div>'
        f"<figcaption><b>{label}</b> {caption}</figcaption></figure>"
    )


def picture_html(image: str, alt: str, details: Mapping[str, Any]) -> str:
    """A PNG as an image of its size on paper, with its text alternative."""
    image = re.sub(r"\s", "", image)
    sides = png_size(image)
    width, height = (
        _pixels(details.get(name), round(side * PIXELS_PER_INCH / DOTS_PER_INCH))
        for name, side in zip(("width", "height"), sides, strict=True)
    )
    source = picture_source(image)
    return f'<img src="{escape(source)}" alt="{escape(alt)}" width="{width}" height="{height}">'


def _pixels(wanted: Any, fallback: int) -> int:
    return wanted if isinstance(wanted, int) and wanted > 0 else fallback


def png_size(image: str) -> tuple[int, int]:
    """Width and height of a base64 PNG."""
    head = b64decode(image[:32])
    width, height = struct.unpack(">II", head[16:24])
    return width, height
