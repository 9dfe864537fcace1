"""Which age bands are withheld, in many seconds at once: the arithmetic behind `small_cells`."""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from moodtrace.crowd import Amounts, Codes, Crowd, counted
from moodtrace.labels import AGE_BANDS, QUANTUM

Hidden = npt.NDArray[np.bool_]
"""`(s, 9)` whether each of `AGE_BANDS` is withheld in each second."""

AT_ONCE: Final = 128
"""Seconds whose cuts are looked for together; more of them leave the processor's cache."""


def hidden_in_part(crowd: Crowd, blocks: Codes, k: int) -> Hidden:
    """Choose the age bands to withhold, of viewers who belong to them in part.

    Args:
        crowd: who is in which second.
        blocks: `(n,)` what is shown of places: which block of them each viewer is in.
        k: smallest cell.
    """
    amounts = _summed(crowd, crowd.ages)
    hidden = _small(amounts, k)
    told = _tell(_by_block(crowd, blocks, merged(crowd, crowd.ages, hidden)), k)
    return np.where(told[:, None], amounts > 0, hidden)


def hidden_as_whole(crowd: Crowd, blocks: Codes, in_part: Hidden, k: int) -> Hidden:
    """Choose the age bands to withhold, of viewers who belong to them as a whole.

    Args:
        crowd: who is in which second.
        blocks: as of `hidden_in_part`.
        in_part: what that returned.
        k: smallest cell.
    """
    wholes = QUANTUM * np.eye(len(AGE_BANDS), dtype=np.int64)[crowd.main_bands.of]
    amounts = _summed(crowd, wholes)
    hidden = _small(amounts, k)
    kept = merged(crowd, wholes, hidden)
    by_band = _by_block(crowd, kept.argmax(axis=1), merged(crowd, crowd.ages, in_part))
    told = _tell(_by_block(crowd, blocks, kept), k) | _tell(by_band.transpose(0, 2, 1), k)
    return np.where(told[:, None], amounts > 0, hidden)


def merged(crowd: Crowd, bands: Amounts, hidden: Hidden) -> Amounts:
    """Return `(n, 10)` the columns of bands, those that are withheld put together in the last."""
    of_viewer = hidden[crowd.second]
    return np.column_stack([np.where(of_viewer, 0, bands), (bands * of_viewer).sum(axis=1)])


def _summed(crowd: Crowd, bands: Amounts) -> Amounts:
    """Return `(s, 9)` how much of all viewers of each second is in each band."""
    nothing = np.zeros_like(crowd.second)
    return np.hstack(
        [counted(crowd.second, crowd.seconds, nothing, 1, column) for column in bands.T]
    )


def _small(amounts: Amounts, k: int) -> Hidden:
    """Choose the bands under k, and the next smallest until together they are k.

    Args:
        amounts: `(s, 9)` how much is in each band.
        k: smallest cell.
    """
    order = np.argsort(amounts, axis=1, kind="stable")
    rising = np.take_along_axis(amounts, order, axis=1)
    are_small = (rising < k * QUANTUM).sum(axis=1)  # with the empty ones, which come first
    are_few = (rising.cumsum(axis=1) < k * QUANTUM).sum(axis=1)
    has_small = ((amounts > 0) & (amounts < k * QUANTUM)).any(axis=1)
    until = np.where(has_small, np.maximum(are_small, are_few + 1), 0)
    hidden = np.zeros(amounts.shape, np.bool_)
    np.put_along_axis(hidden, order, np.arange(len(AGE_BANDS)) < until[:, None], axis=1)
    return hidden & (amounts > 0)


def _by_block(crowd: Crowd, blocks: Codes, amounts: Amounts) -> Amounts:
    """Return `(s, b, c)` how much of the viewers of each block is in each of c columns.

    Blocks are numbered anew in each second, so that b is no more than the most that one has.
    """
    kinds = int(blocks.max(initial=0)) + 1
    pairs, place = np.unique(crowd.second * kinds + blocks, return_inverse=True)
    second = pairs // kinds
    number = np.arange(len(pairs)) - np.searchsorted(second, second)
    shape = (crowd.seconds, int(number.max(initial=0)) + 1, amounts.shape[1])
    together = np.zeros(shape, np.int64)
    for column, of in enumerate(amounts.T):
        together[second, number, column] = np.bincount(place, weights=of, minlength=len(pairs))
    return together


def _tell(together: Amounts, k: int) -> npt.NDArray[np.bool_]:
    """Say whether sums and differences over both could be of fewer than k viewers, but of some.

    Such a sum gives each block and each band a number, and concerns the viewers whose two numbers
    don't cancel out: those whom a cut through the graph of blocks and bands parts. So the smallest
    cut says it, and it is looked for among all ways to part the bands.

    Args:
        together: `(s, b, c)` how much of each block is in each band; c is 10 at most.
        k: smallest cell.
    """
    parts = (together[at : at + AT_ONCE] for at in range(0, len(together), AT_ONCE))
    return np.concatenate([np.zeros(0, np.bool_), *(_tell_some(part, k) for part in parts)])


def _tell_some(together: Amounts, k: int) -> npt.NDArray[np.bool_]:
    found = together[:, together.any(axis=(0, 2))][:, :, together.any(axis=(0, 1))]
    if not found.size:
        return np.zeros(len(together), np.bool_)
    exact = found.astype(np.float64)  # whole numbers far below 2^53, and BLAS knows no others
    parted = _ways_to_part(found.shape[2]) @ exact.transpose(0, 2, 1)
    cuts = np.minimum(parted, exact.sum(axis=2)[:, None] - parted).sum(axis=2)
    small: npt.NDArray[np.bool_] = ((cuts > 0) & (cuts < k * QUANTUM)).any(axis=1)
    return small


@cache
def _ways_to_part(columns: int) -> npt.NDArray[np.float64]:
    """Return `(2^(c-1), c)` all ways to choose some of c columns; the last stays where it is."""
    ways = np.arange(2 ** (columns - 1))[:, None] >> np.arange(columns) & 1
    return ways.astype(np.float64)
