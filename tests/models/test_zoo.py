"""Every network of the zoo is what was published, and can be trained."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

from models.zoo.age import expected_years
from models.zoo.blocks import SamePad
from models.zoo.catalogue import NETWORKS, build
from models.zoo.edge import edge_kernels
from models.zoo.efficientnet import B0, trunk, v2_trunk
from models.zoo.freezing import freeze_up_to, layers, unfreeze_last
from models.zoo.network import (
    Network,
    check_crops,
    example_input,
    keras_count,
    published_count,
    trainable_count,
)
from models.zoo.resnet import resnet50v2_trunk
from moodtrace.errors import ConfigurationError

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "zoo.md"
PUBLISHED = [entry for entry in NETWORKS.values() if entry.published is not None]


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Two crops are too few to share out: threads would only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def name_of(entry: Network) -> str:
    return entry.name


def weightless(name: str) -> nn.Module:
    """Build a network whose weights have shapes but no memory."""
    with torch.device("meta"):
        return build(name)


def one_step(entry: Network, network: nn.Module) -> torch.Tensor:
    """Take one step on two crops, laid out as in training; returns the loss before it."""
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    crops = example_input(entry, 2).contiguous(memory_format=torch.channels_last)
    logits = network(crops)
    loss = nn.functional.cross_entropy(logits, torch.tensor([0, entry.classes - 1]))
    loss.backward()  # type: ignore[no-untyped-call]
    with torch.no_grad():
        for weight in network.parameters():
            if weight.requires_grad and weight.grad is not None:
                weight.sub_(weight.grad, alpha=1e-3)
    return loss.detach()


@pytest.mark.parametrize("entry", PUBLISHED, ids=name_of)
def test_a_network_has_as_many_parameters_as_published(entry: Network) -> None:
    assert entry.published is not None

    ours = published_count(entry, weightless(entry.name))

    assert abs(ours - entry.published) <= entry.published_to // 2


@pytest.mark.parametrize(
    ("name", "ours"), [("vggface-vgg16", 50_399_046), ("vgg16-softmax", 14_742_342)]
)
def test_a_network_published_in_round_figures_has_the_documented_count(
    name: str, ours: int
) -> None:
    assert keras_count(weightless(name)) == ours


@pytest.mark.parametrize(
    ("scale", "published"),
    [("b0", 5_919_312), ("b1", 6_931_124), ("b2", 8_769_374), ("b3", 12_930_622)],
)
def test_the_second_efficientnet_is_keras_own_without_its_top(scale: str, published: int) -> None:
    with torch.device("meta"):
        assert keras_count(v2_trunk(scale)) == published


def test_the_first_efficientnet_is_keras_own_but_for_its_input_normalisation() -> None:
    with torch.device("meta"):
        assert keras_count(trunk(B0)) == 4_049_571 - 7


def test_the_second_resnet_is_keras_own_without_its_top() -> None:
    with torch.device("meta"):
        assert keras_count(resnet50v2_trunk()) == 23_564_800


@pytest.mark.parametrize("entry", NETWORKS.values(), ids=name_of)
def test_a_network_takes_a_step_that_reaches_every_weight(entry: Network) -> None:
    torch.manual_seed(5)
    network = build(entry.name)

    loss = one_step(entry, network)

    assert torch.isfinite(loss)
    for name, weight in network.named_parameters():
        assert weight.grad is not None, name
        assert torch.isfinite(weight.grad).all(), name
        assert torch.isfinite(weight).all(), name


@pytest.mark.parametrize("name", ["vgg-small", "mobilenetv2", "mini-xception", "agecnn"])
def test_a_network_gives_as_many_logits_as_classes(name: str) -> None:
    network = build(name, classes=5).eval()

    assert network(example_input(NETWORKS[name], 3)).shape == (3, 5)


def test_the_same_seed_gives_the_same_network() -> None:
    def weights() -> list[nn.Parameter]:
        torch.manual_seed(7)
        return list(build("edgecnn").parameters())

    assert all(torch.equal(one, other) for one, other in zip(weights(), weights(), strict=True))


def test_the_reference_page_lists_every_network_with_its_count() -> None:
    text = PAGE.read_text()
    rows = dict(re.findall(r"^\| `([\w-]+)` \|.*?\| ([\d,]+) \| [^|]*\|$", text, re.MULTILINE))

    assert rows == {
        name: f"{published_count(entry, weightless(name)):,}" for name, entry in NETWORKS.items()
    }


def test_an_unknown_network_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ConfigurationError) as caught:
        build("vgg17")

    assert "vgg16" in caught.value.try_this


def test_a_network_without_classes_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="0 classes"):
        build("cnn3", classes=0)


def test_options_shape_the_family_of_cnns() -> None:
    options = {"filters": [8, 16], "kernels": [5, 3], "neurons": [12], "dropout": 0}

    network = build("cnn", classes=3, options=options)

    convolutions = 25 * 8 + 8 + 9 * 8 * 16 + 16
    norms = 2 * (8 + 16 + 12)
    dense = 16 * 12 * 12 * 12 + 12 + 12 * 3 + 3
    assert trainable_count(network) == convolutions + norms + dense


def test_options_shape_a_head() -> None:
    with torch.device("meta"):
        shaped = build("resnet50v2-head", options={"neurons": [256]})

    assert keras_count(shaped) == keras_count(weightless("resnet50v2-head1"))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("vgg16", {"dropout": 0.1}),
        ("cnn", {"filter": [8]}),
        ("cnn", {"filters": "many"}),
        ("cnn", {"filters": [8] * 6}),
        ("cnn", {"kernels": [4]}),
        ("cnn", {"dropout": 1}),
        ("resnet50v2-head", {"neurons": [0]}),
    ],
)
def test_options_that_make_no_network_are_refused(name: str, options: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        build(name, options=options)


@pytest.mark.parametrize(
    "crops",
    [torch.zeros(2, 1, 64, 64), torch.zeros(2, 3, 48, 48), torch.zeros(2, 1, 48, 48).double()],
)
def test_crops_of_another_shape_or_type_are_refused_with_both(crops: torch.Tensor) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_crops(NETWORKS["cnn3"], crops)

    assert "(n, 1, 48, 48) float32" in caught.value.what
    assert str(tuple(crops.shape)) in caught.value.what


def test_the_edge_network_starts_with_four_directions() -> None:
    first = next(build("edgecnn").parameters())

    assert torch.equal(first, edge_kernels())
    assert first.sum(dim=(1, 2, 3)).abs().max() < 1e-6


def test_a_frozen_layer_stays_as_it_was_and_a_free_one_learns() -> None:
    network = build("vggish").train()
    freeze_up_to(network, 4)
    before = {name: part.clone() for name, part in network.state_dict().items()}

    one_step(NETWORKS["vggish"], network)

    frozen = {name for name, _ in layers(network)[:4]}
    for name, part in network.state_dict().items():
        same = torch.equal(part, before[name])
        assert same == (name.rpartition(".")[0] in frozen), name


def test_unfreezing_the_last_layers_freezes_the_others() -> None:
    network = weightless("resnet50v2-head")

    unfreeze_last(network, 3)

    free = [name for name, layer in layers(network) if next(layer.parameters()).requires_grad]
    assert free == [name for name, _ in layers(network)[-3:]]
    assert all(name.startswith("head") for name in free)


def test_a_layer_that_was_frozen_learns_again_once_freed() -> None:
    network = build("vggish")
    freeze_up_to(network, len(layers(network)) - 1)
    one_step(NETWORKS["vggish"], network.train())

    freeze_up_to(network, 0)
    before = {name: part.clone() for name, part in network.state_dict().items()}
    one_step(NETWORKS["vggish"], network.train())

    assert not any(torch.equal(part, before[name]) for name, part in network.state_dict().items())


@pytest.mark.parametrize("n", [-1, 1000])
def test_more_layers_than_there_are_can_not_be_frozen(n: int) -> None:
    network = build("cnn3")

    for change in (freeze_up_to, unfreeze_last):
        with pytest.raises(ConfigurationError, match=f"{n} layers"):
            change(network, n)


@pytest.mark.parametrize(
    ("side", "kernel", "before", "after"), [(48, 3, 0, 1), (47, 3, 1, 1), (24, 5, 1, 2)]
)
def test_padding_is_as_in_tensorflow(side: int, kernel: int, before: int, after: int) -> None:
    padded = SamePad(kernel, 2)(torch.ones(1, 1, side, side))

    assert padded.shape[2] == side + before + after
    assert int(padded[0, 0, :, before].argmax()) == before


def test_the_expected_age_is_the_mean_of_the_distribution() -> None:
    logits = torch.full((2, 101), -torch.inf)
    logits[0, 30] = logits[1, 20] = logits[1, 40] = 0.0

    assert expected_years(logits).tolist() == pytest.approx([30, 30])
    assert expected_years(logits[:0]).shape == (0,)
