"""The command line: `keytouch report | check | new | blueprint | export | …`.

Only argparse and the word list are imported before a command is known; each command's room is
imported when it is called, so that help appears at once.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from keytouch import __version__, words
from keytouch.limits import shortage
from keytouch.problems import DataError
from keytouch.signals import Stopped, ending_on_signals
from keytouch.storing import work_folder
from keytouch.words import LANGUAGES, word

COMMANDS = {
    "report": ("run", "report"),
    "check": ("check", "check"),
    "new": ("draft", "new"),
    "blueprint": ("blueprint_command", "blueprint"),
    "export": ("exchange", "export"),
    "cases": ("cases", "cases"),
    "score": ("cases", "score"),
    "build": ("editions", "build"),
    "sql": ("portable", "sql"),
    "fetch": ("fetching", "fetch"),
}
"""command: (room, stem of its `add_<stem>_arguments` and `<stem>_command`)"""


class Parser(argparse.ArgumentParser):
    """A parser whose own sentences are in the language in use."""

    def __init__(self, **options: Any):
        super().__init__(add_help=False, allow_abbrev=False, **options)
        self._positionals.title = word("help_arguments")
        self._optionals.title = word("help_options")
        self.add_argument("-h", "--help", action="help", help=word("help_help"))

    def format_usage(self) -> str:
        return super().format_usage().replace("usage: ", word("help_usage"), 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage: ", word("help_usage"), 1)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        print(word("usage_error", detail=message), file=sys.stderr)
        raise SystemExit(2)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit code: 0 done, 1 a problem was told, 2 wrong usage, 130 Ctrl-C."""
    texts = list(sys.argv[1:] if argv is None else argv)
    words.set_language(_language_of(texts))
    try:
        arguments = read_arguments(texts)
        with ending_on_signals(last_words=_say_ended):
            return arguments.run(arguments)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _say_ended(signal.SIGINT)
    except Stopped as stopped:
        return _say_ended(stopped.args[0])
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(word("system_error", detail=error), file=sys.stderr)
        return 1
    except Exception as error:
        found = shortage(error, work_folder())
        if found is None:
            raise
        print(found.text(), file=sys.stderr)
        return 1


def _say_ended(number: int) -> int:
    """Say what ended the run; the exit code."""
    interrupted = number == signal.SIGINT
    text = "\n" + word("interrupted") if interrupted else word("run_stopped")
    print(text, file=sys.stderr)
    return 130 if interrupted else 1


def _language_of(texts: Sequence[str]) -> str:
    """The language asked for with --language, else that of the system."""
    for position, text in enumerate(texts):
        name, sign, value = text.partition("=")
        if name == "--language":
            value = value if sign else "".join(texts[position + 1 : position + 2])
            return value if value in LANGUAGES else words.language()
    return words.language()


def read_arguments(texts: Sequence[str]) -> argparse.Namespace:
    """The command and its arguments; only the called command's room is imported."""
    parser = Parser(prog="keytouch", description=word("help_about"))
    parser.add_argument(
        "--version", action="version", version=__version__, help=word("help_version")
    )
    _add_language(parser)
    choices = parser.add_subparsers(
        title=word("help_commands"), dest="command", required=True, metavar="COMMAND"
    )
    called = next((text for text in texts if text in COMMANDS), "")
    for name, (room, stem) in COMMANDS.items():
        help_text = word(f"help_{name}")
        part = choices.add_parser(name, help=help_text, description=help_text)
        _add_language(part)
        if name == called:
            module = importlib.import_module(f"keytouch.{room}")
            getattr(module, f"add_{stem}_arguments")(part)
            part.set_defaults(run=getattr(module, f"{stem}_command"))
    return parser.parse_args(texts)


def _add_language(parser: argparse.ArgumentParser) -> None:
    # No default of its own: one given before the command must not be overwritten after it.
    parser.add_argument(
        "--language",
        choices=LANGUAGES,
        default=argparse.SUPPRESS if parser.prog != "keytouch" else "",
        help=word("help_language"),
    )


if __name__ == "__main__":
    raise SystemExit(main())
