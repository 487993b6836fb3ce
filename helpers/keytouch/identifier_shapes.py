"""What a phone number, a card, a web address looks like: patterns that need no word before them.

A rule is (kind, pattern). Every pattern is bounded or begins where a run of its signs begins, so
that time grows with the length of a text only. Upper and lower case are the same unless said.
"""

from __future__ import annotations

Rules = tuple[tuple[str, str], ...]

TAIL = r"[^\s<>\"'，。；！？、）】」》\u3000-\u9fff]{1,2000}"
_NAME = r"[a-z0-9\-]{1,63}"
_LOCAL = r"(?<![a-z0-9._%+\-])[a-z0-9._%+\-]{1,64}"
_AT = r"(?:艾特|爱特|\(at\)|\[at\]|\{at\}|\*at\*|\s#\s|#)"
_DOT = r"(?:\.|点|\sdot\s|\[dot\]|\(dot\))"
_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_TOP = r"(?:com|net|org|cn|info|biz|io|me|cc|tv|top|xyz|shop|site|co|uk|de|fr|app|link|ly|gl|be)"
_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_S = r"[ .\-·*_]{0,2}"  # what may stand between the digits of a mobile phone
_N = r"[\dol]"  # a digit, or a letter that is read as one

# What begins with a digit, a plus sign or a bracket.
DIGIT_FIRST: Rules = (
    ("ip", rf"(?<![\d.])(?:{_BYTE}\.){{3}}{_BYTE}(?![\d.])"),
    (
        "id",
        r"(?<![a-z0-9])[1-9]\d{5}[ \-]?(?:18|19|20)\d\d[01]\d[0-3]\d[ \-]?\d{3}[\dx](?![a-z0-9])",
    ),
    ("id", r"(?<![a-z0-9])[1-9]\d{7}[01]\d[0-3]\d{4}(?![a-z0-9])"),
    ("id", r"(?<![\d\-])\d{3}-\d\d-\d{4}(?![\d\-])"),
    ("order", r"(?<![\d\-])(?:\d{3}-\d{7}-\d{7}|\d{3}-\d{10})(?![\d\-])"),
    ("order", r"(?<![a-z0-9])1z(?: ?[0-9a-z]){16}(?![a-z0-9])"),
    (
        "phone",
        r"(?<![\d.])(?:\(?\+|\(?00)(?=\(?(?:\d[ .()\-]{0,2}){8,15}(?!\d))\d{1,3}\)?"
        r"(?:[ .\-]{0,2}\(?\d{1,5}\)?){2,7}(?!\d)",
    ),
    (
        "phone",
        rf"(?<![\d.])(?:86[ \-]?)?1[ \-]?[3-9](?=(?:{_S}{_N}){{9}}(?![a-z0-9]))(?:{_N}{_S}{_N}{{4}}"
        rf"{_S}{_N}{{4}}|\d ?\d{{3}} ?\d\d ?\d{{3}}|\d{_S}\d{{3}}{_S}\d{{5}}|\d\d{_S}\d{{3}}{_S}"
        rf"\d{{4}}|(?:[ .\-]\d){{9}})(?![a-z0-9])",
    ),
    (
        "card",
        r"(?<!\d)(?:\d{4}(?P<c>[ \-]?)\d{4}(?P=c)\d{4}(?P=c)\d{1,7}(?:(?P=c)\d{1,3})?"
        r"|\d{4}[ \-]\d{6}[ \-]\d{5})(?!\d)",
    ),
    (
        "phone",
        r"(?<![\d.])[48]00(?:(?P<f>[ \-]?)\d{3}(?P=f)\d{4}|[ \-]?\d{4}[ \-]?\d{3})(?!\d)",
    ),
    (
        "phone",
        r"(?<![\d.])\(?0\d{2,4}\)?[ \-]?\d{3,4}[ \-]?\d{3,4}"
        r"(?:\s?(?:-|转|ext\.?)\s?\d{1,6})?(?!\d)",
    ),
    ("phone", r"(?<![\d.])(?:1[ .\-])?\(?\d{3}\)?[ .\-]\d{3}[ .\-]\d{4}(?!\d)"),
    ("number", r"(?<![a-z0-9])\d{9,}x?(?![a-z0-9])"),
)

# What begins with a letter.
LETTER_FIRST: Rules = (
    (
        "card",
        r"(?<![a-z0-9])[a-z]{2}\d\d(?: ?[a-z0-9]{4})?(?: ?\d{4}){2}"
        r"(?: ?(?=[a-z]{0,3}\d)[a-z0-9]{1,4}){0,6}(?![a-z0-9])",
    ),
    ("id", r"(?<![a-z0-9])[a-z]{2} ?\d\d ?\d\d ?\d\d ?[a-d](?![a-z0-9])"),
    ("passport", r"(?<![a-z0-9])(?-i:[A-Z]\d{8}|E[A-Z]\d{7})(?![a-z0-9])"),
    ("order", r"(?<![a-z0-9])[a-z]{2}\d{9}[a-z]{2}(?![a-z0-9])"),
    ("order", r"(?<![a-z0-9])[a-z]{1,6}-?\d{9,}(?![a-z0-9])"),
    (
        "address",
        r"(?<![a-z0-9])(?-i:[A-Z]{1,2}\d[A-Z\d]? \d(?!GB|TB|PM|AM)[ABD-HJLNP-UW-Z]{2})(?![a-z0-9])",
    ),
)

WEB: Rules = (
    ("web", rf"(?:https?:/{{0,2}}|ftp://|www\.){TAIL}"),
    ("web", rf"(?<![a-z0-9@.\-])(?:{_NAME}\.){{1,4}}{_TOP}/{TAIL}"),
)

# A vehicle: its province, a letter, then five or six signs with three digits at least.
PLATES: Rules = (
    (
        "plate",
        rf"[{_PROVINCE}]\s?[a-z][ ·•.\-]?(?=[a-z]{{0,2}}\d[a-z]{{0,2}}\d[a-z]{{0,2}}\d)"
        r"[a-z0-9]{4,6}[挂学警港澳]?(?![a-z0-9])",
    ),
)

MAIL: Rules = (
    ("email", rf"{_LOCAL}(?:\s\.\s[a-z0-9]{{1,30}})?\s?@\s?(?:{_NAME}\.){{1,5}}[a-z]{{2,24}}"),
    ("email", rf"{_LOCAL}\s?{_AT}\s?(?:{_NAME}{_DOT}){{1,5}}[a-z]{{2,24}}"),
    ("email", rf"{_LOCAL}\sat\s(?:{_NAME}(?:\sdot\s|\[dot\]|\(dot\))){{1,5}}[a-z]{{2,24}}"),
)

NETWORK: Rules = (
    (
        "ip",
        r"(?<![a-z0-9:])(?:(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}"
        r"|(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4})(?![a-z0-9:])",
    ),
)
