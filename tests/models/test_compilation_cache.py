"""Compiled programs are kept for the next process; what is damaged is compiled anew."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys

import pytest

from models.fitters import compilation_cache
from models.fitters.compilation_cache import CompilationCache, without_programs
from tests.conftest import ROOT

TRAIN = """
import json, sys
from pathlib import Path
from models.fitters.compilation_cache import PROGRAMS
from models.libraries import load_keras

PROGRAMS.use(Path(sys.argv[1]))
load_keras()
from models import fit
from tests.models.tasks import make_task

fitted, = fit([make_task({"depth": 2, "width": 5}, engine="stacked", epochs=3, repeats=3)])
print(json.dumps([repr(fitted.prediction_RxN.tolist()), repr(fitted.history)]))
"""


def train(store):
    """What a process that keeps its programs in a store comes to."""
    plain = {key: text for key, text in os.environ.items() if key != "TF_XLA_FLAGS"}
    command = [sys.executable, "-c", TRAIN, str(store)]
    done = subprocess.run(
        command, cwd=ROOT, env=plain, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def content(store):
    return {path.name: path.read_bytes() for path in store.iterdir()}


def test_a_second_process_compiles_nothing_and_a_damaged_program_is_made_again(tmp_path):
    store = tmp_path / "pro grams' here"  # TensorFlow would part it at its blanks
    first = train(store)
    kept = content(store)
    assert len(kept) == 1, "one program, and no folder of the process that is over"
    (name,) = kept
    before = (store / name).stat()
    assert train(store) == first
    assert content(store) == kept
    assert (store / name).stat().st_mtime_ns == before.st_mtime_ns
    damaged = bytearray(kept[name])
    damaged[len(damaged) // 2] ^= 1
    (store / name).write_bytes(damaged)
    assert train(store) == first
    after = content(store)
    assert bytes(damaged) not in after.values()
    assert len(after) == 1


def test_a_store_that_cannot_be_written_costs_no_training(tmp_path):
    (tmp_path / "file").write_text("no folder")
    trained = train(tmp_path / "file" / "programs")
    assert trained == train(tmp_path / "store")


def test_a_disk_without_room_costs_no_training(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setenv("TF_XLA_FLAGS", "")
    monkeypatch.setattr(compilation_cache.os, "posix_fallocate", full, raising=False)
    cache = CompilationCache()
    cache.use(tmp_path)
    cache.begin()
    assert os.environ["TF_XLA_FLAGS"] == ""
    assert not cache.make_way()


def test_what_is_reserved_makes_way_once(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", "")
    monkeypatch.setattr(compilation_cache, "register", lambda *call, **options: None)
    (tmp_path / "store" / "0-somebody.pb").mkdir(parents=True)
    cache = CompilationCache()
    cache.use(tmp_path / "store")
    cache.begin()
    (own,) = (tmp_path / "store").glob("process-*")
    assert [path.stat().st_size for path in own.iterdir()] == [compilation_cache.RESERVED_BYTES]
    assert cache.make_way()
    assert not cache.make_way()
    assert [*own.iterdir()] == []


@pytest.mark.parametrize("path", ['a"b', "a\\b"])
def test_paths_that_tensorflow_would_misread_are_left_alone(path, tmp_path, monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", "")
    cache = CompilationCache()
    cache.use(tmp_path / path)
    cache.begin()
    assert os.environ["TF_XLA_FLAGS"] == ""


def test_the_oldest_programs_make_room(tmp_path, monkeypatch):
    monkeypatch.setattr(compilation_cache, "MOST_BYTES", 25)
    names = [f"{letter * 64}-a.pb" for letter in "abc"]
    for age, name in enumerate((*names, "saved_model.pb")):
        (tmp_path / name).write_bytes(b"0123456789")
        os.utime(tmp_path / name, (1000 + age, 1000 + age))
    compilation_cache._make_room(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [*names[1:], "saved_model.pb"]


@pytest.fixture
def begun(tmp_path, monkeypatch):
    """Begins with a store in a folder of programs; returns what the process took from it."""

    def begin():
        monkeypatch.setenv("TF_XLA_FLAGS", "")
        monkeypatch.setattr(compilation_cache, "register", lambda *call, **options: None)
        cache = CompilationCache()
        cache.use(tmp_path / "programs" / ("0" * 16))
        cache.begin()
        return sorted(path.name for path in cache._own.glob("*.pb"))

    (tmp_path / "programs" / ("0" * 16)).mkdir(parents=True)
    return begin


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_nothing_in_a_store_holds_a_process_up(begun, tmp_path, monkeypatch):
    """Pipes, devices and files without end would be read for ever."""
    monkeypatch.setattr(compilation_cache, "MOST_BYTES", 1000)
    store = tmp_path / "programs" / ("0" * 16)
    whole = hashlib.sha256(b"program").hexdigest()
    (store / f"{whole}-whole.pb").write_bytes(b"program")
    os.mkfifo(store / f"{'1' * 64}-pipe.pb")
    (store / f"{'2' * 64}-zero.pb").symlink_to("/dev/zero")
    (store / f"{'3' * 64}-folder.pb").mkdir()
    with (store / f"{'4' * 64}-holes.pb").open("wb") as holes:
        holes.truncate(2**40)
    assert begun() == ["whole.pb"]
    assert not (store / f"{'4' * 64}-holes.pb").exists()


def test_what_archlab_did_not_name_is_never_cleared_away(begun, tmp_path):
    """The cache may be a link to a folder of somebody's."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "programs").rename(tmp_path / "mine" / "programs")
    (tmp_path / "programs").symlink_to(tmp_path / "mine" / "programs")
    store = tmp_path / "programs" / ("0" * 16)
    kept = [store / "process-notes", store.parent / "thesis", tmp_path / "mine" / "photos"]
    gone = [store / "process-abcd_012", store.parent / ("f" * 16)]
    for folder in (*kept, *gone):
        folder.mkdir()
        (folder / "file").write_text("old")
    link = store.parent / ("a" * 16)
    link.symlink_to(tmp_path / "mine" / "photos")
    model = store / "saved_model.pb"
    model.write_text("a model")
    for path in (*kept, *gone, link):
        os.utime(path, (1000, 1000), follow_symlinks=path != link)
    begun()
    assert [(folder / "file").read_text() for folder in kept] == ["old"] * 3
    assert model.read_text() == "a model"
    assert not any(folder.exists() for folder in gone)


