"""The model zoo by name: what each network is, and how to build it with fresh weights.

A new network needs an entry in the `NETWORKS` of its family's module, and a new family a line here.
"""

from collections.abc import Mapping
from typing import Final

from torch import nn

from models.zoo import (
    age,
    cnn,
    edge,
    efficientnet,
    face_resnet,
    mini_xception,
    mobilenet,
    resnet,
    vgg,
    vggish,
)
from models.zoo.network import Network
from moodtrace.errors import ConfigurationError

NETWORKS: Final[dict[str, Network]] = {
    entry.name: entry
    for family in (
        mini_xception.NETWORKS,
        vgg.NETWORKS,
        resnet.NETWORKS,
        mobilenet.NETWORKS,
        cnn.NETWORKS,
        edge.NETWORKS,
        vggish.NETWORKS,
        efficientnet.NETWORKS,
        age.NETWORKS,
        face_resnet.NETWORKS,
    )
    for entry in family
}


def find(name: str) -> Network:
    """Return the entry of a network.

    Raises:
        ConfigurationError: there is no network of this name.
    """
    if name not in NETWORKS:
        raise ConfigurationError(
            "there is no such network",
            where=f"network {name!r}",
            try_this=f"one of {', '.join(sorted(NETWORKS))}",
        )
    return NETWORKS[name]


def build(
    name: str, *, classes: int | None = None, options: Mapping[str, object] | None = None
) -> nn.Module:
    """Build a network with fresh weights: `(n, c, h, w) float32` to logits `(n, classes)`.

    Args:
        name: as in `NETWORKS`.
        classes: number of logits; None is what the network was described with.
        options: layers of a network whose family has options, as a recipe has them.

    Raises:
        ConfigurationError: there is no such network, or it can't be built so.
    """
    entry = find(name)
    logits = entry.classes if classes is None else classes
    if logits < 1:
        raise ConfigurationError(
            f"a network can't have {logits} classes",
            where=f"network {name!r}",
            try_this=f"leave `classes` out for {entry.classes}",
        )
    if not options:
        return entry.builder(logits)
    if entry.shaper is None:
        raise ConfigurationError(
            "this network has no options",
            where=f"network {name!r}, options {', '.join(options)}",
            try_this=f"one of {', '.join(n for n, e in NETWORKS.items() if e.shaper)} has some",
        )
    return entry.shaper(options)(logits)
