"""`client.yaml`: who the client is, and how each file becomes canonical tables."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from keytouch.problems import DataError, Problem, nearest
from keytouch.schema import CONTACT_MODES, MEDIA, MOMENTS, SIDES, TABLES

Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]{0,63}$")]
Scalar = str | int | float | bool
Status = Literal["blank", "not_used", "dont_know"]
Metric = Literal["csat", "nps", "ces", "expectation", "agreement"]
Scale = tuple[float, float]
DEFAULT_SCALES: dict[str, Scale] = {
    "csat": (1, 5),
    "nps": (0, 10),
    "ces": (1, 7),
    "expectation": (1, 7),
    "agreement": (1, 5),
}


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Named(Part):
    """An id with the client's own name for it in both languages."""

    id: Slug
    name_zh: str = ""
    name_en: str = ""


class Touchpoint(Named):
    """One entry of the touchpoint inventory; `terms` are words that name it in comments."""

    stage: str = ""
    side: Literal[*SIDES] | None = None
    medium: Literal[*MEDIA] | None = None
    contact_mode: Literal[*CONTACT_MODES] | None = None
    moment: Literal[*MOMENTS] | None = None
    supports: str = ""
    owner: str = ""
    terms: list[str] = []


class Period(Part):
    """First and last day that count, both included."""

    start: date | None = None
    end: date | None = None


class Thresholds(Part):
    """Numbers a consultant may set; every one is shown in the report's appendix."""

    min_n: int = Field(30, ge=1, description="smallest group that is judged")
    small_cell: int = Field(10, ge=1, description="smallest group that is shown at all")
    top_box_share: float = Field(0.75, gt=0, le=1, description="share of the scale from which on")
    late_minutes: float = Field(0, ge=0, description="grace after a promise")
    gap_minutes: float = Field(0, ge=0, description="a longer pause starts a new journey; 0: never")
    max_rejected_share: float = Field(0.2, ge=0, le=1, description="more rejected rows: an error")


class Event(Part):
    """One interaction that a wide row holds: it exists where its `ts` (or `when`) is filled."""

    touchpoint: str
    ts: str = ""
    promised_ts: str = ""
    when: dict[str, Scalar | list[Scalar]] = {}
    seq: int | None = None
    wait_minutes: str = ""
    duration_minutes: str = ""
    success: str = ""
    n: str = ""
    channel: str = ""

    @model_validator(mode="after")
    def _exists_somehow(self) -> Self:
        if not (self.ts or self.when or self.n):
            raise ValueError("an event needs ts, when or n: the column that says it happened")
        return self


class Item(Part):
    """One question of a wide survey row. Without a touchpoint it is about the whole."""

    score: str
    touchpoint: str = ""
    metric: Metric = "csat"
    scale: Scale | None = None
    codes: dict[str, Status] | None = None
    comment: str = ""


class Mapping(Part):
    """How one source fills one canonical table.

    columns   canonical column: the source's column
    constants canonical column: a value for every row
    values    canonical column: {value in the file: canonical value}
    codes     {code in a score column: blank | not_used | dont_know}
    dates     one strptime format, several, or one by canonical column; found if not given
    scale     the scale of `score` in this mapping; default: the client's scale of the metric
    events    several timestamps of one row to several interactions
    items     several questions of one row to several feedback rows
    distinct  the key repeats by design (customers listed once an order): keep the first
    """

    table: Literal[*TABLES]
    columns: dict[str, str] = {}
    constants: dict[str, Scalar] = {}
    values: dict[str, dict[str, Scalar]] = {}
    codes: dict[str, Status] = {}
    dates: str | list[str] | dict[str, str | list[str]] = []
    scale: Scale | None = None
    events: list[Event] = []
    items: list[Item] = []
    distinct: bool = False

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        names = TABLES[self.table].names
        for part in ("columns", "constants", "values"):
            for name in getattr(self, part):
                if name not in names:
                    near = nearest(name, names)
                    hint = f"; did you mean {near!r}?" if near else f"; one of {', '.join(names)}"
                    raise ValueError(f"{part}: {self.table} has no column {name!r}{hint}")
        if self.events and self.table != "interactions":
            raise ValueError("events belong to the table interactions")
        if self.items and self.table != "feedback":
            raise ValueError("items belong to the table feedback")
        return self


