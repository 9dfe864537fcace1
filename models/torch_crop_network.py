"""A network of face crops in torch, on the CPU or a GPU, in batches of one shape."""

from pathlib import Path
from typing import Final

import numpy as np
import torch

from models.engine import Array, Device, require_finite
from models.pictures import Crops
from models.registry import MOODTRACE_AGE, MOODTRACE_EMOTION, Card
from models.torch_device import exactly, require_device
from models.zoo import face_weights
from moodtrace.errors import ConfigurationError

LOADERS: Final = {
    MOODTRACE_EMOTION.id: face_weights.load_emotion,
    MOODTRACE_AGE.id: face_weights.load_age,
}
"""By card id."""

BATCHES: Final[dict[Device, int]] = {"cpu": 16, "cuda": 128}
"""Faces at once: a CPU's cache holds the layers of a few, a GPU is idle with fewer."""


class TorchCropNetwork:
    """One network of gray crops; see `models.crop_network.CropNetwork`."""

    def __init__(
        self,
        card: Card,
        path: Path,
        *,
        device: Device,
        batch: int | None = None,
        half: bool | None = None,
    ) -> None:
        """Open the network and run it once, for a GPU is slow the first time.

        Args:
            card: of `LOADERS`.
            path: its checked ONNX file.
            device: what computes.
            batch: faces at once; by device if None.
            half: compute in 16 bits, all but the shares at the end; on a GPU alone if None.

        Raises:
            ConfigurationError: there is no such device or no such network, or the weights are not
                the network's.
        """
        require_device(device)
        if card.id not in LOADERS:
            raise ConfigurationError(
                f"{card.id} is not known to torch",
                where="engine torch",
                try_this=f"take the engine onnx, or one of {', '.join(LOADERS)}",
            )
        assert card.input_size_px is not None
        is_half = device == "cuda" if half is None else half
        self.card = card
        self._device = device
        self._dtype = torch.float16 if is_half else torch.float32
        self._shape = (BATCHES[device] if batch is None else batch, 1, *card.input_size_px)
        scores = LOADERS[card.id](path).eval().requires_grad_(False).to(device)
        scores.network.to(  # type: ignore[call-overload]  # torch's stub lacks the last
            dtype=self._dtype, memory_format=torch.channels_last
        )
        self._scores = scores
        self(np.zeros((1, *card.input_size_px), np.uint8))

    def __call__(self, crops: Crops) -> list[Array]:
        """Score crops; see `models.crop_network.CropNetwork`."""
        with exactly():
            faces = torch.as_tensor(crops, device=self._device)
            parts = [self._scored(part) for part in torch.split(faces, self._shape[0])]
            found = [torch.cat(outputs).cpu().numpy() for outputs in zip(*parts, strict=True)]
        require_finite(*found)
        return found

    def _scored(self, faces: torch.Tensor) -> list[torch.Tensor]:
        """Score up to a batch of crops; it is filled up with gray."""
        factor, offset = self.card.scaling
        batch = torch.zeros(self._shape, dtype=self._dtype, device=self._device)
        batch[: len(faces), 0] = (faces.float() * factor + offset).to(self._dtype)
        return [output[: len(faces)] for output in self._scores(batch)]
