"""The journey map to look into: cards that show their numbers on hover, focus or tap, and filters.

It needs no script, so that the report's policy may go on forbidding all of them: filters are
radio buttons that the style sheet reads. Every text is escaped; nothing but numbers of our own
becomes a class or an id. On paper it is left out: the picture of the map is printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

GRADES = "ABCD"
STYLE = """
.kt-map{border:1px solid #dbe2e8;border-radius:8px;padding:1rem;margin:1rem 0 2rem;font-size:.9rem}
.kt-map fieldset{min-width:0;border:0;
padding:0;margin:0 0 .5rem;display:flex;flex-wrap:wrap;gap:.25rem .9rem}
.kt-map legend{float:left;font-weight:700;margin-right:.9rem}
.kt-map label{cursor:pointer}.kt-map label,.kt-map .card{overflow-wrap:anywhere;min-width:0}
.kt-map input:focus-visible+span{outline:3px solid #0072b2;outline-offset:2px}
.kt-map .grid{position:relative;display:flex;flex-wrap:wrap;gap:.5rem;counter-reset:shown;
margin-top:.75rem}
.kt-map .card{counter-increment:shown;flex:0 1 11rem;padding:.5rem .6rem;
border:1px solid #c9ced6;border-radius:8px;background:#f7f8fa;line-height:1.4}
.kt-map .card.key{border:2px solid #0072b2;background:#eaf3f9}.kt-map .card.back{background:#eceef1}
.kt-map .card.gD{border-style:dashed;
background:repeating-linear-gradient(45deg,#fff 0 6px,#eceef1 6px 8px)}
.kt-map .card b,.kt-map .card i{display:block}.kt-map .card i{font-style:normal;color:#55626f}
.kt-map .bar{display:block;position:relative;height:6px;
margin:.35rem 0;background:#dbe2e8;border-radius:3px}
.kt-map .bar i{position:absolute;top:0;height:6px;background:#0072b2;border-radius:3px;
min-width:4px}
.kt-map .pain{color:#a23f00;font-weight:700}
.kt-map .more{display:none;position:absolute;z-index:5;left:0;width:max-content;max-width:100%;
margin-top:.75rem;overflow-wrap:normal;padding:.6rem .8rem;background:#fff;
border:1px solid #55626f;border-radius:6px;box-shadow:0 4px 14px #0003}
.kt-map .card:hover .more,.kt-map .card:focus .more,.kt-map .card:focus-within .more{
display:block}
.kt-map .card:hover,.kt-map .card:focus{outline:3px solid #0072b2}
.kt-map .more caption{text-align:left;font-weight:700;padding:0 .4rem .25rem}
.kt-map .more table{min-width:0;font-size:.85rem}.kt-map .more td{min-width:0;padding:.15rem .4rem;
white-space:nowrap}
.kt-map .count::after{content:counter(shown)}
@media(max-width:48rem){.kt-map .card{flex:1 1 100%}.kt-map .more{position:static;width:auto;
overflow-x:auto}
.kt-map .more td{white-space:normal}}
@media print{.kt-map{display:none}}
"""


def map_html(payload: Mapping[str, Any], *, number: int = 1) -> str:
    """The cards as HTML of our own making; `number` keeps several maps on a page apart."""
    stages, words = payload["stages"], {k: escape(str(v)) for k, v in payload["words"].items()}
    name = f"kt-map-{int(number)}"
    filters = [
        _choice(name, "s", words["stage"], [words["all"], *(escape(str(s)) for s in stages)]),
        _choice(name, "p", words["pain"], [words["all"], words["with"]]),
        _choice(name, "g", words["grade"], [words["all"], *GRADES]),
    ]
    cards = "".join(
        _card(f"{name}-{place}", card, words, stages) for place, card in enumerate(payload["cards"])
    )
    rules = "".join(_rule(name, "s", k + 1, f"s{k}") for k in range(len(stages)))
    rules += _rule(name, "p", 1, "hurts")
    rules += "".join(_rule(name, "g", k + 1, f"g{grade}") for k, grade in enumerate(GRADES))
    return (
        f'<style>{STYLE}{rules}</style><section class="kt-map" id="{name}" '
        f'aria-label="{words["title"]}">{"".join(filters)}<div class="grid">{cards}</div>'
        f'<p class="count">{words["shown"]} </p></section>'
    )


def _rule(name: str, kind: str, place: int, keeps: str) -> str:
    """While a choice is made, cards that it does not keep are away."""
    return f"#{name}:has(#{name}-{kind}{place}:checked) .card:not(.{keeps}){{display:none}}"


def _choice(name: str, kind: str, legend: str, options: Sequence[str]) -> str:
    buttons = "".join(
        f'<label><input type="radio" name="{name}-{kind}" id="{name}-{kind}{place}"'
        f"{' checked' if place == 0 else ''}><span>{text}</span></label>"
        for place, text in enumerate(options)
    )
    return f"<fieldset><legend>{legend}</legend>{buttons}</fieldset>"


def _card(
    name: str, card: Mapping[str, Any], words: Mapping[str, str], stages: Sequence[str]
) -> str:
    grade = card["grade"] if card["grade"] in GRADES else "D"
    classes = ["card", f"s{int(card['stage'])}", f"g{grade}"]
    classes += ["hurts"] * bool(card["pains"]) + ["key"] * bool(card["key"])
    classes += ["back"] * (card["side"] == "back")
    star = "★ " if card["key"] else ""
    band = ""
    if card["band"]:
        lo, hi = (min(max(float(end), 0), 100) for end in card["band"])
        band = (
            f'<span class="bar"><i style="left:{lo:.1f}%;width:{max(hi - lo, 0):.1f}%"></i></span>'
        )
    pains = escape(" ".join(str(one) for one in card["pains"]))
    assumed = f"<i>{words['assumption']}</i>" if grade == "D" else ""
    return (
        f'<div class="{" ".join(classes)}" tabindex="0" role="group" aria-describedby="{name}">'
        f"<b>{star}{escape(str(card['name']))}</b><i>{escape(str(stages[int(card['stage'])]))}</i>"
        f"<i>{escape(str(card['facts']))}</i>{escape(str(card['score']))}{band}{assumed}"
        f'<span class="pain">{pains}</span>'
        f'<div class="more" id="{name}">{_table(card, words)}</div></div>'
    )


def _table(card: Mapping[str, Any], words: Mapping[str, str]) -> str:
    heads = "".join(f'<th scope="col">{words[key]}</th>' for key in
                    ("figure", "value", "n", "grade", "source"))  # fmt: skip
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(str(value))}</td>" for value in row) + "</tr>"
        for row in card["rows"]
    )
    name = escape(str(card["name"]))
    head = f"<caption>{name}</caption><thead><tr>{heads}</tr></thead>"
    return f"<table>{head}<tbody>{rows}</tbody></table>"
