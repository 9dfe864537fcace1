from pathlib import Path

import pytest

from moodtrace.commands.open_store import store_url
from moodtrace.errors import ConfigurationError
from moodtrace.settings import load_settings


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("redis://it@store:6379/0", "redis://it:p%40ss%2F%25@store:6379/0"),
        ("redis://store:6379/0", "redis://:p%40ss%2F%25@store:6379/0"),
        ("rediss://a%40b@store/1?x=y", "rediss://a%40b:p%40ss%2F%25@store/1?x=y"),
        ("unix://it@/run/s?db=1", "unix://it:p%40ss%2F%25@/run/s?db=1"),
        ("redis://it:own@store:6379/0", "redis://it:own@store:6379/0"),
    ],
)
@pytest.mark.parametrize("by_option", [True, False])
def test_the_password_of_the_store_may_lie_in_a_file(
    url: str, whole: str, by_option: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("p@ss/%\n")
    monkeypatch.setenv("MOODTRACE_REDIS_PASSWORD_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("MOODTRACE_REDIS_URL", "redis://another" if by_option else url)

    with store_url(load_settings(), url if by_option else None) as found:
        assert found == whole


def test_a_password_that_cannot_be_read_is_told_by_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOODTRACE_REDIS_PASSWORD_FILE", str(tmp_path / "none"))
    opened = store_url(load_settings(), "redis://it@store/0")

    with pytest.raises(ConfigurationError) as caught, opened:
        pass

    assert str(tmp_path / "none") in caught.value.where
