"""`moodtrace compare`: where two audiences differ, and what could not have been seen."""

from typing import Annotated

import typer

from moodtrace.commands.console import print_json
from moodtrace.commands.options import BaselineOption, JsonOption, RedisOption
from moodtrace.labels import Emotion


def compare(
    screenings: Annotated[
        list[str],
        typer.Argument(
            metavar="SCREENING SCREENING...", help="Ids; each but the first is compared with it."
        ),
    ],
    align: Annotated[
        str,
        typer.Option(
            metavar="LABEL", help="Lay them over each other where this marker starts, not at 0:00."
        ),
    ] = "",
    emotion: Annotated[
        Emotion | None, typer.Option(help="Only this one, which finds smaller differences.")
    ] = None,
    baseline: BaselineOption = "none",
    json: JsonOption = False,
    redis: RedisOption = None,
) -> None:
    """Say where audiences differ in what they show, second by second.

    Example: moodtrace compare spring-cut-a spring-cut-b --emotion happy
    """
    from moodtrace.alignment import Audience
    from moodtrace.baseline import corrected
    from moodtrace.commands.compare_tables import as_document, print_comparison
    from moodtrace.commands.open_store import open_store
    from moodtrace.comparison import compare as compared
    from moodtrace.errors import UsageError
    from moodtrace.labels import EMOTIONS
    from moodtrace.settings import load_settings

    if len(set(screenings)) < max(2, len(screenings)):
        raise UsageError(
            "two or more different screenings are wanted",
            where=" ".join(screenings),
            try_this="name their ids: moodtrace compare spring-cut-a spring-cut-b",
        )
    with open_store(load_settings(), redis) as store:
        read = [(store.screening(name), store.rows(name)) for name in screenings]
    audiences = [Audience(about, corrected(about, rows, baseline).rows) for about, rows in read]
    found = compared(audiences, (emotion,) if emotion else EMOTIONS, align)
    if json:
        print_json(as_document(found, baseline))
    else:
        for comparison in found:
            print_comparison(comparison)
