"""What the pages say when there is nothing to draw; every state has what, why and the next step.

Text from the store is shown as text: Markdown and HTML in it mean nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import streamlit as st

from moodtrace.errors import MoodtraceError
from moodtrace.exclusions import advice_on, words_of
from moodtrace.problems import SOURCE_PROBLEMS
from moodtrace.screening import Source

LONGEST_QUOTE: Final = 80
"""Characters of a link's value that a notice repeats."""

_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")
_LINK: Final = re.compile(r"www(?=\.)|://|@", re.IGNORECASE)
"""What makes a link of the text around it, escaped or not."""
_CODE: Final = re.compile(r"(`[^`]*`)")


def as_text(text: str) -> str:
    """Escape what Markdown would read as its own, and keep addresses from becoming links."""
    unlinked = _LINK.sub("\\g<0>\N{WORD JOINER}", " ".join(text.split()))
    return _PUNCTUATION.sub(r"\\\1", unlinked)


def in_badge(text: str) -> str:
    """Escape as `as_text` does, but for the brackets, which badges escape by themselves."""
    return as_text(text).replace(r"\[", "[").replace(r"\]", "]")


@contextmanager
def shown_errors() -> Iterator[None]:
    """Show an error that people can act on in place of what could not be drawn."""
    try:
        yield
    except MoodtraceError as error:
        st.error(
            f"Where: {as_text(error.where)}\n\nTry: {_prose(error.try_this)}",
            title=as_text(error.what.capitalize()),
        )
        st.button("Try again")


def sign_in() -> None:
    """Say that the page is not for everybody."""
    st.info("What audiences showed is for those who were invited.", title="Please sign in")


def sign_in_ended() -> None:
    """Say that somebody has to sign in once more."""
    st.info("It was good for a while only, as your provider wants it.", title="Your sign-in ended")


def no_role(name: str) -> None:
    """Say that somebody is known and may see nothing."""
    st.warning(
        f"You are signed in as {as_text(name)}, and have no role here.\n\n"
        "Try: ask whoever runs this dashboard to put this address on the list.",
        title="Nothing to see for you yet",
    )


def ignored(said: Sequence[str]) -> None:
    """Say what a link says wrongly."""
    st.warning(
        _left_out(said),
        title="The link has parts that mean nothing here",
    )


def no_screenings() -> None:
    """Say how to make the first screening."""
    st.info("Make one in a terminal, then reload this page.", title="No screenings yet")
    st.code(
        "moodtrace demo                         # an example\n"
        "moodtrace replay FILE --screening ID   # your own footage",
        language="bash",
    )


def nothing_found(words: str) -> None:
    """Say that a search was in vain."""
    st.info(
        f"Nothing has “{_quoted(words)}” in its content, audience, id or cameras. Try fewer words.",
        title="No screening found",
    )


def unknown_screening(screening_id: str) -> None:
    """Say that the link names a screening that is not there."""
    st.warning(
        f"There is no screening “{_quoted(screening_id)}”: it was deleted, or the link has a "
        "typing error. The newest one is shown instead.",
        title="The link names an unknown screening",
    )


def one_screening(name: str) -> None:
    """Say that a comparison takes two."""
    st.info(
        f"There is “{_quoted(name)}” alone. Make a second one, then reload this page.",
        title="Nothing to compare it with yet",
    )


def nothing_to_compare() -> None:
    """Say that a second screening has to be chosen."""
    st.info(
        "Choose above one to three screenings that are compared with the first.",
        title="Choose a second screening",
    )


def unknown_others(names: Sequence[str]) -> None:
    """Say that the link names screenings that are not there."""
    st.warning(
        f"There is no {', '.join(f'“{_quoted(name)}”' for name in names)}: deleted, or the link "
        "has a typing error. The others are compared.",
        title="The link names unknown screenings",
    )


def unknown_marker(label: str) -> None:
    """Say that the link names a marker that not all of the screenings have."""
    st.warning(
        f"Not all of these have a marker “{_quoted(label)}”: they are laid over each other at "
        "their beginnings.",
        title="The link names an unknown marker",
    )


def measured_otherwise(first: str, second: str, warnings: Sequence[str]) -> None:
    """Say that a difference may come from how it was measured."""
    st.warning(
        "\n".join(f"- {as_text(warning)}" for warning in warnings)
        + "\n\nTry: replay both footages with the same networks and settings.",
        title=f"{as_text(second)} and {as_text(first)} were not measured alike: a difference may "
        "come from that",
    )


def still_running(name: str) -> None:
    """Say that figures are of what there is until now."""
    st.info(
        "The figures are of its seconds so far. Reload the page for later ones.",
        title=f"{as_text(name)} is still running",
    )


def no_norms(missing: int, found: int) -> None:
    """Say that there are too few screenings to hold one against."""
    st.info(
        f"{found} {'is' if found == 1 else 'are'} there: with so few, a single one would move a "
        "percentile a lot. They have to be finished, of the same kind, length and models.",
        title=f"No norms yet: {missing} more comparable "
        f"{'screening is' if missing == 1 else 'screenings are'} needed",
    )


def no_figures(k: int) -> None:
    """Say that a screening has nothing that can be held against others."""
    st.info(
        f"No second of it has {k} or more viewers that can be shown, or none has data.",
        title="This screening has no figure to compare",
    )


def nothing_chosen() -> None:
    """Say that a trace needs an emotion."""
    st.info("Choose at least one emotion above.", title="No emotion chosen")


def unreadable_scenes(error: MoodtraceError) -> None:
    """Say that the scenes of a record make no sense."""
    st.warning(
        f"{as_text(error.what.capitalize())}, in {as_text(error.where)} of the record. The rest of "
        "this page is not affected.",
        title="The scenes of this screening can't be read",
    )


