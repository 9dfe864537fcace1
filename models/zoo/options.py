"""Options of a network family, as a recipe writes them, read into a frozen struct."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from moodtrace.errors import ConfigurationError

Layout = TypeVar("Layout", bound=msgspec.Struct)


def read_options(options: Mapping[str, object], layout: type[Layout]) -> Layout:
    """Read options; what is left out keeps the default that `layout` has.

    Args:
        options: by name, as YAML or JSON gives them.
        layout: a struct that forbids unknown fields and has a default for every field.

    Raises:
        ConfigurationError: an option is unknown or has the wrong type.
    """
    try:
        return msgspec.convert(dict(options), layout)
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            f"the network's options can't be used: {error}",
            where=", ".join(f"{name}={value!r}" for name, value in options.items()),
            try_this=f"its options are {', '.join(layout.__struct_fields__)}",
        ) from error
