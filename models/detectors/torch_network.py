"""A detector's network in torch, over batches of one shape, on the CPU or a GPU."""

from pathlib import Path
from typing import Final

import torch

from models.detectors import torch_centerface, torch_yunet
from models.detectors.detector import Image
from models.engine import Array, Device, require_finite
from models.registry import Card
from models.torch_device import exactly, require_device

LOADERS: Final = {"yunet": torch_yunet.load, "centerface": torch_centerface.load}
"""By card id."""

BATCHES: Final[dict[Device, int]] = {"cpu": 1, "cuda": 16}
"""Pictures at once. A CPU's cache holds the layers of one; a GPU takes all frames that are analysed
together (`workers.infer`)."""


class TorchNetwork:
    """YuNet or CenterFace; see `Network`.

    It always sees whole batches, black where there are no more pictures: another shape may be
    computed another way, and a picture's last digits would depend on how many are beside it.
    """

    def __init__(
        self,
        card: Card,
        path: Path,
        *,
        device: Device,
        batch: int | None = None,
        half: bool = False,
    ) -> None:
        """Open the network.

        Args:
            card: a detector's, of `LOADERS`.
            path: its checked ONNX file.
            device: what computes.
            batch: pictures at once; by device if None.
            half: compute in 16 bits, which moves YuNet's boxes by up to 4 px in our group photos,
                CenterFace's by 0.1, and scores by 0.001.

        Raises:
            ConfigurationError: there is no such device, or the weights are not the network's.
        """
        require_device(device)
        self.batch = BATCHES[device] if batch is None else batch
        self._device = device
        self._dtype = torch.float16 if half else torch.float32
        self._is_rgb = card.colours == "RGB"
        network = LOADERS[card.id](path).eval().requires_grad_(False)
        self._network = network.to(  # type: ignore[call-overload]  # torch's stub lacks the last
            device, self._dtype, memory_format=torch.channels_last
        )

    def __call__(self, boxed: Image) -> list[Array]:
        """Look for faces; see `Network`."""
        with exactly():
            heads = self._network(self._pictures(boxed))
            found = [head[: len(boxed)].float().cpu().numpy() for head in heads]
        require_finite(*found)
        return found

    def _pictures(self, boxed: Image) -> torch.Tensor:
        """Return `(batch, 3, h, w)` in the network's colours, channels last in memory."""
        shape = (self.batch, *boxed.shape[1:])
        pictures = torch.zeros(shape, dtype=torch.uint8, device=self._device)
        pictures[: len(boxed)] = torch.from_numpy(boxed)
        colours = pictures.flip(3) if self._is_rgb else pictures
        return colours.permute(0, 3, 1, 2).to(self._dtype)
