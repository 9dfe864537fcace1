"""What no camera should send and no network should give, through the real chain."""

from collections.abc import Sequence
from dataclasses import replace as replace_in
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnx
import pytest

from models.age import AgeNetwork
from models.detections import Detections
from models.detectors import open_detector
from models.emotion import EmotionNetwork
from models.onnx_graph import Graph
from models.registry import MOODTRACE_AGE, MOODTRACE_EMOTION, YUNET
from models.weights import find, is_present
from moodtrace.messages import Face, FacesScored
from moodtrace.timeline import BEGINNING
from tests.factories import limits, pictured, scored
from workers.aggregate import closed
from workers.analyzer import Analyzer

Image = npt.NDArray[np.uint8]
LEAST = (430,) * 7


@pytest.fixture(scope="module")
def yunet(weights: tuple[Path, ...]) -> Path:
    """The default detector's weights."""
    if not is_present(YUNET, weights):
        pytest.skip("the weights of yunet are not here")
    return find(YUNET, weights)


@pytest.fixture(scope="module")
def chain(weights: tuple[Path, ...], yunet: Path) -> Analyzer:
    """All default networks."""
    return Analyzer(
        detector=open_detector(YUNET, yunet),
        emotion=EmotionNetwork(MOODTRACE_EMOTION, find(MOODTRACE_EMOTION, weights)),
        limits=limits(),
        age=AgeNetwork(MOODTRACE_AGE, find(MOODTRACE_AGE, weights)),
    )


class SteadyDetector:
    """Finds the same boxes in every picture, as no network promises not to."""

    card = YUNET

    def __init__(self, *boxes: tuple[float, float, float, float]) -> None:
        self.xyxy = np.array(boxes, np.float32)

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        middles = (self.xyxy[:, :2] + self.xyxy[:, 2:]) / 2
        landmarks = np.repeat(middles[:, None], 5, axis=1).astype(np.float32)
        scores = np.full(len(self.xyxy), 0.9, np.float32)
        return [Detections(self.xyxy, scores, landmarks) for _ in images]


def faces_of(analyzer: Analyzer, picture: Image) -> tuple[Face, ...]:
    (message,) = analyzer([pictured(picture)])
    assert isinstance(message, FacesScored)
    return message.faces


@pytest.mark.parametrize(
    "box",
    [
        (100, 100, 101, 101),  # a pixel
        (100, 100, 100.2, 100.2),  # less than one
        (-50, -80, 60, 90),  # over the edge
        (600, 300, 900, 700),
        (700, 400, 760, 470),  # outside
        (-90, -90, -20, -10),
        (-500, -500, 2000, 2000),  # around the picture
    ],
)
def test_a_box_of_any_size_anywhere_is_measured_and_may_be_scored(
    chain: Analyzer, portrait: Image, box: tuple[float, float, float, float]
) -> None:
    detector = SteadyDetector(box)
    unlimited = limits(
        min_face_px=0,
        max_cut=1,
        min_brightness=0,
        max_brightness=255,
        min_contrast=0,
        min_sharpness=0,
    )

    (strict,) = faces_of(replace_in(chain, detector=detector), portrait)
    (loose,) = faces_of(replace_in(chain, detector=detector, limits=unlimited), portrait)

    assert strict.quality is not None
    assert strict.quality == loose.quality
    assert strict.quality.size_px == round(max(box[2] - box[0], box[3] - box[1]))
    assert (strict.excluded == "too_small") == (strict.quality.size_px < 32)
    assert 995 <= sum(loose.emotion) <= 1005
    assert sum(loose.age) == 1000


def test_a_picture_of_one_gray_has_faces_without_contrast(chain: Analyzer, portrait: Image) -> None:
    detector = SteadyDetector((100, 100, 200, 200))

    (face,) = faces_of(replace_in(chain, detector=detector), np.full_like(portrait, 128))

    assert face.excluded == "low_contrast"
    assert face.quality is not None
    assert (face.quality.sharpness, face.quality.contrast, face.quality.occlusion) == (0, 0, 0)


