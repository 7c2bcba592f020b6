"""What is measured: the presets, the grid, and how large each of it is. Pure lists."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

Job = str  # the overrides of one run, with spaces between

PRESETS = (
    "linear_perceptron",
    "linear_deep_linear",
    "linear_sigmoid1",
    "linear_sigmoid2",
    "cubic_deep_linear",
    "cubic_sigmoid1",
    "cubic_relu1",
    "cubic_relu2",
    "sine_linear",
    "sine_sigmoid2",
    "sine_deep",
)
ONE = "sine_sigmoid2"


@dataclass(frozen=True)
class Grid:
    """All combinations of four keys, each trained from several seeds."""

    datasets: tuple[str, ...] = ("linear", "cubic", "sine")
    depths: tuple[int, ...] = (1, 2, 3, 4)
    widths: tuple[int, ...] = (5, 10, 20, 50)
    activations: tuple[str, ...] = ("linear", "sigmoid", "relu", "tanh")
    repeats: int = 5
    epochs: int = 100

    @property
    def sweep(self) -> list[str]:
        """The arguments of the sweep."""
        return [
            f"dataset={','.join(self.datasets)}",
            f"model.depth={','.join(map(str, self.depths))}",
            f"model.width={','.join(map(str, self.widths))}",
            f"model.activation={','.join(self.activations)}",
            f"training.repeats={self.repeats}",
            f"training.epochs={self.epochs}",
        ]

    @property
    def runs(self) -> int:
        """How many runs it has."""
        return len(self.jobs())

    @property
    def networks(self) -> int:
        """How many networks it trains."""
        return self.runs * self.repeats

    def jobs(self) -> list[Job]:
        """Every run."""
        counts = (self.datasets, self.depths, self.widths, self.activations)
        return [self._job(*places) for places in product(*(range(len(keys)) for keys in counts))]

    def one_a_depth(self) -> list[Job]:
        """One run for each dataset and depth; a dataset's runs differ in width and activation."""
        widths, activations = len(self.widths), len(self.activations)
        return [
            self._job(data, depth, (depth + data) % widths, (depth + 2 * data) % activations)
            for data in range(len(self.datasets))
            for depth in range(len(self.depths))
        ]

    def one_in_four(self) -> list[Job]:
        """A quarter of all runs, every pair of keys met equally often in the full grid."""
        counts = (self.datasets, self.depths, self.widths, self.activations)
        places = product(*(range(len(keys)) for keys in counts))
        return [self._job(*place) for place in places if sum(place) % 4 == 0]

    def _job(self, data: int, depth: int, width: int, activation: int) -> Job:
        return (
            f"dataset={self.datasets[data]} model.depth={self.depths[depth]} "
            f"model.width={self.widths[width]} model.activation={self.activations[activation]} "
            f"training.repeats={self.repeats} training.epochs={self.epochs}"
        )


@dataclass(frozen=True)
class Size:
    """How much is measured.

    rounds: of everything; peer_epochs: that bare Keras is timed for where many networks are, scaled
    up to all, one_epochs where one is; own: overrides of the presets on our side, none in earnest;
    grown: runs of real sweeps whose costs are compared, invented: of invented ones; product: side
    of the matrices and written: megabytes of the file by which the machine is measured; profiled:
    the sweep that is looked at part by part; carried: runs of the sweep that engines carry, echoed:
    of those that an engine answers at once; trials: of a search.
    """

    rounds: int = 3
    peer_epochs: int = 21
    one_epochs: int = 101
    own: tuple[str, ...] = ()
    presets: tuple[str, ...] = PRESETS
    grid: Grid = Grid()
    wide: Grid = Grid(("sine", "cubic"), (1, 2), (50, 100), ("linear", "relu", "tanh"), 40, 40)
    profiled: Grid = Grid(depths=(1, 3), widths=(5, 20))
    networks: tuple[int, ...] = (100, 1_000, 10_000, 100_000)
    grown: tuple[int, ...] = (10, 100, 400)
    invented: tuple[int, ...] = (10, 100, 1_000, 5_000)
    opened: tuple[int, ...] = (48, 1_000)
    carried: int = 192
    trials: int = 64
    echoed: tuple[int, ...] = (100, 1_000, 4_000)
    broken: int = 50
    product: int = 3_000
    written: int = 256


FULL = Size()
# To see that every row can be measured; its figures mean nothing.
QUICK = Size(
    rounds=1,
    peer_epochs=2,
    one_epochs=2,
    own=("training.epochs=2",),
    presets=("linear_deep_linear", "cubic_relu1"),
    grid=Grid(("linear", "sine"), (1, 2), (5,), ("tanh",), 2, 2),
    wide=Grid(("linear",), (1,), (4,), ("linear", "tanh"), 20, 2),
    profiled=Grid(("linear",), (1,), (5,), ("tanh", "relu"), 2, 2),
    networks=(2, 4, 6),
    grown=(1, 2, 3),
    invented=(5, 10, 20),
    opened=(5, 20),
    carried=4,
    trials=4,
    echoed=(2, 4, 6),
    broken=5,
    product=64,
    written=1,
)
