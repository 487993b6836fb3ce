"""`keytouch blueprint CLIENT`: a first blueprint.yaml, drafted from the client's log."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from keytouch.problems import DataError, Problem
from keytouch.words import word, word_list


def add_blueprint_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `keytouch blueprint`."""
    parser.add_argument("client", metavar="CLIENT", help=word("check_client_help"))


def blueprint_command(arguments: argparse.Namespace) -> int:
    """Draft a plan where the client has none; the exit code: 0 written, 1 not, 2 no folder."""
    folder = Path(arguments.client)
    if not folder.is_dir():
        print(word("check_no_folder", found=arguments.client))
        return 2
    path = write_draft(folder)
    print(word("blueprint_written", path=path))
    return 0


def write_draft(folder: str | Path) -> Path:
    """Write a draft to the folder's blueprint.yaml.

    Raises DataError where the client has a blueprint already or no log to draft one from.
    """
    from keytouch.blueprint import FILE, blueprint_text
    from keytouch.engine import Missing
    from keytouch.intake import open_client
    from keytouch.plan_draft import draft_blueprint
    from keytouch.tables import missing_text

    client = open_client(folder)
    path = Path(folder) / FILE
    if not isinstance(client.blueprint, Missing) or path.exists():
        raise DataError(Problem("blueprint_exists", file=FILE))
    draft = draft_blueprint(client.interactions, client.touchpoints, stages=client.stages)
    if isinstance(draft, Missing):
        values = {"detail": missing_text(draft)}
        raise DataError(Problem("blueprint_no_log", file=FILE, values=values))
    head = [word_list()["blueprint_head"][language] for language in ("zh", "en")]
    partial = path.with_name(f".{FILE}.partial-{os.getpid()}")
    partial.write_text(blueprint_text(draft, head=head), encoding="utf-8")
    os.replace(partial, path)
    return path
