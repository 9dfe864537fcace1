from pathlib import Path

import pytest

from moodtrace.errors import ConfigurationError
from moodtrace.settings import (
    columns_and_rows,
    digest,
    load_analysis_settings,
    load_kafka_settings,
    load_settings,
    load_worker_settings,
)


def test_the_environment_shapes_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MOODTRACE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MOODTRACE_ANALYSIS_MIN_FACE_PX", "40")

    assert load_settings().data_dir == tmp_path
    assert load_analysis_settings().min_face_px == 40


def test_the_environment_shapes_the_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOODTRACE_KAFKA", "kafka-1:9092,kafka-2:9092")
    monkeypatch.setenv("MOODTRACE_KAFKA_FRAMES_RETENTION_S", "120")

    assert load_settings().kafka == "kafka-1:9092,kafka-2:9092"
    assert load_kafka_settings().frames_retention_s == 120


def test_the_environment_shapes_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOODTRACE_WORKERS_MAX_AGE_MS", "5000")

    assert load_worker_settings().max_age_ms == 5000


def test_messages_too_small_for_a_batch_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOODTRACE_KAFKA_MAX_MESSAGE_BYTES", "100000")

    with pytest.raises(ConfigurationError) as caught:
        load_kafka_settings()

    assert "MOODTRACE_KAFKA_MAX_MESSAGE_BYTES" in caught.value.where


def test_a_misspelt_variable_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOODTRACE_DATADIR", "/data")

    with pytest.raises(ConfigurationError) as caught:
        load_settings()

    assert caught.value.where == "MOODTRACE_DATADIR"
    assert "MOODTRACE_DATA_DIR" in caught.value.try_this


def test_variables_of_others_and_of_tests_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOODTRACE_TEST_KAFKA", "MOODTRACE_CAM2_PASSWORD", "MOODTRACE_CAM2_USER"):
        monkeypatch.setenv(name, "x")

    load_settings()


def test_a_wrong_value_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOODTRACE_ANALYSIS_MIN_SCORE", "7")

    with pytest.raises(ConfigurationError) as caught:
        load_analysis_settings()

    assert "MOODTRACE_ANALYSIS_MIN_SCORE" in caught.value.where


def test_a_password_in_the_settings_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOODTRACE_REDIS_URL", "redis://user:canary@host")

    assert "canary" not in repr(load_settings())


def test_equal_settings_have_equal_digests() -> None:
    assert digest({"a": 1, "b": 2}, 5.0) == digest({"b": 2, "a": 1}, 5.0)
    assert digest({"a": 1}) != digest({"a": 2})


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOODTRACE_DATA_DIR", "")

    assert load_settings().data_dir != Path()


def test_an_analysis_size_that_networks_cannot_take_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MOODTRACE_ANALYSIS_MAX_WIDTH", "100")

    with pytest.raises(ConfigurationError, match="multiple of 32"):
        load_analysis_settings()


@pytest.mark.parametrize(
    ("text", "expected"), [("1", (1, 1)), ("1x1", (1, 1)), ("4x3", (4, 3)), ("", (1, 1))]
)
def test_tiles_are_columns_and_rows(
    monkeypatch: pytest.MonkeyPatch, text: str, expected: tuple[int, int]
) -> None:
    monkeypatch.setenv("MOODTRACE_ANALYSIS_TILES", text)

    assert columns_and_rows(load_analysis_settings().tiles) == expected


@pytest.mark.parametrize("text", ["4", "0x2", "4x", "4 x 4", "10x1"])
def test_tiles_that_make_no_sense_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("MOODTRACE_ANALYSIS_TILES", text)

    with pytest.raises(ConfigurationError, match=r"value: write 1, or .* 4x3$") as caught:
        load_analysis_settings()
    assert "MOODTRACE_ANALYSIS_TILES" in caught.value.where


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (960, 544)),
        ({"TILES": "4x4"}, (3840, 2176)),
        ({"TILES": "3x2"}, (2880, 1088)),
        ({"TILES": "9x9"}, (7680, 4320)),  # no more than 8K
        ({"TILES": "2x2", "MAX_WIDTH": "3840"}, (3840, 1088)),
        ({"MAX_WIDTH": "1280", "MAX_HEIGHT": "736"}, (1280, 736)),
    ],
)
def test_frames_grow_with_the_tiles_unless_a_size_is_given(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], expected: tuple[int, int]
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"MOODTRACE_ANALYSIS_{name}", value)

    analysis = load_analysis_settings()

    assert (analysis.max_width, analysis.max_height) == expected


def test_what_runs_the_networks_is_a_part_of_what_shapes_the_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    onnx = digest(load_analysis_settings().model_dump())
    monkeypatch.setenv("MOODTRACE_ANALYSIS_ENGINE", "torch")
    torch = digest(load_analysis_settings().model_dump())
    monkeypatch.setenv("MOODTRACE_ANALYSIS_DEVICE", "cuda")

    assert len({onnx, torch, digest(load_analysis_settings().model_dump())}) == 3


def test_one_setting_puts_all_networks_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOODTRACE_ANALYSIS_DEVICE", "cuda")

    assert load_analysis_settings().engine == "torch"


def test_a_share_of_a_gpu_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = load_analysis_settings()
    monkeypatch.setenv("MOODTRACE_ANALYSIS_DEVICE", "cuda")

    assert plain.with_gpu(0.5) == load_analysis_settings()
    assert plain.with_gpu(0) == plain
