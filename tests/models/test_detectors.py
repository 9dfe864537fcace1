"""All detectors find real faces where they are, and decode as their authors do."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from models.boxes import iou
from models.detections import Detections
from models.detectors import Detector, Device, Engine, centerface, open_detector, yunet
from models.registry import CARDS, HAAR, MTCNN, SSD, YUNET, Card
from moodtrace.errors import ConfigurationError

Array = npt.NDArray[np.float32]
PathOf = Callable[[Card], Path]

GOLDEN = Path(__file__).parents[1] / "golden" / "detections.json"
DETECTORS = [card for card in CARDS.values() if card.kind == "detector"]
EACH = pytest.mark.parametrize("card", DETECTORS, ids=lambda card: card.id)
PHOTO = "Ultra-Light-Fast-Generic-Face-Detector-1MB__imgs_18.jpg"


def detector_of(card: Card, path_of: PathOf, height_px: int = 544, width_px: int = 960) -> Detector:
    return open_detector(card, path_of(card), height_px=height_px, width_px=width_px)


@pytest.fixture(scope="module")
def photo(shared: Path) -> npt.NDArray[np.uint8]:
    """Six people in two rows, 1024 x 672: whole steps of 32, so that nothing is resized."""
    image = cv2.imread(str(shared / "footage" / "photos" / PHOTO))
    assert image is not None
    return np.ascontiguousarray(image[:672], np.uint8)


def test_yunet_agrees_with_opencvs_own_reading(
    path_of: PathOf, photo: npt.NDArray[np.uint8]
) -> None:
    size = (photo.shape[1], photo.shape[0])
    reference = cv2.FaceDetectorYN.create(str(path_of(YUNET)), "", size, 0.6, 0.3, 5000)
    rows = np.asarray(reference.detect(photo)[1], np.float32)
    rows = rows[np.argsort(-rows[:, 14])]
    rows[:, 2:4] += rows[:, :2]

    found = detector_of(YUNET, path_of, 672, 1024)([photo])[0]

    assert len(found) == 6
    assert np.abs(found.xyxy - rows[:, :4]).max() < 1
    assert np.abs(found.landmarks.reshape(-1, 10) - rows[:, 4:14]).max() < 1
    assert np.abs(found.scores - rows[:, 14]).max() < 1e-3


@EACH
def test_golden_detections(card: Card, path_of: PathOf, photo: npt.NDArray[np.uint8]) -> None:
    golden = json.loads(GOLDEN.read_text())[card.id]

    found = detector_of(card, path_of)([photo])[0]

    found = found.take(np.argsort(found.xyxy[:, 0]))  # scores nearly alike may change places
    assert found.xyxy == pytest.approx(np.asarray(golden["xyxy"]), abs=0.5)
    assert found.scores == pytest.approx(np.asarray(golden["scores"]), abs=1e-3)


@EACH
def test_the_group_photos_give_what_the_card_says(
    card: Card, path_of: PathOf, shared: Path
) -> None:
    folder = shared / "footage" / "photos"
    detector = detector_of(card, path_of)
    faces = hits = false = 0

    for entry in json.loads((folder / "boxes.json").read_text()):
        xyxy = np.asarray(entry["faces"], np.float32)
        xyxy[:, 2:] += xyxy[:, :2]
        found = detector([np.asarray(cv2.imread(str(folder / entry["file"])), np.uint8)])[0]
        matched = iou(xyxy, found.xyxy) >= 0.4
        faces += len(xyxy)
        hits += int(matched.any(axis=1).sum())
        false += int((~matched.any(axis=0)).sum()) if entry["complete"] else 0

    assert faces == 216
    assert hits / faces == pytest.approx(card.metrics["photos_recall_960x544"], abs=0.005)
    precision = hits / (hits + false)
    assert precision == pytest.approx(card.metrics["photos_precision_960x544"], abs=0.005)


@EACH
def test_the_six_people_are_found_best_first(
    card: Card, path_of: PathOf, photo: npt.NDArray[np.uint8]
) -> None:
    there = np.asarray(json.loads(GOLDEN.read_text())["yunet"]["xyxy"], np.float32)

    (found,) = detector_of(card, path_of)([photo])

    hits = (iou(there, found.xyxy) >= 0.5).any(axis=1).sum()
    assert hits == (5 if card is HAAR else 6)  # one leans her head, which a cascade does not know
    assert np.all(np.diff(found.scores) <= 0)
    assert np.all((found.scores >= card.min_score) & (found.scores <= 1))


@EACH
def test_landmarks_come_if_the_card_says_so(
    card: Card, path_of: PathOf, photo: npt.NDArray[np.uint8]
) -> None:
    (found,) = detector_of(card, path_of)([photo])

    assert found.landmarks.shape == (len(found), 5 if card.landmarks else 0, 2)


@pytest.mark.parametrize(
    "card", [card for card in DETECTORS if card.landmarks], ids=lambda card: card.id
)
def test_landmarks_are_left_to_right_and_top_to_bottom(
    card: Card, path_of: PathOf, photo: npt.NDArray[np.uint8]
) -> None:
    (found,) = detector_of(card, path_of)([photo])

    for left_eye, right_eye, nose, left_mouth, right_mouth in found.landmarks:
        assert left_eye[0] < nose[0] < right_eye[0]
        assert left_mouth[0] < right_mouth[0]
        assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


@EACH
def test_pictures_beside_it_change_nothing(
    card: Card, path_of: PathOf, photo: npt.NDArray[np.uint8]
) -> None:
    detector = detector_of(card, path_of, 384, 640)
    black = np.zeros((90, 160, 3), np.uint8)
    mirrored = np.ascontiguousarray(photo[:, ::-1])

    (alone,) = detector([photo])
    nobody, first, second, third = detector([black, photo, mirrored, photo])

    assert len(nobody) == 0
    assert nobody.xyxy.shape == (0, 4)
    assert nobody.landmarks.shape == (0, 5 if card.landmarks else 0, 2)
    assert len(second) > 0
    for beside in (first, third):
        assert np.array_equal(alone.xyxy, beside.xyxy)
        assert np.array_equal(alone.scores, beside.scores)
        assert np.array_equal(alone.landmarks, beside.landmarks)


@EACH
@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (1, 3000), (3000, 1), (11, 11), (4000, 6000)], ids=str
)
def test_pictures_of_any_size_give_boxes_inside_or_nothing(
    card: Card, path_of: PathOf, photo: npt.NDArray[np.uint8], height: int, width: int
) -> None:
    picture = np.asarray(cv2.resize(photo, (width, height)), np.uint8)

    (found,) = detector_of(card, path_of, 384, 640)([picture])

    assert np.isfinite(found.landmarks).all()
    assert np.all(found.xyxy[:, :2] >= 0)
    assert np.all(found.xyxy[:, 2:] <= (width, height))
    assert np.all(found.xyxy[:, 2:] > found.xyxy[:, :2])
    assert len(found) > 0 or min(height, width) < 12


@EACH
def test_noise_shows_nobody(card: Card, path_of: PathOf) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (544, 960, 3), np.uint8)

    assert len(detector_of(card, path_of)([noise])[0]) == 0


@EACH
def test_no_pictures_give_no_detections(card: Card, path_of: PathOf) -> None:
    assert detector_of(card, path_of, 64, 64)([]) == []


@EACH
def test_a_size_that_the_networks_cannot_halve_is_refused(card: Card, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="960 x 540"):
        open_detector(card, tmp_path / card.file, height_px=540, width_px=960)


@pytest.mark.parametrize("card", [MTCNN, SSD, HAAR], ids=lambda card: card.id)
@pytest.mark.parametrize(("engine", "device"), [("torch", "cpu"), ("onnx", "cuda")])
def test_a_detector_that_runs_its_own_way_refuses_another(
    card: Card, engine: Engine, device: Device, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match="runs its own way on the CPU"):
        open_detector(card, tmp_path / card.file, engine=engine, device=device)


@EACH
def test_a_file_that_is_no_network_is_refused(card: Card, tmp_path: Path) -> None:
    for name in (card.file, *card.sources):
        (tmp_path / name).write_bytes(b"no network")

    with pytest.raises(ConfigurationError):
        open_detector(card, tmp_path / card.file)


def test_yunet_decodes_one_cell() -> None:
    heads = [
        np.zeros((1, (64 // stride) * (96 // stride), width), np.float32)
        for width in (1, 1, 4, 10)
        for stride in yunet.STRIDES_PX
    ]
    cell = 1 * 6 + 2  # row 1, column 2 of stride 16
    heads[1][0, cell], heads[4][0, cell] = 0.81, 1.5  # the second is clamped to 1
    heads[7][0, cell] = 0.5, 0.25, np.log(2), 0
    heads[10][0, cell] = 0.5

    found = yunet.decode(heads, 64, 96, 0.6)

    expected_score, centre_x, centre_y = 0.9, 40, 20
    assert found.scores.tolist() == pytest.approx([expected_score])
    assert found.xyxy[0] == pytest.approx(
        [centre_x - 16, centre_y - 8, centre_x + 16, centre_y + 8]
    )
    assert found.landmarks[0, 0] == pytest.approx([40, 24])


def test_centerface_decodes_one_cell() -> None:
    heat, sizes, offsets, points = (
        np.zeros((1, count, 16, 24), np.float32) for count in (1, 2, 2, 10)
    )
    heat[0, 0, 3, 5] = 0.9
    sizes[0, :, 3, 5] = np.log(5), np.log(4)  # height, width in quarters
    offsets[0, :, 3, 5] = 0.25, 0.5  # down, right
    points[0, :2, 3, 5] = 0.5, 0.25  # down, right, in boxes

    found = centerface.decode([heat, sizes, offsets, points], 64, 96, 0.5)

    assert found.scores.tolist() == pytest.approx([0.9])
    assert found.xyxy[0] == pytest.approx([16, 5, 32, 25])
    assert found.landmarks[0, 0] == pytest.approx([20, 15])


def test_taking_keeps_the_parts_together() -> None:
    both = Detections(
        np.arange(8, dtype=np.float32).reshape(2, 4),
        np.asarray([0.9, 0.8], np.float32),
        np.arange(20, dtype=np.float32).reshape(2, 5, 2),
    )

    second = both.take(np.asarray([1]))

    assert len(second) == 1
    assert (second.xyxy[0, 0], second.scores[0], second.landmarks[0, 0, 0]) == (
        4,
        np.float32(0.8),
        10,
    )
