"""docker-compose.yml and the Dockerfile as a container engine would read them."""

import re
import shlex
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, Final

import msgspec
from dockerfile_parse import DockerfileParser
from ruamel.yaml import YAML

from tests.conftest import ROOT

COMPOSE: Final = ROOT / "docker-compose.yml"
DOCKERFILE: Final = ROOT / "Dockerfile"
EXAMPLE: Final = ROOT / ".env.example"
OURS: Final = "moodtrace/"
_VARIABLE: Final = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\})")


class Stage(msgspec.Struct):
    """A stage of the Dockerfile, with what it has from those it is built on."""

    base: str
    """Another stage, or an image."""
    instructions: list[tuple[str, str]]
    environment: dict[str, str] = {}
    user: str = ""
    entrypoint: list[str] = []
    command: list[str] = []
    health: list[str] = []
    """The words of its health check."""


class Service(msgspec.Struct):
    """A service, with what its image says where it says nothing itself."""

    name: str
    raw: dict[str, Any]
    """As the file has it, merged and filled in."""
    stage: Stage | None
    """What its image is built from; None for the images of others."""

    @property
    def words(self) -> list[str]:
        """The whole command line."""
        image = self.stage or Stage(base="", instructions=[])
        entrypoint = self.raw.get("entrypoint", image.entrypoint)
        inherited = [] if "entrypoint" in self.raw else image.command
        return [*entrypoint, *self.raw.get("command", inherited)]

    @property
    def command_lines(self) -> list[list[str]]:
        """The command lines of ours or of Ray that the whole one consists of."""
        if self.words[:2] != ["sh", "-c"]:
            return [self.words]
        lines = [shlex.split(line) for line in self.words[2].split("&&")]
        return [line[1:] if line[0] == "exec" else line for line in lines]

    @property
    def environment(self) -> dict[str, str]:
        """Of the process, as far as files say."""
        image = self.stage.environment if self.stage else {}
        own = {name: str(value) for name, value in self.raw.get("environment", {}).items()}
        return {**image, **own}

    @property
    def health(self) -> list[str]:
        """The words of the health check; none if it is switched off or there is none."""
        own = self.raw.get("healthcheck", {})
        if own.get("disable"):
            return []
        words = own.get("test") or ["CMD", *(self.stage.health if self.stage else [])]
        return list(words[1:])

    @property
    def user(self) -> str:
        """Who it runs as."""
        return str(self.raw.get("user") or (self.stage.user if self.stage else ""))

    @property
    def grace_s(self) -> int:
        """How long it may take to end."""
        return int(self.raw.get("stop_grace_period", "10s").removesuffix("s"))


def variables() -> dict[str, str]:
    """What `.env.example` sets."""
    lines = (line.partition("=") for line in EXAMPLE.read_text().splitlines())
    return {name: value for name, sign, value in lines if sign and not name.startswith("#")}


def used_variables() -> set[str]:
    """The names that docker-compose.yml asks its environment for."""
    return {found["name"] for found in _VARIABLE.finditer(COMPOSE.read_text())} - {None}


def document(given: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The file, merged and filled in.

    Args:
        given: what variables stand for; None for `.env.example`.
    """
    loaded = YAML(typ="safe", pure=True).load(COMPOSE.read_text())
    filled: dict[str, Any] = _filled(loaded, variables() if given is None else given)
    return filled


def services(given: Mapping[str, str] | None = None) -> dict[str, Service]:
    """All services by name, of all profiles."""
    built = stages()
    return {
        name: Service(name=name, raw=raw, stage=built.get(raw.get("build", {}).get("target")))
        for name, raw in document(given)["services"].items()
    }


def stages() -> dict[str, Stage]:
    """The stages of the Dockerfile by name, in order."""
    parser = DockerfileParser(fileobj=BytesIO(DOCKERFILE.read_bytes()))
    found: dict[str, Stage] = {}
    arguments: dict[str, str] = {}
    for entry in parser.structure:
        word, value = entry["instruction"], entry["value"]
        if word == "ARG" and not found:
            name, _, default = value.partition("=")
            arguments[name] = default
        elif word == "FROM":
            image, _, name = re.split(r"\s+(AS)\s+", value)
            base = re.sub(r"\$\{(\w+)\}", lambda match: arguments[match[1]], image)
            under = found.get(base) or Stage(base="", instructions=[])
            stage = msgspec.structs.replace(
                under, base=base, instructions=[], environment=dict(under.environment)
            )
            found[name] = stage
        elif word != "COMMENT":
            _apply(stage, word, value)
    return found


def _apply(stage: Stage, word: str, value: str) -> None:
    stage.instructions.append((word, value))
    match word:
        case "ENV":
            stage.environment |= dict(pair.split("=", 1) for pair in shlex.split(value))
        case "USER":
            stage.user = value
        case "ENTRYPOINT":
            stage.entrypoint = msgspec.json.decode(value, type=list[str])
        case "CMD":
            stage.command = msgspec.json.decode(value, type=list[str])
        case "HEALTHCHECK":
            stage.health = msgspec.json.decode(value.partition(" CMD ")[2], type=list[str])


def _filled(value: Any, given: Mapping[str, str]) -> Any:
    match value:
        case str():
            return _VARIABLE.sub(lambda found: _meaning(found, given), value)
        case Mapping():
            return {key: _filled(part, given) for key, part in value.items()}
        case Sequence():
            return [_filled(part, given) for part in value]
        case _:
            return value


def _meaning(found: "re.Match[str]", given: Mapping[str, str]) -> str:
    if found["name"] is None:
        return "$"
    return given.get(found["name"]) or found["default"] or ""
