"""Reads our own face networks out of the ONNX files that `models.training.onnx_graph` writes."""

from pathlib import Path

from torch import nn

from models.torch_weights import fill
from models.zoo.face_scores import AgeScores, EmotionScores


def load_emotion(path: Path) -> EmotionScores:
    """Return the emotion network with the weights of its ONNX file.

    Raises:
        ConfigurationError: the file holds no such weights.
    """
    scores = EmotionScores()
    names = _in_order(scores.network)
    # Then FER+'s order and the share of the other head, which the network knows by itself.
    order, rest, share, temperature = (f"array_{len(names) + number}" for number in range(4))
    calibration = {share: "ferplus_share", temperature: "temperature"}
    fill(scores, path, names | calibration, {order, rest})
    return scores


def load_age(path: Path) -> AgeScores:
    """Return the age network with the weights of its ONNX file.

    Raises:
        ConfigurationError: the file holds no such weights.
    """
    scores = AgeScores()
    names = _in_order(scores.network)
    temperature, bands, years = (f"array_{len(names) + number}" for number in range(3))
    fill(scores, path, names | {temperature: "temperature"}, {bands, years})
    return scores


def _in_order(network: nn.Module) -> dict[str, str]:
    """Name the weights, which the file numbers in the order of the layers."""
    weights = [name for name in network.state_dict() if not name.endswith("num_batches_tracked")]
    return {f"array_{number}": f"network.{name}" for number, name in enumerate(weights)}
