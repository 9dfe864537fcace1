"""A grid over a recipe: which trials it has, and what they are called."""

from pathlib import Path

import pytest

from models.training.grid import LONGEST_NAME, axis_of, joined, read_axes, trials
from models.training.recipe import Augmentation, Recipe
from moodtrace.errors import ConfigurationError, UsageError

BASE = Recipe(epochs=3, augmentation=Augmentation(zoom=0.5))


def test_all_values_are_combined_and_named() -> None:
    axes: dict[str, list[object]] = {"rate": ["1e-3", 1], "augmentation.flip": [True, False]}

    found = trials(BASE, axes, range(2))

    assert [trial.name for trial in found[:3]] == [
        "rate=0.001,augmentation.flip=true,seed=0",
        "rate=0.001,augmentation.flip=true,seed=1",
        "rate=0.001,augmentation.flip=false,seed=0",
    ]
    assert len(found) == 8
    assert found[0].settings == {"rate": 0.001, "augmentation.flip": True}
    assert found[-1].recipe == Recipe(epochs=3, rate=1, augmentation=Augmentation(zoom=0.5))
    assert found[-1].seed == 1


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        ("dropped", [], "dropped=none"),
        ("dropped", ["sad", "fear"], "dropped=sad+fear"),
        ("augmentation", {"flip": True, "zoom": 0.1}, "augmentation=flip=true+zoom=0.1"),
        ("rate", 1e9, "rate=1e+09"),
        ("source", "../a b/c", "source=.._a_b_c"),
    ],
)
def test_a_name_is_good_for_a_folder(key: str, value: object, name: str) -> None:
    assert trials(BASE, {key: [value]}, [7])[0].name == f"{name},seed=7"


def test_long_names_are_cut_and_stay_different() -> None:
    found = trials(BASE, {"source": ["a" * 300, "a" * 301]}, [0])

    assert {len(trial.name) for trial in found} == {LONGEST_NAME}
    assert found[0].name != found[1].name


def test_a_grid_without_axes_is_one_recipe() -> None:
    assert [trial.name for trial in trials(BASE, {}, range(2))] == ["seed=0", "seed=1"]


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ({"rte": [1]}, "unknown field `rte`"),
        ({"rate": [0.1, "high"]}, "Expected `float`"),
        ({"augmentation.flp": [True]}, "unknown field `flp`"),
        ({"augmentatoin.flip": [True]}, "unknown field `augmentatoin`"),
        ({"rate.high": [1]}, "Expected `float`"),
        ({"rate": [0.1, "1e-1"]}, "rate=0.1,seed=0 more than once"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(axes: dict[str, list[object]], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        trials(BASE, axes, [0])


def test_axes_are_read_from_yaml(tmp_path: Path) -> None:
    path = tmp_path / "grid.yaml"
    path.write_text("rate: [0.1, 1e-3]\naugmentation.flip: [true]\n")

    assert read_axes(path) == {"rate": [0.1, "1e-3"], "augmentation.flip": [True]}


@pytest.mark.parametrize("text", ["rate: 0.1", "augmentation: {flip: [true]}", "- rate"])
def test_what_is_no_grid_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "grid.yaml").write_text(text)

    with pytest.raises(ConfigurationError):
        read_axes(tmp_path / "grid.yaml")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("x=0.1,2", [0.1, 2]),
        ("x=sgd,adam", ["sgd", "adam"]),
        ("x=[],[sad, fear]", [[], ["sad", "fear"]]),
    ],
)
def test_axes_are_read_as_people_type_them(text: str, values: list[object]) -> None:
    assert axis_of(text) == ("x", values)


def test_axes_that_say_too_much_or_nothing_are_refused() -> None:
    for words in (["rate=1", "rate=2"], ["rate="], ["rate"], ["rate=[1"]):
        with pytest.raises(UsageError):
            joined(map(axis_of, words))
