"""Freezing of layers for training from pre-trained weights; knows no optimiser.

A layer is a module with weights of its own, in the order in which the network defines them, which
is, but for shortcuts, the order of computation. A frozen normalisation also keeps its running
statistics in training, as Keras has it; once freed, it learns them after the next `train()`.
"""

from torch import nn

from moodtrace.errors import ConfigurationError


def layers(network: nn.Module) -> list[tuple[str, nn.Module]]:
    """Return the layers with their names, first to last."""
    return [
        (name, module)
        for name, module in network.named_modules()
        if any(True for _ in module.parameters(recurse=False))
    ]


def freeze_up_to(network: nn.Module, n: int) -> None:
    """Freeze the first `n` layers and free those that follow.

    Raises:
        ConfigurationError: the network has fewer layers.
    """
    for place, layer in enumerate(_checked(network, n)):
        _set(layer, free=place >= n)


def unfreeze_last(network: nn.Module, n: int) -> None:
    """Free the last `n` layers and freeze those before them.

    Raises:
        ConfigurationError: the network has fewer layers.
    """
    found = _checked(network, n)
    for place, layer in enumerate(found):
        _set(layer, free=place >= len(found) - n)


def _checked(network: nn.Module, n: int) -> list[nn.Module]:
    """Return the layers, or refuse a number of them that there can't be."""
    found = [layer for _, layer in layers(network)]
    if not 0 <= n <= len(found):
        raise ConfigurationError(
            f"{n} layers can't be frozen or freed",
            where=f"{type(network).__name__} with {len(found)} layers",
            try_this=f"give a number from 0 to {len(found)}",
        )
    return found


def _set(layer: nn.Module, *, free: bool) -> None:
    for weight in layer.parameters(recurse=False):
        weight.requires_grad_(free)
    if (
        isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d)
        and _rest not in layer._forward_pre_hooks.values()
    ):
        layer.register_forward_pre_hook(_rest)


def _rest(layer: nn.Module, _: object) -> None:
    """Keep a frozen normalisation in evaluation, whatever mode the network is put in."""
    if not any(weight.requires_grad for weight in layer.parameters(recurse=False)):
        layer.eval()
