"""Files that unpack to more than any disk holds, and tables that fill the memory."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import tarfile
import tracemalloc
import zipfile
from types import SimpleNamespace

import pytest

import datasets.unpacking as packed
from datasets import DataError
from datasets import memory as room
from datasets.csv import read_table
from experiments.errors import DamagedError
from experiments.predict import _of_file
from experiments.storage import run_folder
from tests.attacks.damages import sparse
from tests.attacks.stamps import stamp

MIB = 2**20
GOOD = b"a,b\n" + b"1,2\n" * 1000


def in_a_zip(content):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", content)
    return stream.getvalue()


def in_a_tar(*contents):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for number, content in enumerate(contents):
            member = tarfile.TarInfo(f"{number}.csv")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def holes():
    """A tar of 2 KB whose file is said to have a terabyte, all of it a hole."""
    member = tarfile.TarInfo("a.csv")
    member.size = 0
    member.pax_headers = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.name": "a.csv",
        "GNU.sparse.size": str(2**40),
        "GNU.sparse.numblocks": "0",
        "GNU.sparse.map": "",
    }
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(member)
    return stream.getvalue()


PACKERS = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zip": in_a_zip,
    ".tar": in_a_tar,
    ".tar.gz": lambda content: gzip.compress(in_a_tar(content)),
    ".tar.bz2": lambda content: bz2.compress(in_a_tar(content)),
    ".tar.xz": lambda content: lzma.compress(in_a_tar(content)),
}


def refused(path):
    with pytest.raises(DataError) as caught:
        read_table(str(path))
    (line,) = str(caught.value).splitlines()
    return line


@pytest.mark.parametrize("ending", PACKERS)
def test_a_packed_table_is_read(tmp_path, ending):
    path = tmp_path / f"a.csv{ending}"
    path.write_bytes(PACKERS[ending](GOOD))
    for name in (str(path), path.as_uri()):
        assert read_table(name).cells.shape == (1000, 2)


@pytest.mark.parametrize("ending", PACKERS)
def test_what_unpacks_to_too_much_is_refused(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(packed, "MOST_UNPACKED", MIB)
    path = tmp_path / f"a.csv{ending}"
    path.write_bytes(PACKERS[ending](b"a,b\n" + b"1,2\n" * MIB))
    size = path.stat().st_size
    told = f"dataset.path: has more than {MIB:,} bytes{' once unpacked' * (size <= MIB)}, "
    line = refused(path)
    assert line.startswith(told)
    assert f"received {str(path)!r} of {size:,} bytes; take fewer rows" in line
    (problem,) = [_of_file(one) for one in caught_by(path)]
    assert problem.fix == packed.FEWER


def caught_by(path):
    with pytest.raises(DataError) as caught:
        read_table(str(path))
    return caught.value.problems


def test_a_bomb_of_zeros_takes_little_time_and_memory(tmp_path, monkeypatch):
    """300 MB in 300 KB: reading ends at the limit, and all it held is a few times that."""
    monkeypatch.setattr(packed, "MOST_UNPACKED", 8 * MIB)
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        for _ in range(300):
            stream.write(bytes(MIB))
    tracemalloc.start()
    assert "has more than 8,388,608 bytes once unpacked" in refused(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10 * 8 * MIB


@pytest.mark.parametrize("ending", [".tar", ".tar.gz"])
def test_a_tar_of_holes_is_refused(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(packed, "MOST_UNPACKED", MIB)
    path = tmp_path / f"a.csv{ending}"
    path.write_bytes(gzip.compress(holes()) if ending == ".tar.gz" else holes())
    assert refused(path).startswith("dataset.path: ")


@pytest.mark.parametrize("cells", [b"1\n", b"x\n\n", b"," * 99 + b"\n", b"1,2,3\n"])
def test_a_table_of_too_many_cells_for_the_memory_is_refused(tmp_path, monkeypatch, cells):
    (tmp_path / "a.csv").write_bytes(cells * 100_000)
    monkeypatch.setattr(packed, "memory", lambda: 10 * MIB)
    line = refused(tmp_path / "a.csv")
    assert line.startswith("dataset.path: needs more than 5,")
    assert "half of what there is" in line
    monkeypatch.setattr(packed, "memory", lambda: None)
    read_table(str(tmp_path / "a.csv"))
    assert (room.memory() or 2**40) > 2**30


def test_several_files_in_a_tar_are_refused(tmp_path):
    (tmp_path / "a.tar").write_bytes(in_a_tar(GOOD, GOOD))
    assert "must hold one file" in refused(tmp_path / "a.tar")
    (tmp_path / "a.tar").write_bytes(in_a_tar())
    assert "must hold one file" in refused(tmp_path / "a.tar")


def test_an_encrypted_zip_is_refused(tmp_path):
    content = bytearray(in_a_zip(GOOD))
    for start in (content.find(b"PK\1\2") + 8, content.find(b"PK\3\4") + 6):
        content[start] |= 1
    (tmp_path / "a.csv.zip").write_bytes(content)
    assert "encrypted" in refused(tmp_path / "a.csv.zip")


def test_zst_is_counted_where_its_library_is_installed(tmp_path, monkeypatch):
    (tmp_path / "a.csv.zst").write_bytes(GOOD)
    monkeypatch.setitem(sys.modules, "zstandard", None)
    assert "zstandard" in refused(tmp_path / "a.csv.zst")
    library = SimpleNamespace(ZstdDecompressor=lambda: SimpleNamespace(stream_reader=lambda s: s))
    monkeypatch.setitem(sys.modules, "zstandard", library)
    assert read_table(str(tmp_path / "a.csv.zst")).cells.shape == (1000, 2)
    monkeypatch.setattr(packed, "MOST_UNPACKED", 1000)
    assert refused(tmp_path / "a.csv.zst").startswith("dataset.path: has more than 1,000 bytes")


def test_a_device_by_a_url_is_refused():
    assert "a device or a pipe" in refused("file:///dev/zero")


@pytest.mark.parametrize("name", ["predictions.csv", "history.csv", "snapshots.npz", "grid.npz"])
def test_a_file_of_a_run_that_is_too_large_is_refused_by_its_size(sweep, monkeypatch, name):
    """Before a byte of it is read: of 3 GB of nothing, and of what would not fit the memory."""
    run = sweep / "0000-depth-1"
    whole = run_folder.read(run)
    monkeypatch.setattr(room, "memory", lambda: 1000)
    with pytest.raises(DamagedError, match=r"bytes, and \d+ are read at most"):
        run_folder.read(run)
    monkeypatch.undo()
    sparse(run, name, 3 * 2**30)
    stamp(run)
    tracemalloc.start()
    with pytest.raises(DamagedError, match=name):
        run_folder.read(run)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 50 * MIB
    assert whole.metrics.repeats == 3
