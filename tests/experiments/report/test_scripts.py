"""The pages' modules: alone under node, and together as the one script of a page."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from experiments import text
from experiments.report import scripts
from tests.conftest import ROOT

STATIC = ROOT / "experiments" / "report" / "static"
MODULES = sorted(
    path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js") if path.parent != STATIC
)
ENTRIES = [path for path in MODULES if path.endswith("/main.js")]  # one a kind of page
TESTS = sorted((Path(__file__).parent / "static").glob("*.test.mjs"))


@pytest.fixture(scope="module")
def node():
    from playwright._impl._driver import compute_driver_executable

    found = shutil.which("node") or compute_driver_executable()[0]
    return str(found)


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_modules_by_themselves(node, path):
    done = subprocess.run(
        [node, "--test", str(path)], check=False, capture_output=True, text=True, cwd=STATIC
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 0" not in done.stdout


def test_a_number_is_written_as_in_python(node):
    values = [0, 0.25, -0.123456, 1500, 12345.6, 1.966e9, 44300.4, 0.00001234, 3.2e-9, 5e15, 999.96]
    address = STATIC / "shared" / "format.js"
    code = f"import {{ number }} from '{address.as_uri()}';"
    code += f"console.log(JSON.stringify({values}.map((v) => [number(v), number(v, 2)])))"
    done = subprocess.run(
        [node, "--input-type=module", "-e", code], capture_output=True, text=True, check=True
    )
    expected = [[text.number(v), text.number(v, 2)] for v in values]
    assert json.loads(done.stdout) == expected


def test_every_module_is_in_the_script_of_a_page():
    assert sorted({path for entry in ENTRIES for path in scripts.modules(entry)}) == MODULES


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_script_of_a_page_holds_every_module_after_what_it_imports(node, tmp_path, entry):
    assert scripts.modules(entry)[-1] == entry
    bundled = scripts.bundle(entry)
    assert not re.search(r"^(import|export) ", bundled, re.MULTILINE)
    assert "</script" not in bundled
    (tmp_path / "page.mjs").write_text(bundled, encoding="utf-8")
    checked = subprocess.run(
        [node, "--check", str(tmp_path / "page.mjs")], check=False, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr


def test_modules_in_a_page_know_what_they_import_and_keep_their_names_apart(node, monkeypatch):
    sources = {
        "a/one.js": "const name = 1;\nexport const [left, right] = [name, 2];\n",
        "b/two.js": 'import { left, right } from "../a/one.js";\n'
        "const name = 10 * right;\nexport async function sum() {\n  return left + name;\n}\n",
        "b/main.js": 'import { sum } from "./two.js";\nconst name = await sum();\n'
        "process.stdout.write(`${name}`);\n",
    }
    monkeypatch.setattr(scripts, "_source", sources.__getitem__)
    text = scripts.bundle.__wrapped__("b/main.js")
    run = [node, "--input-type=module", "-e", text]
    assert subprocess.run(run, check=True, capture_output=True, text=True).stdout == "21"


def test_modules_take_only_what_is_there():
    for path in MODULES:
        source = (STATIC / path).read_text(encoding="utf-8")
        for names, address in re.findall(
            r'^import \{([^}]*)\} from "([^"]+)";', source, re.MULTILINE
        ):
            other = ((STATIC / path).parent / address).read_text(encoding="utf-8")
            for name in re.findall(r"\w+", names):
                assert re.search(
                    rf"^export (async )?(function|const|let|class) {name}\b", other, re.MULTILINE
                ), f"{path} takes {name}"
                assert len(re.findall(rf"\b{name}\b", source)) > 1, f"{path} does not use {name}"


def test_a_circle_is_refused(monkeypatch):
    sources = {
        "x/a.js": 'import { b } from "../x/b.js";\nexport const a = 1;\n',
        "x/b.js": 'import { a } from "./a.js";\nexport const b = 1;\n',
    }
    monkeypatch.setattr(scripts, "_source", sources.__getitem__)
    with pytest.raises(ValueError, match=r"in a circle: x/a\.js > x/b\.js > x/a\.js"):
        scripts.modules("x/a.js")
