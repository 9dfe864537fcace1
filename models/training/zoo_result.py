"""What is known of a network of the zoo before anything is measured: size, source, task."""

import torch

from models.evaluation.results import Published, Result
from models.training import recipe
from models.training.checkpoint_model import KINDS
from models.zoo import catalogue
from models.zoo.network import published_count


def zoo_result(name: str) -> Result:
    """Return a result with nothing measured; parameters are counted as the source counts them.

    Raises:
        ConfigurationError: there is no such network.
    """
    entry = catalogue.find(name)
    with torch.device("meta"):  # shapes are enough to count
        network = catalogue.build(name)
    return Result(
        id=name,
        title=entry.summary,
        kind=KINDS.get(recipe.load(name, "best").targets, "emotion"),
        parameters=published_count(entry, network),
        published=Published(source=entry.source, parameters=entry.published),
    )
