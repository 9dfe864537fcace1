"""`moodtrace metrics`: the figures of ad testing, with their intervals."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from moodtrace.commands.console import print_json
from moodtrace.commands.options import BaselineOption, JsonOption, RedisOption
from moodtrace.labels import Emotion

if TYPE_CHECKING:
    from moodtrace.estimates import Window


def metrics(
    screening: Annotated[str, typer.Argument(metavar="SCREENING", help="The screening's id.")],
    window: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]A-B",
            help="Figures from second A until second B too, e.g. logo=12-15; may be repeated.",
        ),
    ] = None,
    emotion: Annotated[Emotion | None, typer.Option(help="Only this one.")] = None,
    baseline: BaselineOption = "none",
    json: JsonOption = False,
    redis: RedisOption = None,
) -> None:
    """Show the figures of ad testing, with 95 % intervals.

    Example: moodtrace metrics spring-a --window logo=12-15 --emotion happy
    """
    from moodtrace.adtest import ad_test
    from moodtrace.baseline import corrected
    from moodtrace.commands.metrics_tables import as_document, print_figures
    from moodtrace.commands.open_store import open_store
    from moodtrace.labels import EMOTIONS
    from moodtrace.quality import histograms
    from moodtrace.settings import load_settings

    windows = [_window(text) for text in window or ()]
    emotions = (emotion,) if emotion else EMOTIONS
    with open_store(load_settings(), redis) as store:
        record, stored = store.screening(screening), store.rows(screening)
    read = corrected(record, stored, baseline)
    figures = ad_test(read.rows, emotions, windows, record.k)
    quality = histograms(stored, record.k)
    if json:
        print_json(as_document(record, read, figures, quality))
    else:
        print_figures(record, read, figures, quality)


def _window(text: str) -> "Window":
    from moodtrace.errors import UsageError
    from moodtrace.estimates import Window

    found = re.fullmatch(r"(?:(.+)=)?(\d+)-(\d+)", text)
    if found is None or int(found[2]) >= int(found[3]):
        raise UsageError(
            "this is no stretch of seconds",
            where=f"--window {text}",
            try_this="name its first second and the one after its last: 12-15, or logo=12-15",
        )
    return Window(found[1] or text, int(found[2]), int(found[3]))
