"""What several tests of commands work on."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

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
def config(tmp_path: Path, footage: Callable[[str], Path]) -> Path:
    """One camera that plays a real clip as if it happened now."""
    file = tmp_path / "moodtrace.yaml"
    source = f"file:{footage('audience_cut_a.mp4')}"
    content = {"cameras": {"front": {"source": source, "audience": "panel"}}}
    file.write_text(json.dumps(content))  # JSON is YAML
    return file
