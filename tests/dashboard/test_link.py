"""Links hold the state of a page: there and back, and whatever else they say."""

from hypothesis import given
from hypothesis import strategies as st

from dashboard.link import Link, read, written
from moodtrace.labels import AGE_BANDS, BASELINES, EMOTIONS
from moodtrace.screening import NAME
from moodtrace.selection import SMOOTHINGS_S, SPLITS

names = st.from_regex(NAME, fullmatch=True)
some_names = st.lists(names, unique=True, max_size=4).map(tuple)


def some_of(known: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(known)).map(lambda of: tuple(k for k in known if k in of))


links = st.builds(
    Link,
    screening=names | st.just(""),
    others=st.lists(names, unique=True, max_size=3).map(tuple),
    align=st.text(max_size=200),
    emotions=some_of(EMOTIONS) | st.none(),
    ages=some_of(AGE_BANDS),
    cameras=some_names,
    zones=some_names,
    start=st.integers(0, 40_000),
    end=st.integers(40_001, 86_400) | st.none(),
    smooth=st.sampled_from(SMOOTHINGS_S),
    band=st.booleans(),
    baseline=st.sampled_from(tuple(BASELINES)),
    split=st.sampled_from(SPLITS),
    at=st.integers(0, 864_000).map(lambda tenths: tenths / 10),
)


@given(links)
def test_a_link_says_what_was_written_into_it(link: Link) -> None:
    assert read(written(link)) == (link, ())


@given(st.dictionaries(st.sampled_from([*Link.__struct_fields__, "x"]), st.text()))
def test_a_link_may_say_anything(said: dict[str, str]) -> None:
    found = read(said)
    assert read(written(found.link)) == (found.link, ())
    assert len(found.ignored) <= len(said)


def test_what_means_nothing_is_left_out_and_told() -> None:
    found = read(
        {"emotions": "happy,bliss", "smooth": "4", "start": "-1", "band": "False", "q": "1"}
    )
    assert found.link == Link(band=False)
    assert found.ignored == ("emotions=happy,bliss", "smooth=4", "start=-1", "q=1")


def test_a_range_ends_after_it_begins() -> None:
    assert read({"start": "9", "end": "9"}) == (Link(start=9), ("end=9",))
