"""What a replay learns of its sources while it reads them: sizes, lengths, problems, counts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from ingest.events import PublicEvent, SourceEnded, SourceOpened
from moodtrace.ledger import Ledger
from moodtrace.messages import Captured
from moodtrace.screening import Source


@dataclass
class Sources:
    """What is known of the sources while they are read."""

    ledger: Ledger
    offsets_ms: Mapping[str, int]
    opened: dict[str, SourceOpened] = field(default_factory=dict)
    ended: dict[str, SourceEnded] = field(default_factory=dict)

    def captured(self, events: Iterator[PublicEvent]) -> Iterator[Captured]:
        """Give out frames; remember what is said about their sources."""
        for event in events:
            if isinstance(event, SourceOpened):
                self.opened[event.camera_id] = event
            elif isinstance(event, SourceEnded):
                self.ended[event.camera_id] = event
            else:
                self.ledger[event.camera_id].captured += 1
                yield event

    @property
    def problems(self) -> dict[str, str]:
        """Reason codes by camera, of sources that could not be read to their end."""
        return {camera: end.reason for camera, end in self.ended.items() if end.reason}

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

    def described(self, sources: Mapping[str, Source]) -> dict[str, Source]:
        """Return the records of the sources with their problems filled in."""
        problems = self.problems
        return {
            camera: replace(source, problem=problems.get(camera, ""))
            for camera, source in sources.items()
        }
