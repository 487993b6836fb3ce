"""Text of others as HTML that can do nothing: prose from Markdown, and a sieve for tables.

Three walls stand one behind the other: raw HTML in Markdown is escaped, HTML outputs pass a
sieve that knows a few harmless tags, and the page's own policy forbids every script.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser
from typing import Any

import mistune


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


TAGS = _names("""
    a abbr b blockquote br caption circle code col colgroup dd details div dl dt em figcaption
    figure g h3 h4 h5 i li line ol p path polyline rect small span strong sub summary sup svg
    table tbody td text tfoot th thead title tr ul
""")
VOID = _names("br col")
SILENT = _names("script style template iframe object noscript textarea select math")
ATTRIBUTES = _names("""
    aria-hidden aria-label class colspan cx cy d fill fill-opacity font-size height href lang
    points r role rowspan rx scope stroke stroke-dasharray stroke-width style text-anchor title
    transform viewbox width x x1 x2 y y1 y2
""")
SAFE_STYLE = re.compile(
    r"(\s*(--[a-z-]+|width|height|left|right|top|bottom|margin-left|text-align|color|"
    r"background|background-color|opacity|grid-template-columns)\s*:\s*[-#%.,\w\s()]*;?)*"
)
SAFE_LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
NO_BREAK = re.compile(r"<[^>]+>")


class Sieve(HTMLParser):
    """Keeps known tags and attributes, drops scripts with all they hold, escapes the rest."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[str] = []
        self.open: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self.silent += 1
        elif tag in TAGS and not self.silent:
            self.kept.append(f"<{tag}{''.join(_attribute(n, v) for n, v in attrs)}>")
            if tag not in VOID:
                self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            return
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in self.open and not self.silent:
            while self.open:
                last = self.open.pop()
                self.kept.append(f"</{last}>")
                if last == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.kept.append(escape(data, quote=False))


def _attribute(name: str, value: str | None) -> str:
    value = value or ""
    if name not in ATTRIBUTES:
        return ""
    if name == "href" and not SAFE_LINK.match(value.strip()):
        return ""
    if name == "style" and ("url" in value.lower() or not SAFE_STYLE.fullmatch(value)):
        return ""
    if name in ("fill", "stroke") and "(" in value:
        return ""
    return f' {name}="{escape(value)}"'


def sieve(html: str) -> str:
    """HTML reduced to what can only be looked at; every tag that was opened is closed."""
    parser = Sieve()
    parser.feed(html)
    parser.close()
    return "".join(parser.kept) + "".join(f"</{tag}>" for tag in reversed(parser.open))


def plain(html: str) -> str:
    """The text of a piece of HTML."""
    return re.sub(r"\s+", " ", NO_BREAK.sub("", html)).strip()


class Prose(mistune.HTMLRenderer):
    """Markdown without raw HTML, without pictures from elsewhere, with our own heading marks."""

    def __init__(self, heading: Callable[[str, int], str]):
        super().__init__(escape=True)
        self._heading = heading

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        return self._heading(text, level)

    def link(self, text: str, url: str, title: str | None = None) -> str:
        if not SAFE_LINK.match(url.strip()):
            return text
        return f'<a href="{escape(url)}">{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return escape(text)

    def table(self, text: str) -> str:
        return f'<div class="kt-scroll" tabindex="0"><table class="kt">{text}</table></div>\n'


def prose(markdown: str, heading: Callable[[str, int], str]) -> str:
    """Markdown as HTML; `heading(text, level)` writes each heading."""
    renderer = Prose(heading)
    return str(
        mistune.create_markdown(renderer=renderer, plugins=["table", "strikethrough"])(markdown)
    )
