"""Layers that the detectors' torch networks share."""

from collections import OrderedDict

import torch
from torch import nn


def named(**layers: nn.Module) -> nn.Sequential:
    """Return layers that run one after the other, under their names."""
    return nn.Sequential(OrderedDict(layers))


def shares(logits: torch.Tensor) -> torch.Tensor:
    """Return the sigmoid of `(n, …)`, picture by picture.

    On a CPU torch computes the last numbers of a tensor by another formula than the rest, so a
    picture's would depend on its place in the batch.
    """
    return torch.stack([picture.sigmoid() for picture in logits])
