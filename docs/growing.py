"""`python -m docs.growing <run folder>` draws docs/growing.gif: a fit during training.

From a run's files alone; the README names the command of that run.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.animation import PillowWriter
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from numpy.typing import NDArray

from datasets.dataset import Floats
from experiments.plots import style
from experiments.plots.fit_panels import FitPicture, draw_rows
from experiments.plots.pictures import fit
from experiments.record import Record, best_possible
from experiments.storage import run_folder

GIF = Path(__file__).with_name("growing.gif")
DPI, FRAMES_A_SECOND, HELD = 80, 6, 18  # HELD: frames that the last one stays
LOSSES = 120  # epochs whose losses are drawn, more of them early
SIDES = {"training": ("mse", "train/mse"), "validation": ("val_mse", "val/mse")}


@dataclass(frozen=True, eq=False)
class Growing:
    """What the frames show of S snapshots on N rows.

    losses: epochs and loss of each side by its name; best: the Bayes-optimal on that side's rows.
    """

    shown: FitPicture
    epochs_S: NDArray[np.int64]
    fits_SxN: NDArray[np.float32]
    losses: dict[str, tuple[NDArray[np.int64], Floats]]
    best: dict[str, float | None]


def numbers(record: Record) -> Growing:
    """The shown repeat's snapshots and losses."""
    own = record.history[record.history["repeat"] == record.about.shown_repeat]
    own = own[own["epoch"].isin(np.geomspace(1, len(own), LOSSES).round().astype(int))]
    epochs_E = own["epoch"].to_numpy()
    return Growing(
        shown=fit.numbers(record),
        epochs_S=record.snapshot_epochs,
        fits_SxN=record.snapshots,
        losses={
            side: (epochs_E, own[column].to_numpy(dtype=float))
            for side, (column, _) in SIDES.items()
        },
        best={
            side: best_possible(record.metrics.references, score)
            for side, (_, score) in SIDES.items()
        },
    )


def draw(growing: Growing, path: Path, dpi: int = DPI) -> None:
    """Write the frames as a GIF."""
    figure = style.figure(10.5, 4.4, style.Margins(right=0.35, bottom=0.85))
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, gridspec_kw={"wspace": 0.18})
    last = len(growing.epochs_S) - 1
    writer = PillowWriter(fps=FRAMES_A_SECOND)
    with writer.saving(figure, str(path), dpi):
        for index in [*range(last), *[last] * HELD]:
            epoch = int(growing.epochs_S[index])
            _fit(left, growing, index, epoch)
            _losses(right, growing, epoch)
            _legend(figure, left)
            writer.grab_frame()


def _fit(axes: Axes, growing: Growing, index: int, epoch: int) -> None:
    axes.clear()
    shown, order_N = growing.shown, growing.shown.order_N
    draw_rows(axes, shown, shown.x_N, shown.y_N)
    x_N = shown.x_N[order_N]
    if shown.optimum_N is not None:
        look = style.look("bayes", linewidth=2, label="Bayes-optimal")
        axes.plot(x_N, shown.optimum_N[order_N], **look)
    heights_N = growing.fits_SxN[index][order_N].astype(float)
    look = style.look("prediction", linewidth=2.4, label="prediction")
    axes.plot(x_N, heights_N, **look)
    margin = 0.15 * float(np.ptp(shown.y_N))
    axes.set_ylim(float(shown.y_N.min()) - margin, float(shown.y_N.max()) + margin)
    style.label_axes(axes, shown.feature, shown.target, f"after {epoch:,} epochs")


def _losses(axes: Axes, growing: Growing, epoch: int) -> None:
    axes.clear()
    for side, (epochs_E, loss_E) in growing.losses.items():
        until = epochs_E <= epoch
        color = style.role_color(side)
        axes.plot(epochs_E[until], loss_E[until], color=color, linewidth=1.8)
        best = growing.best[side]
        if best is not None and side == "validation":
            axes.axhline(best, **style.look("bayes", linewidth=1.6))
    every = np.concatenate([loss_E for _, loss_E in growing.losses.values()])
    low = min([float(np.nanmin(every)), *(b for b in growing.best.values() if b)])
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(1, float(growing.epochs_S[-1]))
    axes.set_ylim(0.9 * low, 1.1 * float(np.nanmax(every)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    style.label_axes(axes, "epoch", "mean squared error", "loss, on training and validation rows")


def _legend(figure: Figure, axes: Axes) -> None:
    for old in list(figure.legends):
        old.remove()
    handles, labels = axes.get_legend_handles_labels()
    more: dict[str, Any] = {"ncols": 5, "frameon": False, "markerscale": 1.5}
    figure.legend(handles, labels, loc="lower center", **more)


def main() -> None:
    """Draw the GIF of the run folder named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m docs.growing", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of a finished run")
    draw(numbers(run_folder.read(parser.parse_args().folder)), GIF)
    print(f"{GIF}: {GIF.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
