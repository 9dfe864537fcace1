"""Writes and reads all that a run needs to go on as if it had never stopped.

A file is replaced in one step, after it is whole: a kill or a full disk leaves the old one.
"""

import io
import pickle
from pathlib import Path
from typing import Any, Final

import safetensors
import safetensors.torch
import torch
from torch import nn

from moodtrace.errors import ConfigurationError
from moodtrace.fetch import written_beside

VERSION: Final = 1
State = dict[str, Any]
"""Tensors, numbers, texts, lists and dicts of them: what torch reads without running code."""


def write(path: Path, state: State) -> None:
    """Write a checkpoint.

    Raises:
        CannotWriteError: the disk is full or the folder can't be written; the old file stays.
    """
    content = io.BytesIO()
    torch.save({"version": VERSION, **state}, content)
    with written_beside(path) as file:
        file.write(content.getbuffer())


def read(path: Path) -> State:
    """Read a checkpoint onto the CPU.

    Raises:
        ConfigurationError: the file is missing, damaged, or of another version.
    """
    try:
        state: State = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, ValueError) as error:
        raise ConfigurationError(
            f"the checkpoint can't be read: {(str(error) or 'it is empty').splitlines()[0]}",
            where=str(path),
            try_this="start again without --resume",
        ) from error
    if not isinstance(state, dict) or state.get("version") != VERSION:
        raise ConfigurationError(
            f"the checkpoint is not of version {VERSION}",
            where=str(path),
            try_this="start again without --resume",
        )
    return state


def random_state() -> State:
    """Return where all generators of random numbers stand."""
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"cpu": torch.get_rng_state(), "cuda": cuda}


def restore_random(state: State) -> None:
    """Set all generators of random numbers to where they stood."""
    torch.set_rng_state(state["cpu"])
    if torch.cuda.is_available() and state["cuda"]:
        torch.cuda.set_rng_state_all(state["cuda"])


def write_weights(path: Path, network: nn.Module) -> None:
    """Write a network's weights as safetensors.

    Raises:
        CannotWriteError: as `write`.
    """
    tensors = {
        name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()
    }
    with written_beside(path) as file:
        file.write(safetensors.torch.save(tensors))


def read_weights(path: Path, network: nn.Module) -> None:
    """Load safetensors into a network.

    Raises:
        ConfigurationError: the file can't be read, or holds another architecture's weights.
    """
    try:
        tensors = safetensors.torch.load(path.read_bytes())
    except (OSError, safetensors.SafetensorError) as error:
        raise ConfigurationError(
            f"the weights can't be read: {error}", where=str(path), try_this="check the path"
        ) from error
    require_same(tensors, network, path)
    network.load_state_dict(tensors)


def require_same(tensors: dict[str, torch.Tensor], network: nn.Module, path: Path) -> None:
    """Refuse weights whose names or shapes are not those of a network.

    Raises:
        ConfigurationError: the first difference, what is expected and what the file has.
    """
    wanted = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    got = {name: tuple(value.shape) for name, value in tensors.items()}
    if wanted == got:
        return
    name = next(n for n in [*wanted, *got] if wanted.get(n) != got.get(n))
    raise ConfigurationError(
        "these weights are of another architecture: "
        f"{name} should be {wanted.get(name, 'absent')}, but is {got.get(name, 'absent')}",
        where=str(path),
        try_this="name the network that the weights were trained with",
    )
