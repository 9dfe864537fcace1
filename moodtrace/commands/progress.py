"""Progress bars on stderr; none where stderr is no terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)


def _progress(*columns: TextColumn | DownloadColumn) -> Progress:
    err = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        *columns,
        TimeRemainingColumn(),
        console=err,
        disable=not err.is_terminal,
        transient=True,
    )


@contextmanager
def download_bar(name: str) -> Iterator[Callable[[int, int | None], None]]:
    """Give out a callback `(done_bytes, total_bytes)`; the bar moves until all is there."""
    with _progress(DownloadColumn()) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def share_bar(name: str) -> Iterator[Callable[[float], None]]:
    """Give out a callback that takes the share done, 0 to 1."""
    with _progress() as bar:
        task = bar.add_task(name, total=1.0)
        yield lambda share: bar.update(task, completed=share)


@contextmanager
def replay_bar() -> Iterator[Callable[[float, float | None, str], None]]:
    """Give out a callback `(content_s, length_s, text)`."""
    with _progress(TextColumn("{task.fields[text]}")) as bar:
        task = bar.add_task("Replay", total=None, text="")
        yield lambda done, total, text: bar.update(task, completed=done, total=total, text=text)


@contextmanager
def training_bar(epochs: int) -> Iterator[Callable[[float, str], None]]:
    """Give out a callback `(epochs that are done, text)`."""
    with _progress(TextColumn("{task.fields[text]}")) as bar:
        task = bar.add_task("Train", total=epochs, text="")
        yield lambda done, text: bar.update(task, completed=done, text=text)
