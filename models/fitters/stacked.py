"""The stacked engine: repeats and runs of like size trained side by side as compiled programs.

Each repeat of each task is a member: `plan` says which are trained together, `padding` makes their
arrays of one shape, `program` is what is compiled. Calls run concurrently on the cores there are.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import replace
from threading import Event, Lock
from typing import Any

import numpy as np

from ..activations import ACTIVATIONS
from ..optimizers import OPTIMIZERS
from ..task import Fit, RepeatFit, Task, assemble, thinned
from . import padding, plan, program, stopping
from .arrays import Inputs, Outputs, Shape, State
from .compilation_cache import PROGRAMS
from .plan import Member
from .protocol import Fitted, OnEpochs, OnPrograms

# More than these would keep the cores waiting.
TRACED_FIRST = 6


def obstacle(task: Task) -> str:
    """Why the stacked engine cannot train a task, in a sentence; empty if it can."""
    name = task.training.optimizer
    if name not in OPTIMIZERS or OPTIMIZERS[name].step is None:
        return f"the stacked engine has no compiled step of the optimizer {name}"
    unknown = {layer.activation for layer in task.model.layers} - {*ACTIVATIONS}
    if unknown:
        return f"the stacked engine has no compiled form of {', '.join(sorted(unknown))}"
    return ""


def fit(
    tasks: Sequence[Task],
    on_epochs: OnEpochs,
    members_per_call: int | None = None,
    on_programs: OnPrograms | None = None,
) -> Iterator[Fitted]:
    """The fitter, see `Fitter`; a call of a program has two members at least."""
    found: dict[int, _FitUnderWay] = {}
    failed: set[int] = set()
    interrupt: BaseException | None = None
    stop = Event()
    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    calls: dict[Future[tuple[list[RepeatFit], float]], list[Member]] = {}
    try:
        # Within the try: Ctrl-C while threads start would leave those that run without a word.
        planned = plan.calls_for(tasks, members_per_call)
        _trace_first(planned)
        told = (on_epochs, _Programs({shape for shape, _ in planned}, on_programs), stop)
        for call in planned:
            calls[pool.submit(_timed_call, *call, *told)] = call[1]
        for done in as_completed([*calls]):
            members = calls.pop(done)
            indices = {member.task_index for member in members} - failed
            try:
                results, took = done.result()
            except Exception as error:  # the other calls go on
                failed |= indices
                yield from ((index, error) for index in sorted(indices))
                continue
            except BaseException as error:  # Ctrl-C; calls that had not begun then end with it too
                interrupt = interrupt or error
                stop.set()
                continue
            for index in {member.task_index for member in members} - found.keys():
                found[index] = _FitUnderWay(tasks[index])
            for member, result in zip(members, results, strict=True):
                found[member.task_index].add(member.repeat, result, took / len(results))
            whole = [k for k in sorted(indices) if not found[k].missing]
            yield from ((k, found.pop(k).fit()) for k in whole)
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
    if interrupt is not None:
        raise interrupt


class _FitUnderWay:
    """The fit of a task whose repeats come one by one; their predictions are kept once."""

    def __init__(self, task: Task) -> None:
        self.thin, self.first = task.thin, task.first_repeat
        self.parts: list[RepeatFit | None] = [None] * task.repeats
        self.missing, self.seconds = task.repeats, 0.0
        self.prediction_RxN = np.empty((task.repeats, len(task.y_N)))

    def add(self, repeat: int, one: RepeatFit, seconds: float) -> None:
        """One more of its repeats."""
        place = repeat - self.first
        self.prediction_RxN[place] = one.prediction_N
        one = replace(one, prediction_N=self.prediction_RxN[place])
        self.parts[place] = thinned(one) if self.thin else one
        self.missing -= 1
        self.seconds += seconds

    def fit(self) -> Fit:
        """All of them."""
        parts = [one for one in self.parts if one is not None]
        return assemble(parts, self.seconds, self.prediction_RxN)


def _trace_first(planned: Sequence[tuple[Shape, list[Member]]]) -> None:
    """Trace the first programs one after the other, before any other thread makes a tensor.

    TensorFlow numbers what it traces and every tensor alike, and the numbers are part of a program:
    traced side by side they would be others each time, and no kept program would be found again.
    """
    import tensorflow as tf

    firsts: dict[Shape, Member] = {}
    for shape, members in planned:
        firsts.setdefault(shape, members[0])
    for shape, member in [*firsts.items()][:TRACED_FIRST]:
        filled = [member] * shape.members
        with suppress(Exception):  # its call meets it again, and fails alone
            arrays = padding.inputs(shape, filled, 0, 0), padding.first_state(shape, filled)
            like = tf.nest.map_structure(lambda one: tf.TensorSpec(one.shape, one.dtype), arrays)
            program.compiled(shape).get_concrete_function(*like)


class _Programs:
    """Tells how many of a fit's programs have run, and so are compiled; calls run in threads."""

    def __init__(self, shapes: set[Shape], tell: OnPrograms | None) -> None:
        self.count, self.waiting, self.tell = len(shapes), shapes, tell
        self.lock = Lock()
        if tell is not None:
            tell(0, self.count)

    def ran(self, shape: Shape) -> None:
        """The program of a shape has run."""
        with self.lock:
            if shape not in self.waiting:
                return
            self.waiting.remove(shape)
            PROGRAMS.keep()
            if self.tell is not None:
                self.tell(self.count - len(self.waiting), self.count)


