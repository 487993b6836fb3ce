"""Text of others as HTML that can do nothing: prose from Markdown, and a sieve for tables.

Three walls stand one behind the other: raw HTML in Markdown is escaped, HTML outputs pass a
sieve that knows a few harmless tags, and the page's own policy forbids every script.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

import mistune
import nh3

_TAGS = """
    a abbr b blockquote br caption code col colgroup dd details div dl dt em figcaption figure
    h3 h4 h5 i li ol p pre small span strong sub summary sup table tbody td tfoot th thead tr ul
"""
TAGS = set(_TAGS.split())
SILENT = {"script", "style", "template", "iframe", "object", "noscript", "textarea", "svg", "math"}
ATTRIBUTES = {
    "*": {"aria-hidden", "aria-label", "class", "lang", "role", "title"},
    "a": {"href"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
SAFE_LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
NO_BREAK = re.compile(r"<[^>]+>")


def sieve(html: str) -> str:
    """HTML reduced to what can only be looked at; every tag that was opened is closed."""
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=SILENT,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


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
