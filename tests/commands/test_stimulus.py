"""The content of a screening, from the command line into the folder that the page looks into."""

from contextlib import closing
from pathlib import Path

from moodtrace.embedded import embedded_store
from moodtrace.screening import Screening
from moodtrace.store import Store
from tests.conftest import Cli
from tests.ingest.made_video import make_video, shades


def recorded(data_dir: Path, name: str) -> Screening:
    with embedded_store(data_dir) as url, closing(Store(url)) as store:
        return store.screening(name)


def test_a_live_screening_keeps_its_content(cli: Cli, data_dir: Path, tmp_path: Path) -> None:
    film = make_video(tmp_path / "spring cut.mp4", shades(5))
    options = ("screening", "start", "--content", "spring", "--audience", "panel", "--id", "s1")
    started = cli(*options, "--media", film)
    assert started.returncode == 0, started.stderr
    assert (data_dir / "media" / "spring cut.mp4").read_bytes() == film.read_bytes()
    assert recorded(data_dir, "s1").media == "spring cut.mp4"


def test_a_replay_keeps_its_content_and_scenes(cli: Cli, data_dir: Path, tmp_path: Path) -> None:
    film = make_video(tmp_path / "spring.mp4", shades(5))
    audience = make_video(tmp_path / "panel.mp4", shades(50))
    scenes = tmp_path / "scenes.csv"
    scenes.write_text("start_ms,end_ms,label,kind\n0,1000,opening,scene\n")
    elsewhere = tmp_path / "elsewhere"
    done = cli(
        *("replay", audience, "--screening", "s1", "--media", film, "--markers", scenes),
        env={"MOODTRACE_MEDIA_DIR": str(elsewhere)},
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in elsewhere.iterdir()] == ["spring.mp4"]
    record = recorded(data_dir, "s1")
    assert (record.media, record.markers) == ("spring.mp4", scenes.read_text())


def test_what_cameras_saw_is_never_kept(cli: Cli, data_dir: Path, tmp_path: Path) -> None:
    audience = make_video(tmp_path / "panel.mp4", shades(5))
    other_name = tmp_path / "film.mp4"
    other_name.write_bytes(audience.read_bytes())
    refused = cli("replay", audience, "--screening", "s1", "--media", other_name)
    assert refused.returncode == 2
    assert "the content is the footage of the audience" in refused.stderr
    assert not (data_dir / "media").exists()


def test_a_content_that_no_browser_plays_begins_no_screening(cli: Cli, tmp_path: Path) -> None:
    film = make_video(tmp_path / "film.mp4", shades(5), codec="mpeg4")
    options = ("screening", "start", "--content", "spring", "--audience", "panel")
    refused = cli(*options, "--media", film)
    assert refused.returncode == 2
    assert "browsers don't play mpeg4" in refused.stderr
    assert cli("screening", "list", "--json").stdout.strip() == "[]"
