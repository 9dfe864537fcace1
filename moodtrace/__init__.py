"""The core of moodtrace: messages, labels, timelines and the store that keeps them."""
