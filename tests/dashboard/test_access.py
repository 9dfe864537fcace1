"""Who may see what, and whom a provider's claims speak of."""

from pathlib import Path
from typing import get_args

import pytest

from dashboard.access import LOCAL, RIGHTS, ROLES, Reader, Right, read_allow_list, roles_of
from dashboard.sign_in import known
from moodtrace.errors import ConfigurationError, NotAllowedError

LIST = """
viewer: ["@Brand.example"]
analyst: [ann@agency.example]
operator: [ann@agency.example, Otto@brand.example]
"""


@pytest.fixture
def list_file(tmp_path: Path) -> Path:
    path = tmp_path / "access.yaml"
    path.write_text(LIST)
    return path


def test_an_address_has_all_roles_it_is_listed_for(list_file: Path) -> None:
    assert roles_of("Ann@agency.example", read_allow_list(list_file)) == {"analyst", "operator"}


def test_an_address_of_its_own_goes_before_its_domain(list_file: Path) -> None:
    allowed = read_allow_list(list_file)
    assert roles_of("otto@brand.example", allowed) == {"operator"}
    assert roles_of("someone@brand.example", allowed) == {"viewer"}


@pytest.mark.parametrize(
    "email",
    [
        "",
        "@",
        "ann",
        "brand.example",
        "x@evil-brand.example",
        "x@brand.example.evil",
        "x@sub.brand.example",
    ],
)
def test_who_is_not_listed_has_no_role(email: str, list_file: Path) -> None:
    assert roles_of(email, read_allow_list(list_file)) == frozenset()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("boss: [ann@agency.example]", "'boss' is no role"),
        ("admin: ann@agency.example", "admin is no list"),
        ("admin: [ann]", "'ann' is no address"),
        ("admin: ['*@agency.example@x']", "is no address"),
        ("- ann@agency.example", "it is no map"),
        ("admin: [", "while parsing"),
        ("", "it is no map"),
    ],
)
def test_a_wrong_list_is_refused_with_its_reason(text: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "access.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=why):
        read_allow_list(path)


def test_what_no_role_is_given_is_denied() -> None:
    somebody = Reader("ann", frozenset())
    for right in get_args(Right):
        assert not somebody.may(right)
        with pytest.raises(NotAllowedError):
            somebody.require(right)


def test_each_right_is_some_roles_and_the_machine_itself_has_all() -> None:
    assert all(LOCAL.may(right) for right in get_args(Right))
    assert set(RIGHTS) == set(ROLES)
    assert not Reader("vic", frozenset({"viewer"})).may("export")
    assert not Reader("ann", frozenset({"analyst"})).may("change cameras")
    assert not Reader("otto", frozenset({"operator"})).may("screening")


CLAIMS = {"exp": 2000, "email": "someone@brand.example", "email_verified": True}


def test_claims_name_a_reader_until_they_end(list_file: Path) -> None:
    allowed = read_allow_list(list_file)
    found = known(CLAIMS, allowed, 1999)
    assert found == Reader("someone@brand.example", frozenset({"viewer"}))
    assert known(CLAIMS, allowed, 2000) is None


@pytest.mark.parametrize(
    "change", [{"email_verified": False}, {"email_verified": "true"}, {"email": None}]
)
def test_an_address_that_is_not_verified_gives_no_role(
    change: dict[str, object], list_file: Path
) -> None:
    found = known(CLAIMS | change, read_allow_list(list_file), 0)
    assert found is not None
    assert not found.roles


def test_claims_without_an_end_are_no_good(list_file: Path) -> None:
    allowed = read_allow_list(list_file)
    assert known({"email": "someone@brand.example"}, allowed, 0) is None
    assert known(CLAIMS | {"exp": "9e9"}, allowed, 0) is None
