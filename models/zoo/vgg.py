"""VGG-16 (arXiv 1409.1556) with small heads, and its small cousin with ELUs, for 48 px crops."""

from collections.abc import Sequence
from typing import Final

from torch import nn

from models.zoo.blocks import Classifier, conv, dense_head, flat_norm, initialised, norm
from models.zoo.network import Network

Stages = Sequence[tuple[int, int]]
"""Channels and number of convolutions, per stage; each stage ends with a pooling."""

VGG16: Final = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
"""The paper's."""
VGG16_WIDENED: Final = ((64, 2), (256, 2), (512, 3), (512, 3), (512, 3))
"""The published six-class network's: its second and third stage have twice the channels."""
VGG_SMALL: Final = ((32, 2), (64, 2), (128, 2), (256, 2))


def plain_trunk(stages: Stages, channels: int) -> nn.Sequential:
    """Return the paper's trunk: convolutions and ReLUs, no normalisation."""
    layers: list[nn.Module] = []
    for outputs, count in stages:
        for _ in range(count):
            layers += [conv(channels, outputs), nn.ReLU()]
            channels = outputs
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


def normed_trunk(stages: Stages, channels: int, activation: type[nn.Module]) -> nn.Sequential:
    """Return a trunk that normalises after each activation and drops a fifth per stage."""
    layers: list[nn.Module] = []
    for outputs, count in stages:
        for _ in range(count):
            layers += [conv(channels, outputs), activation(), norm(outputs)]
            channels = outputs
        layers += [nn.MaxPool2d(2), nn.Dropout(0.2)]
    return nn.Sequential(*layers)


def normed_head(
    inputs: int, neurons: Sequence[int], classes: int, activation: type[nn.Module]
) -> nn.Sequential:
    """Return hidden layers that normalise after each activation, down to logits."""
    layers: list[nn.Module] = [nn.Flatten()]
    for outputs in neurons:
        layers += [nn.Linear(inputs, outputs), activation(), flat_norm(outputs), nn.Dropout(0.5)]
        inputs = outputs
    return nn.Sequential(*layers, nn.Linear(inputs, classes))


def vgg16(classes: int) -> Classifier:
    """Build VGG-16 with three hidden layers of 64 neurons, for gray 48 x 48."""
    trunk = normed_trunk(VGG16_WIDENED, 1, nn.ReLU)
    return initialised(trunk, normed_head(512, (64, 64, 64), classes, nn.ReLU))


def vgg_small(classes: int) -> Classifier:
    """Build the four-stage VGG with two hidden layers of 64 neurons, for gray 48 x 48."""
    trunk = normed_trunk(VGG_SMALL, 1, nn.ELU)
    return initialised(trunk, normed_head(256 * 3 * 3, (64, 64), classes, nn.ELU))


def vggface_vgg16(classes: int) -> Classifier:
    """Build the face-recognition VGG-16 with two layers of 4096 neurons, for colour 96 x 96."""
    head = dense_head(512 * 3 * 3, (4096, 4096), classes, dropout=0.5)
    return initialised(plain_trunk(VGG16, 3), head)


def vgg16_softmax(classes: int) -> Classifier:
    """Build VGG-16 with logits straight from its features, for colour 96 x 96."""
    return initialised(plain_trunk(VGG16, 3), dense_head(512 * 3 * 3, (), classes))


_PROJECT: Final = "github.com/Paralike/Human-Facial-Recognition, 2020"

NETWORKS: Final = (
    Network(
        name="vgg16",
        summary="VGG-16 with normalisation and three hidden layers of 64 neurons",
        source=f"arXiv 1409.1556, as changed by {_PROJECT}",
        channels=1,
        size_px=48,
        classes=6,
        builder=vgg16,
        published=20_897_286,
    ),
    Network(
        name="vgg-small",
        summary="VGG of four stages (32-64-128-256) with ELUs, two hidden layers",
        source=_PROJECT,
        channels=1,
        size_px=48,
        classes=6,
        builder=vgg_small,
        published=1_328_102,
    ),
    Network(
        name="vggface-vgg16",
        summary="VGG-16 as VGG-Face trained it, two hidden layers of 4096 neurons",
        source="Parkhi, Vedaldi, Zisserman, Deep Face Recognition, BMVC 2015",
        channels=3,
        size_px=96,
        classes=6,
        builder=vggface_vgg16,
        published=50_400_000,
        published_to=100_000,
    ),
    Network(
        name="vgg16-softmax",
        summary="VGG-16 with logits straight from its features",
        source="arXiv 1409.1556",
        channels=3,
        size_px=96,
        classes=6,
        builder=vgg16_softmax,
        published=14_740_000,
        published_to=10_000,
    ),
)
