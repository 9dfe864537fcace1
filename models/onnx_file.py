"""Reads ONNX files; knows no network."""

from pathlib import Path

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from moodtrace.errors import ConfigurationError


def read(path: Path) -> onnx.ModelProto:
    """Return what a file holds.

    Raises:
        ConfigurationError: it can't be read, or is no ONNX file.
    """
    try:
        return onnx.load(path)
    except (OSError, DecodeError) as error:
        raise ConfigurationError(
            f"{path.name} is no ONNX file",
            where=str(path),
            try_this="remove it and run `moodtrace models pull`",
        ) from error
