"""A supervisor in a thread, and everything that it told."""

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from threading import Event, Lock, Thread, active_count
from typing import TypeVar

from ingest.camera_keeper import Outlets, Sampled
from ingest.live_events import LiveFrame, LiveJob
from ingest.supervisor import supervise
from moodtrace.cameras import Camera, CameraState, CameraStatus
from tests.ingest.held import held
from tests.waiting import wait_until


class Watched:
    """What a supervisor told so far; wants the cameras in `cameras`."""

    def __init__(
        self, cameras: Mapping[str, Camera], passwords: Mapping[str, str] | None = None
    ) -> None:
        self.cameras = dict(cameras)
        self.passwords = dict(passwords or {})
        self._lock = Lock()
        self._samples: list[Sampled] = []
        self._statuses: list[tuple[float, CameraStatus]] = []
        self._stop = Event()
        outlets = Outlets(job_of=self.job_of, sink=self.sink, report=self.report)
        self._thread = Thread(target=supervise, args=(self.wanted, outlets, self._stop))

    def wanted(self) -> Mapping[str, Camera]:
        return dict(self.cameras)

    def job_of(self, camera: Camera) -> LiveJob | str:
        password = self.passwords.get(camera.name) if camera.password_env else ""
        if password is None:
            return "no_password"
        return LiveJob(
            camera_id=camera.name,
            source=camera.source,
            username=camera.username,
            password=password,
            fps=camera.fps,
        )

    def sink(self, sampled: Sampled) -> None:
        with self._lock:
            self._samples.append(sampled)

    def report(self, status: CameraStatus) -> None:
        with self._lock:
            self._statuses.append((time.time(), status))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> float:
        """End it; return how long that took."""
        start_s = time.monotonic()
        self._stop.set()
        self._thread.join()
        return time.monotonic() - start_s

    def samples(self, name: str) -> list[Sampled]:
        with self._lock:
            return [sampled for sampled in self._samples if sampled.camera.name == name]

    def frames(self, name: str) -> list[LiveFrame]:
        return [s.event for s in self.samples(name) if isinstance(s.event, LiveFrame)]

    def statuses(self, name: str) -> list[CameraStatus]:
        return [status for _, status in self.told(name)]

    def told(self, name: str) -> list[tuple[float, CameraStatus]]:
        """Return statuses with the Unix times at which they were told."""
        with self._lock:
            return [told for told in self._statuses if told[1].name == name]

    def state(self, name: str) -> CameraState:
        statuses = self.statuses(name)
        return statuses[-1].state if statuses else "unknown"

    def until(self, name: str, state: CameraState, timeout_s: float) -> float:
        """Wait for a state; return how long it took."""
        return wait_until(lambda: self.state(name) == state, timeout_s, f"{name} {state}")

    def until_live(self, *names: str, timeout_s: float = 20) -> None:
        for name in names:
            self.until(name, "live", timeout_s)


AnyWatched = TypeVar("AnyWatched", bound=Watched)


@contextmanager
def running(watch: AnyWatched) -> Iterator[AnyWatched]:
    """Run a supervisor; at the end nothing of it may be left."""
    before = _held()
    watch.start()
    try:
        yield watch
    finally:
        assert watch.stop() < 10
    wait_until(lambda: _held() == before, 3, f"no file, thread or process more than {before}")


def _held() -> tuple[int, int, int]:
    """Count open files, our own threads, and processes: a server may be another one by now."""
    now = held()
    return now.files, active_count(), len(now.processes)


def watched(
    *cameras: Camera, passwords: Mapping[str, str] | None = None
) -> AbstractContextManager[Watched]:
    """Run a supervisor that wants these cameras."""
    return running(Watched({camera.name: camera for camera in cameras}, passwords))
