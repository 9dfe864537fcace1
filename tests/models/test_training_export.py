"""What is exported says the same in torch and in ONNX, and what it said when it was committed."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import safetensors.torch
import torch

from models import engine
from models.emotion import EmotionNetwork
from models.registry import MOODTRACE_AGE, MOODTRACE_EMOTION, Card
from models.training import calibration
from models.training.export import onnx_of, rounded, write_rounded
from models.weights import COMMITTED, find, is_present, pull
from models.zoo.face_scores import AgeScores, EmotionScores, band_matrix
from moodtrace.errors import ConfigurationError
from moodtrace.labels import AGE_BANDS

Array = npt.NDArray[np.float32]
GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "own_networks.json").read_text())
CARDS = (MOODTRACE_EMOTION, MOODTRACE_AGE)
SCORES: dict[str, type[EmotionScores | AgeScores]] = {
    MOODTRACE_EMOTION.id: EmotionScores,
    MOODTRACE_AGE.id: AgeScores,
}


def crops(card: Card, count: int = 4) -> Array:
    """Soft blobs, the same each time, as the network takes them."""
    assert card.input_size_px is not None
    side_px = card.input_size_px[0]
    y, x = np.mgrid[:side_px, :side_px] / side_px * 2 * np.pi
    waves = [np.sin((i + 1) * x + i) * np.cos((i + 2) * y) for i in range(count)]
    return np.asarray(waves, np.float32)[:, None]


def in_torch(scores: torch.nn.Module, batch: Array) -> list[Array]:
    with torch.inference_mode():
        return [found.numpy() for found in scores.eval()(torch.from_numpy(batch))]


def committed(card: Card) -> EmotionScores | AgeScores:
    scores = SCORES[card.id]()
    path = find(card, []).with_suffix(".safetensors")
    scores.load_state_dict(safetensors.torch.load_file(path))
    return scores


def close(ours: list[Array], theirs: list[Array]) -> bool:
    pairs = zip(ours, theirs, strict=True)
    return all(np.allclose(a, b, rtol=1e-5, atol=1e-4) for a, b in pairs)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_torch_and_onnx_agree(card: Card) -> None:
    batch = crops(card, 5)

    assert close(in_torch(committed(card), batch), engine.load(find(card, []))(batch))


@pytest.mark.parametrize("scores", [EmotionScores, AgeScores])
@pytest.mark.parametrize("count", [1, 3])
def test_any_weights_and_any_batch_agree(
    scores: type[EmotionScores | AgeScores], count: int
) -> None:
    torch.manual_seed(3)
    made = scores()
    made.temperature.fill_(1.4)
    rounded(made.network)
    batch = crops(MOODTRACE_AGE if scores is AgeScores else MOODTRACE_EMOTION, count)

    assert close(in_torch(made, batch), engine.load(onnx_of(made.eval()))(batch))


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_the_committed_network_says_what_it_said(card: Card) -> None:
    first = engine.load(find(card, []))(crops(card))[0]

    assert first.shape == (4, len(card.labels))
    assert first.sum(axis=1) == pytest.approx(1, abs=1e-5)
    strongest = np.sort(first, axis=1)[:, ::-1][:, :3]
    assert strongest == pytest.approx(np.array(GOLDEN[card.id]), abs=1e-4)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_committed_weights_need_no_folder_and_no_network(card: Card, tmp_path: Path) -> None:
    assert is_present(card, [])
    assert pull(card, [tmp_path]) == COMMITTED / card.file
    assert not list(tmp_path.iterdir())


def test_a_committed_file_that_is_damaged_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / MOODTRACE_AGE.file).write_bytes(b"damaged")
    monkeypatch.setattr("models.weights.COMMITTED", tmp_path)

    with pytest.raises(ConfigurationError, match=MOODTRACE_AGE.sha256):
        find(MOODTRACE_AGE, [])


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_the_card_counts_the_parameters_as_they_are(card: Card) -> None:
    network = committed(card).network

    assert sum(weight.numel() for weight in network.parameters()) == card.parameters


def test_all_committed_weights_stay_under_ten_megabytes() -> None:
    assert sum(path.stat().st_size for path in COMMITTED.iterdir()) < 10_000_000


def test_the_emotion_network_runs_as_the_product_runs_it() -> None:
    network = EmotionNetwork(MOODTRACE_EMOTION, find(MOODTRACE_EMOTION, []))
    gray = ((crops(MOODTRACE_EMOTION)[:, 0] + 1) * 127.5).astype(np.uint8)

    scores, contempt = network(gray)

    assert scores.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert contempt.shape == (len(gray),)


def test_bands_are_the_products() -> None:
    years = band_matrix().numpy()

    assert years.shape == (101, len(AGE_BANDS) - 1)
    assert (years.sum(axis=1) == 1).all()
    assert [AGE_BANDS[years[age].argmax()] for age in (12, 13, 17, 18, 64, 65, 100)] == [
        "0-12",
        "13-17",
        "13-17",
        "18-24",
        "55-64",
        "65+",
        "65+",
    ]


def test_rounded_weights_come_back_bit_by_bit(tmp_path: Path) -> None:
    made, again = AgeScores(), AgeScores()
    rounded(made.network)
    write_rounded(tmp_path / "a.safetensors", made)

    again.load_state_dict(safetensors.torch.load_file(tmp_path / "a.safetensors"))

    pairs = zip(made.state_dict().values(), again.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_the_blend_takes_the_head_that_knows() -> None:
    logits = np.zeros((14, 15), np.float32)
    answers = (np.arange(14) % 7).astype(np.int16)
    heads = np.array([11, 12, 13, 8, 10, 9, 7])  # columns of FER+ in our order
    logits[np.arange(14), heads[answers]] = 5

    assert calibration.best_share(logits, answers) > 0
    assert np.array_equal(calibration.blended(logits, 1.0).argmax(axis=1), answers)


def test_scores_that_are_too_sure_are_cooled() -> None:
    rng = np.random.default_rng(1)
    answers = rng.integers(0, 7, 2000).astype(np.int16)
    honest = (np.eye(7)[answers] * 2 + rng.gumbel(size=(2000, 7))).astype(np.float32)

    found = [calibration.best_temperature(logits, answers) for logits in (honest, honest * 3)]

    assert found[1] / found[0] == pytest.approx(3, rel=0.05)
