"""The jobs of a sweep are composed as Hydra would compose each by itself."""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import sha256

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser

from experiments.config import CONF, jobs
from experiments.config.explain import composed
from experiments.config.jobs import Jobs, check_jobs
from experiments.errors import ConfigError

TEXTS = (
    *("a.b=0", "a.b=-0", "a.b=12", "a.b=-7", "a.b=007", "a.b=1_000", "a.b=+5", "a.b=9" + "9" * 40),
    *("a.b=0.5", "a.b=-0.0", "a.b=1e3", "a.b=1e-05", "a.b=1.5e-3", "a.b=1E3", "a.b=.5", "a.b=5."),
    *("a.b=01.5", "a.b=relu", "a.b=_x1", "a.b=True", "a.b=null", "a.b=Inf", "a.b=NaN", "a.b=-inf"),
    *("a.b=true1", "a.b=1x", "a.b=e5", "a.b=x-y", "a.b=x y", "a.b= 5", "a.b=5 ", "a.b='5'"),
    *("a.b=[1,2]", "a.b=${c.d}", "a.b=", "+a.b=1", "++a.b=1", "~a.b", "a=1", "a/b=c", "A.b=1"),
    *("a.b.c=1", "a.0=1", "a.b=１", "a.b=é"),
)
COMMAND_LINES = (
    ["model.depth=3", "model.width=20", "model.activation=tanh", "training.learning_rate=1e-3"],
    ["dataset=cubic", "training.seed=7", "split.fraction=0.3", "dataset.noise=5"],
    ["model=pinv", "training.seed=3"],
    ["model.kind=pinv"],
    ["model.width=[9,17,4]", "model.activation=[tanh,relu,sigmoid]"],
    ["model.width=[9,17,4]", "model.depth=3"],
    ["experiment=sine_deep", "model.activation=relu"],
    ["training.vary=[split]", "split.how=shuffled"],
    ["training.seed=${dataset.seed}", "dataset.seed=5"],
    ["dataset.bias=-0.0", "training.repeats=auto"],
)
BAD = (
    ["training.epochs=-1", "model.width=0", "split.fraction=2"],
    ["model.width=[1,2]", "model.depth=3"],
    ["dataset.n_samples=2", "split.fraction=0.9"],
    ["training.vary=[split]"],
    ["model.kind=nothing"],
    ["model=pinv", "model.depth=3"],
)


def parsed(parse, text):
    """What a parser makes of a text, or the kind of its refusal."""
    try:
        found = parse(text)
    except Exception as error:
        return type(error)
    return repr(found), repr(found.value()), type(found.value())


@pytest.mark.parametrize("text", TEXTS)
def test_an_override_is_what_hydra_parses(text):
    assert parsed(jobs._parsed_one, text) == parsed(OverridesParser.create().parse_override, text)


def checked_together(overrides):
    """The configs of the jobs of one sweep."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        made = Jobs(lambda chosen: compose("config", chosen, return_hydra_config=True))
        return check_jobs(made, overrides)


def test_jobs_that_share_sections_are_what_each_is_by_itself():
    alone = [repr(composed(texts)) for texts in COMMAND_LINES]
    found = checked_together([*COMMAND_LINES, *COMMAND_LINES[::-1]])
    assert [repr(config) for config in found] == [*alone, *alone[::-1]]


def test_all_that_is_wrong_with_any_job_is_told_as_of_each_by_itself():
    every = []
    for texts in BAD:
        with pytest.raises(ConfigError) as alone:
            composed(texts)
        every += [problem for problem in alone.value.problems if problem not in every]
    with pytest.raises(ConfigError) as found:
        checked_together([COMMAND_LINES[0], *BAD, COMMAND_LINES[1]])
    assert list(found.value.problems) == every


@pytest.mark.parametrize("texts", COMMAND_LINES)
def test_a_fingerprint_is_that_of_the_whole_tree(texts):
    config = composed(texts)
    whole = json.dumps(asdict(config), sort_keys=True).encode()
    assert config.fingerprint() == sha256(whole).hexdigest()
