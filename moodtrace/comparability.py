"""Whether figures of two screenings mean the same."""

from collections.abc import Mapping

from moodtrace.screening import Screening


def differences(one: Screening, other: Screening) -> Mapping[str, tuple[str, str]]:
    """Return in what two screenings differ so that their figures may, too, whatever was shown.

    Networks see different things, and so does a hall from a panel at home.

    Returns:
        What it is of each, by name; empty if their figures can be compared.
    """
    measured = {
        "emotion model": (one.emotion_model, other.emotion_model),
        "detector": (one.detector, other.detector),
        "unit": (str(one.unit), str(other.unit)),
        "kind": (kind(one), kind(other)),
        "thresholds": (_thresholds(one), _thresholds(other)),
    }
    return {what: pair for what, pair in measured.items() if pair[0] != pair[1]}


def kind(screening: Screening) -> str:
    """Return `live` or `recorded`."""
    return "live" if screening.live else "recorded"


def _thresholds(screening: Screening) -> str:
    return " ".join(str(limit) for limit in screening.thresholds) or "unknown"