@pytest.mark.parametrize("flags", ["", f"{compilation_cache.FLAG}=/elsewhere"])
def test_a_folder_that_the_environment_names_is_kept(flags, tmp_path, monkeypatch):
    """Without one XLA is sent to the process's own folder in the store."""
    monkeypatch.setenv("TF_XLA_FLAGS", flags)
    monkeypatch.setattr(compilation_cache, "register", lambda *call, **options: None)
    cache = CompilationCache()
    cache.begin()  # nobody asked for it
    assert os.environ["TF_XLA_FLAGS"] == flags
    cache.use(tmp_path / "store")
    cache.begin()
    if flags:
        assert os.environ["TF_XLA_FLAGS"] == flags
        assert not [*tmp_path.iterdir()]
    else:
        assert os.environ["TF_XLA_FLAGS"].startswith(f'{compilation_cache.FLAG}="{tmp_path}')


def test_a_process_that_compiles_everything_itself_keeps_the_other_flags(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_clustering_debug")
    cache = CompilationCache()
    cache.use(tmp_path / "pro grams")
    cache.begin()
    assert compilation_cache.FLAG in os.environ["TF_XLA_FLAGS"]
    assert without_programs(os.environ)["TF_XLA_FLAGS"] == "--tf_xla_clustering_debug"
    assert without_programs({"A": "1"}) == {"A": "1", "TF_XLA_FLAGS": ""}