def nobody_of(names: Sequence[str]) -> None:
    """Say that the link chooses segments of which nobody was seen."""
    st.warning(
        _left_out(names),
        title="The link chooses viewers whom this screening does not have",
    )


def not_of_all(names: Sequence[str]) -> None:
    """Say that the link chooses segments that not all of the screenings compared have."""
    st.warning(
        _left_out(names),
        title="The link chooses viewers whom not all of these screenings have",
    )


def nothing_of_choice(k: int) -> None:
    """Say that what is chosen of the viewers can't be shown."""
    withheld = f", or showing them would tell of fewer than {k}" if k > 1 else ""
    st.info(
        f"None of them could be scored{withheld}. Choose others, or everybody.",
        title="Nothing to show of these viewers",
    )


def no_rows(running: bool) -> None:
    """Say that not one second is there."""
    if running:
        st.info("The first one appears within moments.", title="No second is complete yet")
    else:
        st.info(
            "The run ended before its first second was complete. Replay the footage again with "
            "`--replace`.",
            title="This screening has no data",
        )


def no_second_shown(gaps: int, suppressed: int, k: int) -> None:
    """Say why not one second can be shown."""
    if not suppressed:
        st.info(
            "Not one frame could be analysed; the ledger below says what became of them.",
            title=f"No data in any of the {gaps} seconds",
        )
        return
    also = f" The other {gaps} seconds have no data." if gaps else ""
    st.info(
        f"{suppressed} seconds had 1 to {k - 1} viewers, and this screening shows no group smaller "
        f"than {k}. Nothing was lost; the figures stay hidden to protect the viewers.{also}",
        title=f"Withheld: fewer than {k} viewers in every second",
    )


def no_faces(seen: int, excluded: Mapping[str, int]) -> None:
    """Say that nobody could be analysed.

    Args:
        seen: faces found in all frames, none usable.
        excluded: viewer-seconds by reason, commonest first; empty if nobody was seen for long.
    """
    if excluded:
        reasons = ", ".join(f"{words_of(code)} in {n} s" for code, n in excluded.items())
        st.info(
            f"{seen} faces were seen, none of them usable. Viewers were {reasons} altogether. "
            f"Try: {advice_on(next(iter(excluded)))}.",
            title="No usable faces",
        )
    elif seen:
        st.info(
            f"{seen} faces were seen, none of them for long enough to be a viewer.",
            title="No usable faces",
        )
    else:
        st.info(
            "The footage was analysed, and nobody was seen in it. Does the camera face the "
            "audience, and is there light?",
            title="No faces seen",
        )


def source_problem(camera: str, source: Source) -> None:
    """Say what is wrong with one camera's footage."""
    problem = SOURCE_PROBLEMS.get(source.problem)
    what = problem.what if problem else source.problem.replace("_", " ")
    try_this = f"\n\nTry: {_prose(problem.try_this)}" if problem else ""
    st.warning(
        f"{as_text(what.capitalize())}.{try_this}",
        title=f"{as_text(camera)}: {as_text(source.name)}",
    )


def camera_in_trouble(name: str, state: str, what: str, try_this: str) -> None:
    """Say what is wrong with a camera that should work."""
    st.warning(
        f"{as_text(what.capitalize())}.\n\nTry: {_prose(try_this)}.",
        title=f"{as_text(name)}: {state}",
    )


def no_cameras() -> None:
    """Say how to add the first camera."""
    st.info(
        "Add one below, or in a terminal: `moodtrace camera add NAME rtsp://HOST/PATH --audience "
        "ID`.",
        title="No cameras yet",
    )


def kept_for_ever() -> None:
    """Say that nothing is deleted by age."""
    st.warning(
        "Nobody said how long, so nothing is deleted by age. Try: set `MOODTRACE_RETENTION_DAYS` "
        "for the page and for what writes timelines, and start them again.",
        title="Timelines are kept for ever",
    )


def nothing_runs() -> None:
    """Say how to show something."""
    st.info("This page begins by itself once something is.", title="Nothing is being shown now")
    st.code("moodtrace screening start --content ID --audience ID", language="bash")


def no_picture_now(why: str) -> None:
    """Say that the newest second has no data."""
    st.warning(
        f"{as_text(why.capitalize())}. Look at the cameras above.",
        title="No data in the newest second",
    )


def audience_too_small(k: int) -> None:
    """Say that fewer viewers than may be shown are in view; never how many."""
    st.info(
        f"Fewer than {k} viewers can be read now. Nothing is lost; figures appear again once {k} "
        "of them can.",
        title="Audience too small",
    )


def nobody_in_view() -> None:
    """Say that the newest second shows nobody."""
    st.info("Does a camera face the audience, and is there light?", title="Nobody is in view now")


def stale(silent_s: float) -> None:
    """Say that what is shown is older than it should be."""
    st.error(
        f"The newest second is {silent_s:.0f} s old. What is below is not what happens now.\n\n"
        "Try: see that `moodtrace up`, or `moodtrace ingest` and its workers, run; their `/readyz` "
        "says what they wait for.",
        title="Stale: no news for a while",
    )


def _prose(text: str) -> str:
    """Escape all but the parts in backticks."""
    return "".join(
        part if part.startswith("`") else _PUNCTUATION.sub(r"\\\1", part)
        for part in _CODE.split(text)
    )


def _left_out(names: Sequence[str]) -> str:
    return "Left out: " + ", ".join(f"“{_quoted(name)}”" for name in names)


def _quoted(text: str) -> str:
    short = text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"
    return as_text(short)
