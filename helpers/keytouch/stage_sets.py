"""Which stages a journey met, in a text as short as "|search|buy|": how far journeys get is then
a look at few different texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keytouch.engine import LazyTable, Missing, bits_together, cases, literal

EDGE = "|"
BITS = 62
NO_TOUCHPOINTS = Missing("touchpoints", ("stage_id",))


def knows_stages(touchpoints: LazyTable | Missing, stages: Sequence[str]) -> bool:
    """Whether there are stages, and an inventory that places touchpoints in them."""
    return (
        not isinstance(touchpoints, Missing) and "stage_id" in touchpoints.columns and bool(stages)
    )


def with_stage_bits(data: LazyTable, touchpoints: LazyTable, *, stages: Sequence[str]) -> LazyTable:
    """Add `stage_bits_0`, … (62 stages each): the bit of the stage of a row's touchpoint."""
    bits = {}
    for word, part in enumerate(_words(stages)):
        options = (
            (touchpoints.stage_id == stage, literal(1 << place, "int64"))
            for place, stage in enumerate(part)
        )
        bits[f"stage_bits_{word}"] = cases(*options, else_=literal(0, "int64"))
    places = touchpoints.select(placed_touchpoint=touchpoints.touchpoint_id, **bits)
    joined = data.left_join(places, data.touchpoint_id == places.placed_touchpoint)
    return joined.drop("placed_touchpoint")


def met_bits(data: LazyTable, *, stages: Sequence[str]) -> dict[str, Any]:
    """Aggregates of rows with stage bits: the bits of all stages that a group met."""
    return {
        f"stage_bits_{word}": bits_together(data, data[f"stage_bits_{word}"], size=len(part))
        for word, part in enumerate(_words(stages))
    }


def with_stage_set(table: LazyTable, *, stages: Sequence[str]) -> LazyTable:
    """Replace the stage bits by `stage_set`, the stages in order between bars; "|" for none."""
    text: Any = literal(EDGE)
    for word, part in enumerate(_words(stages)):
        bits = table[f"stage_bits_{word}"].fill_null(0)
        for place, stage in enumerate(part):
            there = (bits & literal(1 << place, "int64")) != 0
            text = text + cases((there, stage + EDGE), else_="")
    names = [f"stage_bits_{word}" for word in range(len(_words(stages)))]
    return table.mutate(stage_set=text).drop(*names)


def has_stage(table: LazyTable, stage: str) -> Any:
    """An expression: whether a stage set holds a stage."""
    return table.stage_set.contains(EDGE + stage + EDGE)


def _words(stages: Sequence[str]) -> list[Sequence[str]]:
    return [stages[at : at + BITS] for at in range(0, len(stages), BITS)]
