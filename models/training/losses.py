"""Losses against shares of classes, for one head or several side by side."""

from collections.abc import Sequence

import torch

from models.training.recipe import Recipe


def smoothed(targets: torch.Tensor, heads: Sequence[int], amount: float) -> torch.Tensor:
    """Move a share of every known target to all classes of its head.

    Args:
        targets: `(n, c)`, parts of rows that sum to 1, or to 0 where nothing is known.
        heads: classes of each head; they sum to c.
        amount: 0 to 1.
    """
    if not amount:
        return targets
    parts = [
        part * (1 - amount) + part.sum(dim=1, keepdim=True) * amount / part.shape[1]
        for part in torch.split(targets, list(heads), dim=1)
    ]
    return torch.cat(parts, dim=1)


def cross_entropy(
    logits: torch.Tensor,
    targets: torch.Tensor,
    heads: Sequence[int],
    *,
    weights: torch.Tensor | None = None,
    gamma: float = 0.0,
) -> torch.Tensor:
    """Sum the cross entropies of all heads, averaged over the batch.

    Args:
        logits: `(n, c)`.
        targets: `(n, c)` shares; a head's zeros cost nothing.
        heads: classes of each head; they sum to c.
        weights: `(c,)` of the classes, or None.
        gamma: above 0, what is known well already counts less (focal loss).

    Returns:
        A scalar, in nats.
    """
    sizes = list(heads)
    log = torch.cat(
        [part.log_softmax(dim=1) for part in torch.split(logits.float(), sizes, dim=1)], dim=1
    )
    cost = -targets * log
    if gamma:
        cost = cost * (1 - log.exp()).clamp(min=0) ** gamma
    if weights is not None:
        cost = cost * weights
    return cost.sum() / len(logits)


def mean_error(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return how far the means of two distributions over years are apart, in years.

    Args:
        logits: `(n, years)`.
        targets: `(n, years)` shares.
    """
    years = torch.arange(logits.shape[1], dtype=torch.float32, device=logits.device)
    return ((logits.float().softmax(dim=1) - targets) @ years).abs().mean()


def loss_of(
    logits: torch.Tensor,
    targets: torch.Tensor,
    heads: Sequence[int],
    recipe: Recipe,
    weights: torch.Tensor | None = None,
) -> torch.Tensor:
    """Return the loss that a recipe asks for, a scalar."""
    gamma = recipe.focal_gamma if recipe.loss == "focal" else 0.0
    shares = smoothed(targets, heads, recipe.label_smoothing)
    loss = cross_entropy(logits, shares, heads, weights=weights, gamma=gamma)
    if recipe.mean_weight:
        loss = loss + recipe.mean_weight * mean_error(logits, targets)
    return loss
