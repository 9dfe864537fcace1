"""What our own networks' logits become in the product: scores, calibrated, in our words.

These modules are what is exported; an ONNX graph holds the same steps. Logits may come in 16 bits,
shares are made of them in 32.
"""

from typing import Final

import torch
from torch import nn

from models.zoo.face_resnet import EMOTION_CLASSES, YEARS, age_network, emotion_network

FERPLUS_TO_OURS: Final = (4, 5, 6, 1, 3, 2, 0)
"""Where anger, disgust, fear, happiness, sadness, surprise, neutral stand among FER+'s classes."""
BAND_STARTS: Final = (0, 13, 18, 25, 35, 45, 55, 65)
"""First year of each age band."""


def band_matrix() -> torch.Tensor:
    """Return `(101, 8) float32` that sums years into age bands."""
    years = torch.arange(YEARS)
    starts = torch.tensor([*BAND_STARTS, YEARS])
    return ((years[:, None] >= starts[:-1]) & (years[:, None] < starts[1:])).float()


class EmotionScores(nn.Module):
    """The emotion network with its two heads blended and calibrated."""

    def __init__(self) -> None:
        super().__init__()
        self.network = emotion_network()
        self.register_buffer("ferplus_share", torch.tensor(0.5))
        self.register_buffer("temperature", torch.tensor(1.0))
        self.ferplus_share: torch.Tensor
        """Weight of FER+'s head in the blend, 0 to 1."""
        self.temperature: torch.Tensor
        """Above 1 makes scores less sure."""

    def forward(self, crops: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Score `(n, 1, 48, 48) float32`, -1 to 1.

        Returns:
            `(n, 7)` scores of our emotions, and `(n, 8)` of FER+'s classes with contempt; rows
            sum to 1.
        """
        logits = self.network(crops).float()
        ours, ferplus = logits[:, :EMOTION_CLASSES], logits[:, EMOTION_CLASSES:]
        mapped = ferplus[:, list(FERPLUS_TO_OURS)].softmax(dim=1)
        blend = ours.softmax(dim=1).lerp(mapped, self.ferplus_share)
        return (blend.log() / self.temperature).softmax(dim=1), ferplus.softmax(dim=1)


class AgeScores(nn.Module):
    """The age network with its distribution calibrated and summed up."""

    def __init__(self) -> None:
        super().__init__()
        self.network = age_network()
        self.register_buffer("temperature", torch.tensor(1.0))
        self.register_buffer("bands", band_matrix(), persistent=False)
        self.temperature: torch.Tensor
        self.bands: torch.Tensor

    def forward(self, crops: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Estimate ages of `(n, 1, 64, 64) float32`, -1 to 1.

        Returns:
            `(n, 101)` shares of the years 0 to 100; `(n, 8)` of the age bands; `(n, 1)` their
            mean in years.
        """
        years = (self.network(crops).float() / self.temperature).softmax(dim=1)
        numbers = torch.arange(YEARS, dtype=torch.float32, device=years.device)
        return years, years @ self.bands, years @ numbers[:, None]