class Source(Part):
    """A file of the client's, or a query over the other sources' raw tables by their names."""

    name: Slug
    file: str = ""
    sql: str = ""
    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    decimal: Literal[".", ","] = "."
    tables: list[Mapping] = []

    @model_validator(mode="before")
    @classmethod
    def _default_name(cls, data: Any) -> Any:
        if isinstance(data, dict) and "name" not in data and data.get("file"):
            data = {**data, "name": Path(str(data["file"])).name.split(".")[0]}
        return data

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if bool(self.file) == bool(self.sql):
            raise ValueError("a source has either file or sql")
        return self


class Settings(Part):
    """All of `client.yaml`."""

    id: Slug
    name_zh: str
    name_en: str
    industry: str = ""
    language: Literal["zh", "en"] = "zh"
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"
    synthetic: bool = False
    period: Period = Period()
    scales: dict[Metric, Scale] = {}
    thresholds: Thresholds = Thresholds()
    stages: list[Named] = []
    touchpoints: list[Touchpoint] = []
    channels: list[Named] = []
    segments: list[Named] = []
    outcomes: list[Named] = []
    data_folder: str = ""
    sources: list[Source] = []

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"unknown time zone {zone!r}, e.g. Asia/Shanghai") from error
        return zone

    @model_validator(mode="after")
    def _ids_agree(self) -> Self:
        for part in ("stages", "touchpoints", "channels", "segments", "outcomes"):
            ids = [entry.id for entry in getattr(self, part)]
            twice = sorted({i for i in ids if ids.count(i) > 1})
            if twice:
                raise ValueError(f"{part}: {', '.join(twice)} stands twice")
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"sources: the name {', '.join(twice)} stands twice")
        self._references_exist()
        return self

    def _references_exist(self) -> None:
        stages = [stage.id for stage in self.stages]
        touchpoints = [touchpoint.id for touchpoint in self.touchpoints]
        for touchpoint in self.touchpoints:
            for value, valid, what in (
                (touchpoint.stage, stages, "stage"),
                (touchpoint.supports, touchpoints, "supports"),
            ):
                if value and value not in valid:
                    near = nearest(value, valid)
                    hint = f"; did you mean {near!r}?" if near else ""
                    raise ValueError(f"touchpoint {touchpoint.id}: {what} {value!r} unknown{hint}")

    def scale(self, metric: str) -> Scale:
        """The client's scale of a metric, or the field's usual one."""
        return self.scales.get(metric, DEFAULT_SCALES[metric])  # type: ignore[call-overload]


def read_settings(folder: str | Path) -> Settings:
    """Read and check `client.yaml` in a client's folder.

    Raises DataError with every problem of the file: a missing file, a YAML fault with its
    line, an unknown key with the nearest valid one, a value of the wrong kind.
    """
    path = Path(folder) / "client.yaml"
    if not path.is_file():
        raise DataError(Problem("problem_no_client_yaml", file=str(path)))
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(
            Problem("problem_bad_yaml", file=path.name, values={"detail": str(error)})
        ) from error
    if not isinstance(data, dict):
        raise DataError(Problem("problem_bad_yaml", file=path.name, values={"detail": "empty"}))
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise DataError(
            [_settings_problem(path.name, detail) for detail in error.errors()]
        ) from error


def _settings_problem(file: str, detail: Any) -> Problem:
    """One pydantic error as a Problem; unknown keys get the nearest valid name."""
    place = ".".join(str(step) for step in detail["loc"])
    if detail["type"] == "extra_forbidden":
        key = str(detail["loc"][-1])
        valid = _valid_keys(detail["loc"][:-1])
        values = {"key": key, "near": nearest(key, valid) or ", ".join(valid)}
        return Problem("problem_unknown_key", file=file, column=place, values=values)
    if detail["type"] == "missing":
        return Problem("problem_missing_key", file=file, column=place)
    values = {"detail": detail["msg"].removeprefix("Value error, "), "found": detail["input"]}
    return Problem("problem_bad_value", file=file, column=place, values=values)


def _valid_keys(place: tuple[Any, ...]) -> list[str]:
    """The keys that the model at a place of client.yaml knows."""
    parts: dict[str, type[Part]] = {
        "period": Period,
        "thresholds": Thresholds,
        "stages": Named,
        "channels": Named,
        "segments": Named,
        "outcomes": Named,
        "touchpoints": Touchpoint,
        "sources": Source,
        "tables": Mapping,
        "events": Event,
        "items": Item,
    }
    names = [step for step in place if isinstance(step, str)]
    return list(parts[names[-1]].model_fields if names else Settings.model_fields)
