"""The pages' Content-Security-Policy, and texts of strangers that try to be scripts."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from benchmarks.synthetic import make_record, write_run
from experiments import report
from experiments.config.help.course import course
from experiments.lessons import checks
from experiments.lessons.spec import check_lesson
from experiments.record import Sweep
from experiments.report.drawings import Drawings, growth, losses, repeats
from experiments.report.html import PagePicture
from experiments.report.lesson.index import render_index
from experiments.report.run_page import BesideLink, render
from experiments.storage import run_folder
from experiments.storage.sweep_folder import write_sweep
from tests.conftest import ROOT
from tests.experiments.lessons.test_texts import SECTION
from tests.experiments.report.browsing import until

KINDS = ("run", "comparison", "lesson", "index")
REPORT = ROOT / "experiments" / "report"
TEMPLATES = sorted((REPORT / "templates").rglob("*.j2"))
SCRIPTS = sorted((REPORT / "static").rglob("*.js"))
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
# What a text would have to be to run: each sets `hacked`, most as soon as it is parsed as HTML.
PAYLOADS = {
    "link": 'javascript:window.hacked=1//"><a href="javascript:window.hacked=1" id=bait>x</a>',
    "script": "<script>window.hacked=1</script>",
    "script's end": "</script><script>window.hacked=1</script>",
    "style's end": '</style><img src="x" onerror="window.hacked=1">',
    "handler": "<img src=x onerror='window.hacked=1'>",
    "attribute": '" onfocus="window.hacked=1" autofocus tabindex="0" onmouseover="window.hacked=1',
    "markdown": "[x](javascript:window.hacked=1) ![x](x){onerror=window.hacked=1}",
    "template": "{{ 7*7 }}{% raw %}${window.hacked=1}<%= window.hacked=1 %>",
    "escapes": "\\u003cscript\\u003ewindow.hacked=1\\u003c/script\\u003e&lt;script&gt;",
    "cell": '=HYPERLINK("javascript:window.hacked=1")\u2028-->]]><iframe srcdoc="<script>'
    'parent.hacked=1</script>"></iframe>',
    "style": '<p style="background:url(javascript:window.hacked=1);width:expression(hacked=1)">'
    '<meta http-equiv=refresh content="9;javascript:hacked=1"><base href=//x.invalid>',
    "svg": '</text></svg><svg onload="window.hacked=1"><animate onbegin="window.hacked=1" dur=1s>',
}

# What the payloads would add to a page.
PLANTED = (
    "a[href^=javascript], [onerror], [onfocus], [onmouseover], [onload], #bait, iframe, base, "
    "img[src=x], meta[http-equiv=refresh], animate"
)


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text in scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.found, self.within = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.within.append((tag, dict(attrs), ""))

    def handle_data(self, data):
        if self.lasttag in ("script", "style") and self.cdata_elem:
            tag, attributes, text = self.within.pop()
            self.within.append((tag, attributes, text + data))


def policy_of(text):
    """The directives of a page's policy by name; what it allows as a set."""
    (content,) = POLICY.findall(text)
    parts = [directive.split() for directive in content.split("; ")]
    return {name: set(allowed) for name, *allowed in parts}


def run_page(record, note=""):
    drawn = Drawings(
        growth=growth.growing(record),
        losses=losses.loss_chart(record),
        repeats=repeats.repeat_dots(record),
    )
    shown = {"fit": PagePicture("fit.png", '<svg style="width: 10px"></svg>', note)}
    beside = BesideLink("../comparison.html")
    return render(record, shown, has_diagram=False, drawn=drawn, beside=beside)


