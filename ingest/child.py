"""The parent's side of any decode process: starts it, holds its pipes, kills it; decodes nothing.

What a child needs to know goes to its stdin, for command line and environment are for all to see.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import ingest

_KILL_AFTER_S: Final = 2.0
_PACKAGES: Final = Path(ingest.__file__).parents[1]
_KEPT_STDERR_BYTES: Final = 8192

_ENVIRONMENT: Final = frozenset(
    {
        "HOME",
        "LANG",
        "LC_ALL",
        "LD_LIBRARY_PATH",
        "PATH",
        "PYTHONPATH",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "TMPDIR",
        "VIRTUAL_ENV",
    }
)
"""All that a child sees of our environment, which may hold passwords of cameras."""
_ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1"}
"""No child does linear algebra, but numpy would keep threads and memory ready for it."""


class Child:
    """One of our modules in a process of its own, which writes to the pipe `output`."""

    def __init__(self, module: str, job: bytes, shared: Sequence[int] = ()) -> None:
        """Start `python -m module` and give it `job` on stdin.

        Args:
            module: with its package.
            job: what it is to do.
            shared: file descriptors that it gets, and by number as its arguments.
        """
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `close`)
        self.output, child_output = os.pipe()
        """File descriptor of what the child writes to stdout."""
        try:
            # Started where our packages are, so that it imports nothing of the user's folder.
            self._process = subprocess.Popen(
                [sys.executable, "-X", "faulthandler", "-m", module, *map(str, shared)],
                pass_fds=shared,
                stdin=subprocess.PIPE,
                stdout=child_output,
                stderr=self._stderr,
                cwd=_PACKAGES,
                env=_environment(),
            )
        except BaseException:
            os.close(self.output)
            self._stderr.close()
            raise
        finally:
            os.close(child_output)
        self._tell(job)

    def _tell(self, job: bytes) -> None:
        assert self._process.stdin is not None
        # A child that died at once is noticed where its output is read.
        with suppress(BrokenPipeError), self._process.stdin as stdin:
            stdin.write(job)

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How the child ended, as `subprocess` says it; None while it runs."""
        return self._process.poll()

    def stderr_tail(self) -> str:
        """Return the last of what the child wrote to stderr."""
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - _KEPT_STDERR_BYTES))
        return self._stderr.read().decode(errors="replace")

    def kill(self) -> None:
        """End the child: SIGTERM, two seconds, SIGKILL. Does no harm when it is over."""
        self._process.terminate()
        try:
            self._process.wait(_KILL_AFTER_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """End the child, and let go of what it was read by."""
        self.kill()
        os.close(self.output)
        self._stderr.close()


def _environment() -> dict[str, str]:
    return _ONE_THREAD | {name: os.environ[name] for name in _ENVIRONMENT & os.environ.keys()}
