"""The parts of a run: recipes, changes of pictures, targets, losses, rates."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
import yaml
from torch import nn

from models.datasets.dataset import YEARS
from models.training import augment, losses, schedule, targets
from models.training.ema import Average
from models.training.optimisers import optimiser_of, rates
from models.training.recipe import Augmentation, Recipe, for_input, load, parse, text_of
from moodtrace.errors import ConfigurationError, DatasetError
from tests.models.labelled import emotions

LOTS = Augmentation(
    flip=True,
    rotation_deg=20,
    zoom=0.3,
    shift=0.2,
    shear_deg=10,
    contrast=0.5,
    blur=0.5,
    erasing=1.0,
)


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return torch.rand(7, 1, 16, 16) * 2 - 1, torch.eye(7)


def test_a_recipe_survives_its_own_text(tmp_path: Path) -> None:
    recipe = Recipe(epochs=7, dropped=("sad",), augmentation=LOTS)
    (tmp_path / "mine.yaml").write_text(text_of(recipe))

    assert load("any", str(tmp_path / "mine.yaml")) == recipe


def test_a_rate_without_a_point_is_a_number() -> None:
    assert parse(yaml.safe_load("rate: 1e-3"), where="here").rate == 0.001


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"epoch": 3}, "unknown field `epoch`"),
        ({"augmentation": {"mirror": True}}, "unknown field `mirror`"),
        ({"optimiser": "lion"}, "Invalid enum value 'lion'"),
        ({"epochs": "many"}, "Expected `int`"),
        ({"rate": -1.0}, "rate must be above 0, but is -1.0"),
        ({"ema": 1.0}, "ema must be 0 to 1, but is 1.0"),
    ],
)
def test_a_wrong_recipe_says_what_is_wrong(values: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        parse(values, where="here")


@pytest.mark.parametrize("text", ["", "- 1", "a: [", "3"])
def test_a_file_that_is_no_recipe_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)

    with pytest.raises(ConfigurationError):
        load("any", str(tmp_path / "mine.yaml"))


def test_every_recipe_of_ours_can_be_read() -> None:
    folder = Path(augment.__file__).parents[1] / "recipes"

    for path in folder.glob("*.yaml"):
        for section in yaml.safe_load(path.read_text()):
            assert load(path.stem, section).source


def test_a_network_without_recipes_has_the_common_one() -> None:
    assert load("edgecnn", "best") == load("any-network", "best")
    with pytest.raises(ConfigurationError, match="no recipe 'paper'"):
        load("edgecnn", "paper")


def test_what_a_recipe_leaves_open_is_the_networks_own() -> None:
    assert for_input(Recipe(), 96, 3) == Recipe(size_px=96, colours="BGR")
    assert for_input(Recipe(size_px=48, colours="gray"), 96, 3).size_px == 48


def test_changed_pictures_keep_their_range_and_take_the_size() -> None:
    changed = augment.augment(batch()[0], LOTS, 12)

    assert changed.shape == (7, 1, 12, 12)
    assert changed.abs().max() <= 1


def test_no_change_is_no_change() -> None:
    images, _ = batch()

    assert torch.allclose(augment.augment(images, Augmentation(), 16), images, atol=1e-6)


def test_a_flip_mirrors_about_half_of_the_pictures() -> None:
    torch.manual_seed(0)
    images = torch.arange(16.0).repeat(200, 1, 16, 1) / 8 - 1

    changed = augment.augment(images, Augmentation(flip=True), 16)

    mirrored = (changed[:, 0, 0, 0] > 0).float().mean()
    assert 0.4 < mirrored < 0.6
    assert torch.allclose(changed.sort(dim=3).values, images, atol=1e-5)


@pytest.mark.parametrize("share", [0.0001, 0.5, 1.0])
def test_blur_takes_detail_from_some_pictures_and_leaves_the_rest(share: float) -> None:
    torch.manual_seed(0)
    images = torch.rand(200, 1, 32, 32) * 2 - 1

    changed = augment.augment(images, Augmentation(blur=share), 32)

    contrast = changed.std(dim=(1, 2, 3)) / images.std(dim=(1, 2, 3))
    assert (contrast < 0.95).float().mean() == pytest.approx(share, abs=0.1)
    kept = contrast >= 0.95
    assert torch.allclose(changed[kept], images[kept], atol=1e-5)


def test_erasing_paints_one_rectangle() -> None:
    torch.manual_seed(0)

    changed = augment.augment(torch.full((20, 1, 32, 32), 2.0), Augmentation(erasing=1.0), 32)

    painted = changed[:, 0] != 2
    boxes = painted.any(dim=2).sum(dim=1) * painted.any(dim=1).sum(dim=1)
    assert torch.equal(painted.sum(dim=(1, 2)), boxes)
    assert (boxes > 0).float().mean() > 0.8


@pytest.mark.parametrize("mix", [augment.mixed, augment.pasted])
def test_mixed_targets_sum_to_one(mix: object) -> None:
    images, shares = batch()

    mixed, found = mix(images, shares, 1.0)  # type: ignore[operator]

    assert torch.allclose(found.sum(dim=1), torch.ones(7))
    assert mixed.shape == images.shape
    assert not torch.equal(mixed, images)


def test_mixup_blends_pictures_as_it_blends_targets() -> None:
    torch.manual_seed(1)
    images = torch.eye(7)[:, None, None, :]

    mixed, found = augment.mixed(images, torch.eye(7), 1.0)

    assert torch.allclose(mixed[:, 0, 0], found)


def test_votes_become_shares_without_slips_and_without_what_is_no_face() -> None:
    votes = np.zeros((3, 10), np.uint8)
    votes[0, [0, 1, 2]] = 6, 3, 1
    votes[1, [1, 9]] = 2, 8
    votes[2, :8] = 1

    found = targets.vote_shares(votes)

    assert found[0].tolist() == pytest.approx([2 / 3, 1 / 3, 0, 0, 0, 0, 0, 0])
    assert not found[1:].any()


def test_two_heads_stand_side_by_side() -> None:
    votes = np.zeros((56, 10), np.uint8)
    votes[:, 1] = 10
    made = replace(emotions(), votes=votes)

    found = targets.targets_of(made, Recipe(targets="fer2013+ferplus"))

    assert found.heads == (7, 8)
    assert found.shares.sum(axis=1).tolist() == [2.0] * 56


def test_votes_that_are_missing_are_missed() -> None:
    with pytest.raises(DatasetError, match="votes_ferplus"):
        targets.targets_of(emotions(), Recipe(targets="ferplus"))


def test_ages_need_years_and_emotions_do_not() -> None:
    with pytest.raises(DatasetError, match="'years' can't be made of a set of emotions"):
        targets.targets_of(emotions(), Recipe(targets="years"))


def test_an_age_is_a_bell_around_its_year() -> None:
    found = targets.bells(np.array([30, 0, -1], np.int16), len(YEARS), 2.0)

    assert found.argmax(axis=1).tolist()[:2] == [30, 0]
    assert found.sum(axis=1).tolist() == pytest.approx([1, 1, 0])
    assert found[0] @ np.arange(101) == pytest.approx(30)


def test_rare_classes_weigh_more() -> None:
    weights = targets.class_weights(np.eye(2, dtype=np.float32)[[0, 0, 0, 1]])

    assert weights.tolist() == pytest.approx([0.5, 1.5])


def test_oversampling_draws_all_classes_alike() -> None:
    weights = targets.draw_weights(np.array([0, 0, 0, 1], np.int16))

    assert weights[:3].sum() == pytest.approx(weights[3])


def test_a_single_head_costs_what_torch_says() -> None:
    logits, labels = torch.randn(7, 7), torch.arange(7)

    found = losses.cross_entropy(logits, torch.eye(7), [7])

    assert found == pytest.approx(nn.functional.cross_entropy(logits, labels).item(), abs=1e-6)


def test_a_head_without_a_target_costs_nothing() -> None:
    logits = torch.randn(4, 5)
    shares = torch.cat([torch.eye(4)[:, :2], torch.zeros(4, 3)], dim=1)

    both = losses.cross_entropy(logits, shares, [2, 3])

    assert both == losses.cross_entropy(logits[:, :2], shares[:, :2], [2])


def test_focal_loss_cares_less_for_what_is_known() -> None:
    sure, unsure = torch.tensor([[5.0, 0.0]]), torch.tensor([[0.1, 0.0]])
    share = torch.tensor([[1.0, 0.0]])

    plain = [losses.cross_entropy(z, share, [2]).item() for z in (sure, unsure)]
    focal = [losses.cross_entropy(z, share, [2], gamma=2).item() for z in (sure, unsure)]

    assert focal[0] / plain[0] < 1e-3
    assert focal[1] / plain[1] > 0.2


def test_smoothing_moves_known_targets_only() -> None:
    shares = torch.tensor([[1.0, 0.0, 0.0, 0.0]])

    assert losses.smoothed(shares, [2, 2], 0.2).tolist() == [pytest.approx([0.9, 0.1, 0, 0])]


def test_the_mean_of_a_distribution_is_compared_in_years() -> None:
    logits = torch.full((1, 101), -50.0)
    logits[0, 33] = 50
    shares = torch.zeros(1, 101)
    shares[0, 30] = 1

    assert losses.mean_error(logits, shares).item() == pytest.approx(3, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "shares"),
    [("constant", [1, 1, 1]), ("cosine", [1, 0.5, 0]), ("one-cycle", [0.04, 0.8117, 0])],
)
def test_rates_follow_the_schedule(name: str, shares: list[float]) -> None:
    recipe = msgspec.convert({"schedule": name, "epochs": 10}, Recipe)

    found = [schedule.share_at(recipe, done) for done in (0, 5, 10)]

    assert found == pytest.approx(shares, abs=1e-3)


def test_a_warm_up_rises_from_almost_nothing() -> None:
    recipe = Recipe(warm_up_epochs=2, epochs=10)

    assert [schedule.share_at(recipe, done) for done in (0, 1, 2)] == [1e-3, 0.5, 1]


def test_a_plateau_lowers_the_rate_after_it_waited() -> None:
    plateau = schedule.Plateau(0.1, 1)

    shares = []
    for score in (0.5, 0.4, 0.4, 0.6):
        plateau.update(score)
        shares.append(plateau.share)

    assert shares == [1, 1, 0.1, 0.1]


def test_early_layers_learn_more_slowly_if_asked() -> None:
    assert rates(3, Recipe(rate=1.0, first_rate_share=0.01)) == pytest.approx([0.01, 0.1, 1])


def test_biases_and_normalisations_do_not_decay() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))

    groups = optimiser_of(network, Recipe(weight_decay=0.1)).param_groups

    assert sorted((len(group["params"]), group["weight_decay"]) for group in groups) == [
        (1, 0.1),
        (3, 0.0),
    ]


def test_an_average_without_decay_is_the_network_itself() -> None:
    network = nn.Linear(2, 2)
    average = Average(network, 0.0)
    nn.init.ones_(network.weight)

    average.update(network, 1)

    assert isinstance(average.network, nn.Linear)
    assert torch.equal(average.network.weight, network.weight)


def test_an_average_follows_slowly() -> None:
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    average = Average(network, 0.9)
    nn.init.ones_(network.weight)

    average.update(network, 1000)

    assert next(average.network.parameters()).item() == pytest.approx(0.1)
