from itertools import count

from ingest.epochs import RETRY_S, Epochs
from ingest.stamping import Opening
from moodtrace.errors import ServerAwayError, StoredDataError
from tests.threads import beside
from tests.waiting import wait_until

LEFT = Opening("spring", 1, "left", connection=1)
RIGHT = Opening("spring", 1, "right", connection=1)


class Raising:
    """Raises epochs, unless it is away or an opening is of a screening that is gone."""

    def __init__(self) -> None:
        self.asked: list[Opening] = []
        self.is_away = False
        self._epochs = count(1)

    def __call__(self, opening: Opening) -> int:
        self.asked.append(opening)
        if self.is_away:
            raise ServerAwayError("away", where="", try_this="")
        if opening.screening_id == "gone":
            raise StoredDataError("record of screening 'gone'", "it is missing")
        return next(self._epochs)


def test_an_opening_gets_one_epoch_however_often_it_is_asked_for() -> None:
    raising = Raising()
    epochs = Epochs(raising)
    assert epochs.of(LEFT) is None
    with beside(epochs.run):
        wait_until(lambda: epochs.of(LEFT) == 1, 5)
        again = LEFT._replace(connection=2)
        wait_until(lambda: epochs.of(again) == 2, 5)

    assert raising.asked == [LEFT, again]


def test_a_store_that_is_away_is_asked_once_in_a_while_for_all_cameras() -> None:
    raising = Raising()
    raising.is_away = True
    epochs = Epochs(raising)
    epochs.of(LEFT)
    epochs.of(RIGHT)
    with beside(epochs.run):
        took_s = wait_until(lambda: len(raising.asked) == 3, 10)
        assert took_s > 1.9 * RETRY_S
        assert raising.asked == [LEFT] * 3
        raising.is_away = False
        wait_until(lambda: epochs.of(LEFT) is not None and epochs.of(RIGHT) is not None, 5)


def test_a_screening_that_is_gone_holds_up_no_other() -> None:
    raising = Raising()
    epochs = Epochs(raising)
    epochs.of(LEFT._replace(screening_id="gone", viewing=2))
    epochs.of(RIGHT)
    with beside(epochs.run):
        wait_until(lambda: epochs.of(RIGHT) is not None, 5)
