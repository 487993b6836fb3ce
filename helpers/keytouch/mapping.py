"""One mapping of one source: what each raw row gives, checked against the source's columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from keytouch.problems import Problem, nearest
from keytouch.raw import ROW, RawTable
from keytouch.schema import TABLES, Column
from keytouch.settings import Event, Item, Mapping, Settings, Source


@dataclass(frozen=True)
class Cell:
    """Where a canonical column comes from: a column of the source, or a constant."""

    column: Column
    source: str = ""
    constant: str | None = None

    @property
    def sure(self) -> bool:
        """Whether it can't be at fault: free text or a free id, or a constant checked before."""
        free = self.column.kind in ("id", "text") and not self.column.allowed
        return not self.source or (free and not self.column.required)


@dataclass(frozen=True)
class Branch:
    """One candidate that every raw row gives: the row itself, an event or an item."""

    item: int
    cells: dict[str, Cell]
    event: Event | None = None
    question: Item | None = None

    @property
    def faulty(self) -> list[str]:
        """The canonical columns whose cells can be at fault."""
        return [name for name, cell in self.cells.items() if name == "score" or not cell.sure]


@dataclass
class Plan:
    """A mapping, checked against its source: its branches and the SQL of all candidates."""

    source: Source
    mapping: Mapping
    raw: RawTable
    prefix: str
    branches: list[Branch]
    problems: list[Problem] = field(default_factory=list)
    broken: bool = False
    grid_sql: str = ""
    sql: str = ""

    @property
    def columns(self) -> list[str]:
        """The canonical columns that the candidates fill, in the schema's order."""
        table = TABLES[self.mapping.table]
        filled = {name for branch in self.branches for name in branch.cells}
        if table.generated:
            filled.add(table.key)
        if table.name == "feedback":
            filled.add("status")
            if "score" in filled:
                filled |= {"metric", "scale_lo", "scale_hi"}
        if self.mapping.events:
            filled.add("seq")
        return [name for name in table.names if name in filled]

    def source_column(self, item: int, column: str) -> str:
        """The file's column behind a canonical column of one branch."""
        branch = self.branches[item - 1 if item else 0]
        cell = branch.cells.get(column)
        return cell.source if cell and cell.source else ""


def plan_mapping(
    settings: Settings, source: Source, mapping: Mapping, raw: RawTable, prefix: str
) -> Plan:
    """Check a mapping against its source's columns and list what each row gives."""
    plan = Plan(source, mapping, raw, prefix, [])
    plan.problems = _column_problems(mapping, raw)
    if not plan.problems:
        plan.branches = _branches(mapping)
        plan.problems = _unmapped(plan) + _scale_problems(plan, settings)
    return plan


# Checks


def _references(mapping: Mapping) -> list[str]:
    """Every column of the source that a mapping names, once."""
    names = list(mapping.columns.values())
    for item in mapping.items:
        names += [item.score, item.comment]
    for event in mapping.events:
        names += [event.ts, event.promised_ts, event.wait_minutes, event.duration_minutes]
        names += [event.success, event.n, event.channel, *event.when]
    return [name for name in dict.fromkeys(names) if name]


def _column_problems(mapping: Mapping, raw: RawTable) -> list[Problem]:
    problems = []
    for name in _references(mapping):
        if name in raw.repeated:
            problems.append(Problem("problem_column_twice", file=raw.file, column=name))
        elif name != ROW and name not in raw.columns:
            near = nearest(name, raw.columns)
            key = "problem_no_column_near" if near else "problem_no_column"
            values = {"near": near, "names": ", ".join(list(raw.columns)[:30])}
            problems.append(Problem(key, file=raw.file, column=name, values=values))
    return problems


def _unmapped(plan: Plan) -> list[Problem]:
    """Required columns that nothing fills (generated ones aside)."""
    table = TABLES[plan.mapping.table]
    return [
        Problem(
            "problem_unmapped",
            file=plan.raw.file,
            values={"table": table.name, "column": column.name},
        )
        for column in table.columns
        if column.required
        and not (table.generated and column.name == table.key)
        and column.name != "status"
        and not all(column.name in branch.cells for branch in plan.branches)
    ]


def _scale_problems(plan: Plan, settings: Settings) -> list[Problem]:
    """NPS is defined on 0 to 10 only; a scale must go upwards."""
    problems = []
    for branch in plan.branches:
        if "score" not in branch.cells or "scale_lo" in branch.cells:
            continue
        metric, scale = fixed_metric(branch), fixed_scale(plan.mapping, branch)
        lo, hi = scale or settings.scale(metric or "csat")
        values = {"lo": f"{lo:g}", "hi": f"{hi:g}"}
        column = branch.cells["score"].source
        if lo >= hi:
            problems.append(
                Problem("problem_scale_order", "error", plan.raw.file, column, values=values)
            )
        elif metric == "nps" and (lo, hi) != (0, 10):
            problems.append(
                Problem("problem_nps_scale", "error", plan.raw.file, column, values=values)
            )
    return problems


def constant_text(value: Any) -> str:
    """A value of client.yaml as the text that a cell would hold."""
    return str(value).lower() if isinstance(value, bool) else str(value)


# Branches


def _branches(mapping: Mapping) -> list[Branch]:
    table = TABLES[mapping.table]
    shared = {
        name: Cell(table.column(name), constant=constant_text(value))
        for name, value in mapping.constants.items()
    }
    for name, source in mapping.columns.items():
        constant = shared[name].constant if name in shared else None
        shared[name] = Cell(table.column(name), source, constant)
    if mapping.events:
        return [
            _event_branch(mapping, shared, at, event) for at, event in enumerate(mapping.events, 1)
        ]
    if mapping.items:
        return [_item_branch(mapping, shared, at, item) for at, item in enumerate(mapping.items, 1)]
    return [Branch(0, shared)]


def _event_branch(mapping: Mapping, shared: dict[str, Cell], at: int, event: Event) -> Branch:
    table = TABLES[mapping.table]
    own = {
        name: Cell(table.column(name), getattr(event, name))
        for name in (
            "ts",
            "promised_ts",
            "wait_minutes",
            "duration_minutes",
            "success",
            "n",
            "channel",
        )
        if getattr(event, name)
    }
    own["touchpoint_id"] = Cell(table.column("touchpoint_id"), constant=event.touchpoint)
    own["seq"] = Cell(table.column("seq"), constant=str(event.seq if event.seq is not None else at))
    return Branch(at, {**shared, **own}, event=event)


def _item_branch(mapping: Mapping, shared: dict[str, Cell], at: int, item: Item) -> Branch:
    table = TABLES[mapping.table]
    own = {"score": Cell(table.column("score"), item.score)}
    own["metric"] = Cell(table.column("metric"), constant=item.metric)
    fixed = {"touchpoint_id": item.touchpoint} | {
        name: getattr(item, name) for name in ("item", "dimension", "company", "wave")
    }
    own |= {name: Cell(table.column(name), constant=text) for name, text in fixed.items() if text}
    if item.comment:
        own["comment"] = Cell(table.column("comment"), item.comment)
    return Branch(at, {**shared, **own}, question=item)


def fixed_metric(branch: Branch) -> str:
    """The branch's metric where it is the same for every row, else ""."""
    cell = branch.cells.get("metric")
    if cell is None:
        return "csat"
    return "" if cell.source else cell.constant or "csat"


def fixed_scale(mapping: Mapping, branch: Branch) -> tuple[float, float] | None:
    """The scale that client.yaml sets for a branch, if it does."""
    return (branch.question.scale if branch.question else None) or mapping.scale
