"""How commands talk: data on stdout, talk and bars on stderr, errors in three lines."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NoReturn

import msgspec
import typer

from moodtrace.errors import ExitCode, MoodtraceError

if TYPE_CHECKING:
    from rich.console import Console

PIPED_WIDTH: Final = 10_000
"""Columns of a table that no terminal shows: wide enough to cut and wrap nothing."""


def print_json(value: object) -> None:
    """Print data for scripts on stdout."""
    data = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(data.decode() + "\n")


def table_console() -> "Console":
    """Return what prints tables on stdout: cells are plain text, and whole when piped."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(width=width, markup=False, emoji=False, highlight=False)


def print_page(text: str) -> None:
    """Print Markdown on stdout: laid out for a terminal, as it is when piped."""
    if not sys.stdout.isatty():
        sys.stdout.write(text)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text))


def say(text: str) -> None:
    """Tell a person something on stderr."""
    typer.echo(text, err=True)


def show(error: MoodtraceError) -> None:
    """Print an error's three lines."""
    say("\n".join(error.lines()))


def give_up(problems: Sequence[MoodtraceError]) -> NoReturn:
    """Print each error, and end with the exit code of the first."""
    for problem in problems:
        show(problem)
    sys.exit(problems[0].exit_code)


@contextmanager
def reported_errors(*, debug: bool) -> Iterator[None]:
    """Turn an error into three lines on stderr and its exit code.

    Args:
        debug: Show tracebacks instead.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has left; keep the interpreter from flushing to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.OK)
    except KeyboardInterrupt:
        say("Interrupted.")
        sys.exit(ExitCode.INTERRUPTED)
    except MoodtraceError as error:
        if debug:
            raise
        give_up([error])
    except Exception as error:
        if debug:
            raise
        unexpected = MoodtraceError(
            f"something unexpected happened: {error}",
            where=type(error).__name__,
            try_this="run `moodtrace --debug …` again and report what it prints",
        )
        give_up([unexpected])


def counted(number: int, noun: str) -> str:
    """Write a number and what it counts: `1 viewer`, `2 viewers`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
