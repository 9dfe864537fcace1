"""What the words and the charts mean, and what is not measured."""

import streamlit as st

from dashboard.access import RIGHTS, Reader
from moodtrace.labels import EMOTION_NAMES
from moodtrace.store import Store

GLOSSARY = {
    "Content": "What was shown: a film, a cut of it.",
    "Audience": "The people in front of one or more cameras.",
    "Screening": "One showing of one content to one audience.",
    "Viewer": "One face followed through one screening. Nobody is known again in another one.",
    "Usable": "A viewer whose face could be read in that second.",
    "Share": "Viewers who show an emotion, of the usable ones, in one second.",
    "Coverage": "Usable viewers, of all who were seen.",
    "Abstained": "Usable viewers of whom the network is too unsure to say anything.",
    "Attention": "Viewers whose heads face the screen, of those whose pose is known.",
    "Valence": "How pleasant what is shown is, from -1 to 1.",
    "Gap": "A second without data, with its reason. It is never counted as a zero.",
    "Withheld": "A second or a group of fewer than k viewers. It is hidden to protect them.",
    "n": "Viewers behind a figure.",
    "k": "The smallest group that is shown.",
}


def render(store: Store, reader: Reader) -> None:
    """Draw the page."""
    reader.require("help")
    st.title("Help", anchor=False)
    st.header("What is measured, and what is not", anchor=False)
    st.markdown(
        "**Expression shown, not felt emotion.** People feel without showing, and show without "
        "feeling. A curve says how many faces looked happy to a network that learned from people "
        "who judged pictures; it does not say why, and it is no judgement of any single person.\n\n"
        "Compare curves of the same content, or of cuts of it, under the same conditions. Do not "
        "compare single seconds: read where the band leaves the level around it."
    )
    st.header("How to read a band", anchor=False)
    st.markdown(
        "Around each highlighted curve lies its 95 % interval. With the same kind of audience "
        "again, about 19 times of 20 the curve would lie inside. With few viewers the band is "
        "wide: a peak is worth telling if the lower edge of its band is above the average.\n\n"
        "Under 30 viewers a figure is *exploratory*, from 30 on *directional*, from 75 on "
        "*reportable*, from 150 on *norm grade*."
    )
    st.header("Words", anchor=False)
    st.table({"Word": list(GLOSSARY), "Means": list(GLOSSARY.values())})
    st.header("Emotions", anchor=False)
    st.markdown(", ".join(EMOTION_NAMES.values()) + ". More than one may be shown at once.")
    st.header("What you may do", anchor=False)
    rights = sorted({right for role in reader.roles for right in RIGHTS[role]})
    st.text(f"{reader.name}, {', '.join(sorted(reader.roles))}: {', '.join(rights)}.")
