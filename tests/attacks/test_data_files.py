"""CSV files and servers that are not what they say: one line, in bounded time and memory."""

from __future__ import annotations

import gzip
import os
import socket
import threading
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest

import datasets.fetching as web
from datasets import DataError
from datasets.csv import read_table
from datasets.openml import _fetched

GOOD = b"a,b\n1,2\n3,4\n"
SILENT = object()


def zipped(*names):
    def make(path):
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, GOOD)

    return make


FILES = {
    "bytes.csv": lambda path: path.write_bytes(bytes(range(256)) * 20),
    "utf-16.csv": lambda path: path.write_text(GOOD.decode(), encoding="utf-16"),
    "latin.csv": lambda path: path.write_bytes(b"a,b\n\xe9,2\n"),
    "open-quote.csv": lambda path: path.write_text('"a,b\n1,2\n'),
    "empty.csv": lambda path: path.write_bytes(b""),
    "cut.csv.gz": lambda path: path.write_bytes(gzip.compress(GOOD * 100)[:40]),
    "damaged.csv.gz": lambda path: path.write_bytes(gzip.compress(GOOD)[:-8] + bytes(8)),
    **{
        f"false.csv.{ending}": lambda path: path.write_bytes(GOOD)
        for ending in ("gz", "bz2", "zip", "xz", "tar", "tar.gz")
    },
    "two.csv.zip": zipped("a.csv", "b.csv"),
    "none.csv.zip": zipped(),
    "folder.csv": lambda path: path.mkdir(),
    "pipe.csv": os.mkfifo,
}


def refused(path):
    with pytest.raises(DataError) as caught:
        read_table(str(path))
    (line,) = str(caught.value).splitlines()
    return line


@pytest.mark.parametrize("name", [*FILES])
def test_a_file_that_is_none_is_refused(tmp_path, name):
    FILES[name](tmp_path / name)
    assert name in refused(tmp_path / name)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "http://a\tb/", "http://[/", "http://"])
def test_what_is_no_file_is_refused(path):
    assert refused(path).startswith("dataset.path: cannot be read, received ")


@pytest.mark.parametrize("path", ["/proc/kmsg", "/proc/version", "/proc/self/maps"])
def test_what_the_system_makes_up_is_refused_unread(tmp_path, path):
    """It calls itself an ordinary file of no size; the first one would never end."""
    if not Path(path).exists():
        pytest.skip("this system has no such file")
    link = tmp_path / "link.csv"
    link.symlink_to(path)
    for name in (path, str(link)):
        assert refused(name).startswith(f"{name}: is empty; ")


def test_sockets_and_the_pipe_of_another_program_are_refused(tmp_path):
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket.csv"))
        assert "but a device or a pipe" in refused(tmp_path / "socket.csv")
    reading, writing = os.pipe()
    try:
        os.write(writing, GOOD)
        assert "but a device or a pipe" in refused(f"/dev/fd/{reading}")
    finally:
        os.close(reading)
        os.close(writing)


@contextmanager
def server(*parts):
    """A server that answers once with these bytes; after SILENT it says nothing until the end."""
    listening, over = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def answer():
        try:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                for part in parts:
                    over.wait(60) if part is SILENT else connection.sendall(part)
        except OSError:
            pass  # who asked went away

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/my.csv"
    finally:
        over.set()
        listening.close()
        thread.join(10)


OK, PROMISED = b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\nContent-Length: 900\r\n\r\n"


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ([PROMISED, GOOD], "ended after 12 of 900 bytes"),
        ([OK, *[GOOD * 100] * 200], "has more than 50,000 bytes"),
        ([OK, GOOD, SILENT], "timed out"),
        ([SILENT], "timed out"),
        ([b"no HTTP at all\n"], "no HTTP at all"),
        ([b""], "Remote end closed connection"),
    ],
    ids=["short", "endless", "hanging", "silent", "no HTTP", "nothing"],
)
def test_a_server_is_bounded_in_bytes_and_seconds(monkeypatch, parts, told):
    monkeypatch.setattr(web, "MOST_BYTES", 50_000)
    monkeypatch.setattr(web, "SILENCE", 0.5)
    with server(*parts) as url:
        assert told in refused(url)


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "a\0b"])
def test_a_name_at_openml_with_control_characters_is_refused(name):
    with pytest.raises(DataError, match=r"dataset\.name: cannot be fetched"):
        _fetched(name, 1)


def test_a_path_with_a_zero_byte_is_refused(tmp_path, ask):
    """No command line can hold one, a config can."""
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "zero.yaml").write_text(
        "# @package _global_\ndefaults:\n  - override /dataset: csv\n"
        'dataset: {path: "a\\0b.csv", features: a, target: b}\n'
    )
    ended = ask(tmp_path, ["--config-dir=.", "experiment=zero"])
    assert ended.stderr.startswith("error: dataset.path: ")
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)


def test_a_server_that_drips_is_left(monkeypatch):
    monkeypatch.setattr(web, "MOST_SECONDS", 0.0)
    with server(OK, GOOD, GOOD) as url:
        assert "takes longer than 0 seconds" in refused(url)


def test_a_good_server_is_read():
    for head, sent in (
        (OK, GOOD),
        (OK[:-2] + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(GOOD)),
    ):
        with server(head, sent) as url:
            assert list(read_table(url).cells) == ["a", "b"]


@pytest.mark.parametrize("small", ["a", "b"])
@pytest.mark.parametrize("power", [-17, -40, -310])
def test_a_column_that_vanishes_in_a_network_is_refused(tmp_path, ask, small, power):
    cells = {name: f"e{power}" if name == small else "" for name in "ab"}
    rows = [f"{row}{cells['a']},{row % 7}{cells['b']}" for row in range(20)]
    (tmp_path / "my.csv").write_text("\n".join(["a,b", *rows]))
    words = ["dataset=csv", "dataset.path=my.csv", "dataset.features=a", "dataset.target=b"]
    ended = ask(tmp_path, words)
    key = {"a": "dataset.features", "b": "dataset.target"}[small]
    told = f"error: {key}: column {small!r} of my.csv holds nothing as large as 1e-15"
    assert ended.stderr.startswith(told)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
