"""`python -m experiments.verify`: what it finds in folders that were touched, and trained again."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.synthetic import make_record
from experiments.record import Planned, Sweep
from experiments.runner.run import train_into
from experiments.storage import run_folder
from experiments.storage.sweep_folder import write_sweep
from experiments.verify import anew
from experiments.verify.__main__ import main
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of two finished runs: a closed form, and a network of two repeats."""
    from hydra import compose, initialize_config_dir

    from experiments.config.compose import from_hydra

    folder = tmp_path_factory.mktemp("sweep")
    small = ["model.width=2", "training.epochs=3", "training.repeats=2"]
    runs = {"pinv": ["model=pinv", "dataset=linear"], "network": small}
    planned = []
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        for name, overrides in runs.items():
            config = from_hydra(compose("config", overrides=overrides), overrides)
            train_into(config, folder / name, overrides)
            planned.append(Planned(name, tuple(overrides), config.fingerprint()))
    started = "2026-01-02T03:04:05+00:00"
    write_sweep(folder, Sweep("sweep", "python run.py -m", started, tuple(planned)))
    return folder


@pytest.fixture
def copy(made, tmp_path):
    """The same, to be broken."""
    return shutil.copytree(made, tmp_path / "copy")


def change(path, **values):
    tree = json.loads(path.read_text())
    path.write_text(json.dumps({**tree, **values}))


def relist(folder, name):
    """Have the status list a file as it is now, as somebody would who hides a change."""
    status = folder / run_folder.STATUS
    tree = json.loads(status.read_text())
    tree["files"][name] = {
        "bytes": (folder / name).stat().st_size,
        "sha256": run_folder.sha256_of(folder / name),
    }
    status.write_text(json.dumps(tree))


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def without_list(run):
    change(run / "status.json", files={})


def other_config(run):
    config = json.loads((run / "status.json").read_text())["config"]
    config["split"]["fraction"] = 0.3
    change(run / "status.json", config=config)


def no_config(run):
    change(run / "status.json", config={"dataset": {"kind": "nowhere"}})


def no_numbers(run):
    (run / "metrics.json").write_text("{}")
    relist(run, "metrics.json")


DAMAGE = {
    "flipped bit": (lambda run: flip(run / "fit.png"), "has another SHA-256 than when written"),
    "longer": (lambda run: (run / "model.txt").write_text("x" * 9999), "has 9999 bytes, "),
    "emptied": (lambda run: (run / "model.keras").write_bytes(b""), "model.keras: has 0 bytes"),
    "deleted": (lambda run: (run / "history.csv").unlink(), "history.csv: is missing"),
    "shorter log": (lambda run: (run / "run.log").write_text(""), "run.log: has 0 bytes"),
    "no status": (lambda run: (run / "status.json").unlink(), "status"),
    "half a status": (lambda run: (run / "status.json").write_text('{"state": '), "status.json"),
    "lists nothing": (without_list, "lists no metrics.json, which every finished run has"),
    "other config": (other_config, "has another config than its hash says"),
    "no config": (no_config, "status.json: has a config with"),
    "no numbers": (no_numbers, "metrics.json"),
    "interrupted": (
        lambda run: change(run / "status.json", state="interrupted"),
        "is interrupted, not a finished run",
    ),
}


def test_what_was_not_touched_is_all_right(copy, capsys):
    with (copy / "pinv" / "run.log").open("a") as log:
        log.write("a later line\n")
    assert main([str(copy)]) == 0
    assert capsys.readouterr() == (f"{copy}: 2 runs looked at, as written\n", "")
    assert main([str(copy / "pinv")]) == 0


@pytest.mark.parametrize("damage", DAMAGE)
def test_every_damage_is_a_line(copy, capsys, damage):
    touch, words = DAMAGE[damage]
    (copy / "pinv" / "run.log").write_text("a line\n")
    relist(copy / "pinv", "run.log")
    touch(copy / "pinv")
    assert main([str(copy)]) == 1
    told = capsys.readouterr()
    assert words in told.err
    assert all(line.startswith(f"error: {copy}/pinv") for line in told.err.splitlines())
    assert told.out.count("\n") == 1
    assert "as written" not in told.out


