"""What a training run does, read from YAML; knows nothing of torch."""

from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import yaml

from moodtrace.errors import ConfigurationError

SECTIONS: Final = ("paper", "best", "short", "more")
"""What a network's own file may hold: its source's figures, ours, a run for two CPU cores, and one
that goes on from the weights of that."""

FOR_ALL: Final = "any-network.yaml"
"""Recipes of networks without a file of their own."""


class Augmentation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much pictures are changed, drawn anew for each picture and epoch."""

    flip: bool = False
    """Mirror half of the pictures."""
    rotation_deg: float = 0.0
    """Turn by up to this much, either way."""
    zoom: float = 0.0
    """Scale by up to this share, either way."""
    shift: float = 0.0
    """Move along each side by up to this share of it."""
    shear_deg: float = 0.0
    """Slant by up to this much, either way."""
    contrast: float = 0.0
    """Stretch brightness about its mean by up to this share, either way."""
    brightness: float = 0.0
    """Add up to this share of the full range, either way."""
    blur: float = 0.0
    """Share of pictures that lose detail, as faces far away do."""
    erasing: float = 0.0
    """Share of pictures in which a rectangle is painted over."""


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that shapes a run but the network, the data, the seed and the device."""

    source: str = ""
    """Where the figures are published, or how they were found."""
    size_px: int = 0
    """Side of the pictures that the network sees; 0 for what it was described with."""
    small_px: int = 0
    """Side for the first part of the run, which saves time; 0 for none."""
    small_share: float = 0.5
    """That part, as a share of the epochs."""
    colours: Literal["", "gray", "BGR"] = ""
    """Of the pictures that the network sees; empty for what it was described with."""
    options: dict[str, object] = {}
    """Layers of a network whose family has options (`models.zoo.options`)."""
    grouping: Literal["seven", "six", "five"] = "seven"
    dropped: tuple[str, ...] = ()
    """Classes whose pictures are left out."""
    leaks: Literal["keep", "drop"] = "keep"
    """Training pictures whose like stands in another split (`models.datasets.twins`)."""
    targets: Literal["hard", "ferplus", "fer2013+ferplus", "years", "bands"] = "hard"
    """One class each; shares of FER+ votes; both, for two heads; a bell over years; age bands."""
    years_sigma: float = 2.0
    """Width of that bell, in years."""
    epochs: int = 50
    batch: int = 128
    optimiser: Literal["sgd", "adam", "adamw", "rmsprop"] = "sgd"
    rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 0.0
    """Not on biases and normalisations."""
    schedule: Literal["constant", "cosine", "one-cycle", "plateau"] = "constant"
    warm_up_epochs: float = 0.0
    plateau_factor: float = 0.1
    plateau_epochs: int = 5
    """Epochs without a better validation score before the rate falls."""
    stop_epochs: int = 0
    """Epochs without a better validation score before the run ends; 0 to go on."""
    loss: Literal["cross-entropy", "focal"] = "cross-entropy"
    focal_gamma: float = 2.0
    mean_weight: float = 0.0
    """Ages: weight of the mean's absolute error, per year, beside the distribution's loss."""
    label_smoothing: float = 0.0
    class_weights: bool = False
    """Weigh classes by the inverse of their number of pictures."""
    oversample: bool = False
    """Draw every class equally often."""
    mixup: float = 0.0
    """Alpha of the beta distribution that shares are drawn from; 0 for none."""
    cutmix: float = 0.0
    augmentation: Augmentation = Augmentation()
    ema: float = 0.0
    """Decay per step of the averaged weights that are kept; 0 for none."""
    clip_norm: float = 0.0
    """Largest norm of all gradients together; 0 for no limit."""
    frozen: int = 0
    """Layers with weights, from the input on, that stay as they are."""
    first_rate_share: float = 1.0
    """Rate of the first layer / rate of the last; those between follow geometrically."""
    half: bool = True
    """Compute in bfloat16 where torch finds it safe."""

    def __post_init__(self) -> None:
        positive = ("epochs", "batch", "rate", "first_rate_share")
        shares = ("small_share", "label_smoothing", "ema")
        for name in positive:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, but is {getattr(self, name)}")
        for name in shares:
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be 0 to 1, but is {getattr(self, name)}")


def load(network: str, config: str) -> Recipe:
    """Load a recipe.

    Args:
        network: a network's name; its own recipes lie in `models/recipes/NAME.yaml`.
        config: one of `SECTIONS`, or the path of a YAML file that holds one recipe.

    Raises:
        ConfigurationError: there is no such recipe, or a key or a value is wrong.
    """
    if config not in SECTIONS:
        try_this = f"use --config {' or '.join(SECTIONS)}, or the path of a YAML file"
        return parse(read_yaml(Path(config), try_this=try_this), where=config)
    folder = Path(str(resources.files("models"))) / "recipes"
    path = folder / f"{network}.yaml"
    path = path if path.exists() else folder / FOR_ALL
    sections = read_yaml(path, try_this="install the package again")
    if config not in sections:
        raise ConfigurationError(
            f"{network} has no recipe {config!r}",
            where=path.name,
            try_this=f"use {' or '.join(sorted(sections)) or 'a file of your own'}",
        )
    return parse(sections[config], where=f"{path.name}, {config}")


def parse(values: object, *, where: str) -> Recipe:
    """Turn plain values into a recipe.

    Raises:
        ConfigurationError: a key is unknown, or a value is wrong.
    """
    try:
        # Not strict: to YAML, 1e-3 is a text and 1.0e-3 a number.
        return msgspec.convert(values, Recipe, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            f"the recipe is wrong: {error}",
            where=where,
            try_this=f"keys are: {', '.join(Recipe.__struct_fields__)}; "
            f"of augmentation: {', '.join(Augmentation.__struct_fields__)}",
        ) from error


def with_epochs(recipe: Recipe, epochs: int | None) -> Recipe:
    """Return a recipe of another length, or the same."""
    return msgspec.structs.replace(recipe, epochs=epochs) if epochs else recipe


def for_input(recipe: Recipe, size_px: int, channels: int) -> Recipe:
    """Fill in what a network was described with, where the recipe leaves it open."""
    return msgspec.structs.replace(
        recipe,
        size_px=recipe.size_px or size_px,
        colours=recipe.colours or ("gray" if channels == 1 else "BGR"),
    )


def text_of(recipe: Recipe) -> str:
    """Return a recipe as YAML that `load` reads."""
    return str(yaml.safe_dump(msgspec.to_builtins(recipe), sort_keys=False))


def of_text(text: str, *, where: str) -> Recipe:
    """Read YAML that holds one recipe, as `text_of` returns it; missing keys have their default.

    Raises:
        ConfigurationError: this is no YAML, a key is unknown, or a value is wrong.
    """
    return parse(_parsed(text, where=where), where=where)


def read_yaml(path: Path, *, try_this: str) -> dict[str, Any]:
    """Read a YAML file of `key: value` lines.

    Args:
        path: the file.
        try_this: what a person can do where there is no such file.

    Raises:
        ConfigurationError: it can't be read, or holds something else.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"the file can't be read: {error}", where=str(path), try_this=try_this
        ) from error
    return _parsed(text, where=str(path))


def _parsed(text: str, *, where: str) -> dict[str, Any]:
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(
            f"this is no YAML: {' '.join(str(error).split())}",
            where=where,
            try_this="correct the file",
        ) from error
    if not isinstance(values, dict):
        raise ConfigurationError(
            "`key: value` lines are expected", where=where, try_this="correct the file"
        )
    return values
