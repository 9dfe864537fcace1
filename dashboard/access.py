"""Who may see and do what; knows nothing of how people sign in.

What no role is given is denied to all, so that a page nobody thought of is shown to nobody.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from moodtrace.errors import ConfigurationError, NotAllowedError

Role = Literal["viewer", "analyst", "operator", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

Right = Literal[
    "overview",
    "screening",
    "stimulus",
    "compare",
    "norms",
    "live",
    "cameras",
    "change cameras",
    "camera picture",
    "quality",
    "export",
    "privacy",
    "delete",
    "help",
]

_ALL: Final[frozenset[Right]] = frozenset({"overview", "live", "help"})
_READ: Final[frozenset[Right]] = _ALL | {"screening", "stimulus"}
RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {
    "viewer": _READ,
    "analyst": _READ | {"compare", "norms", "quality", "export"},
    "operator": _ALL | {"cameras", "change cameras", "quality"},
    "admin": frozenset(get_args(Right)),
}

_EVERYBODY_OF: Final = re.compile(r"@[^@\s]+\.[^@\s]+")
_SOMEBODY: Final = re.compile(r"[^@\s]+@[^@\s]+")


class Reader(NamedTuple):
    """Somebody who looks at the pages."""

    name: str
    roles: frozenset[Role]

    def may(self, right: Right) -> bool:
        """Say whether one of the roles gives a right."""
        return any(right in RIGHTS[role] for role in self.roles)

    def require(self, right: Right) -> None:
        """Refuse whoever lacks a right.

        Raises:
            NotAllowedError: no role gives it.
        """
        if not self.may(right):
            raise NotAllowedError(
                f"you may not see or do this: {right}",
                where=f"{self.name}, {', '.join(sorted(self.roles)) or 'without a role'}",
                try_this="ask whoever runs this dashboard for another role",
            )


LOCAL: Final = Reader("this machine", frozenset({"admin"}))
"""Whoever sits at the machine, where nobody else can reach the page."""

AllowList = Mapping[str, frozenset[Role]]
"""Roles by address, `ann@brand.example`, or by domain, `@brand.example`; in small letters."""


def roles_of(email: str, allowed: AllowList) -> frozenset[Role]:
    """Return the roles of an address: its own if it has any, else those of its domain."""
    address = email.strip().lower()
    _, at, domain = address.rpartition("@")
    return allowed.get(address) or allowed.get(f"{at}{domain}") or frozenset()


def read_allow_list(path: Path) -> AllowList:
    """Read who has which role: YAML, a list of addresses and domains for each role.

    Raises:
        ConfigurationError: the file can't be read, or names something else.
    """
    try:
        said = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise _wrong(path, str(error).splitlines()[0]) from error
    if not isinstance(said, dict):
        raise _wrong(path, "it is no map of roles")
    allowed: dict[str, frozenset[Role]] = {}
    for role, who in said.items():
        if role not in ROLES:
            raise _wrong(path, f"{role!r} is no role")
        for address in _addresses(path, role, who):
            allowed[address] = allowed.get(address, frozenset()) | {role}
    return allowed


def _addresses(path: Path, role: str, who: object) -> Iterable[str]:
    if not isinstance(who, list):
        raise _wrong(path, f"{role} is no list")
    for entry in who:
        address = str(entry).strip().lower()
        if not (_SOMEBODY.fullmatch(address) or _EVERYBODY_OF.fullmatch(address)):
            raise _wrong(path, f"{entry!r} is no address")
        yield address


def _wrong(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"the list of who may see what can't be understood: {why}",
        where=str(path),
        try_this=f"write a list of addresses (ann@brand.example) or domains (@brand.example) "
        f"for each role: {', '.join(ROLES)}",
    )
