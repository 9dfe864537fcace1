"""CenterFace's heads → detections; knows nothing of pictures.

Xu et al.: "CenterFace: Joint Face Detection and Alignment Using Face as Point" (arXiv 1911.03599).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from models import onnx_file
from models.detections import Detections

Array = npt.NDArray[np.float32]

STRIDE_PX: Final = 4


def runnable(path: Path) -> bytes:
    """Return the file's content with its fixed input of 10 pictures, 32 x 32, made free."""
    model = onnx_file.read(path)
    # In this old file the weights count as inputs too; the picture comes first.
    for tensor in (model.graph.input[0], *model.graph.output):
        for axis in (0, 2, 3):
            tensor.type.tensor_type.shape.dim[axis].dim_param = f"{tensor.name}_{axis}"
    content: bytes = model.SerializeToString()
    return content


def decode(heads: Sequence[Array], height_px: int, width_px: int, min_score: float) -> Detections:
    """Turn the heads of one picture into detections, overlapping ones included.

    Args:
        heads: heat `(1, 1, h, w)`, log size `(1, 2, h, w)`, offset `(1, 2, h, w)` and
            landmarks `(1, 10, h, w)`, where h and w are a quarter of the input's. Pairs
            are y first.
        height_px: height of the network's input.
        width_px: width of the network's input.
        min_score: lower scores are left out.
    """
    heat, log_sizes, offsets, points = (head[0] for head in heads)
    rows, columns = np.nonzero(heat[0] >= min_score)
    cells = np.stack([columns, rows], axis=1).astype(np.float32)
    sizes = np.exp(log_sizes[::-1, rows, columns].T) * STRIDE_PX
    centres = (cells + offsets[::-1, rows, columns].T + np.float32(0.5)) * STRIDE_PX
    corners = centres - sizes / 2
    landmarks = points[:, rows, columns].T.reshape(-1, 5, 2)[:, :, ::-1]
    return Detections(
        np.concatenate([corners, corners + sizes], axis=1),
        heat[0, rows, columns],
        corners[:, None] + landmarks * sizes[:, None],
    )
