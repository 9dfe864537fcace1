"""ResNet-50 in both its forms (arXiv 1512.03385 and 1603.05027)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from torch import nn

from models.zoo.blocks import Classifier, GlobalMean, Residual, initialised, norm
from models.zoo.heads import HeadLayout, head_of, shaped_head
from models.zoo.network import Builder, Network

STAGES: Final = ((64, 3), (128, 4), (256, 6), (512, 3))
"""Inner channels and number of blocks, per stage; a block gives four times its inner channels."""
FEATURES: Final = 2048
V2_EPSILON: Final = 1.001e-5
"""Of the second form's normalisations, as in Keras's own."""


def bottleneck(inputs: int, inner: int, stride: int, *, projected: bool) -> nn.Module:
    """Return a block of the first form: 1 x 1, 3 x 3, 1 x 1, added, then a ReLU."""
    branch = nn.Sequential(
        *(nn.Conv2d(inputs, inner, 1, stride=stride), norm(inner), nn.ReLU()),
        *(nn.Conv2d(inner, inner, 3, padding=1), norm(inner), nn.ReLU()),
        *(nn.Conv2d(inner, 4 * inner, 1), norm(4 * inner)),
    )
    shortcut = nn.Sequential(nn.Conv2d(inputs, 4 * inner, 1, stride=stride), norm(4 * inner))
    return nn.Sequential(Residual(branch, shortcut if projected else None), nn.ReLU())


def resnet50(classes: int) -> Classifier:
    """Build the first form for gray crops; its convolutions have biases."""
    layers: list[nn.Module] = [
        *(nn.Conv2d(1, 64, 7, stride=2, padding=3), norm(64), nn.ReLU(), nn.MaxPool2d(3, 2))
    ]
    inputs = 64
    for stage, (inner, count) in enumerate(STAGES):
        for block in range(count):
            stride = 2 if stage and not block else 1
            layers.append(bottleneck(inputs, inner, stride, projected=not block))
            inputs = 4 * inner
    head = nn.Sequential(GlobalMean(), nn.Linear(FEATURES, classes))
    return initialised(nn.Sequential(*layers), head)


@dataclass(frozen=True)
class _Place:
    """Where a block of the second form stands."""

    inputs: int
    inner: int
    stride: int
    first: bool


def _v2_branch(place: _Place) -> nn.Sequential:
    inner = place.inner
    return nn.Sequential(
        *(nn.Conv2d(place.inputs, inner, 1, bias=False), norm(inner, V2_EPSILON), nn.ReLU()),
        nn.Conv2d(inner, inner, 3, stride=place.stride, padding=1, bias=False),
        *(norm(inner, V2_EPSILON), nn.ReLU(), nn.Conv2d(inner, 4 * inner, 1)),
    )


def _v2_block(place: _Place) -> nn.Module:
    """Return a block that normalises first; only a stage's first one projects its shortcut."""
    before = nn.Sequential(norm(place.inputs, V2_EPSILON), nn.ReLU())
    branch = _v2_branch(place)
    if place.first:
        projection = nn.Conv2d(place.inputs, 4 * place.inner, 1, stride=place.stride)
        return nn.Sequential(before, Residual(branch, projection))
    shortcut = nn.MaxPool2d(1, place.stride) if place.stride > 1 else None
    return Residual(nn.Sequential(before, branch), shortcut)


def resnet50v2_trunk() -> nn.Sequential:
    """Return the second form without its head: `(n, 3, h, w)` to `(n, 2048, h / 32, w / 32)`."""
    layers: list[nn.Module] = [
        *(nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.MaxPool2d(3, 2, padding=1))
    ]
    inputs = 64
    for stage, (inner, count) in enumerate(STAGES):
        for block in range(count):
            stride = 2 if block == count - 1 and stage < len(STAGES) - 1 else 1
            layers.append(_v2_block(_Place(inputs, inner, stride, first=not block)))
            inputs = 4 * inner
    return nn.Sequential(*layers, norm(FEATURES, V2_EPSILON), nn.ReLU())


def resnet50v2_head(layout: HeadLayout, classes: int) -> Classifier:
    """Build the second form with a head of fully connected layers over the channels' means."""
    head = nn.Sequential(GlobalMean(), head_of(FEATURES, layout, classes))
    return initialised(resnet50v2_trunk(), head)


TWO_LAYERS: Final = HeadLayout(neurons=(256, 32), dropout=0.5)
ONE_LAYER: Final = HeadLayout(neurons=(256,), dropout=0.5)


def _shaped(default: HeadLayout, options: Mapping[str, object]) -> Builder:
    """Return the builder of the second form with the head that the options describe."""
    return partial(resnet50v2_head, shaped_head(options, default))


NETWORKS: Final = (
    Network(
        name="resnet50",
        summary="ResNet-50 for gray crops, with biases",
        source="arXiv 1512.03385, from github.com/Paralike/Human-Facial-Recognition, 2020",
        channels=1,
        size_px=48,
        classes=6,
        builder=resnet50,
        published=23_593_734,
    ),
    Network(
        name="resnet50v2-head",
        summary="ResNet-50 v2 and hidden layers of 256 and 32 with normalisation and dropout",
        source="arXiv 1603.05027; head known by description and count",
        channels=3,
        size_px=96,
        classes=7,
        builder=partial(resnet50v2_head, TWO_LAYERS),
        shaper=partial(_shaped, TWO_LAYERS),
        published=24_098_951,
    ),
    Network(
        name="resnet50v2-head1",
        summary="ResNet-50 v2 and one hidden layer of 256",
        source="arXiv 1603.05027",
        channels=3,
        size_px=96,
        classes=7,
        builder=partial(resnet50v2_head, ONE_LAYER),
        shaper=partial(_shaped, ONE_LAYER),
    ),
)
