import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import Cli

Footage = Callable[[str], Path]
CRYING_THEN_JOY = "WolfgangLanger_Pexels.mp4"


def exported(cli: Cli, screening: str) -> dict[str, Any]:
    done = cli("export", screening, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def mean(content: dict[str, Any], emotion: str, first: int, last: int) -> float:
    """Mean share over seconds `first` to `last`, both included."""
    values = [s["emotions"][emotion] for s in content["seconds"][first : last + 1]]
    return float(sum(values)) / len(values)


def test_a_replay_shows_sadness_first_and_joy_later(cli: Cli, footage: Footage) -> None:
    done = cli("replay", footage(CRYING_THEN_JOY), "--screening", "w")
    assert done.returncode == 0, done.stderr
    content = exported(cli, "w")

    negative = max(mean(content, emotion, 0, 8) for emotion in ("sad", "angry", "fear", "disgust"))
    assert negative > mean(content, "happy", 0, 8)
    assert mean(content, "happy", 13, 18) > max(
        mean(content, emotion, 13, 18) for emotion in content["metrics"] if emotion != "happy"
    )
    camera = Path(CRYING_THEN_JOY).stem
    assert content["ledger"][camera]["in_flight"] == 0
    assert content["ledger"][camera]["captured"] == content["ledger"][camera]["analysed"] == 99
    assert [s["t"] for s in content["seconds"]] == list(range(20))
    for word in ("Happiness", "Sadness", "coverage", "99 analysed"):
        assert word in done.stdout
    assert "Detector: " in done.stderr
    assert "x real time" in done.stderr


def test_the_same_footage_twice_gives_the_same_bytes_but_for_the_run(
    cli: Cli, footage: Footage
) -> None:
    exports = []
    for _ in range(2):
        clip = footage(CRYING_THEN_JOY)
        assert cli("replay", clip, "--screening", "w", "--replace").returncode == 0
        exports.append(exported(cli, "w"))

    runs = [content.pop("run") for content in exports]
    assert runs[0]["id"] != runs[1]["id"]
    assert json.dumps(exports[0]) == json.dumps(exports[1])


def test_ten_seconds_at_a_time_are_the_sums_of_the_seconds(cli: Cli, footage: Footage) -> None:
    assert cli("replay", footage(CRYING_THEN_JOY), "--screening", "w").returncode == 0
    seconds = exported(cli, "w")["seconds"]

    content = json.loads(cli("export", "w", "--every", "10").stdout)
    lines = cli("export", "w", "--every", "10", "--format", "csv").stdout.splitlines()
    refused = cli("export", "w", "--every", "10", "--format", "pdf")

    assert [bucket["viewer_seconds"] for bucket in content["buckets"]] == [
        sum(second["usable"] for second in seconds[first : first + 10])
        for first in range(0, len(seconds), 10)
    ]
    assert len(lines) == 1 + len(content["buckets"])
    assert refused.returncode == 2
    assert "leave --every out" in refused.stderr


def test_footage_without_a_face_has_rows_and_no_emotion(cli: Cli, footage: Footage) -> None:
    done = cli("replay", footage("no_face.mp4"), "--screening", "empty")
    content = exported(cli, "empty")

    assert done.returncode == 0
    assert content["seconds"]
    for second in content["seconds"]:
        assert (second["status"], second["faces"]) == ("ok", 0)
        assert set(second["emotions"].values()) == {None}
    assert content["metrics"]["happy"] == dict.fromkeys(("ever", "average", "peak", "trough"))
    assert "No faces" in done.stdout


def test_faces_stop_when_the_sky_comes(cli: Cli, footage: Footage) -> None:
    assert cli("replay", footage("face_noface.mov"), "--screening", "sky").returncode == 0
    faces = [second["faces"] for second in exported(cli, "sky")["seconds"]]

    last = max(second for second, count in enumerate(faces) if count)
    assert all(faces[: last + 1])
    assert last < len(faces) - 2
    assert not any(faces[last + 1 :])


def test_joy_comes_late_in_cut_a_and_early_in_cut_b(cli: Cli, footage: Footage) -> None:
    rises = {}
    for cut in ("audience_cut_a.mp4", "audience_cut_b.mp4"):
        done = cli("replay", footage(cut), "--screening", cut, "--fps", "2")
        assert done.returncode == 0, done.stderr
        content = exported(cli, cut)
        happy = [second["emotions"]["happy"] for second in content["seconds"]]
        half = (min(happy) + max(happy)) / 2
        rises[cut] = next(t for t in range(len(happy) - 2) if min(happy[t : t + 3]) > half)

    assert rises["audience_cut_a.mp4"] - rises["audience_cut_b.mp4"] > 10


SIXTEEN = 16
"""People in `audience_cut_a.mp4`, counted by eye at nine moments: five tiles with one each, one of
two standing, one of three, one of four at tables, one of two walking."""


def test_viewers_of_a_real_audience_are_counted_and_joy_lifts_them(
    cli: Cli, footage: Footage
) -> None:
    done = cli("replay", footage("audience_cut_a.mp4"), "--screening", "a", "--json")
    assert done.returncode == 0, done.stderr
    content = exported(cli, "a")

    assert abs(json.loads(done.stdout)["people"] - SIXTEEN) <= 2
    usable = [second["usable"] for second in content["seconds"]]
    assert min(usable[1:]) >= 9 and max(usable) <= 11  # the other six are too far away
    assert mean(content, "happy", 50, 60) - mean(content, "happy", 20, 35) >= 0.15
    assert 0.4 <= content["metrics"]["happy"]["ever"] <= 0.8


def test_of_two_people_the_one_who_looks_here_attends(cli: Cli, footage: Footage) -> None:
    """She is turned by 45 to 64 degrees all the time, he by 23 at most; both only lean over."""
    clip = footage("head-pose-face-detection-female-and-male.mp4")
    assert cli("replay", clip, "--screening", "two", "--fps", "12").returncode == 0
    seconds = exported(cli, "two")["seconds"]

    assert {second["viewers"] for second in seconds} == {2}
    assert {second["attention"] for second in seconds} == {0.5}


def test_attention_falls_while_a_head_turns_away(cli: Cli, footage: Footage) -> None:
    """Of four in a room, the man at the window looks out of it from second 1.0 to 1.9."""
    room = footage("classroom.mp4")
    smaller = {"MOODTRACE_ANALYSIS_MIN_FACE_PX": "16"}  # faces are 15 to 24 px high
    assert cli("replay", room, "--screening", "room", "--fps", "16", env=smaller).returncode == 0
    seconds = exported(cli, "room")["seconds"]

    assert [second["viewers"] for second in seconds] == [4, 4, 4]
    assert [second["attention"] for second in seconds] == [1, 0.75, 1]


@pytest.mark.parametrize(
    ("detector", "is_posed"), [("mtcnn", True), ("ssd", False), ("haar", False)]
)
def test_a_detector_chosen_by_name_finds_the_faces_and_attention_needs_landmarks(
    cli: Cli, footage: Footage, detector: str, is_posed: bool
) -> None:
    done = cli(
        *("replay", footage("face_noface.mov"), "--screening", "w"),
        *("--detector", detector),
    )

    assert done.returncode == 0, done.stderr
    content = exported(cli, "w")
    seen = [second for second in content["seconds"] if second["usable"]]
    assert content["provenance"]["detector"] == detector
    assert len(seen) >= 3
    assert all(second["emotions"] for second in seen)
    assert [second["attention"] is not None for second in seen] == [is_posed] * len(seen)


def test_two_files_are_two_cameras_and_an_offset_shifts_one(cli: Cli, footage: Footage) -> None:
    clip = footage(CRYING_THEN_JOY)
    done = cli("replay", clip, f"{clip}@3000", "--screening", "two", "--fps", "2")
    assert done.returncode == 0, done.stderr
    content = exported(cli, "two")

    stem = clip.stem
    assert content["screening"]["cameras"] == [stem, f"{stem}-2"]
    assert [s["cameras"] for s in content["seconds"]] == [1] * 3 + [2] * 17 + [1] * 3
    assert content["seconds"][5]["viewers"] == 2


def test_a_summary_for_scripts_is_json_on_stdout(cli: Cli, footage: Footage) -> None:
    done = cli("replay", footage("no_face.mp4"), "--screening", "j", "--json", "--k", "5")
    summary = json.loads(done.stdout)

    assert summary["screening"]["k"] == 5
    assert summary["state"] == "finished"
    assert summary["ledger"] == exported(cli, "j")["ledger"]


def test_an_existing_screening_is_not_overwritten_by_accident(cli: Cli, footage: Footage) -> None:
    clip = footage("no_face.mp4")
    assert cli("replay", clip, "--screening", "once").returncode == 0
    before = exported(cli, "once")

    refused = cli("replay", clip, "--screening", "once")
    resumed = cli("replay", clip, "--screening", "once", "--resume")

    assert refused.returncode == 75
    assert "--replace" in refused.stderr
    assert len(refused.stderr.strip().splitlines()[-3:]) == 3
    assert resumed.returncode == 0
    assert exported(cli, "once") == before


def test_two_replays_at_once_into_one_screening_are_refused(
    cli: Cli, cli_environment: Mapping[str, str], footage: Footage
) -> None:
    words = ["replay", str(footage("audience_cut_a.mp4")), "--screening", "shared"]
    first = subprocess.Popen(
        [sys.executable, "-m", "moodtrace", *words],
        env=cli_environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_rows(cli, "shared", 1)
        second = cli("replay", footage("no_face.mp4"), "--screening", "shared", "--replace")
        deleted = cli("screening", "delete", "shared", "--yes")
    finally:
        first.terminate()
        first.wait(timeout=60)

    assert (second.returncode, deleted.returncode) == (75, 75)
    assert "another process is writing this screening" in second.stderr


def test_a_run_that_is_interrupted_and_resumed_ends_like_an_undisturbed_one(
    cli: Cli, cli_environment: Mapping[str, str], footage: Footage
) -> None:
    clip = footage("audience_cut_b.mp4")
    words = ["replay", str(clip), "--fps", "2", "--screening"]
    assert cli(*words, "whole", "--content", "c", "--audience", "a").returncode == 0
    again = [*words, "cut", "--content", "c", "--audience", "a"]

    stopped = started(again, cli_environment)
    wait_for_rows(cli, "cut", 3)
    stopped.send_signal(signal.SIGINT)
    said = stopped.communicate(timeout=60)[1]
    interrupted = json.loads(cli("screening", "show", "cut", "--json").stdout)

    killed = started([*again, "--resume"], cli_environment)
    wait_for_rows(cli, "cut", interrupted["seconds"] + 3)
    killed.kill()
    killed.communicate()
    resume_when_let_go(cli, [*again, "--resume"])

    assert stopped.returncode == 130
    assert "--resume" in said
    assert interrupted["state"] == "interrupted"
    assert all(camera["in_flight"] == 0 for camera in interrupted["ledger"].values())
    whole, cut = exported(cli, "whole"), exported(cli, "cut")
    for content in (whole, cut):
        content.pop("run")
        content["screening"].pop("id")
    assert cut == whole


def test_a_run_with_other_settings_is_not_taken_up_again(
    cli: Cli, cli_environment: Mapping[str, str], footage: Footage
) -> None:
    clip = str(footage("audience_cut_b.mp4"))
    run = started(["replay", clip, "--screening", "cut"], cli_environment)
    wait_for_rows(cli, "cut", 1)
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)

    resumed = cli("replay", clip, "--screening", "cut", "--resume", "--fps", "2")

    assert resumed.returncode == 2
    assert "differ" in resumed.stderr


def started(words: list[str], environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "moodtrace", *words],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_rows(cli: Cli, screening: str, count: int, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        shown = cli("screening", "show", screening, "--json")
        if shown.returncode == 0 and json.loads(shown.stdout)["seconds"] >= count:
            return
        assert time.monotonic() < deadline, shown.stderr


def resume_when_let_go(cli: Cli, words: list[str], timeout_s: float = 60) -> None:
    """A killed run holds its claim for some seconds."""
    deadline = time.monotonic() + timeout_s
    while (done := cli(*words)).returncode == 75:
        assert time.monotonic() < deadline
    assert done.returncode == 0, done.stderr


def test_a_killed_decode_process_costs_nothing_but_a_resume(
    cli: Cli, cli_environment: Mapping[str, str], footage: Footage
) -> None:
    clip = str(footage("audience_cut_b.mp4"))
    words = ["replay", clip, "--fps", "4", "--content", "c", "--audience", "a", "--screening"]
    assert cli(*words, "whole").returncode == 0

    lost = started([*words, "lost"], cli_environment)
    wait_for_rows(cli, "lost", 1)
    decoder = next(
        child
        for child in psutil.Process(lost.pid).children()
        if "ingest.decoder" in " ".join(child.cmdline())
    )
    decoder.kill()
    said = lost.communicate(timeout=60)[1]
    shown = json.loads(cli("screening", "show", "lost", "--json").stdout)
    resumed = cli(*words, "lost", "--resume")

    assert lost.returncode == 65
    assert "--resume" in said
    assert shown["state"] == "interrupted"
    assert resumed.returncode == 0, resumed.stderr
    whole, again = exported(cli, "whole"), exported(cli, "lost")
    assert again["seconds"] == whole["seconds"]
    assert again["ledger"] == whole["ledger"]


def test_another_file_of_the_same_name_is_not_taken_for_the_first(
    cli: Cli, cli_environment: Mapping[str, str], footage: Footage, tmp_path: Path
) -> None:
    clip = tmp_path / "panel.mp4"
    shutil.copy(footage("audience_cut_b.mp4"), clip)
    run = started(["replay", str(clip), "--screening", "cut"], cli_environment)
    wait_for_rows(cli, "cut", 1)
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    shutil.copy(footage("no_face.mp4"), clip)

    resumed = cli("replay", clip, "--screening", "cut", "--resume")

    assert resumed.returncode == 2
    assert "differ" in resumed.stderr


def test_a_replacement_that_cannot_begin_leaves_the_old_screening(
    cli: Cli, footage: Footage, tmp_path: Path
) -> None:
    clip = footage("no_face.mp4")
    assert cli("replay", clip, "--screening", "kept", "--fps", "1").returncode == 0
    before = exported(cli, "kept")
    (tmp_path / "text.mp4").write_text("not a video")

    words = ("--screening", "kept", "--replace")
    wrong = cli("replay", clip, *words, env={"MOODTRACE_ANALYSIS_MAX_WIDTH": "100"})
    unreadable = cli("replay", tmp_path / "text.mp4", *words)

    assert (wrong.returncode, unreadable.returncode) == (78, 65)
    assert exported(cli, "kept") == before


def test_every_bad_file_is_told_even_if_none_can_be_read(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("not a video")
    (tmp_path / "empty.mp4").touch()

    done = cli("replay", tmp_path / "text.mp4", tmp_path / "empty.mp4", "--screening", "none")

    assert done.returncode == 65
    assert done.stderr.count("Error:") == 2
    assert "text.mp4" in done.stderr
    assert "empty.mp4" in done.stderr


def test_an_offset_that_leaves_nothing_is_told(cli: Cli, footage: Footage) -> None:
    done = cli("replay", f"{footage('no_face.mp4')}@-3600000", "--screening", "none")

    assert done.returncode == 65
    assert "content time 0" in done.stderr


def test_a_file_name_that_is_no_text_is_no_obstacle(
    cli: Cli, footage: Footage, tmp_path: Path
) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/b\xff d@x.mp4")
    shutil.copy(footage("no_face.mp4"), odd)

    done = cli("replay", odd, "--screening", "odd", "--fps", "1")

    assert done.returncode == 0, done.stderr
    assert exported(cli, "odd")["seconds"]


def test_a_summary_says_why_there_are_no_emotions(cli: Cli, footage: Footage) -> None:
    clip = footage("face_noface.mov")
    withheld = cli("replay", clip, "--screening", "few", "--k", "50", "--fps", "1")
    small = cli(
        *("replay", clip, "--screening", "small", "--fps", "1"),
        env={"MOODTRACE_ANALYSIS_MIN_FACE_PX": "900"},
    )

    assert "Nobody was usable" in small.stdout
    assert "not scored, of viewer-seconds: 100.0% too small" in small.stdout
    assert "move the camera closer" in small.stdout
    assert "fewer than 50 viewers" in withheld.stdout
    assert "Happiness" not in small.stdout


@pytest.fixture
def bad_file(tmp_path: Path, footage: Footage) -> Callable[[str], Path]:
    """Make a file that is broken in the way its name says."""
    whole = footage("no_face.mp4").read_bytes()
    contents = {"empty.mp4": b"", "text.mp4": b"not a video\n" * 99, "front.mp4": whole[50_000:]}

    def make(name: str) -> Path:
        path = tmp_path / name
        if name == "directory":
            path.mkdir()
        elif name in contents:
            path.write_bytes(contents[name])
        return path

    return make


BAD = {
    "missing.mp4": (66, "no such file"),
    "directory": (66, "a directory"),
    "empty.mp4": (65, "empty"),
    "text.mp4": (65, "not a video"),
    "front.mp4": (65, "not a video"),
}
"""Exit code and words by what is wrong."""


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_three_lines(cli: Cli, bad_file: Callable[[str], Path], name: str) -> None:
    bad, (exit_code, said) = bad_file(name), BAD[name]
    done = cli("replay", bad, "--screening", "alone")

    assert done.returncode == exit_code
    what, where, try_this = done.stderr.strip().splitlines()[-3:]
    assert said in what
    assert str(bad) in where
    assert try_this.startswith("Try:")
    assert "Traceback" not in done.stderr


def test_bad_input_costs_the_rest_of_a_batch_nothing(
    cli: Cli, footage: Footage, bad_file: Callable[[str], Path]
) -> None:
    bad, good = [bad_file(name) for name in BAD], footage("no_face.mp4")
    cli("replay", bad[0], "--screening", "alone")
    batch = cli("replay", *bad, good, "--screening", "batch", "--fps", "1")

    assert batch.returncode == BAD[bad[0].name][0]
    assert "Traceback" not in batch.stderr
    for file in bad:
        assert BAD[file.name][1] in batch.stderr
        assert str(file) in batch.stderr
    assert cli("screening", "show", "alone").returncode == 66
    content = exported(cli, "batch")
    assert content["ledger"][good.stem]["captured"] > 0
    for file in bad:
        assert content["ledger"][file.stem]["captured"] == 0


def test_a_file_cut_at_its_end_keeps_what_can_be_read_and_the_rest_is_a_gap(
    cli: Cli, footage: Footage, tmp_path: Path
) -> None:
    cut = faststart_cut(footage("audience_cut_a.mp4"), tmp_path / "cut.mp4")

    done = cli("replay", cut, "--screening", "cut", "--fps", "1")
    seconds = exported(cli, "cut")["seconds"]

    assert done.returncode == 65
    assert "ends early" in done.stderr
    statuses = [second["status"] for second in seconds]
    first_gap = statuses.index("gap")
    assert 0 < first_gap < len(statuses)
    assert set(statuses[first_gap:]) == {"gap"}
    assert {second["reason"] for second in seconds[first_gap:]} == {"truncated"}


def faststart_cut(source: Path, target: Path) -> Path:
    """Remux so that the index comes first, then throw the second half away."""
    import av

    with (
        av.open(str(source)) as read,
        av.open(str(target), "w", options={"movflags": "faststart"}) as written,
    ):
        video = read.streams.video[0]
        stream = written.add_stream_from_template(video)
        for packet in read.demux(video):
            if packet.dts is not None:
                packet.stream = stream
                written.mux(packet)
    os.truncate(target, target.stat().st_size // 2)
    return target


def test_damaged_weights_are_refused_before_anything_is_stored(
    cli: Cli, cli_environment: Mapping[str, str], data_dir: Path, tmp_path: Path, footage: Footage
) -> None:
    damaged = tmp_path / "weights"
    shutil.copytree((data_dir / "weights").resolve(), damaged)
    damaged_file = damaged / "centerface.onnx"
    damaged_file.write_bytes(damaged_file.read_bytes()[:-1] + b"x")

    done = cli(
        *("replay", footage("no_face.mp4"), "--screening", "d", "--detector", "centerface"),
        env={"MOODTRACE_WEIGHTS_DIR": str(damaged)},
    )

    assert done.returncode == 78
    assert "sha256" in done.stderr
    assert str(damaged_file) in done.stderr
    assert cli("screening", "show", "d").returncode == 66


def test_an_unknown_detector_is_refused_with_those_that_exist(cli: Cli, footage: Footage) -> None:
    done = cli("replay", footage("no_face.mp4"), "--screening", "d", "--detector", "nope")

    assert done.returncode == 78
    assert "yunet" in done.stderr


def test_a_data_directory_that_cannot_be_written_is_named(
    cli: Cli, footage: Footage, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    done = cli("screening", "list", env={"MOODTRACE_DATA_DIR": str(tmp_path / "file" / "data")})

    assert done.returncode == 73
    assert str(tmp_path / "file" / "data") in done.stderr


def test_a_store_that_is_away_is_an_error_of_its_own(cli: Cli) -> None:
    done = cli("screening", "list", "--redis", "redis://:canary@127.0.0.1:1")

    assert done.returncode == 69
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("--screening", "a/b"),
        ("--screening", ""),
        ("--screening", "x" * 65),
        ("--screening", "ok", "--content", "<b>"),
        ("--screening", "ok", "--resume", "--replace"),
        ("--screening", "ok", "--fps", "0"),
        ("--screening", "ok", "--k", "0"),
    ],
)
def test_values_that_make_no_sense_are_refused(
    cli: Cli, footage: Footage, words: tuple[str, ...]
) -> None:
    assert cli("replay", footage("no_face.mp4"), *words).returncode == 2
