"""What runs the networks is a setting, and makes no difference that anybody would see."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.conftest import Cli

PHOTO = "photos/face-api.js__examples_images_bbt4.jpg"
TORCH = {"MOODTRACE_ANALYSIS_ENGINE": "torch"}


def test_torch_and_onnx_runtime_mark_the_same_faces(
    cli: Cli, footage: Callable[[str], Path], tmp_path: Path
) -> None:
    photo = footage(PHOTO)

    def faces(name: str, env: dict[str, str]) -> list[dict[str, Any]]:
        done = cli("annotate", photo, "-o", tmp_path / name, env=env)
        assert done.returncode == 0, done.stderr
        assert ("in torch on cpu" in done.stdout + done.stderr) == bool(env)
        path = tmp_path / name / f"{photo.stem}.json"
        found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["pictures"][0]["faces"]
        return found

    onnx, torch = faces("onnx", {}), faces("torch", TORCH)

    assert len(onnx) == 6
    boxes = [np.asarray([face["xyxy"] for face in found]) for found in (onnx, torch)]
    assert np.abs(boxes[0] - boxes[1]).max() <= 1
    assert [face["emotion"] for face in onnx] == [face["emotion"] for face in torch]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_said_in_three_lines(
    cli: Cli, footage: Callable[[str], Path], tmp_path: Path
) -> None:
    env = {**TORCH, "MOODTRACE_ANALYSIS_DEVICE": "cuda"}

    done = cli("annotate", footage(PHOTO), "-o", tmp_path / "out", env=env)

    assert done.returncode == 78
    assert [line.split()[0] for line in done.stderr.splitlines()[-3:]] == [
        "Error:",
        "Where:",
        "Try:",
    ]
    assert "no GPU" in done.stderr
