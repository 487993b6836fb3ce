"""What a text file is made of: compression, encoding, and a UTF-8 stream from any of them."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from keytouch.problems import DataError, Problem, nearest

CHUNK = 1 << 20
ENCODINGS = ("utf-8", "gb18030", "gbk", "big5", "utf-16", "latin-1", "cp1252", "shift_jis")
# Among the encodings that fit a text equally well, the usual ones come first.
LIKELY = ("cp1252", "big5", "big5hkscs", "cp932", "cp949", "cp1251")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Text:
    """How to read one text file."""

    path: Path
    encoding: str
    errors: str = "strict"
    problems: tuple[Problem, ...] = ()


def sha256(path: Path) -> str:
    """The file's fingerprint."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(CHUNK):
            digest.update(block)
    return digest.hexdigest()


def open_bytes(path: Path) -> BinaryIO:
    """The file's bytes, unpacked when it is gzip (by its first bytes, not its name)."""
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path, "rb") if packed else open(path, "rb"))


def find_encoding(path: Path, label: str, declared: str = "") -> Text:
    """Find how a text file is encoded, or check what client.yaml declares.

    UTF-8 (with or without BOM), UTF-16 and UTF-32 by BOM, GB18030 where it reads as Chinese;
    otherwise the best guess, with a warning. Raises DataError for what can't be text.
    """
    if declared:
        return _declared(path, label, declared)
    with open_bytes(path) as file:
        start = file.read(4)
    marked = next((name for bom, name in _BOMS if start.startswith(bom)), "")
    if marked:
        _decode_all(path, label, marked)
        return Text(path, marked)
    _refuse_nul(path, label)
    for encoding in ("utf-8", "gb18030"):
        if _decodes(path, encoding) and (encoding == "utf-8" or _is_chinese(path)):
            return Text(path, encoding)
    return _damaged_utf8(path, label) or _guess(path, label)


def text_blocks(text: Text) -> Iterator[str]:
    """The file's characters, block by block."""
    decoder = codecs.getincrementaldecoder(text.encoding)(text.errors)
    with open_bytes(text.path) as file:
        while block := file.read(CHUNK):
            yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


class Utf8Stream(io.RawIOBase):
    """A readable stream of UTF-8 bytes from a text file in any encoding."""

    def __init__(self, text: Text, *, skip_lines: int = 0):
        self._blocks = text_blocks(text)
        self._rest = b""
        for _ in range(skip_lines):
            self._skip_line()

    def _skip_line(self) -> None:
        while b"\n" not in self._rest:
            block = next(self._blocks, None)
            if block is None:
                return
            self._rest += block.encode()
        self._rest = self._rest.split(b"\n", 1)[1]

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts, length = [self._rest], len(self._rest)
        while size < 0 or length < size:
            block = next(self._blocks, None)
            if block is None:
                break
            parts.append(block.encode("utf-8", "replace"))
            length += len(parts[-1])
        data = b"".join(parts)
        cut = len(data) if size < 0 else size
        self._rest = data[cut:]
        return data[:cut]


def _declared(path: Path, label: str, declared: str) -> Text:
    try:
        name = codecs.lookup(declared).name
        "".encode(name)
    except LookupError as error:
        near = nearest(declared, ENCODINGS) or ", ".join(ENCODINGS)
        values = {"found": declared, "near": near}
        raise DataError(Problem("problem_no_encoding", file=label, values=values)) from error
    name = {"utf-8": "utf-8-sig", "gb2312": "gb18030", "gbk": "gb18030"}.get(name, name)
    _decode_all(path, label, name)
    return Text(path, name)


def _decode_all(path: Path, label: str, encoding: str) -> None:
    """Raise a Problem with the line where the file stops being in this encoding."""
    line = 1
    try:
        for block in text_blocks(Text(path, encoding)):
            line += block.count("\n")
    except (UnicodeError, OSError, EOFError) as error:
        raise _unreadable(label, error, encoding, line) from error


def _unreadable(label: str, error: Exception, encoding: str, line: int) -> DataError:
    if not isinstance(error, UnicodeError):
        return DataError(Problem("problem_unreadable", file=label))
    if isinstance(error, UnicodeDecodeError):
        line += error.object[: error.start].count(b"\n")
    values = {"encoding": encoding, "line": line}
    return DataError(Problem("problem_not_encoding", file=label, values=values))


def _decodes(path: Path, encoding: str) -> bool:
    try:
        for _ in text_blocks(Text(path, encoding)):
            pass
    except UnicodeError:
        return False
    return True


def _refuse_nul(path: Path, label: str) -> None:
    line = 1
    try:
        with open_bytes(path) as file:
            while block := file.read(CHUNK):
                if (at := block.find(b"\0")) >= 0:
                    line += block[:at].count(b"\n")
                    raise DataError(Problem("problem_nul", file=label, values={"line": line}))
                line += block.count(b"\n")
    except (OSError, EOFError) as error:
        raise DataError(Problem("problem_unreadable", file=label)) from error


def _sample(path: Path) -> bytes:
    with open_bytes(path) as file:
        return file.read(4 * CHUNK)


def _is_chinese(path: Path) -> bool:
    """Whether GB18030 gives everyday Chinese: accents decode too, but to rare characters."""
    text = _sample(path).decode("gb18030", "ignore")
    foreign = [character for character in text if character > "\x7f"]
    common = sum(len(character.encode("gb2312", "ignore")) == 2 for character in foreign)
    return bool(foreign) and common >= 0.9 * len(foreign)


def _damaged_utf8(path: Path, label: str) -> Text | None:
    """UTF-8 with a few broken bytes: used, with a warning, rather than guessed at."""
    text = _sample(path).decode("utf-8", "replace")
    broken = text.count("\ufffd")
    good = sum(character > "\x7f" for character in text) - broken
    if good < 20 * broken:
        return None
    problem = Problem("problem_broken_bytes", "warning", file=label, values={"n": broken})
    return Text(path, "utf-8", "replace", (problem,))


def _guess(path: Path, label: str) -> Text:
    from charset_normalizer import from_bytes

    found = from_bytes(_sample(path)[:CHUNK])
    names = [match.encoding for match in found if _decodes(path, match.encoding)]
    likely = [name for name in LIKELY if name in names] or names
    name = likely[0] if likely else "latin-1"
    problem = Problem("problem_guessed_encoding", "warning", file=label, values={"encoding": name})
    return Text(path, name, "strict", (problem,))
