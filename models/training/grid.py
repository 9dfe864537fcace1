"""Which runs a grid over a recipe has, and what each is called; knows no torch and no data."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from models.evaluation.table import Value
from models.training.recipe import Recipe, parse, read_yaml
from moodtrace.errors import ConfigurationError, UsageError

Axes = Mapping[str, Sequence[object]]
"""Values to try, by the recipe's key; inner keys with a dot, such as `augmentation.flip`."""

LONGEST_NAME: Final = 200
"""Characters; file systems take 255 bytes."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One run of a grid."""

    settings: Mapping[str, Value]
    """What differs from trial to trial, by the recipe's key, as the recipe has it."""
    seed: int
    recipe: Recipe

    @property
    def name(self) -> str:
        """What people call the trial, and its folder: `rate=0.01,augmentation.flip=true,seed=0`."""
        pairs = {**self.settings, "seed": self.seed}.items()
        name = re.sub(r"[^\w.,=+-]", "_", ",".join(f"{key}={_text(value)}" for key, value in pairs))
        if len(name) <= LONGEST_NAME:
            return name
        return f"{name[: LONGEST_NAME - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def read_axes(path: Path) -> dict[str, list[object]]:
    """Read the axes of a grid: YAML such as `rate: [0.1, 0.01]`.

    Raises:
        ConfigurationError: the file can't be read, or a key has no list of values.
    """
    axes = read_yaml(path, try_this="check --grid")
    for key, values in axes.items():
        if not isinstance(values, list):
            raise ConfigurationError(
                f"{key} needs a list of values, but has {values!r}",
                where=str(path),
                try_this="write `rate: [0.1, 0.01]`, and inner keys as `augmentation.flip: [true]`",
            )
    return {str(key): values for key, values in axes.items()}


def axis_of(text: str) -> tuple[str, list[object]]:
    """Read one axis as people type it: `rate=0.1,0.01`.

    Raises:
        UsageError: the text has another form.
    """
    key, _, values = text.partition("=")
    try:
        return key, yaml.safe_load(f"[{values}]")
    except yaml.YAMLError as error:
        raise UsageError(
            "a key and its values are expected",
            where=f"--vary {text}",
            try_this="write --vary rate=0.1,0.01 or --vary 'dropped=[],[sad]'",
        ) from error


def joined(axes: Iterable[tuple[str, list[object]]]) -> dict[str, list[object]]:
    """Put axes together.

    Raises:
        UsageError: a key comes twice, or has no value.
    """
    found: dict[str, list[object]] = {}
    for key, values in axes:
        if key in found or not values:
            raise UsageError(
                f"{key} is varied twice" if values else f"{key} has no values to try",
                where="--grid or --vary",
                try_this="give all values of a key in one place, as in --vary rate=0.1,0.01",
            )
        found[key] = values
    return found


def trials(base: Recipe, axes: Axes, seeds: Sequence[int]) -> list[Trial]:
    """Combine all values with each other and with all seeds.

    Args:
        base: what the axes don't say.
        axes: none gives one recipe, to be run with each seed.
        seeds: the last to vary, so that what is to be compared is complete early.

    Raises:
        ConfigurationError: a key is unknown, a value is wrong, or two trials are the same.
    """
    recipes = [
        _changed(base, dict(zip(axes, values, strict=True))) for values in product(*axes.values())
    ]
    found = [
        Trial(settings=_settings(recipe, axes), seed=seed, recipe=recipe)
        for recipe in recipes
        for seed in seeds
    ]
    names = [trial.name for trial in found]
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice:
        raise ConfigurationError(
            f"the grid has {twice} more than once",
            where="--grid or --vary",
            try_this="list each value once",
        )
    return found


def _changed(base: Recipe, changes: Mapping[str, object]) -> Recipe:
    values: dict[str, Any] = msgspec.to_builtins(base)
    for key, value in changes.items():
        values = _with(values, key, value)
    return parse(values, where=", ".join(f"{key}: {value}" for key, value in changes.items()))


def _with(values: Mapping[str, Any], key: str, value: object) -> dict[str, Any]:
    """Return a copy of nested values with another one behind a dotted key."""
    first, _, rest = key.partition(".")
    if not rest:
        return {**values, first: value}
    inner = values.get(first)
    return {**values, first: _with(inner if isinstance(inner, dict) else {}, rest, value)}


def _settings(recipe: Recipe, keys: Iterable[str]) -> dict[str, Value]:
    """Read the values behind dotted keys; lists and mappings become text."""
    found: dict[str, Value] = {}
    for key in keys:
        value: Any = msgspec.to_builtins(recipe)
        for part in key.split("."):
            value = value[part]
        found[key] = value if isinstance(value, Value) else _text(value)
    return found


def _text(value: object) -> str:
    """Write a value in a few characters: `true`, `0.01`, `fear+sad`, `flip=true+zoom=0.1`."""
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case dict():
            return _text([f"{key}={_text(one)}" for key, one in value.items() if one])
        case list() | tuple():
            return "+".join(map(_text, value)) or "none"
        case _:
            return str(value)
