"""Signing in with a real OpenID provider in a real browser."""

import re
import warnings
from collections.abc import Iterator
from contextlib import closing
from typing import Final

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from dashboard.access import Role
from dashboard.navigation import PAGES
from moodtrace.embedded import embedded_store
from moodtrace.store import Store
from tests.dashboard.browsing import HEADED, opened
from tests.dashboard.made_screening import Studio, film
from tests.dashboard.served import free_port, served_page
from tests.dashboard.test_every_page import ALLOWED

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # oidc-provider-mock 0.3.4, on import
    from oidc_provider_mock import User, run_server_in_thread

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the provider's own
SECRET = "the-client-secret-of-this-test"  # noqa: S105
ACCESS = """
viewer: ["@brand.example"]
analyst: [ann@agency.example]
operator: [otto@brand.example]
admin: [ada@agency.example]
"""
ROLES_OF: Final = [
    ("vic@brand.example", "viewer"),
    ("otto@brand.example", "operator"),
    pytest.param("ann@agency.example", "analyst", marks=pytest.mark.slow),
    pytest.param("ada@agency.example", "admin", marks=pytest.mark.slow),
]
REFUSED = "You may not see or do this"


def user(email: str, *, verified: bool = True) -> User:
    return User(sub=email, claims={"email": email, "email_verified": verified})


@pytest.fixture(scope="module")
def page_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a page with one screening that asks who is there."""
    folder = tmp_path_factory.mktemp("signed-in")
    known = (
        user("vic@brand.example"),
        user("ann@agency.example"),
        user("otto@brand.example"),
        user("ada@agency.example"),
        user("eve@evil.example"),
        user("una@brand.example", verified=False),
    )
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    secret, access = folder / "secret", folder / "access.yaml"
    secret.write_text(SECRET)
    access.write_text(ACCESS)
    with run_server_in_thread(user_claims=known) as provider, embedded_store(folder) as store_url:
        with closing(Store(store_url)) as store, Studio(store) as studio:
            studio.finished("spring-a", film())
        settings = {
            "MOODTRACE_DASHBOARD_URL": url,
            "MOODTRACE_DASHBOARD_OIDC_URL": f"http://localhost:{provider.server_port}"
            "/.well-known/openid-configuration",
            "MOODTRACE_DASHBOARD_OIDC_CLIENT": "moodtrace",
            "MOODTRACE_DASHBOARD_OIDC_SECRET_FILE": str(secret),
            "MOODTRACE_DASHBOARD_ACCESS_FILE": str(access),
        }
        with served_page(store_url, port, settings) as running:
            yield running


@pytest.fixture
def page(browser: Browser, page_url: str) -> Iterator[Page]:
    context = browser.new_context(base_url=page_url)
    yield context.new_page()
    context.close()


def sign_in(page: Page, email: str, path: str = "/") -> None:
    page.goto(path)
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[name=sub]").fill(email)
    page.get_by_role("button", name="Authorize", exact=False).first.click()


def test_nobody_sees_anything_before_signing_in(page: Page) -> None:
    page.goto("/screening?screening=spring-a")
    page.get_by_text("Please sign in").wait_for()
    assert "spring" not in page.inner_text("body")


@pytest.mark.parametrize(("email", "role"), ROLES_OF)
def test_navigation_leads_to_the_pages_of_a_role_and_no_link_to_another(
    email: str, role: Role, page: Page
) -> None:
    sign_in(page, email)
    page.get_by_role("heading", name="Screenings").wait_for()
    links = page.get_by_test_id("stSidebarNavLink")
    allowed = {right: title for right, title, *_ in PAGES if role in ALLOWED[right]}

    expect(links).to_have_text([re.compile(f"{title}$") for title in allowed.values()])
    for right, title in [*allowed.items()][1:]:
        links.filter(has_text=title).click()
        page.wait_for_url(re.compile(f"/{right}"))
        expect(page.locator(HEADED).first).to_be_visible()
        expect(page.get_by_text(REFUSED)).to_have_count(0)
    for right in ALLOWED.keys() - allowed:
        opened(page, right)
        expect(page.get_by_text("Page not found")).to_be_visible()
        expect(page.get_by_role("heading", name="Screenings")).to_be_visible()


@pytest.mark.parametrize("email", ["eve@evil.example", "una@brand.example"])
def test_who_is_not_listed_or_not_verified_sees_nothing(email: str, page: Page) -> None:
    sign_in(page, email)
    page.get_by_text("Nothing to see for you yet").wait_for()
    assert "spring" not in page.inner_text("body")
    assert page.get_by_test_id("stSidebarNavLink").count() == 0


def test_signing_out_ends_it(page: Page) -> None:
    sign_in(page, "ada@agency.example")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/end_session*")  # the provider asks whether it shall end there, too
    page.goto("/")
    page.get_by_text("Please sign in").wait_for()


def test_the_client_secret_is_told_to_nobody(page: Page, page_url: str) -> None:
    sign_in(page, "ada@agency.example")
    page.get_by_role("heading", name="Screenings").wait_for()
    said = page.content() + requests.get(page_url, timeout=5).text
    assert SECRET not in said
