"""Runs an ONNX network on the CPU, and names what else runs networks; knows nothing of faces."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as refusals

from moodtrace.errors import ConfigurationError

Array = npt.NDArray[np.float32]
Network = Callable[[Array], list[Array]]
"""One input batch in, all outputs out, in the file's order."""

Engine = Literal["onnx", "torch"]
Device = Literal["cpu", "cuda"]

THREADS: Final = 2
"""On 2 cores YuNet at 960 x 544 takes 6.4 ms with 1 thread, 4.3 with 2, 4.5 with 4.

Its outputs are the same bytes with each. Threads that spin while they wait take 3.3 ms with 2,
but 10.7 with 4, for they steal the cores from whoever decodes the pictures.
"""


class NonFiniteError(ArithmeticError):
    """A network gave NaN or infinity; nothing of that batch can be trusted."""


def load(model: Path | bytes, threads: int = THREADS) -> Network:
    """Open a network of one input.

    Args:
        model: an ONNX file, or its content.
        threads: how many threads share one batch.

    Returns:
        A callable that raises `NonFiniteError` rather than give NaN or infinity.

    Raises:
        ConfigurationError: this is no network that can be run.
    """
    session = _open(model, threads)
    name = session.get_inputs()[0].name

    def run(batch: Array) -> list[Array]:
        outputs: list[Array] = session.run(None, {name: batch})
        require_finite(*outputs)
        return outputs

    return run


def require_cpu(device: Device) -> None:
    """Refuse a device that ONNX Runtime does not know here.

    Raises:
        ConfigurationError: it is no CPU.
    """
    if device != "cpu":
        raise ConfigurationError(
            f"ONNX Runtime runs on the CPU here, not on {device}",
            where="engine onnx",
            try_this="take the engine torch for a GPU",
        )


def require_finite(*arrays: Array) -> None:
    """Raise `NonFiniteError` if a number is NaN or infinite."""
    if not all(np.isfinite(array).all() for array in arrays):
        raise NonFiniteError("a network gave NaN or infinity")


def _open(model: Path | bytes, threads: int) -> onnxruntime.InferenceSession:
    """Make a quiet, sequential, deterministic session."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.use_deterministic_compute = True
    options.log_severity_level = 4  # fatal: what is refused is raised, not printed
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    content = model if isinstance(model, bytes) else str(model)
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except (
        refusals.Fail,
        refusals.InvalidArgument,
        refusals.InvalidGraph,
        refusals.InvalidProtobuf,
        refusals.NoSuchFile,
        refusals.NotImplemented,
        refusals.RuntimeException,
    ) as error:
        where = "weights in memory" if isinstance(model, bytes) else str(model)
        raise ConfigurationError(
            f"the weights are no network that can be run: {str(error).splitlines()[0]}",
            where=where,
            try_this="remove the file and run `moodtrace models pull`",
        ) from error
