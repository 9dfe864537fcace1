"""`moodtrace topics`: the topics on Kafka, made before anybody needs them."""

from moodtrace.commands.console import print_json, say
from moodtrace.commands.kafka_option import KafkaOption, cluster_of
from moodtrace.commands.options import JsonOption


def topics(kafka: KafkaOption = None, json: JsonOption = False) -> None:
    """Make the topics that are missing, and say what of the others is not as the settings say.

    Whoever needs a topic makes it, so this is for those who want it done, or refused, beforehand.

    Example: moodtrace topics --kafka localhost:9092
    """
    from moodtrace.bus_topics import TOPICS, ensure_topic

    cluster = cluster_of(kafka)
    found = {
        topic.full_name(cluster.settings): ensure_topic(cluster, topic).differences
        for topic in TOPICS
    }
    if json:
        print_json([{"topic": name, "differences": found[name]} for name in found])
        return
    for name, differences in found.items():
        rest = ", ".join(f"{key} is {value}" for key, value in differences.items())
        say(f"{name}: {rest or 'as the settings say'}")
