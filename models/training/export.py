"""Makes the files that the product runs from, out of what a run left behind."""

from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from torch import nn

from models.training import calibration, checkpoint, onnx_graph
from models.training.batches import Examples
from models.training.score import predict
from models.zoo.face_scores import AgeScores, EmotionScores
from moodtrace.errors import UsageError
from moodtrace.fetch import written_beside

NAMES = ("moodtrace-emotion", "moodtrace-age")


def export(name: str, weights: Path, validation: Examples, out: Path) -> tuple[Path, Path]:
    """Round, calibrate and write a network of our own.

    Args:
        name: one of `NAMES`.
        weights: safetensors of a run, `best.safetensors`.
        validation: what blend and temperature are chosen on.
        out: the folder for `NAME.safetensors` and `NAME.onnx`.

    Returns:
        Both files.

    Raises:
        UsageError: this network is not one of ours.
        ConfigurationError: the weights are of another architecture.
        CannotWriteError: the folder can't be written.
    """
    if name not in NAMES:
        raise UsageError(
            "only networks of our own are exported",
            where=name,
            try_this=f"name one of {', '.join(NAMES)}",
        )
    scores = AgeScores() if name == "moodtrace-age" else EmotionScores()
    checkpoint.read_weights(weights, scores.network)
    rounded(scores.network)
    calibrate(scores.eval(), validation)
    files = out / f"{name}.safetensors", out / f"{name}.onnx"
    write_rounded(files[0], scores)
    with written_beside(files[1]) as file:
        file.write(onnx_of(scores))
    return files


def onnx_of(scores: EmotionScores | AgeScores) -> bytes:
    """Return the ONNX graph of calibrated scores."""
    if isinstance(scores, AgeScores):
        return onnx_graph.age_onnx(scores)
    return onnx_graph.emotion_onnx(scores)


def rounded(network: nn.Module) -> None:
    """Round kernels to what 16 bits can hold; vectors stay."""
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim > 1:
                parameter.copy_(parameter.half().float())


def calibrate(scores: EmotionScores | AgeScores, validation: Examples) -> None:
    """Set the blend and the temperature."""
    logits = predict(scores.network, validation, half=False)
    if isinstance(scores, AgeScores):
        value = calibration.best_age_temperature(logits, validation.labels)
    else:
        share = calibration.best_share(logits, validation.labels)
        scores.ferplus_share.fill_(share)
        log = np.log(calibration.blended(logits, share))
        value = calibration.best_temperature(log, validation.labels)
    scores.temperature.fill_(value)


def write_rounded(path: Path, scores: nn.Module) -> None:
    """Write safetensors with kernels in 16 bits and the rest in 32.

    Raises:
        CannotWriteError: the folder can't be written.
    """
    tensors = {
        name: (value.half() if value.ndim > 1 else value).contiguous()
        for name, value in scores.state_dict().items()
    }
    with written_beside(path) as file:
        file.write(safetensors.torch.save(tensors))
