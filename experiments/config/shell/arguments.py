"""The command line before Hydra reads it: flags stand anywhere, and a wrong one is one line."""

from __future__ import annotations

import pickle
import re
import shlex
import sys
import warnings
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn

import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from ...errors import ConfigError, Problem, known_names
from .. import CONF
from ..hydra_private import flags_parser

MODES = ("run", "multirun", "cfg", "info", "shell_completion")
SHELLS = ("bash", "zsh", "fish")
# Where Hydra writes what it reads back with --experimental-rerun, and what makes it write that.
RERUN, PICKLING = "--experimental-rerun", "hydra.experimental.callbacks.PickleJobInfoCallback"
NAME_A_PICKLE = "name the config.pickle of a run's .hydra/"


def arranged(typed: Sequence[str]) -> list[str]:
    """A command line as Hydra takes it: it wants overrides side by side, and one mode.

    Raises:
        ConfigError: for a flag that is unknown, lacks its value, or leads nowhere, and where the
            working folder is gone.
    """
    check_working_folder()
    words = _with_info(typed)
    found = _parsed_flags(words)
    _check_modes(found)
    _check_folders(found)
    if found.experimental_rerun is not None:
        _check_rerun(found)
    if found.multirun:  # it wins over hydra.mode=RUN, as Hydra has it and warns of
        warnings.filterwarnings("ignore", message=r"\s*Running Hydra app", category=UserWarning)
    several = found.multirun and (found.cfg or found.info)
    if several:  # what a sweep would be composed of
        _check_one_run(found.overrides)
        found.multirun = False
        found.overrides = [*found.overrides, "hydra.mode=MULTIRUN"]
    if not several and _side_by_side(words, found.overrides) and _in_full(words):
        return words
    flags = [
        f"--{name.replace('_', '-')}" + ("" if value is True else f"={value}")
        for name, value in vars(found).items()
        if name != "overrides" and value not in (None, False)
    ]
    return [*flags, *found.overrides]


def check_working_folder() -> None:
    """Raise ConfigError where the folder that a command runs in is not there any more."""
    try:
        Path.cwd()
    except OSError as error:
        fix = "change to a folder that is there, and give the command again"
        what = f"is gone ({error.strerror})"
        raise ConfigError([Problem("working folder", what, fix)]) from error


def _with_info(typed: Sequence[str]) -> list[str]:
    """The same with --info's value named: alone it would take the override after it for one."""
    words = list(typed)
    for at, word in enumerate(words):
        after = words[at + 1 : at + 2]
        if word in ("-i", "--info") and after and "=" in after[0]:
            words[at] = "--info=all"
    return words


def _parsed_flags(words: Sequence[str]) -> Namespace:
    parser = flags_parser()
    parser.error = lambda message: _refuse_flag(message, parser)  # type: ignore[method-assign]
    return parser.parse_intermixed_args(words)


def _refuse_flag(message: str, parser: ArgumentParser) -> NoReturn:
    """What argparse found, a line a problem in place of its usage."""
    unknown = message.partition("unrecognized arguments: ")[2].split()
    if unknown:
        known = [name for name in flag_names(parser) if name.startswith("--")]
        raise ConfigError(
            Problem(flag, f"unknown flag, received {flag!r}", known_names(flag, known))
            for flag in unknown
        )
    found = re.match(r"argument ([^/:]+)[^:]*: (.*)", message)
    flag, what = found.groups() if found else ("flags", message)
    raise _refusal(flag, what, "see python run.py --hydra-help")


def flag_names(parser: ArgumentParser) -> list[str]:
    """The flags that a parser knows, short and long."""
    return [name for action in parser._actions for name in action.option_strings]


def _in_full(words: Sequence[str]) -> bool:
    """Whether no flag is cut short, as argparse lets them be."""
    known = flag_names(flags_parser())
    return all(word.partition("=")[0] in known for word in words if word.startswith("-"))


def _side_by_side(words: Sequence[str], overrides: Sequence[str]) -> bool:
    count = len(overrides)
    return any(
        list(words[at : at + count]) == list(overrides) for at in range(len(words) - count + 1)
    )


def _check_modes(found: Namespace) -> None:
    """Raises ConfigError for flags that do not go together."""
    if found.resolve and not found.cfg and not found.help:
        raise _refusal("--resolve", "is for --cfg, received without it", "add --cfg job")
    if found.package and not found.cfg:
        raise _refusal("--package", "is for --cfg, received without it", "add --cfg job")
    modes = [f"--{name.replace('_', '-')}" for name in MODES if getattr(found, name)]
    if len(modes) > 1 and set(modes) not in ({"--multirun", "--cfg"}, {"--multirun", "--info"}):
        raise _refusal(modes[0], f"does not go with {modes[1]}, received both", "choose one")
    if not found.shell_completion:
        return
    asked = [text.partition("=") for text in found.overrides]
    shells = [shell for what, _, shell in asked if what in ("install", "uninstall", "query")]
    if len(shells) != 1 or shells[0] not in SHELLS:
        received = " ".join(found.overrides) or "nothing"
        what = f"needs a shell, received {received!r}"
        fix = f"for example -sc install=bash; known: {', '.join(SHELLS)}"
        raise _refusal("--shell-completion", what, fix)


