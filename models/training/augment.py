"""Changes batches of pictures at random; pictures and targets are tensors on one device.

Draws come from the CPU's generator, whatever the device, so that a seed says what happens.
"""

import math

import torch
from torch.nn import functional

from models.training.recipe import Augmentation

ERASED: tuple[float, float] = (0.1, 0.4)
"""Sides of a painted rectangle, as shares of the picture's."""

DETAIL: tuple[float, float] = (0.4, 0.9)
"""What a blurred picture keeps of its pixels along each side."""


def augment(images: torch.Tensor, amount: Augmentation, size_px: int) -> torch.Tensor:
    """Change every picture in its own way.

    Args:
        images: `(n, c, h, w) float32`, -1 to 1.
        amount: how much.
        size_px: side of the result.

    Returns:
        `(n, c, size_px, size_px) float32`, -1 to 1; beyond the picture it is mirrored.
    """
    moved = _moved(images, amount, size_px)
    return _erased(_blurred(_lit(moved, amount), amount.blur), amount.erasing)


def resized(images: torch.Tensor, size_px: int) -> torch.Tensor:
    """Scale `(n, c, h, w)` to `(n, c, size_px, size_px)`; the same tensor if nothing changes."""
    if images.shape[2:] == (size_px, size_px):
        return images
    return functional.interpolate(
        images, (size_px, size_px), mode="bilinear", align_corners=False, antialias=True
    )


def affine(count: int, amount: Augmentation) -> torch.Tensor:
    """Draw `(count, 2, 3) float32` maps from places in the result to places in the picture."""
    turn = _draw(count, math.radians(amount.rotation_deg))
    slant = torch.tan(_draw(count, math.radians(amount.shear_deg)))
    scale = torch.exp(_draw(count, math.log1p(amount.zoom)))
    mirror = torch.where(torch.rand(count) < 0.5, -1.0, 1.0) if amount.flip else torch.ones(count)
    across = torch.stack(
        [
            mirror * scale * torch.cos(turn),
            scale * (slant - torch.sin(turn)),
            _draw(count, 2 * amount.shift),
        ],
        dim=1,
    )
    down = torch.stack(
        [mirror * scale * torch.sin(turn), scale * torch.cos(turn), _draw(count, 2 * amount.shift)],
        dim=1,
    )
    return torch.stack([across, down], dim=1)


def mixed(
    images: torch.Tensor, targets: torch.Tensor, alpha: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Blend each picture with another of the batch, and their targets likewise (mixup).

    Args:
        images: `(n, c, h, w)`.
        targets: `(n, k)` shares of classes.
        alpha: of the beta distribution that the share is drawn from.
    """
    share, order = _share(alpha), torch.randperm(len(images))
    return images.lerp(images[order], 1 - share), targets.lerp(targets[order], 1 - share)


def pasted(
    images: torch.Tensor, targets: torch.Tensor, alpha: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Paste a rectangle of another picture into each; targets follow its area (CutMix)."""
    order, height, width = torch.randperm(len(images)), *images.shape[2:]
    side = math.sqrt(1 - _share(alpha))
    top, left = (int(torch.randint(0, n, ())) for n in (height, width))
    bottom = min(height, top + round(side * height))
    right = min(width, left + round(side * width))
    result = images.clone()
    result[:, :, top:bottom, left:right] = images[order][:, :, top:bottom, left:right]
    other = (bottom - top) * (right - left) / (height * width)
    return result, targets.lerp(targets[order], other)


def _draw(count: int, most: float) -> torch.Tensor:
    """Draw `(count,)` numbers from -most to most."""
    return (torch.rand(count) * 2 - 1) * most


def _share(alpha: float) -> float:
    """Draw one share, 0 to 1, from a beta distribution, out of torch's own generator."""
    first, second = torch._standard_gamma(torch.full((2,), alpha)).tolist()
    return float(first / max(first + second, 1e-12))


def _moved(images: torch.Tensor, amount: Augmentation, size_px: int) -> torch.Tensor:
    count, channels = images.shape[:2]
    maps = affine(count, amount).to(images.device)
    grid = functional.affine_grid(maps, [count, channels, size_px, size_px], align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def _lit(images: torch.Tensor, amount: Augmentation) -> torch.Tensor:
    if not (amount.contrast or amount.brightness):
        return images
    count = len(images)
    gain = torch.exp(_draw(count, math.log1p(amount.contrast))).to(images.device)
    offset = _draw(count, 2 * amount.brightness).to(images.device)
    mean = images.mean((1, 2, 3), keepdim=True)
    lit = (images - mean) * gain[:, None, None, None] + mean + offset[:, None, None, None]
    return lit.clamp(-1, 1)


def _blurred(images: torch.Tensor, share: float) -> torch.Tensor:
    """Scale some pictures down and up again; those of one batch to the same size."""
    if not share:
        return images
    low, high = DETAIL
    size_px = max(1, round(float(torch.rand(()) * (high - low) + low) * images.shape[2]))
    chosen = (torch.rand(len(images)) < share).to(images.device)
    coarse = resized(resized(images[chosen], size_px), images.shape[2])
    return images.masked_scatter(chosen[:, None, None, None], coarse)


def _erased(images: torch.Tensor, share: float) -> torch.Tensor:
    if not share:
        return images
    count, _, height, width = images.shape
    rows, columns = _strip(count, height), _strip(count, width)
    chosen = torch.rand(count) < share
    inside = (rows[:, :, None] & columns[:, None, :] & chosen[:, None, None])[:, None]
    paint = (torch.rand(count, 1, 1, 1) * 2 - 1).to(images.device)
    return torch.where(inside.to(images.device), paint, images)


def _strip(count: int, side_px: int) -> torch.Tensor:
    """Draw a run of places per picture, `(count, side_px) bool`."""
    low, high = ERASED
    lengths = (torch.rand(count) * (high - low) + low) * side_px
    centres = torch.rand(count) * side_px
    places = torch.arange(side_px) + 0.5
    return (places[None] - centres[:, None]).abs() < lengths[:, None] / 2
