"""What happened in each epoch, as CSV and as curves; knows no torch."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from moodtrace.fetch import written_beside


@dataclass(frozen=True)
class Epoch:
    """One line of the log."""

    epoch: int
    """From 1."""
    rate: float
    train_loss: float
    """Mean over the changed pictures, as the recipe weighs it."""
    loss: float
    """On the validation split, of the kept weights."""
    accuracy: float
    macro_f1: float
    mean_error: float
    seconds: float
    """Since the run began, without what lay between a stop and a resume."""

    def text(self) -> str:
        """Say how good the weights were on the validation split."""
        figures = f"accuracy {self.accuracy:.2%}, macro F1 {self.macro_f1:.3f}"
        if self.mean_error:
            figures = f"mean error {self.mean_error:.2f} years"
        return f"{figures} on the validation split in epoch {self.epoch}"


def write_log(path: Path, epochs: Sequence[Epoch]) -> None:
    """Write one line per epoch.

    Raises:
        CannotWriteError: the file can't be written.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [field.name for field in fields(Epoch)])
    writer.writeheader()
    writer.writerows(asdict(epoch) for epoch in epochs)
    with written_beside(path) as file:
        file.write(text.getvalue().encode())


def write_curves(path: Path, epochs: Sequence[Epoch], *, is_age: bool) -> None:
    """Draw losses, and accuracy (or the mean error of ages), over the epochs, as PNG.

    Raises:
        CannotWriteError: the file can't be written.
    """
    from matplotlib.figure import Figure  # takes half a second

    numbers = [epoch.epoch for epoch in epochs]
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(numbers, [epoch.train_loss for epoch in epochs], label="training")
    left.plot(numbers, [epoch.loss for epoch in epochs], label="validation")
    left.set(xlabel="epoch", ylabel="loss (nats)")
    left.legend()
    if is_age:
        right.plot(numbers, [epoch.mean_error for epoch in epochs])
        right.set(xlabel="epoch", ylabel="mean absolute error (years)")
    else:
        right.plot(numbers, [epoch.accuracy for epoch in epochs], label="accuracy")
        right.plot(numbers, [epoch.macro_f1 for epoch in epochs], label="macro F1")
        right.set(xlabel="epoch", ylabel="validation")
        right.legend()
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=100)
    with written_beside(path) as file:
        file.write(content.getvalue())
