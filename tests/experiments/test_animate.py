"""`python -m experiments.animate`: the fit while it learned, as a moving picture."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from benchmarks.synthetic import make_record, write_run
from experiments.animate import PANELS, RATE, STILL, chosen_runs, durations, fits_of, headline, main
from experiments.plots import animation, animation_frames
from experiments.storage import run_folder
from tests.conftest import ROOT

WIDTH = 320


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("animate") / "run"
    write_run(folder, make_record([0.2, 0.3]))
    return folder


@pytest.fixture(scope="module")
def sweeps(tmp_path_factory):
    """Folders of a sweep over one dataset, and of one over two."""
    folder = tmp_path_factory.mktemp("sweeps")
    for width in range(1, 10):
        record = make_record([0.2 + width / 100] * 2, {"model.width": width})
        write_run(folder / "one" / f"{width:04d}", record)
    for kind in ("sine", "cubic"):
        for width in (5, 7):
            keys = {"dataset.kind": kind, "model.width": width}
            write_run(folder / "two" / f"{kind}-{width}", make_record([width / 10] * 2, keys))
    return folder


def animated(path):
    """Frames, size and durations in milliseconds of a file."""
    with Image.open(path) as image:
        each = []
        for number in range(image.n_frames):
            image.seek(number)
            image.load()
            each.append(image.info["duration"])
        return image.n_frames, image.size, each


@pytest.mark.parametrize("kind", ["webp", "gif"])
def test_every_snapshot_is_a_frame_and_the_last_one_stays(run, tmp_path, capsys, kind):
    out = tmp_path / f"fit.{kind}"
    words = [str(run), "--out", str(out), "--width", str(WIDTH), "--seconds", "4"]
    assert main(words) == 0
    assert capsys.readouterr().out.split() == [str(out)]
    count, size, each = animated(out)
    assert count == len(run_folder.read(run).snapshot_epochs)
    assert size == (WIDTH, WIDTH * 9 // 16)
    assert len(set(each[:-1])) == 1
    assert sum(each) == pytest.approx(4000, rel=0.05)
    assert each[-1] == pytest.approx(4000 * STILL, abs=20)


def test_the_file_is_a_webp_beside_the_folder_unless_it_is_named(run):
    assert main([str(run), "--width", str(WIDTH)]) == 0
    with Image.open(run.with_name("run.webp")) as image:
        assert image.format == "WEBP"
    assert sorted(path.name for path in run.parent.iterdir()) == ["run", "run.webp"]


def test_frames_last_as_long_as_players_can_keep_up():
    assert durations(41, 8) == [150] * 40 + [2000]
    assert min(durations(400, 1)) == 20
    assert sum(durations(1, 8)) == 2000


def test_frames_are_16_to_9_and_even(run):
    fits = fits_of(chosen_runs([run]))
    for width, height in ((320, 180), (1000, 562), (1282, 722)):
        frame = next(animation_frames.frames(fits, width, ""))
        assert frame.shape == (height, width, 4)
        assert frame.dtype == np.uint8


def test_the_last_frame_is_the_prediction_with_the_final_weights(run, monkeypatch):
    record = run_folder.read(run)
    (fit,) = fits_of(chosen_runs([run]))
    seen = []

    def spied(moving, epoch, show=animation_frames._bring_to):
        show(moving, epoch)
        (one,) = moving
        beyond_P, curve_P = (line.get_ydata() for line, _ in one.parts)
        inside = np.isfinite(curve_P)
        height_P = np.where(inside, curve_P, beyond_P)
        seen.append((epoch, height_P, inside, [line.get_xydata() for line, *_ in one.losses]))

    monkeypatch.setattr(animation_frames, "_bring_to", spied)
    pictures = list(animation_frames.frames([fit], WIDTH, "a title"))
    assert len(pictures) == len(seen) == len(record.snapshot_epochs)
    assert [epoch for epoch, *_ in seen] == record.snapshot_epochs.tolist()
    for at, (_, height_P, *_) in enumerate(seen):
        np.testing.assert_allclose(height_P, record.grid.snapshots_SxG[at], rtol=1e-6)
    _, last_P, inside_P, losses = seen[-1]
    np.testing.assert_allclose(last_P, record.grid.prediction_RxG[0], rtol=1e-6)
    x_N, x_P = record.predictions["x1"], record.grid.x_GxF[:, 1]
    assert inside_P.tolist() == [x_N.min() <= x <= x_N.max() for x in x_P]
    own = record.history[record.history["repeat"] == 0]
    for line, column in zip(losses, ["mse", "val_mse"], strict=True):
        np.testing.assert_allclose(line[-1], own[["epoch", column]].to_numpy()[-1])
    assert len(seen[0][3][0]) == 0, "no loss before the first epoch"
    assert (pictures[0] != pictures[-1]).any()


def test_without_a_grid_predictions_stand_against_targets(tmp_path):
    record = replace(make_record([0.2]), grid=None)
    shown = animation.growing_fit(record, "")
    assert shown.feature == ""
    np.testing.assert_array_equal(shown.x_P, record.predictions["y"])
    np.testing.assert_allclose(shown.heights_SxP, record.snapshots)
    assert shown.optimal_P is None
    write_run(tmp_path / "old", record)
    (tmp_path / "old" / run_folder.GRID).unlink(missing_ok=True)
    assert main([str(tmp_path / "old"), "--width", str(WIDTH)]) == 0


def test_a_run_of_shorter_training_waits_at_its_end():
    long, short = make_record([0.2]), make_record([0.3])
    short = replace(short, snapshot_epochs=short.snapshot_epochs // 2)
    fits = [animation.growing_fit(record, "") for record in (short, long)]
    assert animation.timeline(fits).tolist() == long.snapshot_epochs.tolist()
    at_end = animation.heights_at(fits[0], 50)
    np.testing.assert_array_equal(at_end, fits[0].heights_SxP[-1])


def test_a_diverged_run_is_drawn_as_far_as_it_is_finite(tmp_path):
    record = make_record([0.2])
    record.grid.snapshots_SxG[-3:] = np.nan
    record.grid.snapshots_SxG[5] = 1e30
    record.history.loc[record.history["epoch"] > 40, ["mse", "val_mse"]] = np.inf
    record.history.loc[record.history["epoch"] == 40, ["mse", "val_mse"]] = 1e25
    about = replace(record.about, diverged_at=(41,))
    shown = animation.growing_fit(replace(record, about=about), "")
    assert np.isnan(shown.heights_SxP[-1]).all()
    assert np.abs(shown.heights_SxP[5]).max() < 1e4
    assert shown.losses["training"][0].max() == 40
    low, high = animation.loss_limits([shown], [1.0])
    assert 0 < low < high < 1e4
    assert len(list(animation_frames.frames([shown], WIDTH, ""))) == len(record.snapshot_epochs)


def test_a_run_without_one_finite_loss_says_so(monkeypatch):
    record = make_record([0.2, 0.3])
    record.grid.snapshots_SxG[1:] = np.nan
    record.history[["loss", "val_loss", "mse", "val_mse"]] = np.nan
    shown = animation.growing_fit(record, "")
    assert shown.losses == {}
    assert len(list(animation_frames.frames([shown], WIDTH, ""))) == len(record.snapshot_epochs)
    words = []
    monkeypatch.setattr(Axes, "text", lambda axes, x, y, text, **look: words.append(text))
    animation_frames._frame_losses(Figure().subplots(), [shown], [1.0])
    assert words == ["no finite loss"]


def test_a_single_group_is_shown_from_best_to_worst_and_several_by_their_best(sweeps):
    few = [run.folder.name for run in chosen_runs([sweeps / "one"])]
    assert len(few) == PANELS
    assert (few[0], few[-1]) == ("0001", "0009")
    assert few == sorted(few)
    two = chosen_runs([sweeps / "two"])
    assert sorted(run.folder.name for run in two) == ["cubic-5", "sine-5"]
    assert {run.title.partition(":")[0] for run in two} == {"sine", "cubic"}


def test_several_runs_are_panels_on_shared_axes_under_one_cursor(sweeps, tmp_path):
    out = tmp_path / "panels.webp"
    folders = [str(sweeps / "one" / f"{width:04d}") for width in (1, 5)]
    assert main([*folders, "--out", str(out), "--width", str(WIDTH)]) == 0
    assert animated(out)[0] == len(make_record([0.2]).snapshot_epochs)
    fits = fits_of(chosen_runs([sweeps / "one"]))
    assert animation.same_data(fits)
    assert not animation.same_data([*fits, *fits_of(chosen_runs([sweeps / "two"]))])


@pytest.mark.parametrize("count", range(1, PANELS + 1))
def test_any_number_of_panels_stands_on_the_slide(run, count):
    fits = fits_of(chosen_runs([run])) * count
    frame = next(animation_frames.frames(fits, WIDTH, "several"))
    assert frame.shape[1] == WIDTH


def test_what_all_titles_share_stands_above_them():
    assert headline(["sine: 5 tanh"]) == ("sine: 5 tanh", [""])
    assert headline(["sine: 5 tanh", "sine: 5 relu"]) == ("sine", ["5 tanh", "5 relu"])
    assert headline(["sine: 5", "cubic: 5"]) == ("", ["sine: 5", "cubic: 5"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--width", "20"], "error: --width: must be from 320 to 3840 pixels, received 20; "),
        (["--seconds", "0"], "error: --seconds: must be from 1 to 600, received 0; "),
        (["--seconds", "nan"], "error: --seconds: must be from 1 to 600, received nan; "),
        (["--out", "a.png"], "error: --out: must end in .webp, received 'a.png'; name it a.webp"),
        (
            ["--out", "a.gif", "--format", "webp"],
            "error: --out: must end in .webp, received 'a.gif'; ",
        ),
        (["--format", "mp4"], "error: --format: mp4 needs ffmpeg, which is not on the PATH; "),
    ],
)
def test_a_wrong_setting_is_told_in_a_line(run, tmp_path, monkeypatch, capsys, words, said):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert main([str(run), *words]) == 2
    out, err = capsys.readouterr()
    (line,) = err.splitlines()
    assert line.startswith(said)
    assert (out, list(tmp_path.iterdir())) == ("", [])


def test_a_folder_with_nothing_that_moves_is_refused(run, sweeps, tmp_path, capsys):
    def line(*words):
        assert main([*map(str, words), "--out", str(tmp_path / "a.webp")]) == 2
        (said,) = capsys.readouterr().err.splitlines()
        return said

    assert "is no run folder, it has no status.json; " in line(tmp_path)
    record = make_record([0.2])
    first = slice(0, 1)
    still = replace(
        record,
        snapshot_epochs=record.snapshot_epochs[first],
        snapshots=record.snapshots[first],
        history=record.history.iloc[:0],
        grid=None,
        metrics=replace(record.metrics, epochs=0),
    )
    write_run(tmp_path / "still", still)
    assert "has nothing that moves, it was trained for 0 epochs; " in line(tmp_path / "still")
    write_run(tmp_path / "failed", record, "failed")
    assert "its state is failed; train it again" in line(tmp_path / "failed")
    write_run(tmp_path / "bad" / "run", record, "failed")
    assert "bad: holds no finished run; " in line(tmp_path / "bad")
    assert f"7 runs are more than stand beside each other, which are {PANELS}; " in line(
        run, sweeps / "one"
    )
    shutil.copytree(run, tmp_path / "changed")
    (tmp_path / "changed" / "history.csv").write_text("epoch\n1\n")
    assert "its state is broken; train it again" in line(tmp_path / "changed")


def test_a_file_that_cannot_be_written_is_exit_code_3(run, tmp_path, capsys):
    out = tmp_path / "none" / "fit.gif"
    assert main([str(run), "--width", str(WIDTH), "--out", str(out)]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: --out: No such file or directory, received ")


def stand_in_for_ffmpeg(folder, monkeypatch, script):
    (folder / "bin").mkdir()
    program = folder / "bin" / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/usr/bin:/bin")


def test_ffmpeg_gets_every_frame_at_a_constant_rate(run, tmp_path, monkeypatch):
    kept = f'echo "$@" > {tmp_path}/words; cat > {tmp_path}/raw'
    written = 'for last; do :; done; echo made > "$last"'
    stand_in_for_ffmpeg(tmp_path, monkeypatch, f"{kept}; {written}")
    out = tmp_path / "fit.mp4"
    assert main([str(run), "--out", str(out), "--width", str(WIDTH), "--seconds", "2"]) == 0
    assert out.read_text() == "made\n"
    words = (tmp_path / "words").read_text().split()
    assert words[words.index("-s") + 1] == "320x180"
    assert words[words.index("-pix_fmt") + 1] == "rgba"
    assert {"libx264", "yuv420p", "+faststart"} <= set(words)
    one = 320 * 180 * 4
    size = (tmp_path / "raw").stat().st_size
    assert size % one == 0
    assert size // one == pytest.approx(2 * RATE, rel=0.05)


def test_what_ffmpeg_says_when_it_fails_is_the_error(run, tmp_path, monkeypatch, capsys):
    stand_in_for_ffmpeg(tmp_path, monkeypatch, "echo noise >&2; echo no libx264 here >&2; exit 3")
    out = tmp_path / "fit.mp4"
    assert main([str(run), "--out", str(out), "--width", str(WIDTH)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        "error: --format: ffmpeg failed: no libx264 here; mend ffmpeg, or choose webp or gif"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin"]


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_ffmpeg_makes_a_video(run, tmp_path):
    out = tmp_path / "fit.mp4"
    assert main([str(run), "--out", str(out), "--width", str(WIDTH), "--seconds", "2"]) == 0
    assert out.read_bytes()[4:8] == b"ftyp"


def test_the_command_prints_the_file_and_nothing_else(run, tmp_path):
    words = [str(run), "--width", str(WIDTH), "--out", str(tmp_path / "fit.gif")]
    done = subprocess.run(
        [sys.executable, "-m", "experiments.animate", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert done.stdout.split() == [str(tmp_path / "fit.gif")]
