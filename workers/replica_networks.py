"""The networks of a replica, opened from the weights of the machine it runs on; knows no Ray."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import cv2

from models.emotion import EmotionNetwork
from models.registry import card_of
from models.weights import folders_of, pull
from moodtrace.settings import AnalysisSettings, load_analysis_settings, load_settings
from workers.analyzer import Analyzer, Timed
from workers.face_analyzer import OpenAnalyzer
from workers.identity import Identity
from workers.infer import MAX_BATCH_FRAMES, batch_frames
from workers.networks import pulled, pulled_detector
from workers.serve_options import ServeOptions


class Parts(NamedTuple):
    """What replicas are made of, as far as they need no Ray."""

    open_analyzer: OpenAnalyzer
    identity: Identity
    """What it makes of a timeline."""
    max_frames: int = MAX_BATCH_FRAMES
    """See `FaceAnalyzer`."""
    open_shadow: Callable[[], EmotionNetwork] | None = None
    """Loads a second emotion network, if there is one; see `workers.shadow`."""


def described(options: ServeOptions, threads: int) -> Parts:
    """Say what the options mean here; weights that are missing are fetched.

    Args:
        options: of the application.
        threads: how many each replica has.

    Raises:
        ConfigurationError: a setting or the weights are wrong.
        ServerAwayError: weights are missing and can't be fetched.
    """
    settings, analysis = load_settings(), load_analysis_settings().with_gpu(options.gpus)
    folders = folders_of(settings.weights_dir, settings.data_dir)
    networks = pulled(pulled_detector(options.detector, folders), analysis, folders)
    if options.shadow:
        pull(card_of(options.shadow, "emotion"), folders)
    return Parts(
        open_analyzer=partial(_open_analyzer, options.detector, analysis, threads),
        identity=networks.identity(analysis),
        max_frames=batch_frames(analysis.tiles),
        open_shadow=partial(_open_shadow, options.shadow) if options.shadow else None,
    )


def _open_analyzer(
    detector: str, analysis: AnalysisSettings, threads: int, timed: Timed
) -> Analyzer:
    cv2.setNumThreads(threads)
    settings = load_settings()
    folders = folders_of(settings.weights_dir, settings.data_dir)
    networks = pulled(pulled_detector(detector, folders), analysis, folders)
    return networks.analyzer(analysis, threads=threads, timed=timed)


def _open_shadow(emotion: str) -> EmotionNetwork:
    """Load the second network on one thread: the others are the replicas'."""
    settings = load_settings()
    card = card_of(emotion, "emotion")
    path = pull(card, folders_of(settings.weights_dir, settings.data_dir))
    return EmotionNetwork(card, path, threads=1)
