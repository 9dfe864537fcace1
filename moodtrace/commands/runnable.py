"""Which models can be run here; those that can't are named on stderr."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from moodtrace.commands.console import say
from moodtrace.torch_extra import INSTALL, has_torch

if TYPE_CHECKING:
    from models.registry import Card


def cards_that_run_here() -> Iterator["Card"]:
    """Give all cards, but those that need torch where it is missing: these are named."""
    from models.registry import CARDS

    for card in CARDS.values():
        if card.needs_torch and not has_torch():
            say(f"{card.id}: left out, for it needs torch: {INSTALL}")
        else:
            yield card
