"""`moodtrace replay`: recorded footage in, a timeline out."""

from pathlib import Path
from typing import Annotated

import typer

from moodtrace.commands.console import print_json
from moodtrace.commands.kafka_option import KafkaOption, cluster_of
from moodtrace.commands.options import DetectorOption, FpsOption, JsonOption, RedisOption
from moodtrace.commands.stimulus import MediaOption


def replay(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE[@OFFSET_MS]...",
            help="Footage of one screening; each file is a camera, aligned at content time 0.",
        ),
    ],
    screening: Annotated[str, typer.Option(metavar="ID", help="The screening to write.")],
    content: Annotated[
        str | None, typer.Option(metavar="ID", help="What was shown; default: the first file.")
    ] = None,
    audience: Annotated[
        str | None, typer.Option(metavar="ID", help="Who watched; default: the first file.")
    ] = None,
    fps: FpsOption = 5.0,
    k: Annotated[int, typer.Option(min=1, help="Smallest number of viewers shown.")] = 1,
    detector: DetectorOption = "auto",
    zone: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[CAMERA:]NAME=X,Y...",
            help="An area to tell apart, by its corners in shares of the frame, e.g. "
            "'left=0,0 0.5,0 0.5,1 0,1'; may be repeated.",
        ),
    ] = None,
    seat: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[CAMERA:]NAME=X,Y...",
            help="A place for one viewer, who counts once however many cameras have a seat of "
            "this name; may be repeated.",
        ),
    ] = None,
    media: MediaOption = None,
    markers: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Scenes: columns start_ms,end_ms,label,kind."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run stopped.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite the screening.")] = False,
    json: JsonOption = False,
    redis: RedisOption = None,
    kafka: KafkaOption = None,
) -> None:
    """Analyse recorded footage.

    With --kafka this process only decodes; workers elsewhere do the rest, with the same rows.

    Example: moodtrace replay panel.mp4 --screening spring-a
    """
    from moodtrace.commands.replay_plan import Existing, plan
    from moodtrace.commands.replay_run import run
    from moodtrace.commands.summary import print_summary
    from moodtrace.errors import UsageError

    if resume and replace:
        raise UsageError(
            "a run is either taken up again or overwritten",
            where="--resume --replace",
            try_this="name one of the two",
        )
    wanted = plan(
        files,
        screening_id=screening,
        content=content,
        audience=audience,
        fps=fps,
        k=k,
        detector=detector,
        zones=zone or (),
        seats=seat or (),
        media=media,
        markers=markers,
        existing=Existing.RESUME if resume else Existing.REPLACE if replace else Existing.REFUSE,
    )
    if kafka or wanted.settings.kafka:
        from moodtrace.commands.replay_kafka import run as run_over_kafka

        outcome = run_over_kafka(wanted, redis, cluster_of(kafka))
    else:
        outcome = run(wanted, redis)
    if json:
        print_json(outcome.summary)
    else:
        print_summary(outcome.summary)
    outcome.report_problems()
