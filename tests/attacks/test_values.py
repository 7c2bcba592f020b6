"""Values that Hydra stumbles over: one line that names the key, exit code 2, and no folder."""

from __future__ import annotations

import pytest

ROWS = [
    (["dataset.kind=[5,5]"], "dataset.kind: unknown dataset, received [5, 5]"),
    (["model.kind={a:1}"], "model.kind: unknown model, received {'a': 1}"),
    (["model=1"], "model: "),
    (["=3"], "'=3': Config group override must be"),
    ([""], "'': cannot be read"),
    (["~"], "'~': "),
    (["-m", "model=1,2"], "model: "),
    (["-m", "dataset.seed=range(0,1,0)"], "dataset.seed: a range needs a step other than 0"),
    (["-m", "hydra/launcher=joblib", "hydra.launcher.n_jobs=0"], "hydra.launcher.n_jobs: "),
    (["-m", "hydra.launcher._target_=os.system"], "hydra.launcher._target_: "),
    (["-m", "hydra.sweeper._target_=subprocess.run"], "hydra.sweeper._target_: "),
    (["-m", "hydra.sweeper._target_=[1]"], "hydra.sweeper._target_: "),
]


@pytest.mark.parametrize(("arguments", "line"), ROWS, ids=[row[0][-1] for row in ROWS])
def test_a_value_that_hydra_stumbles_over_is_one_line(ask, tmp_path, arguments, line):
    ended = ask(tmp_path, arguments)
    assert ended.stderr.startswith(f"error: {line}"), ended.stderr
    assert all(one.startswith("error: ") and "; " in one for one in ended.stderr.splitlines())
    assert "HYDRA_FULL_ERROR" not in ended.stderr
    assert ended.returncode == 2
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["model=pinv", "hydra.run.dir=r"], "r/run.log"),
        (["model=pinv", "hydra.run.dir=r"], "r/.hydra/config.yaml"),
        (["-m", "model=pinv,svd", "hydra.sweep.dir=r"], "r/sweep.log"),
        (["-m", "model=pinv,svd", "hydra.sweep.dir=r"], "r/.lock"),
    ],
)
def test_a_folder_where_a_file_belongs_is_named(ask, tmp_path, arguments, name):
    (tmp_path / name).mkdir(parents=True)
    ended = ask(tmp_path, arguments)
    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert name in ended.stderr
    assert "is a folder where a file belongs" in ended.stderr
