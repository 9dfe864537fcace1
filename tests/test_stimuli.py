"""Contents are kept once, whole, and never in place of another."""

from pathlib import Path

import pytest

from moodtrace.errors import CannotWriteError, UsageError
from moodtrace.stimuli import keep


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "spring.mp4"
    path.write_bytes(b"a film")
    return path


def test_a_content_is_copied_once(film: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert keep(film, kept) == keep(film, kept) == "spring.mp4"
    assert [path.name for path in kept.iterdir()] == ["spring.mp4"]
    assert (kept / "spring.mp4").read_bytes() == b"a film"
    assert keep(kept / "spring.mp4", kept) == "spring.mp4"


def test_another_content_of_the_same_name_is_refused(film: Path, tmp_path: Path) -> None:
    keep(film, tmp_path / "kept")
    film.write_bytes(b"a cut")
    with pytest.raises(UsageError, match="another content is kept under this name"):
        keep(film, tmp_path / "kept")
    assert (tmp_path / "kept" / "spring.mp4").read_bytes() == b"a film"


def test_a_folder_that_cannot_be_written_is_said(film: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file")
    with pytest.raises(CannotWriteError, match="can't be kept for the page"):
        keep(film, tmp_path / "kept")
