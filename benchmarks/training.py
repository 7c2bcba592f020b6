"""The rows that train a few runs: one, all presets, the default; and answers without training."""

from __future__ import annotations

import re
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import peers
from .limits import machine, operations, size_of
from .process import COLD, ROOT, Cost, python
from .table import Point, Rounds, Row, rounds
from .work import ONE, Size

QUICK = {
    "`run.py --help`": (["run.py", "--help"], 0),
    "`run.py --cfg job`": (["run.py", "--cfg", "job"], 0),
    "`run.py training.epochs=ten`, refused": (["run.py", "training.epochs=ten"], 2),
}


def quick_answers(size: Size) -> Iterator[Row]:
    """Whole processes that answer without training."""
    limit = machine(size).needs(tensorflow=False)
    for name, (command, code) in QUICK.items():
        ours = rounds(python(command, [code]).cost for _ in range(size.rounds))
        yield Row(name, ours, limit=limit)


def again(size: Size) -> Iterator[Row]:
    """The default run, asked for once more where it was just made, in its default place."""
    command = [str(ROOT / "run.py"), *size.own]
    found = []
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        python(command, cwd=place)
        before = size_of(place)
        for _ in range(size.rounds):
            found.append(python(command, cwd=place).cost)
        written = (size_of(place) - before) / size.rounds
    yield Row(
        "`python run.py` again",
        rounds(found),
        most=5.5,
        note="whole process in the default place, after a first one there",
        limit=machine(size).needs(operations((" ".join(size.own),)), written),
    )


def one_run(size: Size) -> Iterator[Row]:
    """One preset, one repeat; bare Keras trains as many epochs as its note says."""
    job = f"experiment={ONE}"
    command = ["run.py", job, "training.repeats=1", *size.own]
    ours, kept, theirs, written, bytes_ = [], [], [], [], 0.0
    for _ in range(size.rounds):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "run"
            ours.append(python([*command, COLD, f"hydra.run.dir={folder}"]).cost)
            written.append(written_seconds(folder))
            bytes_ = size_of(folder)
            for name in ("first", "second"):
                took = python([*command, f"hydra.run.dir={temporary}/{name}"])
            kept.append(took.cost)
        theirs.append(peers.keras([job], size.one_epochs).all())
    yield Row(
        f"`experiment={ONE} training.repeats=1`",
        rounds(ours),
        rounds(theirs),
        7,
        note=f"nothing compiled before; bare Keras: {size.one_epochs} epochs, scaled up to all",
        limit=machine(size).needs(operations((" ".join(command[1:]),)), bytes_),
    )
    yield Row("the same with kept programs", rounds(kept), rounds(theirs), note="after a first")
    note = "from `run.log`"
    yield Row("of that, last epoch to finished folder", Rounds(tuple(written)), note=note)


def presets(size: Size) -> Iterator[Row]:
    """All network presets as one sweep, once and five times each; the peer has one process."""
    jobs = [f"experiment={name}" for name in size.presets]
    command = ["run.py", "-m", f"experiment={','.join(size.presets)}", *size.own]
    wanted = {1: 28, 5: 130}
    ours: dict[int, list[Cost]] = {repeats: [] for repeats in wanted}
    kept: dict[int, list[Cost]] = {repeats: [] for repeats in wanted}
    bytes_: dict[int, float] = {}
    theirs = []
    for number in range(size.rounds):
        for repeats in wanted:
            with tempfile.TemporaryDirectory() as temporary:
                asked = [*command, f"training.repeats={repeats}"]
                ours[repeats].append(python([*asked, COLD, _sweep(temporary, "cold")]).cost)
                bytes_[repeats] = size_of(Path(temporary))
                if not number:
                    python([*asked, _sweep(temporary, "first")])
                kept[repeats].append(python([*asked, _sweep(temporary, "kept")]).cost)
        theirs.append(peers.keras(jobs, size.peer_epochs))
    for repeats, least in wanted.items():
        own = (*size.own, f"training.repeats={repeats}")
        peer = rounds(peer.all(repeats) for peer in theirs)
        yield Row(
            f"all {len(jobs)} network presets, {repeats} repeat{'s' * (repeats > 1)}",
            rounds(ours[repeats]),
            peer,
            least,
            note="one sweep, nothing compiled before; bare Keras: imports once and "
            f"{size.peer_epochs} epochs of each preset, scaled up to all epochs"
            + (f" and {repeats} repeats" * (repeats > 1)),
            limit=machine(size).needs(
                operations(tuple(" ".join([job, *own]) for job in jobs)), bytes_[repeats]
            ),
        )
        yield Row("the same with kept programs", rounds(kept[repeats]), peer, note="after a first")


def _sweep(place: str, name: str) -> str:
    return f"hydra.sweep.dir={place}/{name}"


def per_network(size: Size) -> Iterator[Row]:
    """One small run with more and more repeats: whole processes, over the number of networks."""
    job = ["dataset=sine", "model.depth=2", "model.width=5", "training.epochs=100", COLD]
    peak = 0.0
    for networks in size.networks:
        asked, found, bytes_ = [*job, f"training.repeats={networks}"], [], 0.0
        for _ in range(size.rounds):
            with tempfile.TemporaryDirectory() as temporary:
                found.append(python(["run.py", *asked, f"hydra.run.dir={temporary}/run"]))
                bytes_ = size_of(Path(temporary))
        memory = max(took.gigabytes for took in found)
        cpu = statistics.median(took.cpu_seconds for took in found)
        whole = rounds(took.cost for took in found)
        limit = machine(size).needs(operations((" ".join(asked),)), bytes_)
        yield Row(
            f"{networks:,} networks, each",
            rounds((took.cost for took in found), 1000 / networks),
            most=3.5 if networks >= 10_000 else None,
            unit="ms",
            note=f"{whole.middle:.1f} s and {memory:.2f} GB in all",
            limit=1000 * limit / networks,
            point=Point("networks", networks, cpu, memory),
        )
        peak = max(peak, memory)
    note = "of the largest process"
    yield Row("memory at most in those", Rounds((peak,)), most=3, unit="GB", note=note)


def written_seconds(folder: Path) -> float:
    """Seconds from the last epoch to the finished folder, as the run's log says."""
    said = re.findall(r"folder written in ([\d.]+) seconds", (folder / "run.log").read_text())
    return float(said[-1])
