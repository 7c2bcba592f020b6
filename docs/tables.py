"""The tables of the documentation, made from the registries, and where they stand in its pages.

A page asks for one with a comment, `<!-- table: keys training -->`, and what follows up to
`<!-- end -->` is written by `python -m docs`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from omegaconf import OmegaConf

from datasets import DATASETS, Synthetic, load
from experiments.config.explain import composed
from experiments.config.field_text import fields, wanted
from experiments.config.help.course import course
from experiments.config.search.settings import SearchSettings
from experiments.export.destinations import destination_module, destination_names
from experiments.lessons import drawings
from experiments.lessons.arguments import ARGUMENTS
from experiments.lessons.checks import CHECKS
from experiments.plots import DIAGRAM, NETWORK, diagram, network, pictures
from experiments.report import exports
from experiments.scoring.metrics import METRICS
from experiments.scoring.references import REFERENCES
from models import MODELS, Network, Training

from . import keys

FOLDER = Path(__file__).parent
PAGES = sorted(FOLDER.glob("*.md"))
CONF = FOLDER.parent / "conf"
MARK = re.compile(r"(<!-- table: ([\w ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(text: str) -> str:
    """A page with every table as the code has it now.

    Raises:
        KeyError: where a page asks for a table that there is none of.
    """
    return MARK.sub(lambda found: found[1] + made(found[2]) + found[3], text)


@cache
def made(name: str) -> str:
    """A table by the words that a page asks for it with: its name, and arguments."""
    name, *arguments = name.split()
    return TABLES[name](*arguments)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in r] for r in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def first_line(of: Any) -> str:
    """What a docstring says first, without the full stop."""
    return cleandoc(of.__doc__ or "").partition("\n")[0].rstrip(".")


def names(group: str) -> list[str]:
    """The names that a group of the config has."""
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def key_table(section: str) -> str:
    """Every key of a section: default, what it may be, what it is."""
    found = keys.keys(section)
    return table(
        ("key", "default", "may be", "what"),
        ((f"`{key.name}`", key.default, key.allowed, key.what) for key in found),
    )


def gate_keys() -> str:
    """The keys of a gate, with the defaults of a check and of an update."""
    rows = ((f"`{key.name}`", *key.defaults, key.what) for key in keys.gate_keys())
    return table(("key", "`gate=check`", "`gate=update`", "what"), rows)


def search_keys() -> str:
    """The keys of a search, with their defaults."""
    defaults = _loaded("hydra/sweeper", "optuna")
    found = fields(SearchSettings)
    rows = (
        (f"`hydra.sweeper.{name}`", _plain(defaults[name]), wanted(SearchSettings, name), what)
        for name, what in ((name, field.description or "") for name, field in found.items())
    )
    return table(("key", "default", "may be", "what"), rows)


def _plain(value: Any) -> str:
    return f"`{'null' if value is None else value}`"


def presets() -> str:
    """Every preset, as the config that it makes."""
    rows = []
    for name in names("experiment"):
        config = composed([f"experiment={name}"])
        training = config.training
        trained = config.model.trained
        numbers = (f"{training.learning_rate:g}", f"{training.epochs:,}") if trained else ("", "")
        share = f"{config.split.fraction:g}"
        rows.append((f"`{name}`", _dataset_of(name), config.model.label, *numbers, share))
    heads = ("`experiment=`", "dataset", "model", "learning rate", "epochs", "validation")
    return table(heads, rows)


def _dataset_of(preset: str) -> str:
    """The name of the dataset that a preset chooses."""
    chosen = _loaded("experiment", preset)["defaults"]
    names = [one["override /dataset"] for one in chosen if "override /dataset" in one]
    return str(names[0]) if names else str(composed([f"experiment={preset}"]).dataset.kind)


def datasets() -> str:
    """Every dataset of the config, with what is known of its optimum."""
    rows = []
    for name in names("dataset"):
        tree = _loaded("dataset", name)
        kind = tree.get("kind") or tree.get("dataset", {}).get("kind")
        source = DATASETS.get(kind)
        if source and issubclass(source.spec, Synthetic):
            data = load(source.spec(**tree))
            best = "known" if data.optimum_N is not None else "unknown"
            floor = "unknown" if data.noise_floor is None else f"{data.noise_floor:.6g}"
            rows.append((f"`{name}`", data.description, f"{len(data.y_N):,}", best, floor))
        else:
            rows.append((f"`{name}`", _about("dataset", name), "", "unknown", "unknown"))
    heads = ("`dataset=`", "what", "rows", "Bayes-optimal prediction", "noise floor")
    return table(heads, rows)


def _loaded(group: str, name: str) -> dict[str, Any]:
    """A config file as plain data, interpolations as written."""
    tree = OmegaConf.to_container(OmegaConf.load(CONF / group / f"{name}.yaml"))
    assert isinstance(tree, dict)
    return {str(key): value for key, value in tree.items()}


def _about(group: str, name: str) -> str:
    """What the comment below a config file's command says."""
    lines = (CONF / group / f"{name}.yaml").read_text("utf-8").splitlines()
    comments = [line.lstrip("# ") for line in lines if line.startswith("# ")]
    return next((line for line in comments if not line.startswith(("python", "@"))), "")