def _timed_call(*arguments: Any) -> tuple[list[RepeatFit], float]:
    started = time.perf_counter()
    return _call(*arguments), time.perf_counter() - started


def _call(
    shape: Shape, members: list[Member], on_epochs: OnEpochs, programs: _Programs, stop: Event
) -> list[RepeatFit]:
    """Train the members of one call, in as many parts as their schedule is long."""
    # Silent partners: copies that fill the call up, and are thrown away.
    filled = [*members, *[members[0]] * (shape.members - len(members))]
    epochs, most = members[0].task.epochs, _epochs_at_once(shape, members[0].task)
    state: Any = padding.first_state(shape, filled)
    patient = "patience" in shape.options
    parts: list[Outputs] = []
    for begin in range(0, max(epochs, 1), most):
        if stop.is_set():
            raise KeyboardInterrupt
        end = min(begin + most, epochs)
        state, outputs = _run(shape, padding.inputs(shape, filled, begin, end), state)
        count = len(padding.snapshots_between(epochs, begin, end))
        if parts:  # of the state the last one is read, and it can be large
            parts[-1] = parts[-1]._replace(state=None)
        parts.append(outputs._replace(snapshots_CxMxR=outputs.snapshots_CxMxR[:count].copy()))
        programs.ran(shape)
        on_epochs((end - begin) * len(members))
        if patient and not outputs.state.running_M.any():
            on_epochs((epochs - end) * len(members))
            break
    last = None
    if patient:
        # No epochs: the program only looks at the weights that were restored.
        _, last = _run(shape, padding.inputs(shape, filled, 0, 0), stopping.restored(state))
        last = last._replace(snapshots_CxMxR=last.snapshots_CxMxR[:1])
    return [padding.result(shape, member, m, parts, last) for m, member in enumerate(members)]


def _run(shape: Shape, inputs: Inputs, state: State) -> tuple[State, Outputs]:
    """One call of the program: the state that it leaves, as tensors, and all of it in NumPy."""
    import tensorflow as tf

    train = program.compiled(shape)
    tensors = tf.nest.map_structure(tf.convert_to_tensor, (inputs, state))
    try:
        outputs = train(*tensors)
    except tf.errors.OpError:
        if not PROGRAMS.make_way():
            raise
        outputs = train(*tensors)
    return outputs.state, tf.nest.map_structure(lambda tensor: tensor.numpy(), outputs)


def _epochs_at_once(shape: Shape, task: Task) -> int:
    """Epochs in one call of the program: what it was compiled for, or a few seconds' worth.

    Between calls a training tells how far it is, and can be stopped.
    """
    steps = -(-len(task.train_T) // task.training.batch_size)
    seconds = plan.step_seconds(shape, len(task.model.layers), shape.members)
    worth = int(plan.CALL_SECONDS / (steps * seconds))
    return max(1, min(worth, shape.epochs or 1))
