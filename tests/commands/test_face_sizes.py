from msgspec.structs import replace

from moodtrace.commands.face_sizes import FaceSizes
from moodtrace.messages import FrameCaptured
from tests.factories import face, failed, scored


def frame(width: int) -> FrameCaptured:
    return FrameCaptured(
        screening_id="s1",
        camera_id="front",
        source_epoch=1,
        seq=0,
        pts_ms=0,
        width=width,
        height=544,
        encoding="raw",
        image=b"",
    )


def test_faces_are_as_large_as_their_longer_side_in_the_frame_they_are_in() -> None:
    sizes = FaceSizes()
    assert sizes.median_px("front") is None

    small, large = (replace(face(), xyxy=(0, 0, side, 10)) for side in (200, 1000))
    sizes.note([frame(960), failed(200)], [scored(0, small, large, large), failed(200)])
    assert sizes.median_px("front") == 96

    for _ in range(200):
        sizes.note([frame(1920)], [scored(0, small)])
    assert sizes.median_px("front") == 38
