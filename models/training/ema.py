"""An average of a network's weights over its last steps, which scores better than the last."""

import copy
from typing import Final

import torch
from torch import nn

START: Final = 10
"""The first steps count more than the decay says: the start is forgotten sooner."""


class Average:
    """A copy of a network whose weights follow it slowly."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards a network after its `step`-th step, counted from 1."""
        decay = min(self.decay, (1 + step) / (START + step))
        ours, theirs = self.network.state_dict().values(), network.state_dict().values()
        for mean, value in zip(ours, theirs, strict=True):
            if decay and mean.dtype.is_floating_point:
                mean.lerp_(value, 1 - decay)
            else:
                mean.copy_(value)
