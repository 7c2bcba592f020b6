"""`--help` says everything that can be set and chosen, computed from the code."""

from __future__ import annotations

import json
import re

import yaml

from docs import keys
from tests.conftest import ROOT
from tests.on_terminal import widest
from tests.test_run import run


def test_help_fits_80_columns_and_leads_to_hydras_own_flags():
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert widest(done.stdout.splitlines()) <= 80
    assert "--hydra-help" in done.stdout
    assert run("-h", "--config-dir", "conf").stdout == done.stdout, "Hydra's own way says the same"
    assert "--multirun" in run("--hydra-help").stdout


def test_help_lists_every_key_with_its_default_and_meaning():
    lines = run("--help").stdout.splitlines()
    told = dict(line.split(maxsplit=2)[:2] for line in lines if len(line.split()) > 2)
    for section in keys.SPECS:
        for key in keys.gate_keys() if section == "gate" else keys.keys(section):
            (line,) = [line for line in lines if line.split()[:1] == [key.name]] or [""]
            words = re.split(r"  +", line.strip())[2]
            meant = key.what.replace("`", "").split()
            assert words.split()[0].strip(":;,") in " ".join(["which", *meant]), key.name
    composed = yaml.safe_load(run("--cfg", "job").stdout)
    for section in ("split", "training", "model"):
        for name, value in composed[section].items():
            shown = value if isinstance(value, str) else json.dumps(value)
            if not isinstance(value, list):
                assert told[f"{section}.{name}"] == shown
    other = run("--help", "model.depth=7").stdout.splitlines()
    assert next(line for line in other if "model.depth  " in line).split()[1] == "7"


def test_help_lists_every_choice_and_lessons_in_teaching_order():
    text = run("--help").stdout
    groups = {part.partition("=")[0]: part for part in re.split(r"\n(?=\w+=<name>)", text)[1:]}
    folders = {path.name for path in (ROOT / "conf").iterdir() if path.is_dir()} - {"hydra"}
    assert set(groups) == folders
    for group in folders:
        names = re.findall(r"^  (\w+)  +\S", groups[group], re.MULTILINE)
        assert sorted(names) == sorted(p.stem for p in (ROOT / "conf" / group).glob("*.yaml"))
        if group == "lesson":
            own = {
                name: yaml.safe_load((ROOT / f"conf/lesson/{name}.yaml").read_text())
                for name in names
            }
            place = [(own[name]["lesson"].get("order", 10_000), name) for name in names]
            assert place == sorted(place)
            said = " ".join(groups[group].split())
            assert all(" ".join(one["lesson"]["title"].split()) in said for one in own.values())
