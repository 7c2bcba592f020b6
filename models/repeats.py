"""How many repeats a run gets that asks for `auto`: 20, and fewer where they would take long."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .spec import Model, Training

MOST, FEWEST = 20, 5
# Trainable parameters times optimizer steps of one repeat up to which it is MOST: some 1.2 CPU
# seconds. Four layers of 50 units stay below it for 500 epochs of 400 rows in batches of 32.
LIMIT = 100_000_000


def automatic(parameters: int, steps: int) -> int:
    """MOST repeats up to LIMIT, then in proportion fewer, never below FEWEST."""
    work = parameters * steps
    return MOST if work <= LIMIT else max(FEWEST, MOST * LIMIT // work)


def steps(model: Model, training: Training, train_rows: int) -> int:
    """Optimizer steps of one repeat; a closed form takes none."""
    if not model.trained:
        return 0
    batches = -(-train_rows // training.batch_size)
    return training.epochs * (batches if model.in_batches else 1)


def repeats_of(model: Model, training: Training, train_rows: int, features: int) -> int:
    """`training.repeats`, or what the rule above gives where that is `auto`."""
    if training.repeats != "auto":
        return training.repeats
    _, trainable = model.parameters(features)
    return automatic(trainable, steps(model, training, train_rows))


FIRST = 10  # repeats of the first stage: fewer can hardly show that a run is worse


def stages_up_to(most: int) -> tuple[int, ...]:
    """How many repeats a run has after each stage: 10, 20, 40, ... and at last `most`."""
    found = []
    size = FIRST
    while size < most:
        found.append(size)
        size *= 2
    return (*found, most)
