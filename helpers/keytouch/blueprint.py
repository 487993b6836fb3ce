"""`blueprint.yaml`: the journey as it was planned, to hold the actual one against.

Stages stand in order, in each the planned steps: a touchpoint, what may stand in for it, what
was promised, and on which side of the blueprint's lines it lies. The inventory stays the place
for names, sides and media.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pandas as pd
import yaml
from pydantic import Field, ValidationError, ValidationInfo, model_validator

from keytouch.engine import Missing, Store, collect
from keytouch.plan_layout import SEPARATOR
from keytouch.problems import DataError, Problem, nearest
from keytouch.readers import find_file
from keytouch.refusals import explain, read_yaml, refuse
from keytouch.settings import Part, Settings, Source

FILE = "blueprint.yaml"
Id = Annotated[str, Field(pattern=r"^[^\r\n]{1,200}$")]
# Between them run the lines of interaction, of visibility and of internal interaction.
LAYERS = ("customer", "front", "back", "support")


class PlanStep(Part):
    """One planned step.

    optional        not every customer needs it: leaving it out is no deviation
    repeat          doing it more than once is no deviation
    alternatives    touchpoints any of which does instead
    within_minutes  promised time from the planned step before it that took place
    wait_minutes    promised wait at the step
    layer           customer | front | back | support; else the inventory's side
    evidence_zh     the physical evidence that the customer sees (evidence_en likewise)
    """

    touchpoint: Id
    alternatives: list[Id] = []
    optional: bool = False
    repeat: bool = False
    within_minutes: float | None = Field(None, gt=0)
    wait_minutes: float | None = Field(None, gt=0)
    layer: Literal[*LAYERS] | None = None
    evidence_zh: str = ""
    evidence_en: str = ""

    @property
    def accepts(self) -> list[str]:
        """The touchpoints that do as this step."""
        return [self.touchpoint, *(one for one in self.alternatives if one != self.touchpoint)]


class PlanStage(Part):
    """One stage: its steps in order, or in any order."""

    id: Id
    any_order: bool = False
    steps: list[PlanStep] = Field(min_length=1)


class Blueprint(Part):
    """All of `blueprint.yaml`; `draft` marks one that was proposed and not yet agreed."""

    draft: bool = False
    stages: list[PlanStage] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits_the_client(self, info: ValidationInfo) -> Self:
        context = info.context or {}
        faults = [
            *_unknown_stages(self.stages, context.get("stages", ())),
            *_unknown_touchpoints(self.stages, context.get("touchpoints", ())),
            *_unclear(self.stages),
        ]
        if faults:
            refuse(*faults)
        return self

    def steps(self) -> Iterable[tuple[int, int, PlanStage, PlanStep]]:
        """Every step in order, with the numbers of its stage and of itself in it, from 0."""
        for at, stage in enumerate(self.stages):
            for number, step in enumerate(stage.steps):
                yield at, number, stage, step


Fault = tuple[Any, ...]


def _unknown_stages(stages: list[PlanStage], known: Iterable[str]) -> Iterable[Fault]:
    """Stages that client.yaml doesn't list, that stand twice, or out of its order."""
    known, seen = list(known), []
    for at, stage in enumerate(stages):
        place = ("stages", at, "id")
        if stage.id in seen:
            yield ("setting_twice", {"found": stage.id}, *place)
        elif known and stage.id not in known:
            near = nearest(stage.id, known) or ", ".join(known)
            yield ("setting_plan_stage", {"found": stage.id, "near": near}, *place)
        elif known and any(known.index(other) > known.index(stage.id) for other in seen):
            yield ("setting_plan_order", {"found": stage.id, "near": ", ".join(known)}, *place)
        seen += [stage.id] if not known or stage.id in known else []


def _unknown_touchpoints(stages: list[PlanStage], known: Iterable[str]) -> Iterable[Fault]:
    known = list(known)
    for at, stage in enumerate(stages):
        for number, step in enumerate(stage.steps):
            place = ("stages", at, "steps", number)
            named = [(step.touchpoint, (*place, "touchpoint"))]
            named += [
                (one, (*place, "alternatives", nth)) for nth, one in enumerate(step.alternatives)
            ]
            for name, where in named:
                if known and name not in known:
                    near = nearest(name, known) or ", ".join(known[:20])
                    yield ("setting_plan_touchpoint", {"found": name, "near": near}, *where)


def _unclear(stages: list[PlanStage]) -> Iterable[Fault]:
    """Steps that share some touchpoints but not all, or stand twice where any order will do."""
    groups: dict[str, frozenset[str]] = {}
    for at, stage in enumerate(stages):
        inside: set[frozenset[str]] = set()
        for number, step in enumerate(stage.steps):
            place, group = ("stages", at, "steps", number), frozenset(step.accepts)
            if stage.any_order and group in inside:
                yield ("setting_plan_twice", {"found": step.touchpoint}, *place)
            inside.add(group)
            for name in step.accepts:
                if groups.setdefault(name, group) != group:
                    yield ("setting_plan_overlap", {"found": name}, *place)
                    break


def read_blueprint(
    folder: str | Path, settings: Settings, *, touchpoints: Iterable[str] = ()
) -> Blueprint | None:
    """Read and check a client's blueprint; None where it has none.

    The file is the one that `blueprint:` of client.yaml names, else `blueprint.yaml` in the
    client's folder. `touchpoints` are the ids that may stand in it, with those of client.yaml.
    Raises DataError with every problem of the file, each with its place and line.
    """
    path = blueprint_path(folder, settings)
    if path is None:
        return None
    tree = read_yaml(path)
    context = {
        "touchpoints": [*dict.fromkeys([*(one.id for one in settings.touchpoints), *touchpoints])],
        "stages": [stage.id for stage in settings.stages],
    }
    try:
        return Blueprint.model_validate(tree.data, context=context)
    except ValidationError as error:
        raise DataError(explain(error.errors(), tree, _valid_keys)) from error


