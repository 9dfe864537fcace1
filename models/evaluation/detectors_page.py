"""Writes docs/reference/detectors.md out of files of results; no figure is typed into the page."""

from collections.abc import Sequence
from typing import Final

from models.evaluation.detector_results import DetectorResult, Measurement, OfSize, On
from models.registry import CARDS, Card

NOTHING: Final = "-"

HEAD: Final = """\
# Detectors

What each face detector finds, and what that costs. This page is generated from the files in
[results/detectors](results/detectors/); change those, not this:

```sh
moodtrace models bench --detectors --detector yunet \\
  --json -o docs/reference/results/detectors/yunet.json
python -m benchmarks.detectors_page     # writes this page
```

Without `--detector` all are measured; `--size 3840x2176` and `--tiles 4x4` measure one thing. Each
may be repeated. `--photos DIR` takes photos of your own: DIR holds them and a `boxes.json`, in
pixels:

```json
[{"file": "a.jpg", "faces": [[left, top, width, height]], "complete": true}]
```

`complete` says that every face has a box. Where it is false, what is found elsewhere is neither
right nor wrong, and counts nowhere.

**Figures.** The best score first, a detection takes the free face that it overlaps most, by an
intersection over union of 0.4 or more; what takes none is false. Recall and precision are at the
detector's own least score. AP is the area under the interpolated curve of precision over recall
with every recall counted (PASCAL VOC from 2010 on), down to a score of 0.05. Sizes are the longer
side of the box.

**Times** are medians per frame, of the detector alone, with the threads that the product gives it.
Machines are noisy: so the second figure is the time as a multiple of YuNet's at 960 x 544, measured
in turns with it.

**Truth.** The photos' boxes are YuNet's own, at a score of 0.6 on the photo at full size, checked
by eye. That is fair between sizes and tilings, kind to YuNet, hard on who draws other boxes, and
silent on faces that YuNet never saw.

**What to take.** For a panel in front of the camera YuNet at 960 x 544, the default
([decision 1](../decisions/0001-analysis-size.md)). For a hall
[3840 x 2176 in 4 x 4 tiles](../how-to/film-a-hall.md) ([decision 11](../decisions/0011-tiles.md)).
"""

SECTIONS: Final[dict[On, str]] = {
    "photos": """\
## Group photos

Sizes of faces are those in the analysed frame, which is never larger than the photo.
""",
    "wide shots": """\
## Wide shots

Frames of 3840 x 2160, made of the same photos: a hall of faces of about 20 px, and front rows of
100 and 200 px. Sizes of faces are those in the camera's frame, whatever the detector looks at.
They are as sharp as scaling leaves them; a real lens and compression do worse.
""",
}


def detectors_page(results: Sequence[DetectorResult]) -> str:
    """Return the page as Markdown.

    Args:
        results: of detectors with a card; they are sorted by id.
    """
    return "\n".join([HEAD, detectors_tables(results), _notes(results)])


def detectors_tables(results: Sequence[DetectorResult]) -> str:
    """Return what was measured, and on what machine, as Markdown."""
    ordered = sorted(results, key=lambda result: result.id)
    parts = []
    for on, head in SECTIONS.items():
        rows = [
            (result.id, found)
            for result in ordered
            for found in sorted(result.measured, key=lambda found: found.looks_at)
            if found.on == on
        ]
        if rows:
            parts += [head, _overall(rows), _by_size(rows)]
    return "\n".join([*parts, _machines(ordered)])


def _overall(rows: Sequence[tuple[str, Measurement]]) -> str:
    lines = [
        "| detector | looks at | tiles | recall | precision | AP | ms per frame | x YuNet |",
        "|---|---|---|---:|---:|---:|---:|---:|",
    ]
    for name, found in rows:
        cells = (
            *_looks_at(name, found),
            _share(found.recall),
            _share(found.precision),
            _share(found.average_precision),
            f"{found.ms:.1f}",
            f"{found.times_reference:.1f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _by_size(rows: Sequence[tuple[str, Measurement]]) -> str:
    """Show recall / precision and the number of faces, by size."""
    ranges = sorted({(size.low_px, size.high_px or 0) for _, row in rows for size in row.sizes})
    lines = [
        "Recall / precision of so many faces, by size:\n",
        f"| detector | looks at | tiles | {' | '.join(_range(*bounds) for bounds in ranges)} |",
        "|---|---|---|" + "---:|" * len(ranges),
    ]
    for name, found in rows:
        sizes = {(size.low_px, size.high_px or 0): size for size in found.sizes}
        cells = (*_looks_at(name, found), *(_size(sizes.get(bounds)) for bounds in ranges))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _looks_at(name: str, found: Measurement) -> tuple[str, str, str]:
    is_cut = (found.columns, found.rows) != (1, 1)
    tiles = f"{found.columns} x {found.rows}" if is_cut else NOTHING
    return f"`{name}`", f"{found.width_px} x {found.height_px}", tiles


def _range(low_px: int, high_px: int) -> str:
    if not low_px:
        return f"under {high_px} px"
    return f"{low_px}-{high_px} px" if high_px else f"{low_px} px on"


def _size(found: OfSize | None) -> str:
    if found is None:
        return NOTHING
    return f"{_share(found.recall)} / {_share(found.precision)} of {found.faces}"


def _share(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.3f}"


def _machines(results: Sequence[DetectorResult]) -> str:
    """Say on what the times were taken."""
    machines = {
        f"{one.processor}, {one.cores} cores, {one.threads} threads in ONNX Runtime"
        for one in results
    }
    busiest = max(one.load for one in results)
    return (
        f"Times were taken on: {'; '.join(sorted(machines))}; load average {busiest:.1f} or less.\n"
    )


def _notes(results: Sequence[DetectorResult]) -> str:
    """Say what each detector is, as its card does."""
    names = sorted({result.id for result in results})
    return "## Detectors\n\n" + "\n".join(_note(CARDS[name]) for name in names) + "\n"


def _note(card: Card) -> str:
    return (
        f"- `{card.id}`: {card.title}, {card.parameters:,} parameters, licence {card.licence} "
        f"({card.use}). {card.limits}"
    )
