"""Links to contents: whole files, ranges, and nobody else's."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.media import COOKIE, Stimuli

CONTENT = bytes(range(256)) * 8
ANN = {COOKIE: "ann", f"{COOKIE}_1": "her claims go on"}


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "spring.mp4"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def stimuli(film: Path) -> Stimuli:
    return Stimuli({"spring-a": film}.get)


def client(stimuli: Stimuli, cookies: dict[str, str]) -> TestClient:
    return TestClient(Starlette(routes=[stimuli.route]), cookies=cookies)


def test_a_link_gives_the_film_and_any_part_of_it(stimuli: Stimuli) -> None:
    link = stimuli.link("spring-a", ANN)
    assert link is not None
    browser = client(stimuli, ANN)
    whole = browser.get(link)
    assert (whole.status_code, whole.content) == (200, CONTENT)
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["cache-control"] == "private, no-store"
    part = browser.get(link, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, CONTENT[100:200])
    assert browser.get(link, headers={"Range": "bytes=9999-"}).status_code == 416
    assert browser.head(link).headers["content-length"] == str(len(CONTENT))


@pytest.mark.parametrize("cookies", [{}, {COOKIE: "bob"}, {COOKIE: "ann"}])
def test_a_copied_link_is_worth_nothing_in_another_browser(
    cookies: dict[str, str], stimuli: Stimuli
) -> None:
    link = stimuli.link("spring-a", ANN)
    assert link is not None
    answer = client(stimuli, cookies).get(link)
    assert answer.status_code == 403
    assert CONTENT[:16] not in answer.content


def test_a_link_that_was_changed_or_signed_elsewhere_is_refused(
    stimuli: Stimuli, film: Path
) -> None:
    others = Stimuli({"spring-a": film}.get).link("spring-a", ANN)
    assert others is not None
    browser = client(stimuli, ANN)
    for link in (others, others[:-1], "/ad/x", "/ad/../etc/passwd", "/ad/%2e%2e%2fetc%2fpasswd"):
        assert browser.get(link).status_code in (403, 404)


def test_there_is_no_link_without_a_film_that_browsers_play(tmp_path: Path) -> None:
    text = tmp_path / "secret.txt"
    text.write_text("no film")
    stimuli = Stimuli({"text": text}.get)
    assert stimuli.link("text", ANN) is None
    assert stimuli.link("unknown", ANN) is None


def test_a_film_that_went_away_is_not_found(stimuli: Stimuli, film: Path) -> None:
    link = stimuli.link("spring-a", ANN)
    assert link is not None
    film.unlink()
    assert client(stimuli, ANN).get(link).status_code == 404
