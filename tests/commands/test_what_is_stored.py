"""What a real replay leaves behind: numbers of people, and nothing as large as a face's template.

Templates of faces ("embeddings") that tell people apart have 128 to 512 numbers.
"""

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis

from moodtrace.embedded import embedded_store
from tests.conftest import Cli

EMBEDDING = 64
"""No list of so many numbers, and no person with so many, is stored anywhere."""
LONGEST_TEXT = 100
"""64 bytes are 88 characters in base64; a SHA-256 has 64."""
LARGEST_NUMBER = 2**53


def everything(client: Any) -> Iterator[tuple[str, Any]]:
    """Every value in the store under its key, decoded; what is no text fails here."""
    readers = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"zset": lambda key: client.zrange(key, 0, -1),
    }
    for key in client.scan_iter():
        yield key.decode(), as_plain(readers[client.type(key)](key))


def as_plain(stored: Any) -> Any:
    """Turn what the store returns into JSON types."""
    if isinstance(stored, bytes):
        text = (zlib.decompress(stored) if stored.startswith(b"x\x9c") else stored).decode()
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text
    if isinstance(stored, dict):
        return {name.decode(): as_plain(value) for name, value in stored.items()}
    return [as_plain(value) for value in stored]


def nodes(value: Any) -> Iterator[Any]:
    """A value and all that is in it."""
    yield value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from nodes(part)


def numbers(value: Any) -> list[float]:
    return [node for node in nodes(value) if isinstance(node, int | float)]


def oversized(value: Any) -> list[Any]:
    """Everything in a value that could be a template, whatever its name is."""
    return [
        node
        for node in nodes(value)
        if (isinstance(node, str) and len(node) > LONGEST_TEXT)
        or (isinstance(node, int | float) and abs(node) >= LARGEST_NUMBER)
        or (isinstance(node, dict | list) and _is_vector(node))
    ]


def _is_vector(node: dict[str, Any] | list[Any]) -> bool:
    flat = list(node.values()) if isinstance(node, dict) else node
    return sum(isinstance(each, int | float) for each in flat) >= EMBEDDING


@pytest.mark.parametrize(
    "template",
    [
        [0.1] * EMBEDDING,
        {str(n): n for n in range(EMBEDDING)},
        "A" * (LONGEST_TEXT + 1),
        int.from_bytes(b"template"),
    ],
)
def test_a_template_would_be_found(template: Any) -> None:
    assert oversized({"people": [[1, "front", template]]})


def test_nothing_of_embedding_size_is_stored(
    cli: Cli, footage: Callable[[str], Path], data_dir: Path, tmp_path: Path
) -> None:
    halves = ("left=0,0 0.5,0 0.5,1 0,1", "right=0.5,0 1,0 1,1 0.5,1")
    areas = [f"--{kind}={half}" for kind in ("zone", "seat") for half in halves]
    clip, home = footage("audience_cut_a.mp4"), tmp_path / "home"
    home.mkdir()
    elsewhere = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME"), str(home))
    done = cli("replay", clip, "--screening", "a", *areas, env=elsewhere)
    assert done.returncode == 0, done.stderr

    with embedded_store(data_dir) as url, redis.Redis.from_url(url) as client:
        stored = dict(everything(client))

    assert {key for key, value in stored.items() if oversized(value)} == set()
    rows = [row for key, row in stored.items() if ":row:" in key]
    people = [person for row in rows for person in row["people"]]
    tracks = [
        track
        for row in rows
        for followed in row["after"]["tracks"]["cameras"].values()
        for track in followed
    ]
    assert len(rows) == 60
    assert min(len(people), len(tracks)) > 500
    assert max(len(numbers(person)) for person in (*people, *tracks)) < EMBEDDING
    assert {path.name for path in data_dir.iterdir()} == {"store", "weights"}
    assert [path for path in home.rglob("*") if path.is_file()] == []