def test_a_link_is_named_and_not_followed(copy, tmp_path, capsys):
    (tmp_path / "secret").write_text("x")
    (copy / "pinv" / "fit.png").unlink()
    (copy / "pinv" / "fit.png").symlink_to(tmp_path / "secret")
    assert main([str(copy / "pinv")]) == 1
    assert "fit.png" in capsys.readouterr().err


def test_what_a_stranger_wrote_is_no_command_to_the_terminal(copy, capsys):
    change(copy / "pinv" / "status.json", state="failed", error="\x1b]0;title\x07\nmore é")
    assert main([str(copy / "pinv")]) == 1
    assert "is failed (\\x1b]0;title\\x07), not a finished run" in capsys.readouterr().err


def test_a_sweep_lacks_what_it_plans_or_holds_another_run(copy, capsys):
    shutil.rmtree(copy / "network")
    shutil.copytree(copy / "pinv", copy / "network")
    assert main([str(copy)]) == 1
    assert f"{copy}/network: is not the run that sweep.json plans there" in capsys.readouterr().err
    shutil.rmtree(copy / "network")
    assert main([str(copy)]) == 1
    told = capsys.readouterr()
    assert f"error: {copy}/network: is planned and has no status" in told.err
    assert told.out == f"{copy}: 1 run looked at, 1 planned are missing or others\n"


def test_what_holds_no_run_is_bad_use(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main([str(tmp_path / "empty"), str(tmp_path / "none")]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"error: {tmp_path}/empty: holds no runs; ")
    assert second.startswith(f"error: {tmp_path}/none: is no folder; ")


def test_trained_again_the_numbers_come_out_bit_for_bit(copy, capsys):
    assert main([str(copy), "--retrain"]) == 0
    told = capsys.readouterr().out.splitlines()[-1]
    assert told == (
        f"{copy}: 2 runs looked at, as written and trained again: errors agree bit for bit"
    )


def test_trained_again_a_number_that_was_changed_shows(copy, capsys):
    path = copy / "pinv" / "metrics.json"
    tree = json.loads(path.read_text())
    old = tree["val/mse"]["values"][0]
    new = float(np.nextafter(old, 0))
    tree["val/mse"] = {**tree["val/mse"], "values": [new]}
    path.write_text(json.dumps(tree))
    relist(copy / "pinv", "metrics.json")
    assert main([str(copy / "pinv")]) == 0
    assert main([str(copy / "pinv"), "--retrain"]) == 1
    assert f"has other val/mse in 1 of 1 repeats, received {old} for {new} in repeat 0" in (
        capsys.readouterr().err
    )


def test_elsewhere_errors_may_differ_by_a_thousandth(copy, capsys):
    status = copy / "pinv" / "status.json"
    versions = json.loads(status.read_text())["versions"]
    change(status, versions={**versions, "numpy": "1.0"})
    assert main([str(copy / "pinv"), "--retrain"]) == 0
    assert "errors agree to a thousandth, here is numpy " in capsys.readouterr().out


def test_exact_and_near_differences(tmp_path):
    stored = make_record([0.3, 0.2, 0.25])
    near = make_record([0.3 * (1 + 1e-5), 0.2, 0.25])
    far = make_record([0.3 * 1.01, 0.2 * 1.01, 0.25])
    diverged = replace(
        stored,
        metrics=replace(
            stored.metrics,
            scores={"val/mse": replace(stored.metrics.final, values=(None, None, 0.25))},
        ),
    )

    def lines(found, exact):
        return [p.what for p in anew.other_numbers(tmp_path, stored, found, exact)]

    assert lines(stored, exact=True) == []
    assert lines(near, exact=False) == []
    assert any("in 1 of 3 repeats" in line for line in lines(near, exact=True))
    assert any("in 2 of 3 repeats" in line for line in lines(far, exact=False))
    assert any("received None for 0.3 in repeat 0" in line for line in lines(diverged, exact=False))
    assert lines(make_record([0.3, 0.2, 0.25, 9.0]), exact=True) == []  # trained in stages
    other = replace(stored, about=replace(stored.about, data={"sha256": "another"}))
    assert lines(other, exact=False) == ["was trained on other data than there are now"]
