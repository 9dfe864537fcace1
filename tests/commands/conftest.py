"""What several tests of commands work on."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from moodtrace.store import Store
from tests.servers.proxy import Proxy

FACES = 60


@pytest.fixture(scope="session")
def faces(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small set of real faces as plain arrays, with their votes."""
    with np.load(shared / "data" / "fer2013.npz") as file:
        rows = np.flatnonzero(file["usage"] == 1)[:FACES]
        content, offsets, labels = file["webp"], file["offsets"], file["label_fer2013"][rows]
        votes = file["votes_ferplus"][rows]
    parts = [content[offsets[row] : offsets[row + 1]] for row in rows]
    images = [np.asarray(cv2.imdecode(part, 0), np.uint8) for part in parts]
    path = tmp_path_factory.mktemp("faces") / "faces.npz"
    np.savez(path, image=np.stack(images), label=labels, votes_ferplus=votes)
    return path


@pytest.fixture
def store_proxy(store: Store, data_dir: Path) -> Iterator[Proxy]:
    """What stands between a store and the processes that get `far_url`."""
    with Proxy(Path((data_dir / "store" / "socket").read_text())) as proxy:
        yield proxy


@pytest.fixture
def far_url(store_proxy: Proxy) -> str:
    """The URL of a store that can go away."""
    return f"redis://127.0.0.1:{store_proxy.port}/0"


@pytest.fixture
def config(tmp_path: Path, footage: Callable[[str], Path]) -> Path:
    """One camera that plays a real clip as if it happened now."""
    file = tmp_path / "moodtrace.yaml"
    source = f"file:{footage('audience_cut_a.mp4')}"
    content = {"cameras": {"front": {"source": source, "audience": "panel"}}}
    file.write_text(json.dumps(content))  # JSON is YAML
    return file
