"""Nothing is written, or read, through a symbolic link of a folder of results."""

from __future__ import annotations

import json
import os

import pytest

from experiments import report
from experiments.errors import LinkError, StorageError
from experiments.predict import main as predict_main
from experiments.report.__main__ import main as report_main
from experiments.report.lesson.page import _page_image
from experiments.storage import run_folder, sweep_folder
from experiments.storage.guarded import links
from experiments.storage.guarded.links import appending, before_writing, refuse_links
from experiments.storage.read_runs import read_run, run_folders

FILES = ("status.json", "metrics.json", "run.log", "model.keras", "report.html", "fit.png")
RUN = "0000-depth-1"


@pytest.fixture
def victim(tmp_path):
    """A folder with a file that nothing may touch."""
    folder = tmp_path / "victim"
    folder.mkdir()
    (folder / "file").write_text("precious")
    yield folder
    assert [path.name for path in folder.iterdir()] == ["file"]
    assert (folder / "file").read_text() == "precious"


def link(path, to):
    path.unlink(missing_ok=True)
    path.symlink_to(to)


@pytest.mark.parametrize("name", [*FILES, ".hydra/config.yaml", ".hydra", "notes"])
def test_a_run_with_a_link_is_named_and_not_written(sweep, victim, told, name):
    run = sweep / RUN
    about = run_folder.read_about(run)
    if name == ".hydra":
        (run / ".hydra").rename(run.parent / "hydra")
    link(run / name, victim if name == ".hydra" else victim / "file")
    for act in (
        lambda: run_folder.start(run, about, report.pictures()),
        lambda: run_folder.finish(run, about, "done", report.pictures()),
    ):
        with pytest.raises(LinkError, match=f"{name}: is a symbolic link"):
            act()
    for main in (lambda: report_main([str(run)]), lambda: predict_main([str(run), "1,2"])):
        code, line = told(main)
        assert code == 3
        assert f"{name}: is a symbolic link" in line


@pytest.mark.parametrize("name", ["status.json", "metrics.json", "model.keras", "run.log"])
def test_the_comparison_names_the_link(sweep, victim, name):
    link(sweep / RUN / name, victim / "file")
    read = read_run(sweep / RUN, sweep)
    assert read.state == "broken"
    assert f"{name}: is a symbolic link" in read.reason
    assert "precious" not in read.log_tail
    comparison = report.compare(sweep)
    assert [row.state for row in comparison.rows] == ["broken", "done"]


@pytest.mark.parametrize("name", ["sweep.json", "sweep.log", ".lock", "multirun.yaml", "0007-x"])
def test_a_sweep_with_a_link_is_not_held(sweep, victim, name):
    link(sweep / name, victim if name == "0007-x" else victim / "file")
    with pytest.raises(LinkError, match=f"{name}: is a symbolic link"):
        sweep_folder.claim(sweep, "python run.py")


@pytest.mark.parametrize("name", ["comparison.html", "results.csv", "comparison_data"])
def test_a_comparison_is_written_beside_a_link_not_through_it(sweep, victim, name):
    scripts = name == "comparison_data"
    link(sweep / name, victim if scripts else victim / "file")
    if scripts:
        (victim / "file").rename(victim / "file.js")
    report.compare(sweep)
    if scripts:
        (victim / "file.js").rename(victim / "file")
    else:
        assert not (sweep / name).is_symlink()


def test_a_folder_between_sweep_and_run_is_no_link(sweep, victim):
    (sweep / "a").symlink_to(victim)
    with pytest.raises(LinkError, match="a: is a symbolic link"):
        before_writing(sweep / "a" / "b", below=sweep)


def test_a_sweep_is_reached_through_a_link_above_it(sweep, tmp_path):
    (tmp_path / "outputs").symlink_to(sweep.parent)
    through = tmp_path / "outputs" / sweep.name
    lock = sweep_folder.claim(through, "python run.py")
    before_writing(through / RUN, below=through)
    sweep_folder.release(through, lock)
    assert [row.state for row in report.compare(through).rows] == ["done", "done"]
    assert report_main([str(through / RUN)]) == 0


def test_a_hard_link_keeps_what_it_had(sweep, victim):
    for name in ("run.log", ".hydra/config.yaml"):
        (sweep / RUN / name).unlink()
        os.link(victim / "file", sweep / RUN / name)
    before_writing(sweep / RUN)
    for name in ("run.log", ".hydra/config.yaml"):
        assert (sweep / RUN / name).read_text() == "precious"
        (sweep / RUN / name).write_text("changed")


