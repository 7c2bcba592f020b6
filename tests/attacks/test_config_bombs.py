"""Small files of configs that stand for more than any memory holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from experiments.config.explain import composed, find_problems
from experiments.config.trust.bounds import CONFIG_VALUES, FILE_BYTES, check_file
from experiments.errors import ConfigError
from tests.conftest import ROOT

LEVELS = range(1, 20)
LAUGHS = "x0: &x0 [1, 2, 3]\n" + "".join(
    f"x{k}: &x{k} [{', '.join([f'*x{k - 1}'] * 9)}]\n" for k in LEVELS
)
# Values of which each names the next four times.
NAMED = "".join(f"  v{k - 1}: '{f'${{dataset.v{k}}}' * 4}'\n" for k in LEVELS)
FILES = {
    "anchors": (LAUGHS + "model: {width: *x19}\n", "is too large for a config"),
    "itself": ("model: &m {width: [*m]}\n", "received values nested without end"),
    "deep": (f"model: {{width: {'[' * 6000}5{']' * 6000}}}\n", "nested without end"),
    "many": (f"model: {{width: [{'5, ' * 40_000}5]}}\n", "values, its anchors written out"),
    "long": (f"# {'x' * FILE_BYTES}\n", f"bytes; leave it at {CONFIG_VALUES:,} values"),
    "interpolations": (f"dataset:\n{NAMED}  v19: x\n", "grows beyond all bounds"),
}


@pytest.fixture
def chosen(tmp_path: Path) -> Callable[[str], list[str]]:
    """chosen(text) -> the overrides that choose a preset with that text."""

    def choose(text: str) -> list[str]:
        (tmp_path / "experiment").mkdir()
        content = f"# @package _global_\n{text}"
        (tmp_path / "experiment" / "theirs.yaml").write_text(content)
        return [f"hydra.searchpath=[file://{tmp_path}]", "experiment=theirs"]

    return choose


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_grows_is_one_line_at_once(
    chosen: Callable[[str], list[str]], name: str
) -> None:
    text, said = FILES[name]
    begun = time.monotonic()
    with pytest.raises(ConfigError) as refused:
        composed(chosen(text))
    assert said in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("text", ["model: {width: !!set {a, b}}\n", "model: {null: 1}\n"])
def test_what_hydra_refuses_without_words_has_a_reason(
    chosen: Callable[[str], list[str]], text: str
) -> None:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        (problem,) = find_problems(lambda own: compose("config", overrides=own), chosen(text))
    assert problem.key == "experiment"
    assert "Exception" not in problem.what


def test_files_of_honest_size_are_read(tmp_path: Path) -> None:
    path = tmp_path / "honest.yaml"
    path.write_text("a: &a [1, 2]\nb: [*a, *a]\nc: [" + "1, " * (CONFIG_VALUES - 100) + "1]\n")
    check_file(path)
    path.write_text("a: [1, 2")
    check_file(path)  # Hydra says what is wrong with it
