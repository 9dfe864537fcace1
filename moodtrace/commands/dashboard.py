"""`moodtrace dashboard`: the page, as a child process of this command."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from moodtrace.commands.console import say
from moodtrace.commands.options import RedisOption
from moodtrace.errors import ConfigurationError

PortOption = Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")]
DEFAULT_PORT = 8501
LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 (where --everywhere asks for it)


def dashboard(
    port: PortOption = DEFAULT_PORT,
    everywhere: Annotated[
        bool,
        typer.Option(
            "--everywhere",
            help="Listen on all addresses; sign-in has to be set up, or "
            "MOODTRACE_DASHBOARD_ANYBODY be true.",
        ),
    ] = False,
    redis: RedisOption = None,
) -> None:
    """Show screenings in the browser.

    Example: moodtrace dashboard --port 8600
    """
    from moodtrace.commands.open_store import store_url
    from moodtrace.settings import load_dashboard_settings, load_settings

    settings = load_dashboard_settings()
    if everywhere and not (settings.oidc_url or settings.anybody):
        raise _asks_nobody()
    with store_url(load_settings(), redis) as url:
        serve(url, port, address=EVERYWHERE if everywhere else LOOPBACK)


def serve(url: str, port: int, query: str = "", address: str = LOOPBACK) -> None:
    """Run the page until Ctrl-C.

    Args:
        url: The store's URL; handed over by the environment, which other users can't read.
        port: Port on the address.
        query: Query string of the link that is printed.
        address: What to listen on.

    Raises:
        CannotWriteError: The port is taken.
        ServerAwayError: The page ended by itself, or something else ended it.
    """
    import os
    import subprocess

    import dashboard as package
    from moodtrace.errors import ServerAwayError

    check_free(port, address)
    child = subprocess.Popen(
        page_command(Path(package.__file__).with_name("server.py"), port, address),
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
    if code:
        raise ServerAwayError(
            f"the dashboard {_ended(code)}",
            where=f"http://127.0.0.1:{port}",
            try_this="see what it printed above, and run `moodtrace doctor`",
        )


@contextmanager
def shown_page(url: str, port: int) -> Iterator[None]:
    """Run the page beside something else, while the block runs."""
    import os
    import subprocess

    import dashboard as package

    child = subprocess.Popen(
        page_command(Path(package.__file__).with_name("server.py"), port),
        env={**os.environ, "MOODTRACE_REDIS_URL": url},
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us, and we end it
    )
    say(f"Dashboard: http://127.0.0.1:{port}/")
    try:
        yield
    finally:
        child.terminate()
        child.wait()


def page_command(page: Path, port: int, address: str = LOOPBACK) -> list[str]:
    """Return the command that runs a page; on stderr it prints tracebacks and little else."""
    options = {
        "server.address": address,
        "server.port": str(port),
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "logger.level": "error",
        "logger.enableRich": "false",  # Rich would print tracebacks on stdout, among chatter
        "theme.light.primaryColor": "#2F7396",
        "theme.light.textColor": "#171614",
        "theme.dark.primaryColor": "#4690B9",
    }
    words = [f"--{name}={value}" for name, value in options.items()]
    # -P: a dashboard/ or streamlit.py in the current folder must not be run in place of ours.
    return [sys.executable, "-P", "-m", "streamlit", "run", str(page), *words]


def _asks_nobody() -> ConfigurationError:
    return ConfigurationError(
        "the page would be open to all who reach this machine",
        where="--everywhere without sign-in",
        try_this="set up sign-in (docs/how-to/dashboard.md), or MOODTRACE_DASHBOARD_ANYBODY=true "
        "where something else keeps others out",
    )


def _ended(code: int) -> str:
    """Say how a child process ended: a code, or minus the number of a signal."""
    import signal

    if code > 0:
        return f"ended by itself with code {code}"
    known = -code in set(signal.Signals)
    return f"was ended by {signal.Signals(-code).name if known else f'signal {-code}'}"


def check_free(port: int, address: str = LOOPBACK) -> None:
    """Raise CannotWriteError if the port is taken."""
    import socket

    from moodtrace.errors import CannotWriteError

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise CannotWriteError(
                f"the port can't be used: {error.strerror}",
                where=f"{address}:{port}",
                try_this=f"name another with --port, such as --port {port + 1}",
            ) from error
