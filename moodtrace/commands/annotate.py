"""`moodtrace annotate`: photos or video with what was read in each face drawn in."""

from pathlib import Path
from typing import Annotated

import typer

from moodtrace.commands.console import counted, print_json, say
from moodtrace.commands.options import DetectorOption, JsonOption


def annotate(
    source: Annotated[
        Path, typer.Argument(metavar="FILE|DIR", help="A photo, a video, or a directory of both.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="OUT", help="A directory; for one FILE also a file."
        ),
    ],
    fps: Annotated[
        float, typer.Option(min=0.1, max=60, help="Frames a second of video, at most.")
    ] = 30.0,
    plot: Annotated[
        bool,
        typer.Option("--plot", help="Plot the emotions over time of the largest face of a video."),
    ] = False,
    detector: DetectorOption = "auto",
    json: JsonOption = False,
) -> None:
    """Draw boxes, age range and emotion into photos or video; write a CSV and JSON beside.

    Example: moodtrace annotate photos/ -o annotated/
    """
    from moodtrace.commands.annotate_plan import plan
    from moodtrace.commands.annotate_run import run

    wanted = plan(source, output)
    if plot and all(job.is_photo for job in wanted.jobs):
        say("Photos have no course of time: --plot is for video.")
    outcome = run(wanted, fps=fps, plot=plot, detector=detector)
    if json:
        print_json(outcome.summary)
    else:
        summary = outcome.summary
        pictures, faces = counted(summary["pictures"], "picture"), counted(summary["faces"], "face")
        say(f"{pictures}, {faces}, {summary['usable']} read.")
        say(f"Wrote {counted(len(summary['written']), 'file')} to {output}")
        say("An expression shown is not a feeling felt.")
    outcome.report_problems()
