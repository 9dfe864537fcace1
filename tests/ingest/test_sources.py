from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sources import FileSource, fingerprint, parse_sources
from moodtrace.errors import UsageError


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("front.mp4", FileSource(Path("front.mp4"), "front", 0)),
        ("dir/left cam.mov@1500", FileSource(Path("dir/left cam.mov"), "left cam", 1500)),
        ("front.mp4@-250", FileSource(Path("front.mp4"), "front", -250)),
        ("front.mp4@+5", FileSource(Path("front.mp4"), "front", 5)),
        ("me@home.mp4", FileSource(Path("me@home.mp4"), "me-home", 0)),
        ("a@1@2", FileSource(Path("a@1"), "a-1", 2)),
        ("front.mp4@", FileSource(Path("front.mp4@"), "front", 0)),
        ("<b>Zoë</b>.mp4", FileSource(Path("<b>Zoë</b>.mp4"), "b-", 0)),
        ("nul\0.mp4", FileSource(Path("nul\0.mp4"), "nul-", 0)),
    ],
)
def test_an_argument_names_a_file_and_maybe_its_offset(argument: str, expected: FileSource) -> None:
    assert parse_sources([argument]) == [expected]


def test_a_file_whose_name_ends_like_an_offset_is_taken_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "front.mp4@123"
    path.touch()
    assert parse_sources([str(path)]) == [FileSource(path, "front", 0)]


def test_cameras_with_the_same_name_are_numbered() -> None:
    sources = parse_sources(["a/front.mp4", "b/front.mp4", "front-2.mp4", "c/front.mov"])
    assert [source.camera_id for source in sources] == ["front", "front-2", "front-2-2", "front-3"]


@given(st.lists(st.text(min_size=1), max_size=8))
def test_camera_ids_are_always_safe_short_and_different(names: list[str]) -> None:
    ids = [source.camera_id for source in parse_sources([f"/nowhere/{name}" for name in names])]
    assert len(set(ids)) == len(ids)
    assert all(1 <= len(camera_id) <= 64 for camera_id in ids)
    assert all(
        character.isalnum() or character in " -_.()" for camera_id in ids for character in camera_id
    )


def test_an_offset_of_more_than_a_day_is_refused() -> None:
    with pytest.raises(UsageError, match="at most"):
        parse_sources(["a.mp4@86400001"])


def test_a_fingerprint_tells_files_of_one_size_apart(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(bytes(3 << 20))
    second.write_bytes(bytes((3 << 20) - 1) + b"x")

    assert fingerprint(first) != fingerprint(second)
    assert fingerprint(first) == fingerprint(first)
    assert fingerprint(tmp_path / "missing") == ""