def test_a_frame_without_a_face_is_a_frame_without_a_face(chain: Analyzer) -> None:
    assert faces_of(chain, np.full((360, 640, 3), 90, np.uint8)) == ()


def test_of_six_hundred_faces_a_hundred_are_counted_and_not_scored(
    chain: Analyzer, yunet: Path, portrait: Image
) -> None:
    (left, top, right, bottom) = np.rint(chain.detector([portrait])[0].xyxy[0]).astype(int)
    tile = cv2.resize(portrait[top - 20 : bottom, left - 20 : right + 20], (64, 64))
    crowd = np.asarray(np.tile(tile, (20, 30, 1)), np.uint8)
    wide = open_detector(YUNET, yunet, height_px=1280, width_px=1920)

    faces = faces_of(replace_in(chain, detector=wide, age=None), crowd)
    row = closed(0, [scored(ms, *faces) for ms in range(0, 1000, 200)], BEGINNING, LEAST)

    assert len(faces) == 600
    assert [face.excluded for face in faces] == [""] * 500 + ["too_many"] * 100
    assert (row.viewers, row.usable, row.excluded) == (600, 500, {"too_many": 100})


def poisoned(source: Path, target: Path, least_mean: float) -> Path:
    """Copy a network so that it gives NaN for input whose mean is less."""
    model = onnx.load(source)
    (given,) = model.graph.input
    channels = given.type.tensor_type.shape.dim[1].dim_value
    graph = Graph()
    pooled = graph.add("Flatten", graph.add("GlobalAveragePool", given.name), axis=1)
    share = graph.array("share", np.full((channels, 1), 1 / channels, np.float32))
    least = graph.array("least", np.array(least_mean, np.float32))
    root = graph.add("Sqrt", graph.add("Sub", graph.add("MatMul", pooled, share), least))
    poison = graph.add("Mul", root, graph.array("nothing", np.array(0, np.float32)))
    for output in model.graph.output:
        for node in model.graph.node:
            renamed = [f"clean_{o}" if o == output.name else o for o in node.output]
            node.output[:] = renamed
        graph.add("Add", f"clean_{output.name}", poison, output=output.name)
    for node in graph.nodes:
        node.name = f"poison_{node.output[0]}"
    model.graph.node.extend(graph.nodes)
    model.graph.initializer.extend(graph.arrays)
    onnx.save(model, target)
    return target


def scored_beside_a_dark_frame(analyzer: Analyzer, portrait: Image) -> list[str]:
    """What becomes of a dark frame between two bright ones."""
    dark = (portrait * 0.25).astype(np.uint8)
    pictures = [portrait, dark, portrait]
    messages = analyzer([pictured(picture, seq) for seq, picture in enumerate(pictures)])
    return [f"{len(m.faces)} face" if isinstance(m, FacesScored) else m.reason for m in messages]


@pytest.mark.parametrize("broken", ["detector", "emotion"])
def test_a_frame_for_which_a_network_gives_nan_fails_alone(
    chain: Analyzer,
    weights: tuple[Path, ...],
    yunet: Path,
    portrait: Image,
    tmp_path: Path,
    broken: str,
) -> None:
    sees_the_dark = replace_in(chain, limits=limits(min_brightness=0))
    if broken == "detector":
        path = poisoned(yunet, tmp_path / "detector.onnx", least_mean=50)
        sick = replace_in(sees_the_dark, detector=open_detector(YUNET, path))
    else:
        path = poisoned(find(MOODTRACE_EMOTION, weights), tmp_path / "emotion.onnx", -0.6)
        sick = replace_in(sees_the_dark, emotion=EmotionNetwork(MOODTRACE_EMOTION, path))

    assert scored_beside_a_dark_frame(sees_the_dark, portrait) == ["1 face"] * 3
    assert scored_beside_a_dark_frame(sick, portrait) == ["1 face", "model_nan", "1 face"]
