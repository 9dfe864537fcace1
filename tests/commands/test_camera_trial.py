import base64

import cv2
import numpy as np

from ingest.live_events import LiveFrame
from moodtrace.commands.camera_trial import blurred


def test_nothing_finer_than_a_32nd_of_a_picture_is_left_in_a_thumbnail() -> None:
    bright_half = np.repeat(np.arange(960) >= 480, 3).reshape(1, 960, 3) * np.uint8(120)
    checks = np.indices((540, 960)).sum(axis=0)[..., None] // 5 % 2 * np.uint8(120)
    picture = np.broadcast_to(bright_half, (540, 960, 3)) + checks
    frame = LiveFrame(
        capture_ms=0,
        arrival_ms=0,
        clock="arrival",
        width=960,
        height=540,
        encoding="raw",
        image=picture.astype(np.uint8).tobytes(),
    )

    png = np.frombuffer(base64.b64decode(blurred(frame)), np.uint8)
    shown = cv2.imdecode(png, cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (180, 320, 3)
    left, right = shown[:, :140], shown[:, 180:]
    assert right.mean() - left.mean() > 100
    assert left.std() < 5
    assert right.std() < 5
