"""Turns the ONNX file of one of our own networks into one that computes in 8 bits."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from models.crop_network import BATCH_FACES
from models.training.batches import Examples
from moodtrace.fetch import written_beside

CALIBRATION_PICTURES: Final = 320
"""Their activations set the ranges of 8 bits (docs/decisions/0006-int8.md)."""
LAYERS: Final = ("Conv", "Gemm", "Add", "Relu", "AveragePool", "GlobalAveragePool")
"""The others turn logits into scores, which need more than 8 bits."""
INPUT: Final = "crops"


class _Calibration(CalibrationDataReader):  # type: ignore[misc]
    """Gives the quantiser one batch after the other."""

    def __init__(self, batches: Iterator[npt.NDArray[np.float32]]) -> None:
        self.batches = batches

    def get_next(self) -> dict[str, npt.NDArray[np.float32]] | None:
        """Return the next batch by the input's name; None after the last."""
        batch = next(self.batches, None)
        return None if batch is None else {INPUT: batch}


def write_int8(path: Path, training: Examples) -> Path:
    """Write `NAME-int8.onnx` beside `NAME.onnx`, with the same input and outputs.

    Args:
        path: as `export` wrote it.
        training: pictures of which some set the ranges of activations, always the same ones.

    Returns:
        The new file.

    Raises:
        CannotWriteError: the folder can't be written.
    """
    target = path.with_name(f"{path.stem}-int8.onnx")
    with TemporaryDirectory() as folder:
        plain, small = Path(folder) / "plain.onnx", Path(folder) / "small.onnx"
        quant_pre_process(path, plain, skip_symbolic_shape=True)
        quantize_static(
            plain,
            small,
            _Calibration(_batches(training)),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(LAYERS),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        with written_beside(target) as file:
            file.write(small.read_bytes())
    return target


def _batches(training: Examples) -> Iterator[npt.NDArray[np.float32]]:
    """Give `(n, 1, h, w)` pictures, drawn with a fixed seed."""
    order = torch.randperm(len(training), generator=torch.Generator().manual_seed(0))
    for places in torch.split(order[:CALIBRATION_PICTURES], BATCH_FACES):
        yield np.ascontiguousarray(training.batch(places)[0].cpu().numpy())
