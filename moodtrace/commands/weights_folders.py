"""Where weights are looked for, as the settings say."""

from pathlib import Path

from models.weights import folders_of
from moodtrace.settings import load_settings


def weights_folders() -> tuple[Path, ...]:
    """Return the folders in the order of looking; the last is ours to write."""
    settings = load_settings()
    return folders_of(settings.weights_dir, settings.data_dir)
