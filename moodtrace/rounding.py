"""Whole numbers that keep their sum."""

from collections.abc import Sequence


def shared_out(amounts: Sequence[int], total: int) -> tuple[int, ...]:
    """Share a total out in proportion to amounts: largest remainders, the earlier of equals first.

    Args:
        amounts: 0 or more each, not all 0.
        total: what the results sum to.
    """
    whole = sum(amounts)
    shares = [amount * total // whole for amount in amounts]
    remainders = [amount * total % whole for amount in amounts]
    order = sorted(range(len(amounts)), key=lambda place: -remainders[place])
    for place in order[: total - sum(shares)]:
        shares[place] += 1
    return tuple(shares)
