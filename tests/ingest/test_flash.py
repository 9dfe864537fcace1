import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.flash import brightness, flash_ms, offsets_ms


def test_brightness_is_the_mean_gray_level() -> None:
    _, image = cv2.imencode(".jpg", np.full((64, 96, 3), 90, np.uint8))

    assert brightness(image.tobytes()) == pytest.approx(90, abs=2)
    with pytest.raises(ValueError, match="no JPEG"):
        brightness(b"no picture")


@given(st.integers(5, 60), st.floats(20, 120), st.integers(-300, 300))
def test_clocks_are_set_right(at: int, rise: float, apart_ms: int) -> None:
    noise = np.random.default_rng(at).normal(0, 0.5, 70)
    levels = 80 + noise
    levels[at : at + 4] += rise
    first = [n * 40 for n in range(70)]
    second = [n * 40 + 17 + apart_ms for n in range(70)]

    seen = {"a": flash_ms(first, levels.tolist()), "b": flash_ms(second, levels.tolist())}
    known = {camera: at_ms for camera, at_ms in seen.items() if at_ms is not None}

    assert len(known) == 2
    assert offsets_ms(known, "a") == {"a": 0, "b": -(apart_ms + 17)}


def test_people_who_move_are_no_flash() -> None:
    levels = (80 + np.random.default_rng(0).normal(0, 3, 200)).tolist()

    assert flash_ms(list(range(0, 8000, 40)), levels) is None
    assert flash_ms([0, 40], [0.0, 255.0]) is None
