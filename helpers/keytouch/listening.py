"""A client's comments: read by machine with its word lists, and coded by its people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from keytouch.comment_sheets import read_codes
from keytouch.engine import Missing
from keytouch.hearing import Heard, read_comments
from keytouch.lexicons import other_topics, polarity_lexicon, touchpoint_terms
from keytouch.questions import with_channel, with_segment


def hear(client: Any) -> Heard | Missing:
    """A client's comments, read by machine (`read_comments`).

    The word lists are the packaged ones of the client's industry with its own changes in
    `lexicons/` (`touchpoint_terms`, `polarity_lexicon`). Raises DataError where those can't be
    used, with every row that is wrong.
    """
    feedback = client.feedback
    for place in (with_segment, with_channel):
        placed = place(feedback, client)
        feedback = feedback if isinstance(placed, Missing) else placed
    return read_comments(
        feedback,
        terms=touchpoint_terms(client.settings, client.folder),
        lexicon=polarity_lexicon(client.folder),
        others=other_topics(client.settings),
    )


def machine_codes(heard: Heard | Missing) -> pd.DataFrame | Missing:
    """The machine's codes of each comment, as `machine_accuracy` compares them with people's.

    One row per comment and touchpoint (one with a blank touchpoint where it names none):
    `comment_id`, `touchpoint_id`, `polarity` of the whole comment.
    """
    if isinstance(heard, Missing):
        return heard
    comment = heard.clauses.comment.to_numpy()[heard.topics.clause.to_numpy()]
    pairs = pd.DataFrame({"place": comment, "touchpoint_id": heard.topics.touchpoint_id})
    comments = heard.comments[["feedback_id", "polarity"]].reset_index(names="place")
    table = comments.merge(pairs.drop_duplicates(), on="place", how="left")
    return table.rename(columns={"feedback_id": "comment_id"}).drop(columns="place")


def client_codes(client: Any) -> pd.DataFrame | Missing:
    """People's codes of the client's comments: every sheet in the client's folder `coding/`
    (`read_codes`); Missing where there is none."""
    folder = Path(client.folder) / "coding"
    sheets = sorted(path for path in folder.glob("*") if path.suffix.lower() in (".csv", ".xlsx"))
    return read_codes(*sheets, client=client) if sheets else Missing("codes")
