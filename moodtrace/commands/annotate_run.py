"""An annotation: pictures in, the same with faces drawn in out; a bad file fails alone."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from ingest.events import DecodeJob, PublicEvent, SourceEnded, SourceOpened
from ingest.photos import Picture, read_photo, write_photo
from ingest.picture import fitted
from ingest.recorded import read_recorded
from ingest.video_file import write_video
from models.letterbox import resized
from moodtrace.commands.annotate_plan import Job, Plan
from moodtrace.commands.annotate_tables import Tables, open_tables
from moodtrace.commands.console import give_up, say
from moodtrace.commands.networks import networks
from moodtrace.commands.progress import share_bar
from moodtrace.messages import Face, FacesScored, FrameCaptured, FrameFailed
from moodtrace.problems import SourceError
from moodtrace.settings import AnalysisSettings, load_analysis_settings, load_settings
from workers.analyzer import Analyzer, picture
from workers.drawing import draw_faces
from workers.following import largest_person

WIDEST_VIDEO_PX: Final = 1920
"""Larger video is written scaled down to fit a square of this side."""
BATCH_FRAMES: Final = 8

Show = Callable[[float], None]
Faces = tuple[Face, ...]


@dataclass
class Outcome:
    """What was done, and what could not be."""

    pictures: int = 0
    faces: int = 0
    usable: int = 0
    written: list[Path] = field(default_factory=list)
    problems: list[SourceError] = field(default_factory=list)

    def count(self, faces: Faces) -> None:
        """Count one picture."""
        self.pictures += 1
        self.faces += len(faces)
        self.usable += sum(not face.excluded for face in faces)

    @property
    def summary(self) -> dict[str, Any]:
        """JSON types only."""
        return {
            "pictures": self.pictures,
            "faces": self.faces,
            "usable": self.usable,
            "written": [str(path) for path in self.written],
            "problems": [
                {"file": problem.where, "what": problem.what} for problem in self.problems
            ],
        }

    def report_problems(self) -> None:
        """Print what was wrong with each file, and end with the exit code that says so."""
        if self.problems:
            give_up(self.problems)


@dataclass(frozen=True)
class _Annotation:
    """One run: the networks, the open tables, and what is counted."""

    analyzer: Analyzer
    analysis: AnalysisSettings
    tables: Tables
    outcome: Outcome
    fps: float

    def photo(self, job: Job) -> None:
        """Annotate one photo at its own size: a small face in it has pixels enough."""
        image = read_photo(job.source)
        height, width = image.shape[:2]
        frame = FrameCaptured(
            screening_id="annotate",
            camera_id=job.source.name,
            source_epoch=1,
            seq=0,
            pts_ms=0,
            width=width,
            height=height,
            encoding="raw",
            image=image.tobytes(),
        )
        (scored,) = self.analyzer([frame])
        if not isinstance(scored, FacesScored):
            raise SourceError("not_a_picture", str(job.source))
        write_photo(job.target, draw_faces(image, scored.faces))
        self._note(job, None, image, scored.faces)

    def video(self, job: Job, show_share: Show) -> list[tuple[int, Faces]]:
        """Annotate one video; its faces are those that a replay finds.

        Returns:
            Times in ms, and the faces of each frame.
        """
        seen: list[tuple[int, Faces]] = []

        def drawn(events: Iterator[PublicEvent]) -> Iterator[tuple[int, Picture]]:
            for frame, faces in self._analysed(events, job, show_share):
                image = picture(frame)
                self._note(job, frame.pts_ms, image, faces)
                seen.append((frame.pts_ms, faces))
                yield frame.pts_ms, draw_faces(image, faces)

        with closing(read_recorded([self._decode_job(job)])) as events:
            write_video(job.target, drawn(events))
        return seen

    def _decode_job(self, job: Job) -> DecodeJob:
        return DecodeJob(
            path=os.fsencode(job.source),
            screening_id="annotate",
            camera_id=job.source.name,
            source_epoch=1,
            fps=self.fps,
            max_width=WIDEST_VIDEO_PX,
            max_height=WIDEST_VIDEO_PX,
        )

    def _analysed(
        self, events: Iterator[PublicEvent], job: Job, show_share: Show
    ) -> Iterator[tuple[FrameCaptured, Faces]]:
        """Give each frame that could be analysed; note the others, and how the source ended."""
        length_ms = 0
        while batch := list(islice(events, BATCH_FRAMES)):
            frames = [event for event in batch if isinstance(event, FrameCaptured)]
            scored = self.analyzer([self._at_analysis_size(frame) for frame in frames])
            for frame, found in zip(frames, scored, strict=True):
                if isinstance(found, FacesScored):
                    yield frame, found.faces
                else:
                    self.tables.add_failure(job.source.name, found.pts_ms, found.reason)
            for event in batch:
                if isinstance(event, SourceOpened):
                    length_ms = event.duration_ms or 0
                elif isinstance(event, FrameFailed):
                    self.tables.add_failure(job.source.name, event.pts_ms, event.reason)
                elif isinstance(event, SourceEnded) and event.reason:
                    self.outcome.problems.append(SourceError(event.reason, str(job.source)))
            if frames and length_ms:
                show_share(min(1.0, frames[-1].pts_ms / length_ms))

    def _at_analysis_size(self, frame: FrameCaptured) -> FrameCaptured:
        limits = self.analysis.max_width, self.analysis.max_height
        width, height = fitted(frame.width, frame.height, *limits)
        small = resized(picture(frame), width, height)
        return replace(frame, width=width, height=height, image=small.tobytes())

    def _note(self, job: Job, time_ms: int | None, image: Picture, faces: Faces) -> None:
        height, width = image.shape[:2]
        self.tables.add(job.source.name, time_ms, (width, height), faces)
        self.outcome.count(faces)


def run(plan: Plan, *, fps: float, plot: bool, detector: str) -> Outcome:
    """Carry out a plan; files that can't be read are noted, and the rest goes on.

    Raises:
        ConfigurationError: A setting, a detector's name or weights are wrong.
        ServerAwayError: Weights are missing and can't be fetched.
        CannotWriteError: A file can't be written.
    """
    analysis, outcome = load_analysis_settings(), Outcome()
    chosen = networks(load_settings(), analysis, detector)
    provenance = {
        "detector": chosen.detector.card.id,
        "emotion_model": chosen.emotion.card.id,
        "age_model": chosen.age.card.id if chosen.age else None,
    }
    analyzer = chosen.analyzer(analysis)
    with (
        open_tables(plan.csv, plan.json, provenance) as tables,
        share_bar("Annotate") as show_share,
    ):
        annotation = _Annotation(analyzer, analysis, tables, outcome, fps)
        for number, job in enumerate(plan.jobs):
            _annotate(annotation, job, plot, _part_of(show_share, number, len(plan.jobs)))
    outcome.written += [plan.csv, plan.json]
    return outcome


def _annotate(annotation: _Annotation, job: Job, plot: bool, show_share: Show) -> None:
    outcome = annotation.outcome
    try:
        if job.is_photo:
            annotation.photo(job)
            outcome.written.append(job.target)
        elif seen := annotation.video(job, show_share):
            outcome.written.append(job.target)
            if plot:
                _plot(job, seen, outcome)
    except SourceError as error:
        outcome.problems.append(error)
    show_share(1.0)


def _plot(job: Job, seen: Sequence[tuple[int, Faces]], outcome: Outcome) -> None:
    """Write the emotions over time of the largest face beside the video."""
    from dashboard.charts_palette import DASHES, LIGHT
    from moodtrace.fetch import written_beside
    from workers.emotion_plot import emotion_plot

    person = largest_person(seen)
    if person is None or not any(face.emotion for face in person.faces):
        say(f"{job.source.name}: no face was read, so no plot.")
        return
    path = job.target.with_name(f"{job.target.stem}-emotions.png")
    title = f"{job.source.name}: emotions shown by the largest face"
    with written_beside(path) as file:
        file.write(emotion_plot(person, title, LIGHT.emotions, DASHES))
    outcome.written.append(path)


def _part_of(show_share: Show, number: int, jobs: int) -> Show:
    return lambda share: show_share((number + share) / jobs)
