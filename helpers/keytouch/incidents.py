"""Critical incidents: what customers tell of single good or bad events, as coders read them.

One row of the data is one coder's reading of one incident. Before the incidents are counted, the
coders must agree; what they read differently is left out and its share is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, cases, collect, needs
from keytouch.estimate import wilson
from keytouch.readings import agreement_of
from keytouch.schema import POLARITIES

CODINGS = ("incident_group", "polarity", "touchpoint_id", "category")
ALPHA = 0.05


@needs("incidents", "incident_id", "coder")
def coder_agreement(incidents: LazyTable, *, seed: int = 1) -> pd.DataFrame:
    """How well coders agree, one row per coding that the data hold.

    Columns out: `coding` (incident_group, polarity, touchpoint_id, category); `alpha`,
    Krippendorff's (ordinal for polarity, else nominal), and `kappa` (Cohen's where two coders
    read, Fleiss's where more did; over the incidents that all of them read), both 1 at full
    agreement, 0 at chance, with `_lo`, `_hi` (bootstrap over incidents, 1,000 draws; where nobody
    ever disagrees the lower bound follows from Wilson's bound of the pairs that agree);
    `agree_rate`, the share of pairs of readings that agree, with `_lo`, `_hi` (bootstrap);
    `disputed_rate`, the share of the incidents with two readings or more in which no value has
    a majority, with `_lo`, `_hi` (Wilson); `n` incidents with two readings or more; `coders`;
    `verdict` ("reliable" α ≥ .8, "tentative" ≥ .667, else "unreliable"; "unknown" where α can't
    be given) and `probability`, the share of draws with that verdict; `confused_a`,
    `confused_b`, the two values most often read for one incident, and `confused_n`, in how many;
    `method`. Least reliable first.
    Blank codes count as missing readings. Source: Krippendorff 2004; Cohen 1960; Fleiss 1971;
    interval: Zapf et al. 2016.
    """
    found = [name for name in CODINGS if name in incidents.columns]
    rows = []
    for coding in found:
        row = _agreement(incidents, coding, seed)
        if row is not None:
            rows.append(row)
    if not rows:
        return Missing("incidents", ("coder",))  # type: ignore[return-value]
    table = pd.DataFrame(rows).assign(method="method_alpha")
    return table.sort_values(["alpha", "coding"], ignore_index=True)


def _agreement(incidents: LazyTable, coding: str, seed: int) -> dict[str, Any] | None:
    """One coding's row; None where no incident has two readings."""
    known = incidents.filter(incidents[coding].notnull()).rename(value=coding)
    readings = collect(known.group_by("incident_id", "coder").agg(value=known.value.min()))
    ordinal = POLARITIES if coding == "polarity" else ()
    row = agreement_of(readings.rename(columns={"incident_id": "unit"}), seed=seed, order=ordinal)
    return None if row is None else {"coding": coding, **row}


def agreed_incidents(incidents: LazyTable) -> LazyTable:
    """What most coders read in each incident, one row per incident. Lazy.

    Columns: `incident_id`, `readings` (coders), and each coding that the data hold: the value
    that more than half of those who gave one read, null where none has such a majority.
    """
    each = incidents.group_by("incident_id").agg(readings=incidents.coder.nunique())
    for coding in CODINGS:
        if coding not in incidents.columns:
            continue
        known = incidents.filter(incidents[coding].notnull())
        votes = known.group_by("incident_id", value=known[coding]).agg(votes=known.coder.nunique())
        all_votes = votes.group_by("incident_id").agg(given=votes.votes.sum())
        led = votes.inner_join(all_votes, "incident_id").filter(lambda t: t.votes * 2 > t.given)
        each = each.left_join(led.select("incident_id", **{coding: led.value}), "incident_id")
        each = each.drop("incident_id_right")
    return each


@needs("incidents", "incident_id", "coder", "polarity")
def incident_table(
    incidents: LazyTable, *, by: Sequence[str] = ("touchpoint_id",), min_n: int = 10
) -> pd.DataFrame:
    """Critical incidents by touchpoint, group or category and by tone, one row per group.

    Columns out: the `by` columns (one or more of touchpoint_id, incident_group, category);
    `negative`, `neutral`, `positive`, counts of incidents; `incident_rate`, the group's share of
    all incidents, `negative_rate`, the share of its incidents that are negative, and `rest_rate`,
    that of all other incidents, each in 0–1 with `_lo`, `_hi` (Wilson); `p_raw` (Fisher's exact
    test of the two), `p_value`, the same adjusted (Benjamini & Hochberg over the rows); `verdict`
    ("worse", "better" or "as_usual" than the rest at p_value < .05); `n` incidents of the group;
    `all_n` of all groups; `left_out`, incidents whose tone or group coders dispute or left blank;
    `small` where n < `min_n`; `method`.
    An incident counts once, with the values that more than half of its coders read; one coder's
    reading counts where nobody else read it. Most incidents first; ties by name.
    Source: Flanagan 1954; Bitner, Booms & Tetreault 1990.
    """
    lacking = tuple(name for name in by if name not in incidents.columns)
    if lacking:
        return Missing("incidents", lacking)  # type: ignore[return-value]
    agreed = agreed_incidents(incidents)
    tones = {tone: cases((agreed.polarity == tone, 1), else_=0).sum() for tone in POLARITIES}
    table = collect(
        agreed.group_by(*by, blank=agreed.polarity.isnull()).agg(n=agreed.count(), **tones)
    )
    usable = ~table.blank.astype(bool) & table[list(by)].notna().all(axis=1)
    left_out = int(table.n[~usable].sum())
    table = table[usable].drop(columns="blank")
    if table.empty:
        return Missing("incidents", ("polarity", *by))  # type: ignore[return-value]
    table = _tested(table).assign(
        all_n=int(table.n.sum()),
        left_out=left_out,
        small=table.n < min_n,
        method="method_incidents",
    )
    return table.sort_values(["n", *by], ascending=[False, *(True for _ in by)], ignore_index=True)


def _tested(table: pd.DataFrame) -> pd.DataFrame:
    """Shares with their intervals, and each group's negative share against the others'."""
    from scipy.stats import false_discovery_control, fisher_exact

    n, total = table.n, int(table.n.sum())
    bad, all_bad = table.negative, int(table.negative.sum())
    rest, rest_bad = total - n, all_bad - bad
    crossed = zip(bad, n - bad, rest_bad, rest - rest_bad)
    p = np.array([fisher_exact([[a, b], [c, d]]).pvalue for a, b, c, d in crossed])
    adjusted = false_discovery_control(np.clip(p, 0, 1))
    rate = bad / n
    rest_rate = rest_bad / rest.where(rest > 0)
    rest_lo, rest_hi = wilson(rest_rate, rest)
    lo, hi = wilson(rate, n)
    part_lo, part_hi = wilson(n / total, total)
    differs = adjusted < ALPHA
    return table.assign(
        incident_rate=n / total,
        incident_rate_lo=part_lo,
        incident_rate_hi=part_hi,
        negative_rate=rate,
        negative_rate_lo=lo,
        negative_rate_hi=hi,
        rest_rate=rest_rate,
        rest_rate_lo=rest_lo,
        rest_rate_hi=rest_hi,
        p_raw=p,
        p_value=adjusted,
        verdict=np.select([differs & (rate > rest_rate), differs], ["worse", "better"], "as_usual"),
    )


def incident_evidence(incidents: pd.DataFrame | Missing) -> dict[str, bool | None] | Missing:
    """What incidents say of each touchpoint: is it told of more often than its fair share?

    Reads `incident_table` by touchpoint. True where the interval of `incident_rate` lies above one
    share in as many as there are touchpoints, False where it lies below, else None. For
    `moment_methods`.
    """
    if isinstance(incidents, Missing):
        return incidents
    fair = 1 / len(incidents)
    above, below = incidents.incident_rate_lo > fair, incidents.incident_rate_hi < fair
    said = [True if more else False if less else None for more, less in zip(above, below)]
    return dict(zip(incidents.touchpoint_id, said))
