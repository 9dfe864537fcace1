"""Real footage with zones and seats drawn into it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.conftest import Cli
from tests.ingest.made_video import make_video

TWO_PEOPLE = "head-pose-face-detection-female-and-male.mp4"
LEFT, RIGHT = "0,0 0.5,0 0.5,1 0,1", "0.5,0 1,0 1,1 0.5,1"


@pytest.fixture
def two(footage: Callable[[str], Path], tmp_path: Path) -> list[Path]:
    """Two people, as two cameras see them: the second is nearer and has a larger picture."""
    clip = footage(TWO_PEOPLE)
    pictures = []
    with av.open(clip) as container:
        for frame in container.decode(video=0):
            near = frame.to_ndarray(format="rgb24")[10:250, :440]
            scaled = av.VideoFrame.from_ndarray(near.copy(), format="rgb24").reformat(704, 384)
            pictures.append(np.asarray(scaled.to_ndarray(format="rgb24"), np.uint8))
    near_video = make_video(
        tmp_path / "near.mp4", pictures, times_ms=[80 * n for n in range(len(pictures))]
    )
    far_video = tmp_path / "far.mp4"
    far_video.symlink_to(clip)
    return [far_video, near_video]


def replayed(cli: Cli, *arguments: str | Path) -> dict[str, Any]:
    done = cli("replay", *arguments, "--screening", "room", "--replace")
    assert done.returncode == 0, done.stderr
    content = json.loads(cli("export", "room").stdout)
    return {
        **content,
        "people": json.loads(cli("screening", "show", "room", "--json").stdout)["people"],
    }


def test_two_cameras_on_the_same_seats_count_a_viewer_once(cli: Cli, two: list[Path]) -> None:
    seats = [
        f"--seat={camera}:{seat}={corners}"
        for camera in ("far", "near")
        for seat, corners in (("hers", LEFT), ("his", RIGHT))
    ]
    apart, together = replayed(cli, *two), replayed(cli, *two, *seats)

    assert {second["viewers"] for second in apart["seconds"]} == {4}
    assert apart["people"] == 4
    assert {second["viewers"] for second in together["seconds"]} == {2}
    assert {second["usable"] for second in together["seconds"]} == {2}
    assert together["people"] == 2
    assert together["screening"]["seats"] == ["hers", "his"]
    # As sharp in both pictures, the nearer faces count, which are the larger ones.
    assert [list(s["by_camera"]) for s in together["seconds"]] == [["near"]] * 5
    assert together["provenance"]["config_sha256"] != apart["provenance"]["config_sha256"]


def test_zones_tell_the_audience_apart(cli: Cli, footage: Callable[[str], Path]) -> None:
    content = replayed(cli, footage(TWO_PEOPLE), f"--zone=sofa={LEFT}")

    assert content["screening"]["zones"] == ["sofa"]
    for second in content["seconds"]:
        usable = {name: zone["usable"] for name, zone in second["zones"].items()}
        assert usable == {"sofa": 1, "elsewhere": 1}


def test_what_is_no_zone_is_said_before_anything_is_read(cli: Cli) -> None:
    refused = cli("replay", "a.mp4", "b.mp4", "--screening", "x", "--zone", f"sofa={LEFT}")

    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [
        "Error: it is not said of which camera",
        f"Where: --zone 'sofa={LEFT}'",
        "Try:   write CAMERA:NAME=…, CAMERA one of a, b",
    ]
