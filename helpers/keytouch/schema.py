"""The canonical tables: what one row is, which columns it may have, in which unit and range.

Every client's files become these tables. A column that is not `required` is really
optional: a table holds just the columns that the client's data fill.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "number", "integer", "timestamp", "boolean"]


@dataclass(frozen=True)
class Column:
    """One column: its kind, and what a value may be."""

    name: str
    kind: Kind
    required: bool = False
    allowed: tuple[str, ...] = ()
    lo: float | None = None
    hi: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """One canonical table. `key` is unique where it is mapped; `generated` keys are made."""

    name: str
    key: str
    columns: tuple[Column, ...]
    generated: bool = False

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]


SIDES = ("front", "back")
MEDIA = ("digital", "physical")
CONTACT_MODES = ("direct", "indirect")
MOMENTS = ("first_contact", "purchase_decision", "after_sales", "complaint")
# SERVQUAL asks for expectation and perception; belief, standard, delivered and promise are the
# provider's side of its gaps 1 to 4; affect is a feeling rated during or after the journey.
METRICS = (
    "csat", "nps", "ces", "agreement", "affect", "kano_functional", "kano_dysfunctional",
    "expectation", "perception", "belief", "standard", "delivered", "promise",
)  # fmt: skip
STATUSES = ("answered", "blank", "not_used", "dont_know")
POLARITIES = ("negative", "neutral", "positive")
INCIDENT_GROUPS = ("recovery", "request", "unprompted")
ACTION_STATES = ("planned", "running", "done", "dropped")

_weight = Column("weight", "number", lo=0, unit="survey weight")
_n = Column("n", "integer", lo=1, unit="how many identical rows this row stands for")

CUSTOMERS = Table(
    "customers",
    "customer_id",
    (
        Column("customer_id", "id", required=True),
        Column("segment", "id"),
        Column("region", "text"),
        Column("joined", "timestamp"),
        Column("consent", "boolean"),
        Column("churned", "boolean"),
        Column("value", "number", unit="currency"),
        Column("language", "id", allowed=("zh", "en")),
        _weight,
    ),
)
TOUCHPOINTS = Table(
    "touchpoints",
    "touchpoint_id",
    (
        Column("touchpoint_id", "id", required=True),
        Column("name_zh", "text"),
        Column("name_en", "text"),
        Column("stage_id", "id"),
        Column("stage_side", "id", allowed=SIDES),
        Column("medium", "id", allowed=MEDIA),
        Column("contact_mode", "id", allowed=CONTACT_MODES),
        Column("moment", "id", allowed=MOMENTS),
        Column("supports", "id"),
        Column("owner", "text"),
    ),
)
JOURNEYS = Table(
    "journeys",
    "journey_id",
    (
        Column("journey_id", "id", required=True),
        Column("customer_id", "id"),
        Column("started_at", "timestamp"),
        Column("ended_at", "timestamp"),
        Column("channel", "id"),
        Column("segment", "id"),
        Column("outcome", "id"),
        Column("converted", "boolean"),
        Column("value", "number", unit="currency"),
        _weight,
        _n,
    ),
)
INTERACTIONS = Table(
    "interactions",
    "interaction_id",
    (
        Column("interaction_id", "id", required=True),
        Column("journey_id", "id"),
        Column("customer_id", "id"),
        Column("touchpoint_id", "id", required=True),
        Column("channel", "id"),
        Column("ts", "timestamp"),
        Column("seq", "integer"),
        Column("promised_ts", "timestamp"),
        Column("wait_minutes", "number", lo=0, unit="minutes"),
        Column("duration_minutes", "number", lo=0, unit="minutes"),
        Column("success", "boolean"),
        Column("cost", "number", lo=0, unit="currency"),
        _weight,
        _n,
    ),
    generated=True,
)
FEEDBACK = Table(
    "feedback",
    "feedback_id",
    (
        Column("feedback_id", "id", required=True),
        Column("customer_id", "id"),
        Column("journey_id", "id"),
        Column("touchpoint_id", "id"),
        Column("channel", "id"),
        Column("segment", "id"),
        Column("ts", "timestamp"),
        Column("metric", "id", allowed=METRICS),
        Column("item", "id"),
        Column("dimension", "id"),
        Column("company", "id"),
        Column("wave", "id"),
        Column("score", "number"),
        Column("scale_lo", "number"),
        Column("scale_hi", "number"),
        Column("status", "id", required=True, allowed=STATUSES),
        Column("comment", "text"),
        Column("polarity", "id", allowed=POLARITIES),
        Column("language", "id", allowed=("zh", "en")),
        Column("source", "text"),
        _weight,
        _n,
    ),
    generated=True,
)
INCIDENTS = Table(
    "incidents",
    "reading_id",
    (
        Column("reading_id", "id", required=True),
        Column("incident_id", "id", required=True),
        Column("coder", "id", required=True),
        Column("customer_id", "id"),
        Column("touchpoint_id", "id"),
        Column("incident_group", "id", allowed=INCIDENT_GROUPS),
        Column("category", "id"),
        Column("polarity", "id", allowed=POLARITIES),
        Column("comment", "text"),
        Column("ts", "timestamp"),
    ),
    generated=True,
)
CONTACTS = Table(
    "contacts",
    "contact_id",
    (
        Column("contact_id", "id", required=True),
        Column("customer_id", "id", required=True),
        Column("ts", "timestamp", required=True),
        Column("channel", "id"),
        Column("opted_out", "boolean"),
    ),
    generated=True,
)
ACTIONS = Table(
    "actions",
    "action_id",
    (
        Column("action_id", "id", required=True),
        Column("touchpoint_id", "id", required=True),
        Column("name_zh", "text"),
        Column("name_en", "text"),
        Column("owner", "text"),
        Column("start", "timestamp"),
        Column("due", "timestamp"),
        Column("cost", "number", lo=0, unit="currency"),
        Column("effect_points", "number", unit="score points, expected"),
        Column("effect_lo", "number", unit="score points"),
        Column("effect_hi", "number", unit="score points"),
        Column("scope", "text", unit="who got it, e.g. region=上海|江苏; blank: everybody"),
        Column("status", "id", allowed=ACTION_STATES),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        CUSTOMERS,
        TOUCHPOINTS,
        JOURNEYS,
        INTERACTIONS,
        FEEDBACK,
        INCIDENTS,
        CONTACTS,
        ACTIONS,
    )  # fmt: skip
}