def blueprint_path(folder: str | Path, settings: Settings) -> Path | None:
    """Where a client's blueprint lies; None where it has none. It never leaves the folder."""
    folder = Path(folder)
    if settings.blueprint:
        return find_file(folder, None, Source(name="blueprint", file=settings.blueprint))
    path = folder / FILE
    if not path.is_file():
        return None
    if not path.resolve().is_relative_to(folder.resolve()):
        raise DataError(Problem("problem_path_outside", file=FILE))
    return path


def with_blueprint(fingerprint: str, folder: str | Path, settings: Settings) -> str:
    """The fingerprint of a client's data and of its blueprint, where it has one."""
    path = blueprint_path(folder, settings)
    if path is None:
        return fingerprint
    return hashlib.sha256(fingerprint.encode() + path.read_bytes()).hexdigest()[:16]


def plan_of(
    folder: str | Path, settings: Settings, store: Store
) -> tuple[pd.DataFrame | Missing, list[Problem]]:
    """A client's planned steps (Missing where it has no blueprint), and what is wrong with it.

    Where the client has no inventory, the touchpoints of its interactions may stand in it.
    """
    inventory = store.table("touchpoints")
    listed = inventory if not isinstance(inventory, Missing) else store.table("interactions")
    known, sides = [], {}
    if not isinstance(listed, Missing):
        names = [name for name in ("touchpoint_id", "stage_side") if name in listed.columns]
        frame = collect(listed.select(*names).distinct().order_by("touchpoint_id"))
        known = frame.touchpoint_id.dropna().tolist()
        if "stage_side" in frame:
            sides = dict(frame.dropna()[names].itertuples(index=False))
    try:
        found = read_blueprint(folder, settings, touchpoints=known)
    except DataError as error:
        return Missing("blueprint"), error.problems
    return (Missing("blueprint") if found is None else planned_steps(found, sides=sides)), []


def _valid_keys(place: tuple[Any, ...]) -> list[str]:
    parts: dict[str, type[Part]] = {"stages": PlanStage, "steps": PlanStep}
    names = [step for step in place if isinstance(step, str)]
    return list(parts[names[-1]].model_fields if names else Blueprint.model_fields)


def planned_steps(blueprint: Blueprint, *, sides: Mapping[str, str] | None = None) -> pd.DataFrame:
    """A blueprint as a table, one row per planned step in order.

    `sides` are the inventory's (touchpoint: front or back), for steps that name no layer.
    Columns out: `place` (from 0), `stage_id`, `touchpoint_id`, `accepts` (the touchpoints that
    do, one a line), `optional`, `repeat`, `any_order`, `within_minutes`, `wait_minutes`
    (blank: nothing promised), `layer` (customer, front, back, support; blank where nobody says),
    `evidence_zh`, `evidence_en`, `draft`.
    """
    known = sides or {}
    rows = [
        {
            "place": place,
            "stage_id": stage.id,
            "touchpoint_id": step.touchpoint,
            "accepts": SEPARATOR.join(step.accepts),
            "optional": step.optional,
            "repeat": step.repeat,
            "any_order": stage.any_order,
            "within_minutes": step.within_minutes,
            "wait_minutes": step.wait_minutes,
            "layer": step.layer or known.get(step.touchpoint),
            "evidence_zh": step.evidence_zh,
            "evidence_en": step.evidence_en,
            "draft": blueprint.draft,
        }
        for place, (_, _, stage, step) in enumerate(blueprint.steps())
    ]
    numbers = {"within_minutes": float, "wait_minutes": float}
    return pd.DataFrame(rows).astype(numbers)


def blueprint_text(plan: pd.DataFrame, *, head: Iterable[str] = ()) -> str:
    """A table of planned steps as the text of a blueprint.yaml, with comment lines on top."""
    lines = [f"# {line}" for line in head]
    if plan.draft.any():
        lines.append("draft: true")
    lines.append("stages:")
    for stage, steps in plan.groupby("stage_id", sort=False):
        lines.append(f"  - id: {_scalar(stage)}")
        if steps.any_order.any():
            lines.append("    any_order: true")
        lines.append("    steps:")
        lines += [f"      - {_flow(_entry(step))}" for step in steps.to_dict("records")]
    return "\n".join(lines) + "\n"


def _entry(step: dict[str, Any]) -> dict[str, Any]:
    """A step's keys as the file has them: only what differs from the default."""
    others = str(step["accepts"]).split(SEPARATOR)[1:]
    entry: dict[str, Any] = {"touchpoint": step["touchpoint_id"]}
    if others:
        entry["alternatives"] = others
    entry |= {name: True for name in ("optional", "repeat") if step[name]}
    for name in ("within_minutes", "wait_minutes"):
        if step[name] == step[name] and step[name] is not None:
            entry[name] = int(step[name]) if float(step[name]).is_integer() else float(step[name])
    return entry | {name: step[name] for name in ("evidence_zh", "evidence_en") if step[name]}


def _flow(entry: dict[str, Any]) -> str:
    return yaml.safe_dump(
        entry, sort_keys=False, allow_unicode=True, default_flow_style=True, width=10**6
    ).strip()


def _scalar(text: Any) -> str:
    return yaml.safe_dump(str(text), allow_unicode=True).removesuffix("...\n").strip()
