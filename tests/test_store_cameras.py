import msgspec
import pytest

from moodtrace.cameras import Camera, CameraStatus
from moodtrace.errors import BusyError, StoredDataError, UnknownCameraError
from moodtrace.store import Store
from moodtrace.store_cameras import CAMERAS

FRONT = Camera(name="front", source="rtsp://camera/1", audience="panel", username="viewer")


def test_cameras_are_kept_until_they_are_removed(store: Store) -> None:
    store.cameras.add(FRONT)
    side = msgspec.structs.replace(FRONT, name="a side", enabled=False)
    store.cameras.put([side])

    assert list(store.cameras.all()) == ["a side", "front"]
    assert store.cameras.get("front") == FRONT
    store.cameras.remove("front")
    with pytest.raises(UnknownCameraError):
        store.cameras.get("front")
    with pytest.raises(UnknownCameraError):
        store.cameras.remove("front")


def test_a_name_is_taken_once(store: Store) -> None:
    store.cameras.add(FRONT)

    with pytest.raises(BusyError, match="of this name"):
        store.cameras.add(FRONT)


def test_nobody_knows_of_a_camera_that_nobody_reports_on(store: Store) -> None:
    store.cameras.report([CameraStatus(name="front", state="live", since_ms=1)])

    found = store.cameras.statuses(["front", "side"])
    assert (found["front"].state, found["side"].state) == ("live", "unknown")


def test_a_camera_of_another_version_is_said_so(store: Store) -> None:
    store.cameras._client.hset(CAMERAS, "front", b'{"name": "front", "new": 1}')

    with pytest.raises(StoredDataError, match="can't be read"):
        store.cameras.get("front")


def test_one_ingest_reads_the_cameras(store: Store) -> None:
    assert store.cameras.read_by("first")
    assert store.cameras.read_by("first")
    assert not store.cameras.read_by("second")

    store.cameras.let_go("second")
    assert not store.cameras.read_by("second")
    store.cameras.let_go("first")
    assert store.cameras.read_by("second")


def test_a_file_takes_away_what_it_brought_and_nothing_else(store: Store) -> None:
    by_hand = msgspec.structs.replace(FRONT, name="by hand")
    store.cameras.add(by_hand)
    assert store.cameras.follow_file([FRONT], ["front"]) == set()

    assert store.cameras.follow_file([], []) == {"front"}
    assert list(store.cameras.all()) == ["by hand"]
