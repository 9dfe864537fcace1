"""Numbers the sampled frames of one job and counts them: captured = pictures + failed."""

from collections import Counter

from ingest.events import DecodeJob
from moodtrace.messages import FrameCaptured, FrameFailed


class Numbering:
    """Gives every sampled frame of a job its `seq`, contiguous from 0."""

    def __init__(self, job: DecodeJob) -> None:
        self._job = job
        self.captured = 0
        self.failed: Counter[str] = Counter()

    def picture(self, pts_ms: int, width: int, height: int, image: bytes) -> FrameCaptured:
        """Number a picture of `height x width x 3` BGR bytes."""
        return FrameCaptured(
            screening_id=self._job.screening_id,
            camera_id=self._job.camera_id,
            source_epoch=self._job.source_epoch,
            seq=self._next_seq(),
            pts_ms=pts_ms,
            width=width,
            height=height,
            encoding="raw",
            image=image,
        )

    def failure(self, pts_ms: int, reason: str) -> FrameFailed:
        """Number a frame that gave no picture."""
        self.failed[reason] += 1
        return FrameFailed(
            screening_id=self._job.screening_id,
            camera_id=self._job.camera_id,
            source_epoch=self._job.source_epoch,
            seq=self._next_seq(),
            pts_ms=pts_ms,
            reason=reason,
        )

    def _next_seq(self) -> int:
        self.captured += 1
        return self.captured - 1
