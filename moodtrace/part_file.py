"""Files that are whole or not there, whatever ends their writer."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def becoming(target: Path) -> Iterator[Path]:
    """Give a path beside `target` to write to, which takes its place if the block ends well."""
    part = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