def _refusal(key: str, what: str, fix: str) -> ConfigError:
    return ConfigError([Problem(key, what, fix)])


def _check_folders(found: Namespace) -> None:
    """Raises ConfigError where --config-dir, --config-path or --config-name lead nowhere."""
    extra, name = found.config_dir, found.config_name or "config"
    file = f"{name.removesuffix('.yaml')}.yaml"
    if extra is not None and not Path(extra).is_dir():
        fix = "name the folder that holds your experiment/, dataset/ or model/"
        raise _refusal("--config-dir", f"there is no such folder, received {extra!r}", fix)
    if "://" in (found.config_path or ""):  # a package, as Hydra finds it
        return
    main = CONF if found.config_path is None else CONF.parent / found.config_path
    if main != CONF and not (main / file).is_file():
        what = f"takes the place of archlab's conf/ and holds no {file}, received {str(main)!r}"
        raise _refusal("--config-path", what, "use --config-dir, which adds a folder to conf/")
    if not any((folder / file).is_file() for folder in (main, Path(extra or main))):
        fix = "name a file of conf/, or add its folder with --config-dir"
        raise _refusal("--config-name", f"there is no {file}, received {name!r}", fix)
    if extra is not None:
        _check_hidden(main, Path(extra))


def _check_hidden(main: Path, extra: Path) -> None:
    """Raises ConfigError for files of a person's own that Hydra would pass over."""
    names = [file.relative_to(main) for file in sorted(main.rglob("*.yaml"))]
    hidden = [name for name in names if (extra / name).is_file()]
    if not hidden or extra.samefile(main):
        return
    again = _command_of(extra)
    fix = f"to repeat its run: {again}" if again else "give the file another name"
    what = "archlab has one of that name, which would be taken in its place"
    raise ConfigError(
        Problem("--config-dir", f"{what}, received {str(extra / name)!r}", fix) for name in hidden
    )


def _check_rerun(found: Namespace) -> None:
    """Raises ConfigError where there is nothing to run again; silences what Hydra then warns of."""
    file = Path(found.experimental_rerun)
    again = _command_of(file.parent, found.overrides)
    if found.overrides:
        what = f"takes no overrides, received {' '.join(found.overrides)!r}"
        fix = "leave them out" + (f", or give them here: {again}" if again else "")
        raise _refusal(RERUN, what, fix)
    if not file.is_file():
        what = f"there is no such file, received {found.experimental_rerun!r}"
        fix = f"Hydra writes config.pickle with +hydra.callbacks.pickle._target_={PICKLING}"
        raise _refusal(RERUN, what, f"to repeat the run: {again}" if again else fix)
    with file.open("rb") as stream:
        begins = stream.read(1)
    if begins != pickle.PROTO:
        what = f"is no pickle of Hydra's, received {found.experimental_rerun!r}"
        raise _refusal(RERUN, what, NAME_A_PICKLE)
    warnings.filterwarnings("ignore", message="Experimental rerun", category=UserWarning)


def _command_of(hydra: Path, more: Sequence[str] = ()) -> str:
    """The command that repeats the run of a `.hydra/`, into a new folder; '' where none tells."""
    try:
        overrides: Any = yaml.safe_load((hydra / "overrides.yaml").read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        return ""
    return shlex.join(["python", "run.py", *map(str, overrides or ()), *more])


def _check_one_run(overrides: Sequence[str]) -> None:
    """Raises ConfigError for several values where one config is to be shown."""
    problems = []
    for text in overrides:
        try:
            override = OverridesParser.create().parse_override(text)
        except HydraException:  # explained when it is composed
            continue
        if override.is_sweep_override():
            key, _, value = text.partition("=")
            fix = "name one value, or leave --cfg or --info out to run them all"
            problems.append(Problem(key, f"one config is shown, received {value!r}", fix))
    if problems:
        raise ConfigError(problems)


@contextmanager
def package_told(words: Sequence[str]) -> Iterator[None]:
    """In the block Hydra shows a config; of `--package` it writes and leaves where it finds none.

    Raises:
        ConfigError: in its place.
    """
    package = flags_parser().parse_intermixed_args(list(words)).package
    if package is None:
        yield
        return
    said = StringIO()
    try:
        with redirect_stderr(said):
            yield
    except SystemExit as leaving:
        if not leaving.code:
            raise
        fix = "name a part of what --cfg shows without it, such as model"
        what = f"there is no such part, received {package!r}"
        raise _refusal("--package", what, fix) from None
    sys.stderr.write(said.getvalue())
