import json
from contextlib import AbstractContextManager
from pathlib import Path

from msgspec.structs import replace

from moodtrace.commands.config_reload import ConfigReload
from moodtrace.store import Store
from tests.threads import beside
from tests.waiting import wait_until


def write(path: Path, **fields: object) -> None:
    camera = {"source": "rtsp://10.0.0.7/x", "audience": "panel", **fields}
    path.write_text(json.dumps({"cameras": {"front": camera}}))  # JSON is YAML


def followed(path: Path, store: Store) -> AbstractContextManager[None]:
    return beside(ConfigReload(path, store.cameras).run)


def test_what_the_file_does_not_say_stays_as_commands_left_it(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "moodtrace.yaml"
    write(path)
    with followed(path, store):
        calibrated = replace(store.cameras.get("front"), offset_ms=-140, enabled=False)
        store.cameras.put([calibrated])
        write(path, fps=2)
        wait_until(lambda: store.cameras.get("front").fps == 2, 10)

    assert store.cameras.get("front") == replace(calibrated, fps=2)


def test_a_calibration_in_the_file_is_the_one_that_holds(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "moodtrace.yaml"
    write(path)
    with followed(path, store):
        store.cameras.put([replace(store.cameras.get("front"), offset_ms=-140)])
        write(path, offset_ms=70)
        wait_until(lambda: store.cameras.get("front").offset_ms == 70, 10)
