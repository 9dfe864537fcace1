"""The networks that a command analyses with: chosen, pulled if need be, and told to the person."""

from models.weights import choose_detector, folders_of
from moodtrace.commands.console import say
from moodtrace.commands.progress import download_bar
from moodtrace.settings import AnalysisSettings, Settings
from workers.networks import Networks, Weights, pulled


def networks(settings: Settings, analysis: AnalysisSettings, detector: str) -> Networks:
    """Choose the networks; the choice is printed.

    Raises:
        ConfigurationError: A detector's name or weights are wrong.
        ServerAwayError: Weights are missing and can't be fetched.
        CannotWriteError: Fetched weights can't be written.
    """
    folders = folders_of(settings.weights_dir, settings.data_dir)
    with download_bar("Weights") as progress:
        choice = choose_detector(detector, folders, progress)
    chosen = pulled(Weights(choice.card, choice.path), analysis, folders)
    how = f" All run in torch on {analysis.device}." if analysis.engine == "torch" else ""
    age = chosen.age.card.id if chosen.age else "not estimated"
    say(
        f"Detector: {choice.card.id} ({choice.why})."
        f" Emotion: {chosen.emotion.card.id}. Age: {age}.{how}"
    )
    return chosen
