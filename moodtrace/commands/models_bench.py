"""`moodtrace models bench`: how fast networks are here, and what detectors find."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from moodtrace.commands.console import print_json, print_page, say, table_console
from moodtrace.commands.options import JsonOption
from moodtrace.errors import UsageError

if TYPE_CHECKING:
    from models.evaluation.detector_results import DetectorResult
    from models.registry import Card
    from models.tiling import Tiling

PHOTOS: Final = Path("../shared/footage/photos")


def bench(
    detectors: Annotated[
        bool, typer.Option("--detectors", help="Measure what face detectors find, too.")
    ] = False,
    detector: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this one; may be repeated.")
    ] = None,
    size: Annotated[
        list[str] | None,
        typer.Option(metavar="WxH", help="Look at frames of so many pixels; may be repeated."),
    ] = None,
    tiles: Annotated[
        list[str] | None,
        typer.Option(metavar="CxR", help="Cut each size into these tiles; may be repeated."),
    ] = None,
    photos: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help=f"Group photos and boxes.json. [default: {PHOTOS}]"),
    ] = None,
    json: JsonOption = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the page, or the JSON, here."),
    ] = None,
) -> None:
    """Time the networks of emotions and ages here, or measure detectors on group photos.

    Example: moodtrace models bench --detectors --detector yunet --size 960x544
    """
    if not detectors:
        _require_detectors(detector=detector, size=size, tiles=tiles, photos=photos, output=output)
        _bench_networks(json)
        return
    results = _bench_detectors(detector or [], photos or PHOTOS, _tilings(size, tiles))
    if not json:
        from models.evaluation.detectors_page import detectors_tables

        print_page(detectors_tables(results))
    elif not output:
        print_json(results)
    if output:
        _write(results, output, json=json)


def _require_detectors(**given: object) -> None:
    """Refuse options that only detectors know."""
    for name, value in given.items():
        if value:
            raise UsageError(
                "this option is for detectors only",
                where=f"--{name}",
                try_this="add `--detectors`",
            )


def _bench_networks(json: bool) -> None:
    """Time all models of emotions and ages."""
    import msgspec
    from rich.table import Table

    from models.evaluation.speed import card_speed
    from models.registry import CARDS
    from moodtrace.commands.progress import share_bar

    cards = [card for card in CARDS.values() if card.kind != "detector"]
    weights = [_weights(card) for card in cards]
    speeds = {}
    _warn_if_busy()
    with share_bar("Bench") as show:
        for card, path in zip(cards, weights, strict=True):
            speeds[card.id] = card_speed(card, path)
            show(len(speeds) / len(cards))
    if json:
        print_json([{"id": name, **msgspec.to_builtins(speed)} for name, speed in speeds.items()])
        return
    table = Table("network", "ms per face", "in a batch of 32", "threads", "load", box=None)
    for name, speed in speeds.items():
        times = f"{speed.batch_1:.3f}", f"{speed.batch_32:.3f}"
        table.add_row(name, *times, str(speed.threads), f"{speed.load:.1f}")
    table_console().print(table)


def _bench_detectors(
    names: Sequence[str], photos: Path, tilings: Sequence["Tiling"]
) -> list["DetectorResult"]:
    from models.evaluation.detector_bench import Candidate, bench, picture_sets
    from models.evaluation.group_photos import read_photos
    from models.registry import YUNET, card_of
    from moodtrace.commands.progress import share_bar
    from moodtrace.commands.runnable import cards_that_run_here

    named = [card_of(name, "detector") for name in names]
    cards = named or [card for card in cards_that_run_here() if card.kind == "detector"]
    sets = picture_sets(read_photos(photos), tilings)
    candidates = [Candidate(card, _weights(card)) for card in cards]
    reference = Candidate(YUNET, _weights(YUNET))
    _warn_if_busy()
    with share_bar("Bench") as show:
        return bench(candidates, sets, reference, show)


def _weights(card: "Card") -> Path:
    """Return a model's checked weights; they are fetched if they are missing."""
    from models.weights import pull
    from moodtrace.commands.progress import download_bar
    from moodtrace.commands.weights_folders import weights_folders

    with download_bar(card.id) as progress:
        return pull(card, weights_folders(), progress)


def _warn_if_busy() -> None:
    from models.evaluation.speed import is_busy

    if is_busy():
        say("This machine is busy: times will be too long, and their ratios rough.")


def _tilings(sizes: Sequence[str] | None, tiles: Sequence[str] | None) -> list["Tiling"]:
    """Return every size in every tiling; none if no size is given."""
    from models.tiling import Tiling

    if tiles and not sizes:
        raise UsageError(
            "tiles are cut out of frames of a size",
            where=f"--tiles {tiles[0]}",
            try_this="say which: add `--size 3840x2176`",
        )
    return [
        Tiling(*_height_and_width(size), *_tiles(text))
        for size in sizes or ()
        for text in tiles or ("1",)
    ]


def _height_and_width(size: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{2,4})x(\d{2,4})", size)
    if found is None:
        raise UsageError(
            "this is no size", where=f"--size {size}", try_this="write width x height: 960x544"
        )
    return int(found[2]), int(found[1])


def _tiles(text: str) -> tuple[int, int]:
    from moodtrace.settings import columns_and_rows

    try:
        return columns_and_rows(text)
    except ValueError as error:
        raise UsageError(
            "these are no tiles", where=f"--tiles {text}", try_this=str(error)
        ) from error


def _write(results: list["DetectorResult"], path: Path, *, json: bool) -> None:
    """Write the page, or the results that it is generated from."""
    from models.evaluation.detector_results import encoded
    from models.evaluation.detectors_page import detectors_page
    from moodtrace.fetch import written_beside

    with written_beside(path) as file:
        file.write(encoded(results) if json else detectors_page(results).encode())
    say(f"Wrote {path}")
