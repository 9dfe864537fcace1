"""What a replay learns of its sources while it reads them: sizes, lengths, problems, counts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from ingest.events import PublicEvent, SourceEnded, SourceOpened
from moodtrace.ledger import Ledger
from moodtrace.messages import Captured, SourceFinished
from moodtrace.screening import Source


@dataclass
class Sources:
    """What is known of the sources while they are read."""

    ledger: Ledger
    offsets_ms: Mapping[str, int]
    opened: dict[str, SourceOpened] = field(default_factory=dict)
    ended: dict[str, SourceEnded] = field(default_factory=dict)

    def captured(self, events: Iterator[PublicEvent]) -> Iterator[Captured]:
        """Give out frames until all sources ended or one is lost; remember what they say."""
        for event in events:
            if isinstance(event, SourceOpened):
                self.opened[event.camera_id] = event
            elif isinstance(event, SourceEnded):
                self.ended[event.camera_id] = event
                if event.reason == "source_lost":
                    return  # the rest would lack a camera; a resumed run has them all
            else:
                self.ledger[event.camera_id].captured += 1
                yield event

    @property
    def problems(self) -> dict[str, str]:
        """Reason codes by camera, of sources that gave less than all they should."""
        found = {camera: self._problem(end) for camera, end in self.ended.items()}
        return {camera: reason for camera, reason in found.items() if reason}

    @property
    def is_lost(self) -> bool:
        """Whether a decode process died or a file went away, so that the run can't go on."""
        return any(end.reason == "source_lost" for end in self.ended.values())

    def _problem(self, end: SourceEnded) -> str:
        if end.reason or self.ledger[end.camera_id].captured:
            return end.reason
        return "nothing_to_show"

    @property
    def length_ms(self) -> int:
        """Playhead time where the longest source should end, as far as that is known."""
        promised = [
            self.offsets_ms[camera] + opened.duration_ms
            for camera, opened in self.opened.items()
            if opened.duration_ms is not None
        ]
        return max([*promised, *(end.end_ms for end in self.ended.values())], default=0)

    @property
    def missing_tail(self) -> tuple[int, str]:
        """Playhead time until which a broken source should have gone, and what broke it."""
        tails = [
            (self.offsets_ms[camera] + (end.duration_ms or 0), end.reason)
            for camera, end in self.ended.items()
            if end.reason and camera in self.opened
        ]
        return max(tails, default=(0, ""))

    def word_of(
        self, camera_id: str, *, screening_id: str, epoch: int, frames: int
    ) -> SourceFinished:
        """Return the word that a camera has no more, whether it was read to its end or cut off.

        Args:
            camera_id: of the camera.
            screening_id: of the screening.
            epoch: of the source.
            frames: how many were sent.
        """
        end = self.ended.get(camera_id)
        if end is None:
            reason, promised_ms = "interrupted", 0
        elif end.reason and camera_id in self.opened:
            reason, promised_ms = end.reason, self.offsets_ms[camera_id] + (end.duration_ms or 0)
        else:
            reason, promised_ms = self._problem(end), 0
        return SourceFinished(
            screening_id=screening_id,
            camera_id=camera_id,
            source_epoch=epoch,
            seq=frames,
            pts_ms=end.end_ms if end else 0,
            reason=reason,
            promised_ms=promised_ms,
        )

    def described(self, sources: Mapping[str, Source]) -> dict[str, Source]:
        """Return the records of the sources with their problems filled in."""
        problems = self.problems
        return {
            camera: replace(source, problem=problems.get(camera, ""))
            for camera, source in sources.items()
        }
