"""`moodtrace screening start|stop|play|pause|seek`: what is shown live, and where it stands."""

from pathlib import Path
from typing import Annotated

import typer

from moodtrace.commands.console import print_json, say
from moodtrace.commands.options import JsonOption, RedisOption
from moodtrace.commands.stimulus import MediaOption, kept

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The screening's id.")]


def start(
    content: Annotated[str, typer.Option(metavar="ID", help="What is shown.")],
    audience: Annotated[
        str, typer.Option(metavar="ID", help="Who watches: its cameras' audience.")
    ],
    id: Annotated[  # noqa: A002
        str | None, typer.Option(metavar="ID", help="The screening's id; default: made of both.")
    ] = None,
    k: Annotated[int, typer.Option(min=1, help="Smallest number of viewers shown.")] = 5,
    media: MediaOption = None,
    markers: Annotated[
        Path | None,
        typer.Option(metavar="CSV", exists=True, help="Scenes: start_ms,end_ms,label,kind."),
    ] = None,
    notice: Annotated[str, typer.Option(metavar="TEXT", help="What the audience was told.")] = "",
    paused: Annotated[bool, typer.Option("--paused", help="Wait at 0 for `play`.")] = False,
    json: JsonOption = False,
    redis: RedisOption = None,
) -> None:
    """Begin to show a content to an audience; prints the screening's id.

    Example: moodtrace screening start --content spring --audience panel
    """
    from moodtrace.clock import wall_ms
    from moodtrace.commands.live_record import live_record
    from moodtrace.commands.open_store import open_store
    from moodtrace.playhead import PlayEvent
    from moodtrace.settings import load_settings

    settings = load_settings()
    shown = kept(media, settings.media_dir)
    with open_store(settings, redis) as store:
        watching = [c for c in store.cameras.all().values() if c.audience == audience]
        record = live_record(
            watching, content, audience, id, k=k, media=shown, markers=markers, notice=notice
        )
        events = [] if paused else [PlayEvent(kind="play", at_ms=wall_ms())]
        store.live.start(record, events)
    if not watching:
        say(f"No camera watches {audience!r} yet: moodtrace camera add NAME URL --audience ...")
    if json:
        print_json({"id": record.id, "cameras": list(record.cameras), "paused": paused})
    else:
        typer.echo(record.id)


def stop(id: IdArgument, redis: RedisOption = None) -> None:  # noqa: A002
    """End a screening; its last seconds are written and it is finished.

    Example: moodtrace screening stop spring-panel-1
    """
    _act(id, "stop", None, redis)
    say(f"Stopped {id!r}.")


def play(
    id: IdArgument,  # noqa: A002
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="Playhead, as 1:05 or 65.")
    ] = None,
    redis: RedisOption = None,
) -> None:
    """Go on after a pause.

    Example: moodtrace screening play spring-panel-1
    """
    _act(id, "play", at, redis)


def pause(id: IdArgument, redis: RedisOption = None) -> None:  # noqa: A002
    """Note that the content was paused; faces meanwhile belong to no second.

    Example: moodtrace screening pause spring-panel-1
    """
    _act(id, "pause", None, redis)


def seek(
    id: IdArgument,  # noqa: A002
    to: Annotated[str, typer.Argument(metavar="TIME", help="Playhead, as 1:05 or 65.")],
    redis: RedisOption = None,
) -> None:
    """Note that the content jumped; going back begins another viewing, with its own trace.

    Example: moodtrace screening seek spring-panel-1 0:30
    """
    _act(id, "seek", to, redis)


def _act(screening_id: str, kind: str, to: str | None, redis: str | None) -> None:
    import msgspec

    from moodtrace.clock import playhead_ms, wall_ms
    from moodtrace.commands.open_store import open_store
    from moodtrace.playhead import PlayEvent
    from moodtrace.settings import load_settings

    to_ms = None if to is None else playhead_ms(to)
    event = msgspec.convert({"kind": kind, "at_ms": wall_ms(), "to_ms": to_ms}, PlayEvent)
    with open_store(load_settings(), redis) as store:
        store.live.act(screening_id, event)
