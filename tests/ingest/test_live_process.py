import itertools
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from ingest.live_events import LiveAlive, LiveEnded, LiveFrame, LiveJob, LiveOpened
from ingest.live_process import LiveProcess


def test_a_file_comes_in_as_if_it_happened_now(footage: Callable[[str], Path]) -> None:
    job = LiveJob(camera_id="front", source=f"file:{footage('no_face.mp4')}")
    with LiveProcess(job) as process:
        events = list(itertools.islice(process, 7))
    assert events[0] == LiveAlive()
    assert isinstance(events[1], LiveOpened)
    frames = [event for event in events if isinstance(event, LiveFrame)]
    assert len(frames) == 5
    picture = cv2.imdecode(np.frombuffer(frames[0].image, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (540, 960, 3)
    passed_ms = frames[-1].arrival_ms - frames[0].arrival_ms
    assert 700 <= passed_ms <= 900


def test_a_file_that_is_not_there_ends_the_source(tmp_path: Path) -> None:
    with LiveProcess(LiveJob(camera_id="front", source=f"file:{tmp_path}/none.mp4")) as process:
        assert list(process) == [LiveAlive(), LiveEnded(reason="no_such_file")]
