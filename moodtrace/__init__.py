"""The core of moodtrace: messages, labels, timelines and the store that keeps them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moodtrace.notebook import load

__all__ = ["load"]


def __getattr__(name: str) -> Any:
    """Find `load` when it is wanted: it needs what no other part of the core does."""
    if name == "load":
        from moodtrace.notebook import load

        return load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
