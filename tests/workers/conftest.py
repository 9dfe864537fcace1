"""The real chain on a real picture, and a real `moodtrace serve` whose cluster we are part of."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import cv2
import numpy as np
import numpy.typing as npt
import psutil
import pytest
from msgspec.structs import replace

from models.detectors import open_detector
from models.emotion import EmotionNetwork
from models.registry import CENTERFACE, MINI_XCEPTION
from models.weights import find
from moodtrace.messages import FrameCaptured
from tests.commands.running import Running, running
from tests.factories import captured, limits
from workers.analyzer import Analyzer

REPLICAS = 2
BATCH = 8
SHADOW = MINI_XCEPTION


@pytest.fixture(scope="session")
def portrait(footage: Callable[[str], Path]) -> npt.NDArray[np.uint8]:
    """One real picture with one face, BGR."""
    video = cv2.VideoCapture(str(footage("WolfgangLanger_Pexels.mp4")))
    ok, image = video.read()
    video.release()
    assert ok
    return np.asarray(image, np.uint8)


@pytest.fixture(scope="session")
def analyzer(weights: tuple[Path, ...]) -> Analyzer:
    """Detector and emotion network with the default limits."""
    return Analyzer(
        detector=open_detector(CENTERFACE, find(CENTERFACE, weights)),
        emotion=EmotionNetwork(MINI_XCEPTION, find(MINI_XCEPTION, weights)),
        limits=limits(),
    )


@pytest.fixture(scope="module")
def frames(footage: Callable[[str], Path]) -> list[FrameCaptured]:
    """Real frames, as JPEG and raw; the sixth is no picture."""
    video = cv2.VideoCapture(str(footage("audience_cut_a.mp4")))
    found = [_frame(seq, np.asarray(video.read()[1], np.uint8)) for seq in range(2 * BATCH)]
    video.release()
    found[5] = replace(found[5], encoding="jpeg", image=b"no picture")
    return found


def _frame(seq: int, image: npt.NDArray[np.uint8]) -> FrameCaptured:
    raw = seq % 4 == 0
    data = image.tobytes() if raw else cv2.imencode(".jpg", image)[1].tobytes()
    return replace(
        captured(seq, image=data),
        width=image.shape[1],
        height=image.shape[0],
        encoding="raw" if raw else "jpeg",
    )


@dataclass(frozen=True)
class Serving:
    """The process, and the data directory where its token and address lie."""

    process: Running
    data_dir: Path

    replicas: int

    @property
    def is_whole(self) -> bool:
        """Whether all replicas run and answer."""
        answering = self.process.metrics()["moodtrace_replicas"]
        return len(self.processes("FaceAnalyzer")) == answering == self.replicas

    def processes(self, deployment: str) -> list[psutil.Process]:
        """Return the processes of a deployment of the networks."""
        every = psutil.Process(self.process.process.pid).children(recursive=True)
        name = f"ray::ServeReplica:moodtrace:{deployment}"
        return [process for process in every if name in _title(process)]


Serve = Callable[..., AbstractContextManager[Serving]]


@pytest.fixture(scope="module")
def serve(
    weights: tuple[Path, ...],
    weights_dir: Path | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Serve:
    """Run `moodtrace serve` with so many replicas of real networks while a block runs."""

    @contextmanager
    def run(replicas: int, *options: str) -> Iterator[Serving]:
        data_dir = tmp_path_factory.mktemp("serving")
        (data_dir / "weights").symlink_to(weights[-1])
        given = {"MOODTRACE_WEIGHTS_DIR": str(weights_dir)} if weights_dir else {}
        environment = {**os.environ, **given, "MOODTRACE_DATA_DIR": str(data_dir)}
        arguments = ("serve", "--replicas", str(replicas), "--health-port", "0", *options)
        log = data_dir / "serve.log"
        with running(*arguments, env=environment, log=log, within_s=120) as process:
            yield Serving(process, data_dir, replicas)

    return run


@pytest.fixture(scope="module")
def serving(serve: Serve) -> Iterator[Serving]:
    """Two replicas and a shadow, of whose cluster we are part."""
    from workers.deployments import joined

    with (
        serve(REPLICAS, "--shadow", SHADOW.id) as found,
        mock.patch.dict(os.environ),  # whoever joins leaves there what it shows to Ray
        joined(None, found.data_dir),
    ):
        yield found


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
