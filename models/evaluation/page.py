"""Writes docs/reference/models.md out of files of results; no figure is typed into the page."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from models.evaluation.model import Kind
from models.evaluation.results import Measured, Result, Speed

NOTHING: Final = "-"
UNTRAINED: Final = "not trained"

HEAD: Final = """\
# Models

Every network side by side. This page is generated from the files in [results](results/); change
those, not this:

```sh
python -m benchmarks.models_accuracy    # measures every model on every set; one only: name its id
python -m benchmarks.models_speed       # times every model
python -m benchmarks.models_page        # writes this page
```

Intervals are 95 % bootstrap intervals over the examples: they say how far chance in the test set
goes, not how other faces would fare.
"""

SECTIONS: Final[dict[Kind, str]] = {
    "emotion": "## Emotion\n\nShare of faces whose top emotion is the labelled one.\n",
    "age": "## Age\n\nMean absolute error in years.\n",
}

EVERY: Final = """\
## Every figure

Networks are chosen on PublicTest; PrivateTest is for the final figure only. Rows of it whose pixels
also stand in Training, exactly or nearly, repeat Training. With mirror images, scores are the mean
of each face's and its mirror image's, which the product does not take. How the majority of FER+ is
formed is told in [evaluation](evaluation.md#the-majority-of-fer-votes).
"""

ZOO_HEAD: Final = """\
## The zoo

Every architecture of [the zoo](zoo.md) but our own, which are above. Ours is what a training run
reached: the share of faces that it names right, of emotions or of age bands, or the mean error in
years. `python -m benchmarks.models_accuracy NAME --weights FILE --config RECIPE` writes it, and
`python -m benchmarks.models_speed --zoo` the times, which are torch's.
"""


def models_page(results: Sequence[Result], zoo: Sequence[Result] = ()) -> str:
    """Return the page as Markdown.

    Args:
        results: of models with a card; they are sorted by kind, then by id.
        zoo: of networks of the zoo, trained or not; sorted by id.
    """
    parts = [HEAD]
    for kind, head in SECTIONS.items():
        own = [result for result in _sorted(results) if result.kind == kind]
        if own:
            parts += [head, _table(own, NOTHING)]
    parts += [_speeds(results), _every(_sorted(results))]
    if zoo:
        parts += [ZOO_HEAD, _table(_sorted(zoo), UNTRAINED), _speeds(zoo)]
    parts += [_notes("Sources and remarks", results), _notes("Sources of the zoo", zoo)]
    return "\n".join(part for part in parts if part)


def _sorted(results: Sequence[Result]) -> list[Result]:
    return sorted(results, key=lambda result: result.id)


def _table(results: Sequence[Result], unmeasured: str) -> str:
    """Show the first figure of each network."""
    lines = [
        "| network | published | ours | macro F1 | parameters | ms per face, batch 1 | batch 32 |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    for result in results:
        speed = result.speed
        first = next(iter(result.measured), None)
        cells = (
            f"`{result.id}`",
            _published(result),
            f"{_value(result.kind, first)} ({first.on}, n = {first.n:,})" if first else unmeasured,
            _macro_f1(first),
            _parameters(result),
            NOTHING if speed is None else f"{speed.batch_1:.2f}",
            NOTHING if speed is None else f"{speed.batch_32:.2f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _every(results: Sequence[Result]) -> str:
    """Show all figures of all networks."""
    lines = [
        f"| `{result.id}` | {found.on} | {found.n:,} | {_value(result.kind, found)} "
        f"| {_macro_f1(found)} |"
        for result in results
        for found in result.measured
    ]
    head = ["| network | on | n | figure | macro F1 |", "|---|---|---:|---|---:|"]
    return EVERY + "\n" + "\n".join(head + lines) + "\n" if lines else ""


def _published(result: Result) -> str:
    if result.published is None or result.published.value is None:
        return NOTHING
    return f"{_figure(result.kind, result.published.value)} ({result.published.on})"


def _value(kind: Kind, found: Measured) -> str:
    around = ""
    if found.ci is not None:
        low, high = (_figure(kind, bound).partition(" ")[0] for bound in found.ci)
        around = f" [{low}, {high}]"
    return f"{_figure(kind, found.value)}{around}"


def _macro_f1(found: Measured | None) -> str:
    return NOTHING if found is None or found.macro_f1 is None else f"{found.macro_f1:.3f}"


def _parameters(result: Result) -> str:
    given = result.published.parameters if result.published else None
    if given is None or given == result.parameters:
        return f"{result.parameters:,}"
    return f"{result.parameters:,} (published {given:,})"


def _figure(kind: Kind, value: float) -> str:
    return f"{value:.2f} years" if kind == "age" else f"{100 * value:.2f} %"


def _speeds(results: Sequence[Result]) -> str:
    """Say on what the times were taken."""
    loads: defaultdict[str, list[float]] = defaultdict(list)
    for result in results:
        if result.speed is not None:
            loads[_machine(result.speed)].append(result.speed.load)
    machines = [f"{name}, {_loads(found)}" for name, found in sorted(loads.items())]
    return f"Times were taken on: {'; '.join(machines)}.\n" if machines else ""


def _machine(speed: Speed) -> str:
    return f"{speed.processor}, {speed.threads} threads, {speed.runtime}"


def _loads(loads: Sequence[float]) -> str:
    low, high = f"{min(loads):.1f}", f"{max(loads):.1f}"
    return f"load average {low if low == high else f'{low} to {high}'} before"


def _notes(title: str, results: Sequence[Result]) -> str:
    """List sources and remarks, network by network."""
    lines = []
    for result in _sorted(results):
        trained = f"Trained with `--config {result.config}`" if result.config else ""
        source = f"Source: {result.published.source}" if result.published else ""
        said = (source, trained, result.note)
        text = " ".join(part.rstrip(".") + "." for part in said if part)
        lines.append(f"- `{result.id}`: {result.title}. {text}".rstrip())
    return f"## {title}\n\n" + "\n".join(lines) + "\n" if lines else ""
