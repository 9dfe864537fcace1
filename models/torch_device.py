"""How torch computes for us: where, how exactly, and with how many threads; knows no network."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch

from models.engine import Device
from models.torch_threads import torch_threads
from moodtrace.errors import ConfigurationError

THREADS: Final = 1
"""torch's threads spin while they wait: on 2 cores with a load of 6 YuNet at 960 x 544 takes 20 ms
with 1, and 270 with 2."""


def require_device(device: Device) -> None:
    """Refuse a device that is not there.

    Raises:
        ConfigurationError: torch finds no GPU.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise ConfigurationError(
            "torch finds no GPU",
            where="device cuda",
            try_this="check `nvidia-smi` and that torch is built for CUDA, or take the cpu",
        )


@contextmanager
def exactly() -> Iterator[None]:
    """Compute in here without gradients, alike each time, and in all digits of a number's type."""
    exact = torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=False
    )
    with torch.inference_mode(), exact, torch_threads(THREADS):
        yield
