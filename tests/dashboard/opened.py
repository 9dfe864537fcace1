"""Pages as one reader sees them, run without a browser."""

from collections.abc import Iterable

from streamlit.testing.v1 import AppTest

from dashboard.access import Role
from moodtrace.store import Store

KINDS = ("info", "warning", "error", "success")


def opened(
    name: str, store: Store, *roles: Role, unfolded: Iterable[str] = (), **link: str
) -> AppTest:
    """Run `page_<name>` for somebody with some roles; admin if none are given.

    Args:
        name: of the page.
        store: it reads.
        roles: of whoever opens it.
        unfolded: keys of the parts below that are unfolded.
        link: what the address says.
    """

    def script(name, store, roles):  # type: ignore[no-untyped-def]  # its source alone is run
        from importlib import import_module

        from dashboard.access import Reader

        import_module(f"dashboard.page_{name}").render(store, Reader("ann", frozenset(roles)))

    given = {"name": name, "store": store, "roles": roles or ("admin",)}
    page = AppTest.from_function(script, kwargs=given, default_timeout=30)
    for parameter, value in link.items():
        page.query_params[parameter] = value
    for part in unfolded:
        page.session_state[part] = True
    page.run()
    assert not page.exception
    return page


def titles(page: AppTest) -> list[str]:
    """What the notices are headed with."""
    return [alert.proto.title for kind in KINDS for alert in page.get(kind)]


def words(page: AppTest) -> str:
    """Everything said on the page, as people read it."""
    kinds = (*KINDS, "caption", "text", "markdown", "subheader", "title", "header")
    said = (str(getattr(part, "value", "")) for kind in kinds for part in page.get(kind))
    return "\n".join(said).replace("\\", "").replace("\N{WORD JOINER}", "")


def metrics(page: AppTest) -> dict[str, str]:
    """The tiles of a page."""
    return {metric.label: metric.value for metric in page.metric}


def labels(parts: Iterable[object]) -> list[str]:
    """What widgets are called."""
    return [str(getattr(part, "label", "")) for part in parts]
