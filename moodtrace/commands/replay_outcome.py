"""How a replay ended, and how that is told: what was wrong with each source, and the exit code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moodtrace.commands.console import counted, give_up, say
from moodtrace.commands.replay_plan import Plan
from moodtrace.errors import ExitCode
from moodtrace.problems import SourceError
from moodtrace.screening import Screening, Source
from moodtrace.timeline import Row


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    screening: Screening
    summary: dict[str, Any]
    problems: Sequence[SourceError]

    def report_problems(self) -> None:
        """Print what was wrong with each source, and end with the exit code that says so."""
        if self.problems:
            give_up(self.problems)
        if self.screening.state == "interrupted":
            say("Interrupted. Go on with --resume.")
            raise SystemExit(ExitCode.INTERRUPTED)


def say_speed(rows: Sequence[Row], spent_s: float) -> None:
    """Tell how fast rows were made; nothing if not one frame was analysed."""
    frames = sum(row.frames for row in rows)
    people = {viewer.id for row in rows for viewer in row.people}
    if frames:
        say(
            f"{frames} frames in {spent_s:.1f} s: {frames / spent_s:.0f} fps,"
            f" {len(rows) / spent_s:.1f}x real time, {counted(len(people), 'viewer')}."
        )


def errors_of(plan: Plan, sources: Mapping[str, Source]) -> list[SourceError]:
    """Return what is wrong with each source, in the order they were named."""
    return [
        SourceError(sources[named.camera_id].problem, str(named.path))
        for named in plan.sources
        if sources[named.camera_id].problem
    ]
