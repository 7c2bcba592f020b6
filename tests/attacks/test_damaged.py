"""Damaged and hostile files of a folder: one line names the file, and the table still builds."""

from __future__ import annotations

import json
import os
import time

import pytest

from experiments import report
from experiments.animate import main as animate_main
from experiments.errors import ArchlabError, ConfigError, DamagedError
from experiments.lessons.runs import hidden_outputs, read_cases, saved_weights
from experiments.predict import main as predict_main
from experiments.report.__main__ import main as report_main
from experiments.report.payload import payload
from experiments.storage import run_folder, sweep_folder
from experiments.storage.provenance import code
from experiments.verify.__main__ import main as verify_main
from tests.attacks import damages
from tests.attacks.stamps import stamp

RUN = "0000-depth-1"
NO_FILES = ("model.keras: a folder", "model.keras: a pipe")  # such a run is broken to a lesson
PATIENCE = 5  # seconds of processor time that any answer takes at most: a busy machine adds none


@pytest.fixture(autouse=True)
def _in_time():
    began = time.process_time()
    yield
    assert time.process_time() - began < PATIENCE


def by_name(cases):
    return pytest.mark.parametrize("damage", [*cases.values()], ids=[*cases])


def compared(sweep, state="broken"):
    """The row of the damaged run; the other one is as before."""
    comparison = report.compare(sweep)
    rows = {row.folder: row for row in comparison.rows}
    assert rows["0001-depth-2"].state == "done"
    assert rows[RUN].state == state
    assert "Traceback" not in (sweep / "comparison.html").read_text()
    json.dumps(rows[RUN].reason).encode()
    assert state != "broken" or rows[RUN].reason
    return rows[RUN]


def refused(told, main, *words):
    code, line = told(lambda: main([*map(str, words)]))
    assert code == 2
    return line


def wanted(run):
    """What a sweep that goes on asks of a run: the hashes of its config and its data, this code."""
    about = run_folder.read_about(run)
    stamp(run, versions={**about.versions, "code": code()})
    return run, about.config_sha256, about.data["sha256"]


@by_name(damages.BROKEN)
def test_a_damaged_run_is_named_and_trained_again(sweep, told, damage):
    asked = wanted(sweep / RUN)
    assert sweep_folder.finished(*asked) is not None
    damage(sweep / RUN)
    assert sweep_folder.finished(*asked) is None
    assert RUN in refused(told, report_main, sweep / RUN)
    report.compare(sweep)


@by_name(damages.STATUS)
def test_a_status_that_is_none_is_named(sweep, told, damage):
    damage(sweep / RUN)
    compared(sweep)
    assert RUN in refused(told, predict_main, sweep / RUN, "1,2")
    assert RUN in refused(told, report_main, sweep / RUN)


@by_name(damages.METRICS)
def test_hostile_numbers(sweep, told, damage):
    run = sweep / RUN
    damage(run)
    stamp(run)
    assert "metrics.json" in compared(sweep).reason
    assert "metrics.json" in refused(told, report_main, run)


@by_name(damages.RECORD)
def test_hostile_tables_and_arrays(sweep, told, damage):
    run = sweep / RUN
    damage(run)
    stamp(run)
    report.compare(sweep)
    assert RUN in refused(told, report_main, run)


def edited(run, name):
    """A number of a table is another one, in as many bytes."""
    content = bytearray((run / name).read_bytes())
    place = max(content.rfind(digit) for digit in b"1234")
    content[place] = ord("9")
    (run / name).write_bytes(content)


@pytest.mark.parametrize("name", ["history.csv", "predictions.csv", "snapshots.npz", "grid.npz"])
@pytest.mark.parametrize("dated", [False, True], ids=["as edited", "with its old date"])
def test_an_edited_table_is_found(sweep, capsys, name, dated):
    run = sweep / RUN
    before = (run / name).stat()
    edited(run, name)
    assert (run / name).stat().st_size == before.st_size
    if dated:
        os.utime(run / name, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert verify_main([str(sweep)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {run / name}: has another SHA-256 than when written; ")
    with pytest.raises(DamagedError, match=f"{name}: (is not the file|.* Bad CRC)"):
        run_folder.read(run)
    if dated:  # its final numbers are as written, and its curves are not shown
        compared(sweep, "done")
        shown, other = packed_rows(sweep)
        assert (shown["curves"], bool(other["curves"])) == (None, True)
    else:
        assert compared(sweep).reason == f"{name} is not the file that status.json lists"


def packed_rows(sweep):
    return payload(sweep, report.compare(sweep))["rows"]


@by_name(damages.MODEL)
def test_hostile_models(sweep, told, damage):
    run = sweep / RUN
    damage(run)
    stamp(run)
    assert "model.keras" in refused(told, predict_main, run, "1,2")
    assert "model.keras" in refused(told, report_main, run)


def test_a_whole_folder_is_used(sweep, capsys):
    assert predict_main([str(sweep / RUN), "1,2"]) == 0
    stamp(sweep / RUN)
    assert predict_main([str(sweep / RUN), "1,2"]) == 0
    assert capsys.readouterr().err == ""
    compared(sweep, "done")


@by_name({name: damages.RECORD[name] for name in damages.RECORD if "grid" not in name})
def test_animations_of_hostile_files(sweep, told, damage):
    run = sweep / RUN
    damage(run)
    stamp(run)
    with pytest.raises(ArchlabError):
        run_folder.read(run)
    assert RUN in refused(told, animate_main, run, "--out", sweep / "x.webp")


@by_name({name: one for name, one in damages.MODEL.items() if name not in NO_FILES})
def test_lessons_refuse_hostile_models(sweep, damage):
    run = sweep / RUN
    damage(run)
    stamp(run)
    case = read_cases(sweep)[0]
    for look in (saved_weights, lambda case: hidden_outputs(case, "all")):
        with pytest.raises(DamagedError, match=r"model\.keras"):
            look(case)


@by_name(damages.NO_JSON)
def test_hostile_sweep_json(sweep, told, damage):
    (sweep / "sweep.json").write_text(damage, encoding="utf-8")
    (sweep / "search.json").write_text(damage, encoding="utf-8")
    assert "sweep.json" in refused(told, report_main, sweep)
    with pytest.raises(ConfigError, match=r"sweep\.json is there and cannot be read"):
        sweep_folder.held_sweep(sweep)
