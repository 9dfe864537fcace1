import pytest

from moodtrace.errors import UsageError
from moodtrace.markers import Marker, parse_markers

HEADER = "start_ms,end_ms,label,kind\n"


def test_markers_are_read_in_the_order_of_their_start() -> None:
    text = HEADER + '4000,4000, logo ,brand\n\n0,3999,"hello, world",scene\n'

    assert parse_markers(text) == [
        Marker(0, 3999, "hello, world", "scene"),
        Marker(4000, 4000, "logo", "brand"),
    ]
    assert parse_markers(text)[1].second == 4


def test_no_text_has_no_markers() -> None:
    assert parse_markers("") == parse_markers(HEADER) == []
    assert parse_markers("\ufeff" + HEADER + "0,1,a,b") == [Marker(0, 1, "a", "b")]


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("from,to\n", "other columns", 1),
        (HEADER + "0,1,a\n", "no marker", 2),
        (HEADER + "0,1,a,b\n-1,1,a,b\n", "no marker", 3),
        (HEADER + "0,1.5,a,b\n", "no marker", 2),
        (HEADER + "5,4,a,b\n", "ends before it starts", 2),
        (HEADER + "4,5,,b\n", "no label", 2),
        (HEADER + '4,5,"a"b,c\n', "expected after", 2),
        (HEADER + '4,5,"a\n', "unexpected end", 2),
    ],
)
def test_a_line_that_makes_no_sense_is_named(text: str, what: str, line: int) -> None:
    with pytest.raises(UsageError, match=what) as refused:
        parse_markers(text, "scenes.csv")

    assert refused.value.where == f"scenes.csv:{line}"
