"""How a replay ended, and how that is told: what was wrong with each source, and the exit code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from moodtrace.commands.console import say, show
from moodtrace.commands.replay_plan import Plan
from moodtrace.errors import ExitCode, SourceError
from moodtrace.screening import Screening, Source


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    screening: Screening
    summary: dict[str, Any]
    problems: Sequence[SourceError]

    def report_problems(self) -> None:
        """Print what was wrong with each source, and end with the exit code that says so."""
        for problem in self.problems:
            show(problem)
        if self.problems:
            raise SystemExit(self.problems[0].exit_code)
        if self.screening.state == "interrupted":
            say("Interrupted. Go on with --resume.")
            raise SystemExit(ExitCode.INTERRUPTED)


def give_up(problems: Sequence[SourceError]) -> NoReturn:
    """Say what is wrong with each source, and end with the exit code of the first."""
    for problem in problems:
        show(problem)
    raise SystemExit(problems[0].exit_code)


def errors_of(plan: Plan, sources: Mapping[str, Source]) -> list[SourceError]:
    """Return what is wrong with each source, in the order they were named."""
    return [
        SourceError(sources[named.camera_id].problem, str(named.path))
        for named in plan.sources
        if sources[named.camera_id].problem
    ]
