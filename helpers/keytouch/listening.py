"""`hear`: a client's comments with the word lists of its folder and its industry."""

from __future__ import annotations

from typing import Any

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
