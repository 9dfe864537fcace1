from fractions import Fraction

from ingest.lost import LostPictures


def lost_of(sent: list[int], shown: list[int]) -> list[int]:
    lost = LostPictures(Fraction(40))
    for pts in sent:
        lost.sent(pts)
    return [pts for frame in shown for pts in lost.before(frame)] + lost.rest()


def test_nothing_is_lost_if_all_comes_back_in_order_of_showing() -> None:
    assert lost_of(sent=[0, 120, 40, 80], shown=[0, 40, 80, 120]) == []


def test_a_hole_in_the_middle_is_lost() -> None:
    assert lost_of(sent=[0, 40, 80, 120], shown=[0, 120]) == [40, 80]


def test_what_is_missing_at_either_end_is_lost() -> None:
    assert lost_of(sent=[0, 40, 80, 120], shown=[40, 80]) == [0, 120]


def test_packets_that_are_never_shown_leave_no_hole() -> None:
    assert lost_of(sent=[0, 39, 40, 80], shown=[0, 40, 80]) == []
