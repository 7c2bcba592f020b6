"""Folders damaged at random: whatever reads them refuses in its own words, and writes nowhere else.

A failure names its number; the same number makes the same damage.
"""

from __future__ import annotations

import json
import random
import shutil
from contextlib import suppress

import pytest

from experiments import report
from experiments.errors import ArchlabError
from experiments.saved_model import load_network
from experiments.storage import run_folder, sweep_folder
from tests.attacks.damages import keras
from tests.attacks.stamps import stamp

RUN = "0000-depth-1"
QUICK, MANY = 25, 500
ODD = [
    *(None, True, -1, 0, 1, 3, 10**6, 2**63, 10**400, 0.5, -0.0, 1e308, 5e-324),
    *("", "x", "0", "\x00", "é" * 300, "=1+1", "<script>", "../../x", "%s{}", "nan"),
    *([], {}, [[]], [None], ["x"] * 3, [1.0] * 3, {"a": {"b": []}}, [{"a": 1}], {"": None}),
]
FILL = (b"\x00", b"\xff", b'"', b",", b"\n", b"9" * 400, b"-", b"[")
TEXTS = ("status.json", "metrics.json", "history.csv", "predictions.csv", "model.txt")
FILES = (*TEXTS, "snapshots.npz", "grid.npz", "model.keras")


def change_tree(rng, tree):
    """Replace, drop, double or swap something somewhere in a tree of JSON."""
    at, above = tree, []
    while isinstance(at, dict | list) and at and (not above or rng.random() < 0.75):
        key = rng.choice([*at]) if isinstance(at, dict) else rng.randrange(len(at))
        above.append((at, key))
        at = at[key]
    if not above:
        return rng.choice(ODD)
    holder, key = above[-1]
    way = rng.randrange(4)
    if way == 0:
        del holder[key]
    elif way == 1 and isinstance(holder, list):
        holder.append(holder[key])
    elif way == 2 and isinstance(holder, dict):
        holder[str(rng.choice(ODD))[:50]] = holder.pop(key)
    else:
        holder[key] = rng.choice(ODD)
    return tree


def change_bytes(rng, content):
    """Flip, cut, double or fill some bytes."""
    content = bytearray(content)
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(content) + 1)
        way = rng.randrange(4)
        if way == 0 and at < len(content):
            content[at] = rng.randrange(256)
        elif way == 1:
            del content[at : at + rng.randint(1, 100)]
        elif way == 2:
            content[at:at] = content[at : at + 100]
        else:
            content[at:at] = rng.choice(
                [b"\x00", b"\xff", b'"', b",", b"\n", b"9" * 400, b"-", b"["]
            )
    return bytes(content)


def damage(rng, run):
    """Change one to three files of a run; mostly so that its status fits again."""
    for name in rng.choices(FILES, k=rng.randint(1, 3)):
        path = run / name
        if name.endswith(".json") and rng.random() < 0.8:
            try:
                tree = json.loads(path.read_text())
            except ValueError:  # it was damaged before
                continue
            for _ in range(rng.randint(1, 3)):
                tree = change_tree(rng, tree)
            path.write_text(json.dumps(tree))
        elif name == "model.keras" and rng.random() < 0.7:
            with suppress(Exception):  # it was damaged before
                keras(run, change_tree=lambda tree: change_tree(rng, tree))
        else:
            path.write_bytes(change_bytes(rng, path.read_bytes()))
    if rng.random() < 0.9:
        with suppress(Exception):  # a status that lists no files
            stamp(run)


def look(sweep):
    """All that reads a folder, but for what draws."""
    run = sweep / RUN
    comparison = report.compare(sweep)
    assert {row.folder: row.state for row in comparison.rows}["0001-depth-2"] == "done"
    for read in (
        lambda: run_folder.read(run),
        lambda: load_network(run),
        lambda: run_folder.state(run),
        lambda: sweep_folder.finished(run, "", ""),
        lambda: sweep_folder.held_sweep(sweep),
    ):
        try:
            read()
        except ArchlabError as error:
            assert len(str(error).splitlines()) == len(error.problems)
        except FileNotFoundError:
            pass


def attack(number, pristine, tmp_path):
    rng = random.Random(number)
    sweep = tmp_path / str(number)
    shutil.copytree(pristine, sweep)
    damage(rng, sweep / RUN)
    if rng.random() < 0.3:
        path = sweep / "sweep.json"
        path.write_text(json.dumps(change_tree(rng, json.loads(path.read_text()))))
    look(sweep)
    shutil.rmtree(sweep)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("number", range(QUICK))
def test_damaged_at_random(pristine, tmp_path, number):
    attack(number, pristine, tmp_path)


@pytest.mark.slow
def test_damaged_at_random_many_times(pristine, tmp_path):
    for number in range(QUICK, MANY):
        try:
            attack(number, pristine, tmp_path)
        except BaseException as error:
            error.add_note(f"number {number}")
            raise
