"""Cameras as a YAML file: `defaults` and a map of `cameras`; finds every mistake at once.

    defaults: {audience: panel, fps: 5}
    cameras:
      front: {source: "rtsp://${CAMERA_HOST}/1", username: viewer, password_env: FRONT_PASSWORD}

`${NAME}` stands for an environment variable. Passwords are never in the file: it names where they
are.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import fields
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from moodtrace.camera_rules import Network, Resolve, complaints
from moodtrace.cameras import Camera
from moodtrace.errors import ConfigurationError

MAX_BYTES: Final = 1 << 20
SECTIONS: Final = ("defaults", "cameras")
FIELDS: Final = {field.name: field.type for field in fields(Camera) if field.name != "name"}
"""What may be said of a camera, by name, with its type."""
_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Mistake(NamedTuple):
    """One thing that is wrong in a file."""

    line: int
    """From 1 on."""
    what: str
    try_this: str


class ConfigFileError(ConfigurationError):
    """A file has mistakes; the first is the error, `mistakes` has them all."""

    def __init__(self, path: str, mistakes: Iterable[Mistake]) -> None:
        self.path = path
        self.mistakes = sorted(mistakes)
        first = self.mistakes[0]
        super().__init__(first.what, where=f"{path}:{first.line}", try_this=first.try_this)


@dataclass(frozen=True)
class _Said:
    """A value and the line it stands in."""

    value: Any
    line: int


def parse(
    content: str,
    *,
    path: str,
    environ: Mapping[str, str],
    networks: Iterable[Network],
    resolve: Resolve | None = None,
) -> dict[str, Camera]:
    """Read the cameras of a file.

    Args:
        content: of the file.
        path: what the file is called in errors.
        environ: what `${NAME}` stands for.
        networks: where cameras may be.
        resolve: looks hosts up; None for the machine's own way.

    Returns:
        By name, in the order of the file.

    Raises:
        ConfigFileError: something is wrong; it lists all that is.
    """
    root = _loaded(content, path)
    mistakes: list[Mistake] = []
    for section, value in _entries(root):
        if section not in SECTIONS:
            mistakes.append(_unknown(section, SECTIONS, value.line))
    defaults = _settings(_map(root, "defaults", mistakes), mistakes, environ)
    cameras: dict[str, Camera] = {}
    for name, said in _entries(_map(root, "cameras", mistakes)):
        before = len(mistakes)
        own = _settings(_as_map(name, said, mistakes), mistakes, environ)
        merged = {**defaults, **own}
        for wanted in ("source", "audience"):
            if wanted not in merged and before == len(mistakes):
                what = f"camera {name!r} has no {wanted}"
                mistakes.append(Mistake(said.line, what, f"add {wanted}: …"))
        if before == len(mistakes):
            camera = Camera(name=name, **{key: value.value for key, value in merged.items()})
            lines = {key: value.line for key, value in merged.items()}
            cameras[name] = camera
            mistakes += _refused(camera, lines, said.line, networks, resolve)
    if mistakes:
        raise ConfigFileError(path, mistakes)
    return cameras


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of the file, for editors."""
    camera = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: _inlined(*msgspec.json.schema_components([kind])) for name, kind in FIELDS.items()
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "moodtrace.yaml",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "defaults": camera,
            "cameras": {"type": "object", "additionalProperties": camera},
        },
    }


def _inlined(schemas: tuple[dict[str, Any], ...], components: dict[str, Any]) -> dict[str, Any]:
    assert not components  # no field of a camera is a struct
    return schemas[0]


def _loaded(content: str, path: str) -> CommentedMap:
    if len(content) > MAX_BYTES:
        raise ConfigFileError(path, [Mistake(1, "the file is too long", "it may have 1 MB")])
    try:
        root = YAML().load(StringIO(content))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = f"this is no YAML: {error.problem or error.context}"
        raise ConfigFileError(path, [Mistake(line, what, "correct the line")]) from error
    except (YAMLError, ValueError, RecursionError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        mistake = Mistake(1, f"this is no YAML: {first}", "correct the file")
        raise ConfigFileError(path, [mistake]) from error
    if root is None:
        root = CommentedMap()
    if not isinstance(root, CommentedMap):
        raise ConfigFileError(path, [Mistake(1, "the file is no map", "begin with cameras:")])
    return root


def _entries(given: CommentedMap) -> Iterator[tuple[str, _Said]]:
    for key, value in given.items():
        place = given.lc.data.get(key) if given.lc.data else None
        yield str(key), _Said(value, place[0] + 1 if place else given.lc.line + 1)


def _map(root: CommentedMap, section: str, mistakes: list[Mistake]) -> CommentedMap:
    found = dict(_entries(root)).get(section)
    return CommentedMap() if found is None else _as_map(section, found, mistakes)


def _as_map(name: str, said: _Said, mistakes: list[Mistake]) -> CommentedMap:
    if isinstance(said.value, CommentedMap):
        return said.value
    if said.value is not None:
        mistakes.append(Mistake(said.line, f"{name!r} is no map", "write key: value below it"))
    return CommentedMap()


def _settings(
    given: CommentedMap, mistakes: list[Mistake], environ: Mapping[str, str]
) -> dict[str, _Said]:
    found: dict[str, _Said] = {}
    for name, said in _entries(given):
        if name not in FIELDS:
            mistakes.append(_unknown(name, FIELDS, said.line))
            continue
        try:
            value = msgspec.convert(_filled(said.value, environ), FIELDS[name])
        except KeyError as error:
            what = f"the environment has no {error.args[0]}"
            mistakes.append(Mistake(said.line, what, "set it, or write the value itself"))
        except msgspec.ValidationError as error:
            reason = str(error).partition(" - at")[0]
            mistakes.append(Mistake(said.line, f"{name}: {reason}", "correct the value"))
        else:
            found[name] = _Said(value, said.line)
    return found


def _filled(value: Any, environ: Mapping[str, str]) -> Any:
    """Put in what `${NAME}` stands for, and make plain types of the parser's."""
    match value:
        case str():
            return _VARIABLE.sub(lambda found: environ[found[1]], value)
        case Mapping():
            return {str(key): _filled(part, environ) for key, part in value.items()}
        case list():
            return [_filled(part, environ) for part in value]
        case bool():
            return bool(value)
        case int():
            return int(value)
        case float():
            return float(value)
        case _:
            return value


def _refused(
    camera: Camera,
    lines: Mapping[str, int],
    line: int,
    networks: Iterable[Network],
    resolve: Resolve | None,
) -> Iterator[Mistake]:
    for found in complaints(camera, networks, resolve):
        what = f"{found.field} of {camera.name!r}: {found.what}"
        yield Mistake(lines.get(found.field, line), what, found.try_this)


def _unknown(name: str, known: Iterable[str], line: int) -> Mistake:
    close = difflib.get_close_matches(name, list(known), n=1)
    advice = f"did you mean {close[0]}?" if close else f"one of {', '.join(known)}"
    return Mistake(line, f"there is no setting {name!r}", advice)
