"""Fills a torch network from an ONNX file, each weight used exactly once; knows no architecture."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import torch
from onnx import numpy_helper
from torch import nn

from models import onnx_file
from moodtrace.errors import ConfigurationError


def numbered(layers: Sequence[str], *, first: int, step: int, bias: int) -> dict[str, str]:
    """Name the weights of layers that a file numbers in the order in which they run.

    Args:
        layers: names in the network.
        first: number of the first layer's weight.
        step: from one layer's weight to the next one's.
        bias: from a layer's weight to its bias.

    Returns:
        Names in the network by names in the file.
    """
    names: dict[str, str] = {}
    for number, layer in enumerate(layers):
        weight = first + step * number
        names |= {str(weight): f"{layer}.weight", str(weight + bias): f"{layer}.bias"}
    return names


def fill(
    network: nn.Module,
    path: Path,
    renamed: Mapping[str, str],
    constants: Collection[str] = frozenset(),
) -> None:
    """Copy the weights of an ONNX file into a network of the same architecture.

    Args:
        network: each of its parameters and buffers is overwritten, but for how many batches
            normalisations have seen, which only training asks for.
        path: the ONNX file.
        renamed: names in the network by names in the file, where they differ.
        constants: names in the file of what it states as arrays and the network as code.

    Raises:
        ConfigurationError: the file can't be read, or the weights that its nodes read are not
            those of the network, in names or in shapes.
    """
    graph = onnx_file.read(path).graph
    theirs = {name: number for number, name in renamed.items()}
    state = {
        name: tensor
        for name, tensor in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    sources = {name: theirs.get(name, name) for name in state}
    wanted = {sources[name]: tuple(tensor.shape) for name, tensor in state.items()}
    read = {name for node in graph.node for name in node.input} - set(constants)
    arrays = {array.name: array for array in graph.initializer if array.name in read | set(wanted)}
    got = {name: tuple(array.dims) for name, array in arrays.items()}
    if wanted != got:
        name = next(name for name in [*wanted, *got] if wanted.get(name) != got.get(name))
        raise ConfigurationError(
            f"{path.name} is another network's: {name} should be "
            f"{wanted.get(name, 'absent')}, but is {got.get(name, 'absent')}",
            where=str(path),
            try_this="remove it and run `moodtrace models pull`",
        )
    filled = {
        name: torch.tensor(numpy_helper.to_array(arrays[source]))
        for name, source in sources.items()
    }
    network.load_state_dict(network.state_dict() | filled)
