"""The door: `python run.py [key=value ...]`, with `-m` for a sweep. See `python run.py --help`."""

from __future__ import annotations

from experiments import ctrl_c

if __name__ == "__main__":
    ctrl_c.loading()

import gc
import logging
import os
import sys
from collections.abc import Callable

import hydra
from omegaconf import DictConfig

from experiments.config import resolvers  # noqa: F401, registered before Hydra composes
from experiments.config.shell.arguments import arranged, package_told
from experiments.config.shell.environment import with_environment
from experiments.config.trust import without_allowing
from experiments.runner.endings import exit_code, hydra_value
from experiments.runner.session import Session, current, session
from experiments.storage.outcome import Outcome
from experiments.terminal.signals import leave_on_signals
from experiments.terminal.streams import unheard_streams

full_error = os.environ.get("HYDRA_FULL_ERROR") == "1"

# After how many new objects Python looks for what refers to itself, and how many such looks at
# what was in use before. By default 700 and 10, but of the million made at the start most stay.
COLLECTIONS = 10_000, 2
SHOWING = {
    "-h",
    "--help",
    "--hydra-help",
    "--info",
    "-i",
    "--cfg",
    "-c",
}  # flags that train nothing


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def train(cfg: DictConfig) -> float:
    """One run, and its score: a single one, or a job of another launcher than ours.

    Such launchers may call it in worker processes, where no session is held.
    """
    held = current() or Session(full_error)
    held.line.say("loading libraries")
    from experiments.config.compose import current_job, from_hydra, where_started
    from experiments.runner.run import run
    from experiments.storage.run_folder import REPORT

    job = current_job()

    def trained() -> Outcome:
        config = held.config(job.number) or from_hydra(cfg, job.overrides)
        return run(config, job.folder, job.overrides, job.in_sweep, held.line)

    with where_started():
        outcome = held.attempt(trained)
    if not job.in_sweep:
        held.page = job.folder / REPORT
    return hydra_value(outcome)


def asks_for_help(arguments: list[str]) -> bool:
    """Whether a command line asks for help, and sets no other flag of Hydra's."""
    flags = {text for text in arguments if text.startswith("-")}
    return bool(flags) and flags <= {"-h", "--help"}


def print_help() -> None:
    """What can be set and chosen."""
    from experiments.config.compose import help_page

    print(help_page(sys.argv[1:]))


def main() -> int:
    """Run Hydra, and turn what happened into an exit code and at most a line a problem."""
    gc.set_threshold(*COLLECTIONS)
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra then raises instead of printing and leaving
    logging.raiseExceptions = False  # a closed terminal is no reason to fail
    ctrl_c.working()
    leaving = leave_on_signals()  # after `working`, to which it hands what it does not take
    with unheard_streams(), session(full_error, leaving) as held:
        try:
            explained(held, asked)
        finally:  # also where a signal ends it
            if held.sweep is not None:
                explained(held, lambda: end_sweep(held))
        if held.opens:
            explained(held, lambda: open_page_of(held))
        ctrl_c.ended()
    return exit_code(held.outcomes, held.conclusion)


def asked() -> None:
    """What the command line asks for."""
    sys.argv[1:] = with_environment(without_allowing(arranged(sys.argv[1:])))
    if {"-sc", "--shell-completion"} & set(sys.argv):
        from experiments.config.shell import completion

        told = completion.answer(sys.argv[1:])
        if told is not None:
            print(told)
            return
    if SHOWING & {text.partition("=")[0] for text in sys.argv[1:]}:
        with package_told(sys.argv[1:]):
            print_help() if asks_for_help(sys.argv[1:]) else train()
    else:
        train()


def end_sweep(held: Session) -> None:
    """End the sweep that is under way."""
    from experiments.runner import conclusion

    assert held.sweep is not None
    held.conclusion = conclusion.conclude(held.sweep, held.line)
    held.page = held.conclusion.page


def open_page_of(held: Session) -> None:
    """Open the page that was written, if there is one."""
    from experiments.terminal import console, open_page

    if held.page is not None and held.page.is_file():
        open_page(held.page, console())


def explained(held: Session, what: Callable[[], object]) -> None:
    """Do it; whatever ends it becomes an outcome, and at most a line a problem."""
    try:
        what()
    except (Exception, KeyboardInterrupt) as error:
        if ctrl_c.is_interrupt(error):  # libraries that it kept from loading load no second time
            outcome = Outcome("interrupted")
        else:
            from experiments.config.explain import explain

            outcome = explain(error, sys.argv[1:])
        held.tell(error, outcome)
        held.outcomes.append(outcome)


if __name__ == "__main__":
    code = main()
    gc.freeze()  # or Python would look for what refers to itself in all that it is about to leave
    sys.exit(code)
