"""`make audit`, and that every pinned package has its hashes."""

from __future__ import annotations

import importlib.util
import json
import re

import pytest

from tests.conftest import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
REQUIREMENT = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;]+)(?: ;[^\\]*)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


@pytest.fixture(scope="module")
def audit():
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_line_of_the_lock_is_a_pinned_version_or_one_of_its_hashes():
    lines = [line for line in LOCK.splitlines() if not line.startswith("#")]
    names = [line for line in lines if REQUIREMENT.match(line)]
    assert len(names) > 30
    assert all(REQUIREMENT.match(line) or HASH.match(line) for line in lines)
    followed = zip(lines, [*lines[1:], ""], strict=True)
    assert all(HASH.match(after) for line, after in followed if REQUIREMENT.match(line))


def test_nothing_is_installed_from_the_lock_without_its_hashes():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for text in (makefile, readme):
        lines = [line for line in text.splitlines() if "-r requirements.lock" in line]
        assert lines
        assert all("--require-hashes" in line for line in lines)


SAFE = {"name": "safe", "version": "1", "vulns": []}
SKIPPED = {"name": "gone", "skip_reason": "not found"}
BAD = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.1"], "description": "long"}
UNSAFE = {"name": "bad", "version": "2", "vulns": [BAD, {"id": "PYSEC-2", "fix_versions": []}]}


@pytest.mark.parametrize(
    ("packages", "code", "lines"),
    [
        ([SAFE], 0, ["audit: 1 of 1 packages looked up, 0 known vulnerabilities"]),
        ([SAFE, SKIPPED], 0, ["audit: 1 of 2 packages looked up, 0 known vulnerabilities"]),
        (
            [SKIPPED],
            0,
            ["audit: nothing was looked up: the database of pip-audit cannot be reached from here"],
        ),
        (
            [SAFE, UNSAFE],
            1,
            [
                "error: bad 2: PYSEC-1, CVE-1; fixed in 2.1: try make lock",
                "error: bad 2: PYSEC-2; there is no fixed version yet",
                "audit: 2 of 2 packages looked up, 2 known vulnerabilities",
            ],
        ),
    ],
)
def test_what_is_found_is_a_line_each(audit, capsys, packages, code, lines):
    assert audit.told(json.dumps({"dependencies": packages}), "") == code
    assert capsys.readouterr().out.splitlines() == lines


def test_without_a_database_or_pip_audit_a_line_says_so_and_nothing_fails(
    audit, capsys, monkeypatch
):
    assert audit.told("", "Traceback\n  ...\nConnectionError: no name") == 0

    def missing(name, packages):
        raise RuntimeError(f"{name} cannot be installed: no index")

    monkeypatch.setattr(audit, "environment", missing)
    assert audit.main() == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "audit: nothing was looked up: ConnectionError: no name"
    assert second.startswith("audit: nothing was looked up: pip-audit-")
