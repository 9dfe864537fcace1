"""What a screening found, in one table: for the end of a replay and for `screening show`."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from moodtrace.clock import playhead
from moodtrace.commands.console import counted, table_console
from moodtrace.exclusions import advice_on, words_of
from moodtrace.export import document
from moodtrace.labels import EMOTION_NAMES, EMOTIONS
from moodtrace.ledger import Ledger
from moodtrace.metrics import abstention, coverage, excluded, is_shown, peaks, trace
from moodtrace.problems import SOURCE_PROBLEMS
from moodtrace.screening import Screening
from moodtrace.timeline import Row

MODELS: Final = {"detector": "detector", "emotion": "emotion_model", "age": "age_model"}
"""What people read for the models of the provenance."""


def summary(screening: Screening, rows: Sequence[Row], ledger: Ledger) -> dict[str, Any]:
    """Gather what a person wants to know first; JSON types only."""
    content = document(screening, rows, ledger)
    shown = [row for row in rows if is_shown(row, screening.k)]
    share_of_faces, unsure = coverage(shown), abstention(shown)
    metrics = content["metrics"]
    return {
        "screening": content["screening"],
        "state": screening.state,
        "seconds": len(rows),
        "shown": len(shown),
        "gaps": dict(Counter(row.gap for row in rows if row.gap)),
        "suppressed": len(rows) - len(shown) - sum(bool(row.gap) for row in rows),
        "faces": sum(row.faces for row in shown),
        "people": len({viewer.id for row in rows for viewer in row.people}),
        "most_viewers": max((row.viewers for row in shown), default=0),
        "usable": sum(row.usable for row in shown),
        "coverage": share_of_faces and round(share_of_faces, 4),
        "excluded": excluded(shown),
        "abstained": unsure and round(unsure, 4),
        "emotions": sorted(
            (
                {
                    "emotion": emotion,
                    "average": metrics[emotion]["average"],
                    "peaks": [
                        {"t": point.second, "value": round(point.value, 4)}
                        for point in peaks(trace(rows, emotion, screening.k))
                    ],
                }
                for emotion in EMOTIONS
            ),
            key=lambda entry: -(entry["average"] or 0.0),
        ),
        "sources": screening.sources,
        "ledger": content["ledger"],
        "provenance": content["provenance"],
    }


def print_summary(content: dict[str, Any]) -> None:
    """Print a summary as tables on stdout."""
    from rich.table import Table

    out = table_console()
    about = content["screening"]
    out.print(f"{about['id']}  {about['content']} shown to {about['audience']}")
    for line in _lines(content):
        out.print(line)
    if not content["usable"]:
        out.print(_why_empty(content))
        return
    table = Table("emotion", "average", "peaks", box=None)
    for entry in content["emotions"]:
        marks = ", ".join(f"{p['value']:.0%} at {playhead(p['t'])}" for p in entry["peaks"])
        table.add_row(EMOTION_NAMES[entry["emotion"]], f"{entry['average'] or 0:.0%}", marks)
    out.print(table)
    if content["abstained"]:
        out.print(f"Of {content['abstained']:.1%} the network was too unsure to say.")
    out.print("Shares are of viewers; an expression shown is not a feeling felt.")


def _why_empty(content: dict[str, Any]) -> str:
    if not content["shown"]:
        return "No second may or can be shown, so there are no emotions."
    if not content["faces"]:
        return "No faces were seen, so there are no emotions."
    if not content["excluded"]:
        return "Nobody was seen for long enough, so there are no emotions."
    commonest = next(iter(content["excluded"]))
    return f"Nobody was usable, so there are no emotions: {advice_on(commonest)}."


def _lines(content: dict[str, Any]) -> list[str]:
    about, provenance = content["screening"], content["provenance"]
    share = content["coverage"]
    parts = [
        f"{content['state']} · {content['seconds']} s · {counted(len(about['cameras']), 'camera')}"
        f" · {about['fps']:g} fps · k = {about['k']}",
        f"{counted(content['people'], 'viewer')}, at most {content['most_viewers']} at once"
        + ("" if share is None else f" · coverage {share:.0%}"),
    ]
    parts += [f"{kind}: {', '.join(about[kind])}" for kind in ("zones", "seats") if about[kind]]
    if content["excluded"]:
        parts.append(_not_scored(content["excluded"], content["usable"]))
    if content["gaps"]:
        parts.append("gaps: " + ", ".join(f"{n} s {why}" for why, n in content["gaps"].items()))
    if content["suppressed"]:
        parts.append(f"{content['suppressed']} s withheld: fewer than {about['k']} viewers")
    parts += [_ledger_line(camera, counts) for camera, counts in content["ledger"].items()]
    parts += [
        f"{camera}: {SOURCE_PROBLEMS[source.problem].what}"
        for camera, source in content["sources"].items()
        if source.problem
    ]
    models = (f"{name} {provenance[key]}" for name, key in MODELS.items() if provenance[key])
    return [*parts, " · ".join(models)]


def _not_scored(excluded: dict[str, int], usable: int) -> str:
    """Say why viewers were left out, as shares of all viewer-seconds; commonest first."""
    seen = usable + sum(excluded.values())
    reasons = (f"{count / seen:.1%} {words_of(code)}" for code, count in excluded.items())
    return f"not scored, of viewer-seconds: {', '.join(reasons)}"


def _ledger_line(camera: str, counts: dict[str, Any]) -> str:
    lost = [f"{n} {why}" for kind in ("dropped", "failed") for why, n in counts[kind].items()]
    if counts["in_flight"]:
        lost.append(f"{counts['in_flight']} in flight")
    left_out = f" ({', '.join(lost)})" if lost else ""
    return f"{camera}: {counts['captured']} frames, {counts['analysed']} analysed{left_out}"
