import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from moodtrace.store import Store
from tests.conftest import Cli
from tests.dashboard.made_screening import Studio
from tests.simulated import FLICKER, rows_of, viewers

MARKERS = "start_ms,end_ms,label,kind\n0,3000,logo,brand\n"


@pytest.fixture
def cuts(store: Store) -> Iterator[tuple[str, str]]:
    """Two cuts, of which the second lifts happiness a lot in seconds 10 to 19."""
    rng = np.random.default_rng(1)
    names = ("spring a", "spring b")
    with Studio(store) as studio:
        for name, lift in zip(names, (0.0, 0.5), strict=True):
            happy = viewers(
                rng, 40, 30, share=0.05, persistence=FLICKER, lift=lift, lifted=range(10, 20)
            )
            studio.finished(name, rows_of(happy))
    yield names


def test_two_cuts_are_compared_in_tables_and_words(cli: Cli, cuts: tuple[str, str]) -> None:
    told = cli("compare", *cuts)

    assert told.returncode == 0, told.stderr
    assert "spring b compared with spring a: 30 s in common, 39 and 39 viewers" in told.stdout
    assert "spring b lifts happiness by " in told.stdout
    assert "no difference in sadness found; a lift of 10 s is found 4 times out of 5" in told.stdout


def test_the_same_as_json(cli: Cli, cuts: tuple[str, str]) -> None:
    done = cli("compare", *cuts, "--emotion", "happy", "--json")
    (compared,) = json.loads(done.stdout)["comparisons"]

    assert (compared["first"], compared["second"]) == cuts
    assert list(compared["emotions"]) == ["happy"]
    (finding,) = compared["emotions"]["happy"]["findings"]
    assert finding["start"] <= 12
    assert finding["end"] >= 18
    assert finding["difference"]["low"] > 0.2
    assert len(compared["emotions"]["happy"]["trace"]) == 30


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (("spring a",), 2, "two or more different screenings are wanted"),
        (("spring a", "spring a"), 2, "two or more different screenings are wanted"),
        (("spring a", "nobody"), 66, "there is no such screening"),
        (("spring a", "spring b", "--align", "logo"), 2, "there is no marker 'logo'"),
    ],
)
def test_what_cannot_be_compared_is_said_in_three_lines(
    cli: Cli, cuts: tuple[str, str], arguments: tuple[str, ...], code: int, what: str
) -> None:
    refused = cli("compare", *arguments)

    assert refused.returncode == code
    assert refused.stderr.splitlines()[0] == f"Error: {what}"
    assert len(refused.stderr.splitlines()) == 3


def test_other_networks_are_warned_of_and_nothing_in_common_is_an_error(
    cli: Cli, store: Store
) -> None:
    with Studio(store) as studio:
        record = studio.finished("a", rows_of(np.ones((3, 4))))
        studio.finished("empty", [])
    with store.claim("b", record.run.id) as writer:
        writer.begin(replace(record, id="b", emotion_model="other"), {}, fresh=True)
        writer.append(rows_of(np.ones((3, 4))), {})

    warned, refused = cli("compare", "a", "b"), cli("compare", "a", "empty")

    assert warned.returncode == 0, warned.stderr
    assert "not measured alike: emotion model: mini-xception and other" in warned.stderr
    assert refused.returncode == 2
    assert "no second in which both were seen" in refused.stderr


def test_replayed_footage_is_aligned_where_a_marker_starts(
    cli: Cli, footage: Callable[[str], Path], tmp_path: Path
) -> None:
    scenes = tmp_path / "scenes.csv"
    scenes.write_text(MARKERS)
    clip = footage("face_noface.mov")
    for name in ("a", "b"):
        done = cli("replay", clip, "--screening", name, "--markers", scenes)
        assert done.returncode == 0, done.stderr

    told = cli("compare", "a", "b", "--align", "logo")
    scenes.write_text("from,to\n")
    refused = cli("replay", clip, "--screening", "c", "--markers", scenes)

    assert told.returncode == 0, told.stderr
    assert "0 s is where logo starts: 0:00 and 0:00" in told.stdout
    assert "1 and 1 viewers: exploratory" in told.stdout
    assert refused.returncode == 2
    assert f"{scenes}:1" in refused.stderr


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_joy_comes_earlier_in_cut_b_of_the_real_footage(
    cli: Cli, footage: Callable[[str], Path]
) -> None:
    for cut in ("a", "b"):
        clip = footage(f"audience_cut_{cut}.mp4")
        done = cli("replay", clip, "--screening", cut, timeout_s=400)
        assert done.returncode == 0, done.stderr

    done = cli("compare", "a", "b", "--emotion", "happy", "--json")
    (compared,) = json.loads(done.stdout)["comparisons"]

    (finding,) = compared["emotions"]["happy"]["findings"]
    assert 15 <= finding["start"] < finding["end"] <= 42
    assert finding["difference"]["value"] > 0.3