def models() -> str:
    """Every kind of model."""
    trained = {True: "step by step, from seeds", False: "solved at once"}
    rows = ((f"`{k}`", first_line(spec), trained[bool(spec.trained)]) for k, spec in MODELS.items())
    return table(("`model.kind`", "what", "trained"), rows)


def choices() -> str:
    """Every key of model and training that chooses by name, with all of its names."""
    rows = []
    for section, spec in (("model", Network), ("training", Training)):
        hints = get_type_hints(spec, include_extras=True)
        for field in fields(spec):
            found = _literals(hints[field])
            if len(found) > 1 and field != "kind":
                named = ", ".join(f"`{name}`" for name in found)
                rows.append((f"`{section}.{field}`", named, fields(spec)[field].description or ""))
    return table(("key", "names", "what"), rows)


def _literals(annotation: Any) -> list[str]:
    """The names that a type allows, wherever in it they stand."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return list(dict.fromkeys(n for part in get_args(annotation) for n in _literals(part)))


def metrics() -> str:
    """Every metric."""
    rows = ((f"`{n}`", one.title, one.meaning, one.unit, one.best) for n, one in METRICS.items())
    return table(("name", "title", "what", "unit", "best"), rows)


def references() -> str:
    """Every reference predictor."""
    rows = ((f"`{name}`", one.title, one.meaning) for name, one in REFERENCES.items())
    return table(("name", "title", "what"), rows)


def picture_table() -> str:
    """Every picture of a run."""
    found = [*pictures.by_name().items(), (NETWORK, network), (DIAGRAM, diagram)]
    return table(("file", "what"), ((f"`{n}.png`", _after_colon(one)) for n, one in found))


def export_table() -> str:
    """Every file that a comparison is written out as."""
    found = exports.exporters().values()
    return table(("file", "what"), ((f"`{one.FILE}`", _after_colon(one)) for one in found))


def destination_table() -> str:
    """Every destination that finished runs can be sent to."""
    found = ((name, destination_module(name)) for name in destination_names())
    rows = ((f"`{name}`", first_line(one), _pip(one.DESTINATION.needs)) for name, one in found)
    return table(("destination", "what is there", "needs"), rows)


def _pip(library: str) -> str:
    return f"`python -m pip install {library}`" if library else ""


def _after_colon(module: Any) -> str:
    """`how the loss fell` of a docstring that says `loss_curves.png: how the loss fell`."""
    return first_line(module).partition(": ")[2]


def lessons() -> str:
    """Every lesson in teaching order: its title, and what it compares."""
    rows = ((f"`{entry.name}`", entry.title, entry.compared) for entry in course())
    return table(("`lesson=`", "title", "what is compared"), rows)


def drawing_table() -> str:
    """Every drawing that a lesson can have of its own."""
    found = drawings.drawings_by_name().items()
    return table(("`drawing:`", "what"), ((f"`{name}`", first_line(one)) for name, one in found))


def checks() -> str:
    """Every check that a lesson can make, and its arguments."""
    rows = []
    for name, check in CHECKS.items():
        arguments = ", ".join(f"`{field}`" for field in fields(ARGUMENTS[name]))
        rows.append((f"`{name}`", first_line(check), arguments))
    return table(("`check:`", "what it looks at", "arguments"), rows)


TABLES: dict[str, Callable[..., str]] = {
    "keys": key_table,
    "gate": gate_keys,
    "search": search_keys,
    "presets": presets,
    "datasets": datasets,
    "models": models,
    "choices": choices,
    "metrics": metrics,
    "references": references,
    "pictures": picture_table,
    "exports": export_table,
    "destinations": destination_table,
    "lessons": lessons,
    "checks": checks,
    "drawings": drawing_table,
}