def lesson_page(folder, record, **words):
    write_run(folder / "1", record)
    write_sweep(folder, Sweep(folder.name, "python run.py", "2026-01-02T03:04:05+00:00", ()))
    checks.conclude_lesson(folder, check_lesson({**SECTION, **words}))
    return (folder / "lesson.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The text of a page of every kind."""
    folder, record = tmp_path_factory.mktemp("kinds"), make_record([0.2, 0.3])
    write_run(folder / "sweep" / "1", record)
    report.compare(folder / "sweep")
    return {
        "run": run_page(record),
        "comparison": (folder / "sweep" / report.COMPARISON).read_text(encoding="utf-8"),
        "lesson": lesson_page(folder / "lesson", record),
        "index": render_index(course(), {}),
    }


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_name_no_style_no_handler_and_no_script_of_their_own(path):
    text = path.read_text(encoding="utf-8")
    tags = re.sub(r"\{[%{#].*?[%}#]\}", "", text, flags=re.DOTALL)
    assert not re.search(r"<[^>]*\s(on\w+|style|srcdoc)\s*=", tags)
    assert not re.search(r"<style|<base|<iframe|<object|<embed|javascript:", tags)
    data = ("application/json", "application/octet-stream")
    assert all(kind in data for kind in re.findall(r"<script(?: type=\"([^\"]*)\")?", tags))
    if "<!doctype html>" in text:
        head = text[text.index("<head>") :]
        assert head.startswith('<head>\n<meta charset="utf-8">\n{{ policy.here }}\n')


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_parse_no_text_and_ask_no_network(path):
    text = path.read_text(encoding="utf-8")
    parses = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser"
    )
    asks = r"\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|importScripts|new Worker|\bimport\("
    assert not re.search(f"{parses}|{asks}", text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_allows_its_own_scripts_and_styles_by_hash_and_nothing_else(pages, kind):
    text, policy = pages[kind], policy_of(pages[kind])
    assert policy.pop("img-src") == {"data:"}
    allowed = policy.pop("script-src") | policy.pop("style-src")
    assert policy == {name: {"'none'"} for name in ("default-src", "base-uri", "form-action")}
    elements, hashes = Elements(text), set()
    for tag, attributes, content in elements.within:
        assert "src" not in attributes
        if tag == "style" or attributes["type"] in ("text/javascript", "module"):
            digest = hashlib.sha256(content.encode()).digest()
            hashes.add(f"'sha256-{base64.b64encode(digest).decode()}'")
    assert hashes == allowed - {"'none'"}
    assert elements.found.index(("meta", {"charset": "utf-8"})) < 4  # the policy comes next
    for tag, attributes in elements.found:
        assert not {name for name in attributes if name == "style" or name.startswith("on")}, tag
        assert attributes.get("src", "data:").startswith("data:")


@pytest.mark.parametrize("kind", KINDS)
def test_what_gets_into_a_page_as_html_all_the_same_runs_nothing(browser, pages, kind, tmp_path):
    """The payloads as they are, right behind <body>: the policy is the second wall."""
    page_file, planted = tmp_path / "page.html", "".join(PAYLOADS.values())
    planted += (
        '<script src="data:text/javascript,window.hacked=1"></script><img src="http://x.invalid/">'
    )
    text = re.sub(r"(<body[^>]*>)", lambda found: found[0] + planted, pages[kind])
    page_file.write_text(text, encoding="utf-8")
    ran, asked = [], []
    for bypass_csp in (False, True):  # the second time to see that the payloads bite
        context = browser.new_context(bypass_csp=bypass_csp)
        page = context.new_page()
        page.on("requestfailed", lambda one: asked.append((one.url, one.failure)))
        page.goto(page_file.as_uri(), wait_until="load")
        page.wait_for_timeout(100)
        page.evaluate("document.getElementById('bait').click()")
        page.wait_for_timeout(50)
        ran.append(page.evaluate("window.hacked"))
        context.close()
    assert ran == [None, 1]
    reasons = [reason for url, reason in asked if url.startswith("http")]
    assert reasons[0] == "csp"
    assert len(reasons) == 2
    assert reasons[1] != "csp"


def dataset_names(payload, folder):
    record = make_record([0.2, 0.3], {"dataset.kind": payload})
    write_run(folder / "1", record)
    report.compare(folder)
    return run_page(record), (folder / report.COMPARISON).read_text(encoding="utf-8")


def column_names(payload, folder):
    record = make_record([0.2, 0.3])
    data = {**record.about.data, "features": ["x0", payload], "target": f"y {payload}"}
    table = record.predictions.rename(columns={"x1": payload})
    record = replace(record, about=replace(record.about, data=data), predictions=table)
    return run_page(record), lesson_page(folder, record)


def paths(payload, folder):
    record = make_record([0.2, 0.3])
    record.about.config["dataset"]["path"] = payload
    below = folder / payload.replace("/", "∕").replace("\0", "")[:200]
    write_run(below, record)
    write_sweep(folder, Sweep(payload, payload, payload, ()))
    report.compare(folder)
    return run_page(record), (folder / report.COMPARISON).read_text(encoding="utf-8")


def labels(payload, folder):
    record = make_record([0.2, 0.3])
    record = replace(record, about=replace(record.about, label=payload, command=payload))
    write_run(folder / "1", record)
    report.compare(folder)
    return run_page(record), (folder / report.COMPARISON).read_text(encoding="utf-8")


def error_texts(payload, folder):
    record = make_record([0.2, 0.3])
    failed = replace(record, about=replace(record.about, error=payload))
    write_run(folder / "1", failed, state="failed")
    (folder / "1" / "run.log").write_text(payload, encoding="utf-8")
    write_run(folder / "2", record)
    report.compare(folder)
    return ((folder / report.COMPARISON).read_text(encoding="utf-8"),)


def notes(payload, folder):
    record = make_record([0.2, 0.3])
    about = replace(record.about, notes=(payload,))
    return (run_page(replace(record, about=about, summary=payload), note=payload),)


def lesson_texts(payload, folder):
    words = dict.fromkeys(("title", "question", "claim", "text"), payload)
    task = dict.fromkeys(("task", "answer", "command"), payload)
    choice = {"choices": [payload, "no"], "answer": 1, "ask": payload}
    exercises = [task] * len(SECTION["exercises"])
    words |= {"predict": choice, "exercises": exercises}
    entry = replace(course()[0], title=payload, question=payload, compared=payload)
    page = lesson_page(folder, make_record([0.2, 0.3]), **words)
    return page, render_index([entry], {})


def status_files(payload, folder):
    write_run(folder / "1", make_record([0.2, 0.3]))
    status = folder / "1" / run_folder.STATUS
    tree = json.loads(status.read_text(encoding="utf-8"))
    for key in ("config_sha256", "command", "label", "started"):
        tree[key] = payload
    tree["versions"] = {payload: payload}
    tree["data"] |= {"description": payload, "target": payload, "features": [payload, payload]}
    tree["config"]["model"] |= {"activation": payload, payload: payload}
    status.write_text(json.dumps(tree), encoding="utf-8")
    report.compare(folder)
    return ((folder / report.COMPARISON).read_text(encoding="utf-8"),)


PLACES = [
    dataset_names,
    column_names,
    paths,
    labels,
    error_texts,
    notes,
    lesson_texts,
    status_files,
]


@pytest.fixture(scope="module")
def unguarded(browser):
    """A tab that knows no policy: what is escaped needs none."""
    context = browser.new_context(bypass_csp=True)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_a_text_stays_a_text(unguarded, tmp_path, place, payload):
    """Even without the policy no payload runs, and none becomes an element."""
    for number, text in enumerate(place(PAYLOADS[payload], tmp_path / "sweep")):
        assert POLICY.search(text)
        page_file = tmp_path / f"{number}.html"
        page_file.write_text(text, encoding="utf-8")
        unguarded.goto(page_file.as_uri(), wait_until="load")
        if 'id="data"' in text:
            until(unguarded, "document.documentElement.dataset.ready")
        assert unguarded.evaluate("window.hacked") is None
        assert unguarded.locator(PLANTED).count() == 0
