from __future__ import annotations

from pathlib import Path

import pytest

from experiments.storage import machine, user_cache


def test_programs_lie_in_the_cache_of_the_user_by_what_made_them(tmp_path, monkeypatch):
    monkeypatch.setattr(user_cache.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(user_cache, "gpus", list)
    folder = user_cache.compiled_programs()
    assert folder.parent == tmp_path / "archlab" / "programs"
    monkeypatch.setattr(user_cache, "instructions", lambda: "flags: other")
    others = user_cache.compiled_programs()
    assert others != folder
    monkeypatch.setattr(user_cache, "OURS", ())
    assert user_cache.compiled_programs() not in {folder, others}


def test_without_a_home_or_with_a_gpu_none_are_kept(monkeypatch):
    monkeypatch.setattr(user_cache, "gpus", lambda: ["GPU some"])
    assert user_cache.compiled_programs() is None
    monkeypatch.setattr(user_cache, "gpus", list)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(user_cache.sys, "platform", "linux")

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    assert user_cache.compiled_programs() is None


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("", ""),
        ('--tf_xla_persistent_cache_directory="/a b/c"', ""),
        ('--other=1 --tf_xla_persistent_cache_directory="/a b/c"', "TF_XLA_FLAGS=--other=1"),
    ],
)
def test_where_programs_are_kept_makes_no_other_processor(flags, told, monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", flags)
    line = machine.processor.__wrapped__()
    assert told in line
    assert "persistent" not in line
    assert ("TF_XLA_FLAGS" in line) == bool(told)
