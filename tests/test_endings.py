"""How journeys end: only known ends count."""

import pandas as pd
import pytest

from keytouch.endings import conversion, outcomes
from keytouch.engine import Missing, from_frame


def ends(rows):
    """Journeys from (id, outcome, converted, channel) rows."""
    names = ["journey_id", "outcome", "converted", "channel"]
    return from_frame(pd.DataFrame(rows, columns=names).astype({"converted": "boolean"}))


def test_outcomes_are_shares_of_the_known_ones():
    data = ends([(1, "won", True, "app"), (2, "won", True, "app"), (3, "lost", False, "web"),
                 (4, None, None, "web")])  # fmt: skip
    table = outcomes(data)
    assert table.outcome.tolist() == ["won", "lost"]
    assert table.outcome_rate.tolist() == pytest.approx([2 / 3, 1 / 3])
    assert table.n.tolist() == [3, 3]


def test_conversion_counts_only_journeys_whose_end_is_known():
    data = ends([(1, "won", True, "app"), (2, "lost", False, "app"), (3, None, None, "app")])
    row = conversion(data).iloc[0]
    assert (row.channel, row.conversion_rate, row.n, row.small) == ("app", 0.5, 2, True)


def test_without_outcomes_the_end_is_missing():
    data = ends([(1, "won", True, "app")])
    assert outcomes(data.drop("outcome")) == Missing("journeys", ("outcome",))
    assert conversion(data.drop("converted")) == Missing("journeys", ("converted",))
