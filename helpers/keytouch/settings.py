"""`client.yaml`: who the client is, and how each file becomes canonical tables."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from keytouch.problems import DataError, nearest
from keytouch.refusals import explain, read_yaml, refuse
from keytouch.schema import CONTACT_MODES, MEDIA, METRICS, MOMENTS, SIDES, TABLES

Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]{0,63}$")]
Scalar = str | int | float | bool


def _key_text(key: Any) -> Any:
    """YAML's own words as the text that a cell would hold."""
    if key is None:
        return ""
    return str(key).lower() if isinstance(key, bool) else key


Key = Annotated[str, BeforeValidator(_key_text)]
Status = Literal["blank", "not_used", "dont_know"]
Metric = Literal[*METRICS]
Scale = tuple[float, float]
DEFAULT_SCALES: dict[str, Scale] = {
    "csat": (1, 5),
    "nps": (0, 10),
    "ces": (1, 7),
    "agreement": (1, 5),
    "affect": (-2, 2),
    "kano_functional": (1, 5),
    "kano_dysfunctional": (1, 5),
    **dict.fromkeys(
        ("expectation", "perception", "belief", "standard", "delivered", "promise"), (1, 7)
    ),
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
    material_slope: float = Field(
        0.2, gt=0, description="smallest effect worth acting on, overall points per point"
    )
    late_minutes: float = Field(0, ge=0, description="grace after a promise")
    gap_minutes: float = Field(0, ge=0, description="a longer pause starts a new journey; 0: never")
    max_rejected_share: float = Field(0.2, ge=0, le=1, description="more rejected rows: an error")


class Engine(Part):
    """Where the client's tables are kept and asked.

    duckdb  a file on this machine; what exceeds `memory_limit` ("2GB"; else a quarter of the
            memory that is free) goes to disk
    spark   a session of `master`: "local[2]" on this machine, "spark://host:7077" on a cluster
            that sees the work folder
    """

    kind: Literal["duckdb", "spark"] = "duckdb"
    memory_limit: str = Field("", pattern=r"^(\d+(\.\d+)? ?[MG]i?B)?$")
    master: str = Field("local[*]", pattern=r"^(local(\[(\d+|\*)\])?|spark://[\w.\-]+:\d+)$")


class Event(Part):
    """One interaction that a wide row holds: it exists where `when` holds and `n` isn't 0; with
    neither, where `ts` is filled."""

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
            refuse(("setting_event", {}))
        return self


class Item(Part):
    """One question of a wide survey row. Without a touchpoint it is about the whole.

    `item` names the question where a touchpoint has several (Kano, SERVQUAL), `dimension` its
    SERVQUAL dimension, `company` the competitor that it is about (blank: the client itself),
    `wave` the round of a survey that is repeated.
    """

    score: str
    touchpoint: str = ""
    item: str = ""
    dimension: str = ""
    company: str = ""
    wave: str = ""
    metric: Metric = "csat"
    scale: Scale | None = None
    codes: dict[Key, Status] | None = None
    comment: str = ""


class Mapping(Part):
    """How one source fills one canonical table.

    columns   canonical column: the source's column; `_row` is the row's number
    constants canonical column: a value for every row, or for blank cells where mapped too
    values    canonical column: {value in the file: canonical value}; "" stands for blank
    codes     {code in a score column: blank | not_used | dont_know}; an item's own replace them
    dates     strptime formats, or ymd, dmy, mdy, excel; one, several, or by column; found if
              not given, and asked for where day and month can't be told apart
    scale     the scale of `score` in this mapping; default: the client's scale of the metric
    events    several timestamps of one row to several interactions
    items     several questions of one row to several feedback rows
    distinct  the key repeats by design (customers listed once an order): keep the first
    """

    table: Literal[*TABLES]
    columns: dict[str, str] = {}
    constants: dict[str, Scalar] = {}
    values: dict[str, dict[Key, Scalar | None]] = {}
    codes: dict[Key, Status] = {}
    dates: str | list[str] | dict[str, str | list[str]] = []
    scale: Scale | None = None
    events: list[Event] = []
    items: list[Item] = []
    distinct: bool = False

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        table = TABLES[self.table]
        faults: list[tuple[Any, ...]] = []
        for part in ("columns", "constants", "values"):
            for name in getattr(self, part):
                if name not in table.names:
                    near = nearest(name, table.names) or ", ".join(table.names)
                    values = {"table": self.table, "found": name, "near": near}
                    faults.append(("setting_column", values, part, name))
        if self.events and self.table != "interactions":
            faults.append(("setting_wrong_table", {"table": "interactions"}, "events"))
        if self.items and self.table != "feedback":
            faults.append(("setting_wrong_table", {"table": "feedback"}, "items"))
        if faults:
            refuse(*faults)
        return self


class Source(Part):
    """A file of the client's, or a query over the other sources' raw tables by their names.

    With `database` (a PostgreSQL connection string; `${NAME}` stands for an environment variable)
    the query runs there, when `keytouch fetch` is called, and its result becomes the file.
    """

    name: Slug
    file: str = ""
    sql: str = ""
    database: str = ""
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
        if self.database and not (self.file.endswith(".csv") and self.sql):
            refuse(("setting_database", {}))
        if not self.database and bool(self.file) == bool(self.sql):
            refuse(("setting_file_or_sql", {}))
        return self


class Settings(Part):
    """All of `client.yaml`.

    Files lie in the client's folder, or in `data_folder` (relative to it; `${NAME}` and
    `${NAME:-otherwise}` stand for an environment variable), and nowhere else. `blueprint` is the
    file of the planned journey; without it, `blueprint.yaml` in the client's folder.
    """

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
    engine: Engine = Engine()
    stages: list[Named] = []
    touchpoints: list[Touchpoint] = []
    channels: list[Named] = []
    segments: list[Named] = []
    outcomes: list[Named] = []
    owners: list[Named] = []
    companies: list[Named] = []
    items: list[Named] = []
    data_folder: str = ""
    blueprint: str = ""
    sources: list[Source] = []

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            near = nearest(zone, available_timezones()) or "Asia/Shanghai"
            refuse(("setting_timezone", {"found": zone, "near": near}))
        return zone

    @model_validator(mode="after")
    def _ids_agree(self) -> Self:
        faults = []
        for part in ("stages", "touchpoints", "channels", "segments", "outcomes", "sources"):
            entries = getattr(self, part)
            ids = [entry.name if part == "sources" else entry.id for entry in entries]
            for twice in sorted({one for one in ids if ids.count(one) > 1}):
                faults.append(("setting_twice", {"found": twice}, part))
        faults += self._loose_references()
        if faults:
            refuse(*faults)
        return self

    def _loose_references(self) -> list[tuple[Any, ...]]:
        """Stages and supported touchpoints that a touchpoint names and nobody lists."""
        known = {
            "stage": [stage.id for stage in self.stages],
            "supports": [touchpoint.id for touchpoint in self.touchpoints],
        }
        faults = []
        for place, touchpoint in enumerate(self.touchpoints):
            for part, ids in known.items():
                value = getattr(touchpoint, part)
                if value and value not in ids:
                    near = nearest(value, ids) or ", ".join(ids) or "—"
                    values = {"id": touchpoint.id, "found": value, "near": near}
                    faults.append((f"setting_no_{part}", values, "touchpoints", place, part))
        return faults

    @property
    def queries(self) -> list[Source]:
        """The sources that are queries over the others."""
        return [source for source in self.sources if source.sql and not source.database]

    def scale(self, metric: str) -> Scale:
        """The client's scale of a metric, or the field's usual one."""
        return self.scales.get(metric, DEFAULT_SCALES[metric])  # type: ignore[call-overload]


def read_settings(folder: str | Path) -> Settings:
    """Read and check `client.yaml` in a client's folder.

    Raises DataError with every problem of the file: a missing file, a YAML fault with its
    line, an unknown key with the nearest valid one, a value of the wrong kind.
    """
    path = Path(folder) / "client.yaml"
    tree = read_yaml(path)
    try:
        return Settings.model_validate(tree.data)
    except ValidationError as error:
        raise DataError(explain(error.errors(), tree, _valid_keys)) from error


def _valid_keys(place: tuple[Any, ...]) -> list[str]:
    """The keys that the model at a place of client.yaml knows."""
    parts: dict[str, type[Part]] = {
        "period": Period,
        "thresholds": Thresholds,
        "engine": Engine,
        "stages": Named,
        "channels": Named,
        "segments": Named,
        "outcomes": Named,
        "owners": Named,
        "touchpoints": Touchpoint,
        "sources": Source,
        "tables": Mapping,
        "events": Event,
        "items": Item,
    }
    names = [step for step in place if isinstance(step, str)]
    return list(parts[names[-1]].model_fields if names else Settings.model_fields)
