"""`moodtrace dashboard`: the page, as a child process of this command."""

from typing import Annotated

import typer

from moodtrace.commands.console import say
from moodtrace.commands.options import RedisOption

PortOption = Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")]
DEFAULT_PORT = 8501


def dashboard(port: PortOption = DEFAULT_PORT, redis: RedisOption = None) -> None:
    """Show screenings in the browser.

    Example: moodtrace dashboard --port 8600
    """
    from moodtrace.commands.open_store import store_url
    from moodtrace.settings import load_settings

    with store_url(load_settings(), redis) as url:
        serve(url, port)


def serve(url: str, port: int, query: str = "") -> None:
    """Run the page until Ctrl-C.

    Args:
        url: The store's URL; handed over by the environment, which other users can't read.
        port: Port on the loopback address.
        query: Query string of the link that is printed.

    Raises:
        CannotWriteError: The port is taken.
        ServerAwayError: The page ended by itself.
    """
    import os
    import subprocess
    import sys
    from pathlib import Path

    import dashboard as package
    from moodtrace.errors import ServerAwayError

    check_free(port)
    page = Path(package.__file__).with_name("app.py")
    options = {
        "server.address": "127.0.0.1",
        "server.port": str(port),
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "logger.level": "error",
        "theme.light.primaryColor": "#2F7396",
        "theme.dark.primaryColor": "#6FB1D6",
    }
    words = [f"--{name}={value}" for name, value in options.items()]
    child = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(page), *words],
        env={**os.environ, "MOODTRACE_REDIS_URL": url},
        stdout=subprocess.DEVNULL,
    )
    say(f"Dashboard: http://127.0.0.1:{port}/{query}   (Ctrl-C ends it)")
    try:
        code = child.wait()
    except KeyboardInterrupt:
        return
    finally:
        child.terminate()
        child.wait()
    if code > 0:
        raise ServerAwayError(
            f"the dashboard ended by itself with code {code}",
            where=f"http://127.0.0.1:{port}",
            try_this="run `moodtrace doctor`",
        )


def check_free(port: int) -> None:
    """Raise CannotWriteError if the port is taken."""
    import socket

    from moodtrace.errors import CannotWriteError

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotWriteError(
                f"the port can't be used: {error.strerror}",
                where=f"127.0.0.1:{port}",
                try_this=f"name another with --port, such as --port {port + 1}",
            ) from error