def test_a_log_is_not_followed(tmp_path, victim):
    (tmp_path / "run.log").symlink_to(victim / "file")
    with pytest.raises(LinkError, match=r"run\.log: is a symbolic link"):
        appending(tmp_path / "run.log")


def test_many_links_are_all_named(tmp_path):
    for name in "ab":
        (tmp_path / name).symlink_to("/nowhere")
    with pytest.raises(StorageError) as caught:
        refuse_links(tmp_path)
    assert [problem.key for problem in caught.value.problems] == [
        str(tmp_path / name) for name in "ab"
    ]


@pytest.mark.parametrize(
    "name", ["../x", "/tmp/x", "a/../../x", "", ".", "a//b", "C:\\x", "a\\..\\x", "a\n", "a/./b"]
)
def test_a_folder_of_sweep_json_leads_into_the_sweep(sweep, told, name):
    path = sweep / "sweep.json"
    tree = json.loads(path.read_text())
    tree["runs"][0]["folder"] = name
    path.write_text(json.dumps(tree))
    code, line = told(lambda: report_main([str(sweep)]))
    assert code == 2
    assert "sweep.json: names a run's folder that" in line
    assert (sweep / "comparison.html").exists()
    with pytest.raises(Exception, match="cannot be read: names a run's"):
        sweep_folder.held_sweep(sweep)


@pytest.mark.parametrize("inner", ["run.log", ".hydra"])
def test_a_sweep_that_goes_on_writes_through_no_link(sweep, victim, ask, inner):
    """The whole command: what is missing would be trained, and is refused before that."""
    words = ["-m", "model.depth=1", "model.width=4", "training.epochs=0", "training.repeats=1"]
    asked = [*words, f"hydra.sweep.dir={sweep.parent / 'new'}"]
    assert ask(sweep.parent, asked).returncode == 0
    (run,) = (sweep.parent / "new").glob("0000-*")
    (run / "status.json").unlink()
    if inner == ".hydra":
        (run / inner).rename(sweep.parent / "hydra")
        link(run / inner, victim)
    else:
        link(run / inner, victim / "file")
    ended = ask(sweep.parent, asked)
    assert ended.returncode == 3
    (line,) = [one for one in ended.stderr.splitlines() if one.startswith("error: ")]
    assert f"{inner}: is a symbolic link" in line
    single = ask(sweep.parent, [*words[1:], f"hydra.run.dir={run}"])
    assert single.returncode == 3
    assert single.stderr.startswith(f"error: {run / inner}: is a symbolic link")


def test_a_page_of_a_lesson_takes_no_file_in_for_a_picture(sweep, victim):
    link(sweep / RUN / "fit.png", victim / "file")
    (sweep / RUN / "loss_curves.png").write_bytes(b"no picture")
    assert _page_image(sweep / RUN / "fit.png") == ""
    assert _page_image(sweep / RUN / "loss_curves.png") == ""
    assert _page_image(sweep / RUN / "none.png") == ""


@pytest.fixture
def junction(monkeypatch):
    """junction(folder): Windows calls it a junction from now on; everything else is as it is."""
    lstat, known = os.lstat, set()

    class Found:
        def __init__(self, path):
            self.found = lstat(path)
            self.st_reparse_tag = links.JUNCTION if str(path) in known else 0

        def __getattr__(self, name):
            return getattr(self.found, name)

    class Windows:
        name, lstat = "nt", Found

        def __getattr__(self, name):
            return getattr(os, name)

    monkeypatch.setattr(links, "os", Windows())
    return lambda folder: known.add(str(folder))


@pytest.mark.parametrize("name", ["0007-x", "0000-depth-1/.hydra", "0000-depth-1/notes"])
def test_a_junction_of_windows_is_a_link(sweep, victim, junction, name):
    """There a junction is a folder to everybody who does not look at its reparse tag."""
    refuse_links(sweep)
    (sweep / name).mkdir(exist_ok=True)
    (sweep / name / "inside").symlink_to(victim)  # not looked at: nobody goes in
    junction(sweep / name)
    with pytest.raises(LinkError) as caught:
        before_writing(sweep)
    (problem,) = caught.value.problems
    assert problem.key == str(sweep / name)
    assert "is a symbolic link or a junction" in problem.what
    (sweep / name / "inside").unlink()


def test_no_run_is_read_through_a_junction(sweep, junction):
    assert len([*run_folders(sweep)]) == 2
    junction(sweep / RUN)
    assert [path.name for path in run_folders(sweep)] == ["0001-depth-2"]
    with pytest.raises(LinkError):
        before_writing(sweep / RUN / "within", below=sweep)
