"""Builds the optimiser of a recipe, and gives each layer its rate."""

import torch
from torch import nn

from models.training.recipe import Recipe
from models.zoo.freezing import layers


def optimiser_of(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Build the optimiser that a recipe asks for, a group or two per different rate."""
    groups = _groups(network, recipe)
    match recipe.optimiser:
        case "sgd":
            nesterov = recipe.momentum > 0
            return torch.optim.SGD(
                groups, lr=recipe.rate, momentum=recipe.momentum, nesterov=nesterov
            )
        case "adam":
            return torch.optim.Adam(groups, lr=recipe.rate)
        case "adamw":
            return torch.optim.AdamW(groups, lr=recipe.rate)
        case "rmsprop":
            return torch.optim.RMSprop(groups, lr=recipe.rate, momentum=recipe.momentum)


def rates(count: int, recipe: Recipe) -> list[float]:
    """Return the highest rate of each layer, from the input on."""
    last = max(1, count - 1)
    return [recipe.rate * recipe.first_rate_share ** (1 - i / last) for i in range(count)]


def _groups(network: nn.Module, recipe: Recipe) -> list[dict[str, object]]:
    """Collect parameters by rate and decay; biases and normalisations don't decay."""
    found: dict[tuple[float, float], list[nn.Parameter]] = {}
    seen: set[int] = set()  # a weight that two layers share learns once
    every = [layer for _, layer in layers(network)]
    for layer, rate in zip(every, rates(len(every), recipe), strict=True):
        for parameter in layer.parameters(recurse=False):
            if parameter.requires_grad and id(parameter) not in seen:
                seen.add(id(parameter))
                decay = recipe.weight_decay if parameter.ndim > 1 else 0.0
                found.setdefault((rate, decay), []).append(parameter)
    return [
        {"params": parameters, "lr": rate, "most": rate, "weight_decay": decay}
        for (rate, decay), parameters in found.items()
    ]
