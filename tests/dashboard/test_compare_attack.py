"""An attacker who compares the same two audiences again and again, each time by other viewers."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from msgspec.structs import replace

from dashboard.queries import Whole
from dashboard.queries_compare import audiences
from moodtrace.alignment import aligned
from moodtrace.baseline import Corrected
from moodtrace.errors import UsageError
from moodtrace.labels import QUANTUM
from moodtrace.selection import Selection
from moodtrace.timeline import Row, of_viewers
from tests.attack import CAMERAS, View, audience, choices, pairs, smallest
from tests.factories import screening

K = 5
SECONDS = 2


def whole(name: str, rows: Sequence[Row], k: int) -> Whole:
    return Whole(screening(name, k=k, cameras=CAMERAS), rows, Corrected(rows), {})


def rows_of(rng: np.random.Generator) -> list[Row]:
    """Seconds of one audience, of which some come and go between them."""
    first = audience(rng)
    rest = [seen for seen in first.people if rng.random() < 0.8]
    return [first, of_viewers(replace(first, second=1), rest)]


def compared(wholes: Sequence[Whole]) -> Iterator[tuple[int, int, Selection, View]]:
    """Who is in each figure that a comparison by some viewers shows: of which side, when."""
    wanted = dict.fromkeys(chosen for of in wholes for _, chosen in choices(of.stored[0]))
    for chosen in (Selection(), *wanted):
        try:
            one, other = audiences(wholes, chosen=chosen)
            laid = aligned(one, other, ("happy",))
        except UsageError:  # nothing of it may be shown
            continue
        for side, (of, values) in enumerate(zip(wholes, (laid.first, laid.second), strict=True)):
            for second in laid.seconds:
                people = of.stored[second].people
                view = np.array([QUANTUM * (chosen.counts(v) and not v.excluded) for v in people])
                assert view.sum() / QUANTUM == (~np.isnan(values[0, :, second])).sum()
                yield side, second, chosen, view


def attacked(audiences_: int, seed: int, k: int) -> tuple[float, int]:
    """Return the smallest group found by two comparisons, and how many figures there were."""
    rng = np.random.default_rng(seed)
    least, shown = np.inf, 0
    for _ in range(audiences_):
        wholes = [whole(name, rows_of(rng), k) for name in ("cut a", "cut b")]
        found: dict[tuple[int, int], list[View]] = {}
        for side, second, _, view in compared(wholes):
            found.setdefault((side, second), []).append(view)
        shown += sum(map(len, found.values()))
        least = min([least, *(smallest(pairs(views)) for views in found.values())])
    return least, shown


def test_nobody_is_found_by_comparing_by_two_choices() -> None:
    least, shown = attacked(audiences_=8, seed=3, k=K)
    assert least >= K
    assert shown > 150


def test_the_attack_finds_single_viewers_where_nothing_is_withheld() -> None:
    least, _ = attacked(audiences_=1, seed=3, k=1)
    assert least == 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_nobody_is_found_in_a_thousand_pairs_of_audiences() -> None:
    least, shown = attacked(audiences_=1000, seed=5, k=K)
    assert least >= K
    assert shown > 20_000


def test_the_choice_is_made_of_each_side_by_its_own_k() -> None:
    rng = np.random.default_rng(6)
    rows = rows_of(rng)
    while len(rows[0].people) < 20:
        rows = rows_of(rng)
    chosen = next(chosen for kind, chosen in choices(rows[0]) if kind == "places")
    open_, shut = audiences([whole("cut a", rows, 1), whole("cut b", rows, 100)], chosen=chosen)
    assert not open_.rows[0].gap
    assert {row.gap for row in shut.rows} == {"withheld"}
    assert Counter(row.usable for row in shut.rows) == {0: SECONDS}
