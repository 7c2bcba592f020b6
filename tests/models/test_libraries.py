"""What TensorFlow and Keras only offer waits until it is used, and is then all there."""

from __future__ import annotations

import gc
import importlib
import os
import subprocess
import sys
import threading

import pytest

from models.libraries import OFFERED, postponed
from tests.conftest import ROOT


def python(code):
    """What a new process prints last."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


LOADED = "from models.libraries import load_keras; load_keras(); import sys\n"


def test_keras_comes_without_what_it_only_offers():
    asked = ("keras", "tensorflow", "sklearn", "scipy", "pandas", "matplotlib", "h5py._hl")
    code = f"print([n for n in {asked} if n in sys.modules])"
    assert python(LOADED + code) == "['keras', 'tensorflow']"


def test_every_name_on_the_list_is_postponed():
    """One that TensorFlow or Keras moved would be imported with the others, unseen."""
    code = "from models.libraries import _StandIn, OFFERED\n"
    code += "print([n for n in OFFERED if type(sys.modules.get(n)) is not _StandIn])"
    assert python(LOADED + code) == "[]"


def test_whoever_uses_it_has_all_of_it():
    code = LOADED + (
        "import tensorflow as tf, keras, matplotlib.pyplot as plt\n"
        "from keras.wrappers import SKLearnClassifier\n"
        "from sklearn.base import BaseEstimator\n"
        "assert tf.compat.v1.Session and tf.compat.v2.constant(1).numpy() == 1\n"
        "assert issubclass(keras.wrappers.SKLearnRegressor, BaseEstimator)\n"
        "assert plt.figure().axes == [] and keras.visualization.plot_image_gallery\n"
        "import numpy as np, pandas as pd, h5py, requests\n"
        "model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])\n"
        "model.compile('sgd', loss='mse')\n"
        "x, y = pd.DataFrame({'x': np.ones(4)}), pd.DataFrame({'y': np.ones(4)})\n"
        "assert model.fit(x, y, verbose=0, validation_split=0.5).epoch == [0]\n"
        "assert tf.raw_ops.Add(x=1, y=2).numpy() == 3 and tf.train.Checkpoint\n"
        "assert tf.linalg.trace([[1.0]]).numpy() == 1 and tf.test.TestCase\n"
        "assert tf.lite.TFLiteConverter and tf.debugging.assert_equal\n"
        "assert tf.tpu.experimental and tf.quantization.fake_quant_with_min_max_args\n"
        "assert h5py.File and requests.get and tf.distribute.get_strategy()\n"
        "print(type(sys.modules['keras.wrappers']).__name__, len(sys.meta_path))"
    )
    finders = python("import sys\nprint(len(sys.meta_path))")
    kind, count = python(code).split()
    assert kind == "module"
    # Some libraries leave a finder of their own; ours is gone.
    assert int(count) <= int(finders) + 2
    assert "_Postponing" not in python(LOADED + "print([type(f).__name__ for f in sys.meta_path])")


def test_collecting_goes_on_afterwards():
    code = LOADED + "import gc; print(gc.isenabled(), gc.get_freeze_count() > 100_000)"
    assert python(code) == "True True"
    assert python("import gc; gc.disable()\n" + LOADED + "print(gc.isenabled())") == "False"
    assert gc.isenabled()


@pytest.fixture
def package(tmp_path, monkeypatch):
    (tmp_path / "offering").mkdir()
    (tmp_path / "offering" / "__init__.py").write_text("from offering import slow\n")
    (tmp_path / "offering" / "slow.py").write_text(
        "import time\ntime.sleep(0.2)\nRAN = [__name__]\nvalue = 5\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("offering.slow", "offering"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("package")
def test_threads_that_ask_at_once_all_find_it_whole():
    with postponed(["offering.slow"]):
        offering = importlib.import_module("offering")
    slow, found = offering.slow, []
    threads = [threading.Thread(target=lambda: found.append(slow.value)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [5] * 8
    assert slow.RAN is importlib.import_module("offering.slow").RAN, "it ran once"
    with pytest.raises(AttributeError, match="nothing"):
        _ = slow.nothing


@pytest.mark.usefixtures("package")
def test_what_is_used_within_the_block_is_loaded_at_once():
    with postponed(["offering.slow"]):
        slow = importlib.import_module("offering").slow
        assert slow.value == 5
    assert importlib.import_module("offering.slow").value == 5


@pytest.mark.usefixtures("package")
def test_a_module_that_is_not_there_is_not_found():
    with postponed(["offering.missing", "no_such_package"]):
        with pytest.raises(ModuleNotFoundError, match=r"offering\.missing"):
            importlib.import_module("offering.missing")
        with pytest.raises(ModuleNotFoundError, match="no_such_package"):
            importlib.import_module("no_such_package")


def test_only_the_interfaces_of_the_two_are_postponed():
    others = {name for name in OFFERED if name.split(".")[0] not in ("keras", "tensorflow")}
    assert others == {"h5py", "requests"}


def test_functions_are_looked_up_at_first_call_only_while_the_two_are_loaded():
    code = "import os, sys\nfrom models import libraries\nbefore, seen = sys.getdlopenflags(), []\n"
    code += "libraries.importlib.import_module = lambda name: seen.append(sys.getdlopenflags())\n"
    code += "libraries.load_keras()\n"
    code += "print(before == sys.getdlopenflags(), seen[0] & os.RTLD_NOW, seen[0] & os.RTLD_LAZY)"
    assert python(code) == f"True 0 {os.RTLD_LAZY}"
