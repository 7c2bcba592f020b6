"""Environment variables that a config sets for its jobs: which of them may be set, and by whom.

A variable can have a library load code, run a program or write a file elsewhere, and nobody knows
all of those: a file may set what is on a list. Others are taken from the command line, where
everybody sees them, but for those that are known to decide which programs run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Container

ENV_SET = "hydra.job.env_set"  # where a config holds environment variables of its jobs
# How a launcher's worker processes know of `--allow-plugins`. What stands there when the program
# begins counts for nothing: the flag is given where everybody sees it.
ALLOWED = "ARCHLAB_ALLOW_PLUGINS"
# Variables that decide which programs and libraries are found, or what Hydra and archlab ask: no
# config sets them before it is known whether it may.
DECIDING = re.compile(
    r".*PATH|LD_.*|DYLD_.*|PYTHON.*|GV.*|GIT_.*|BROWSER|HOME|TMPDIR|XDG_.*"
    r"|MPL.*|MATPLOTLIBRC|KERAS_.*|RAY_.*|DASK_.*|LOKY_.*|HYDRA_.*|ARCHLAB_.*"
)
# What a file may set: which devices, how many threads, how exactly, how many words. Not XLA_FLAGS,
# TF_XLA_FLAGS, OMP_TOOL_LIBRARIES or KERAS_HOME: they name programs, libraries and folders.
HARMLESS = re.compile(
    r"(CUDA|HIP|ROCR)_VISIBLE_DEVICES|CUDA_(DEVICE_ORDER|LAUNCH_BLOCKING|MODULE_LOADING)"
    r"|TF_FORCE_GPU_ALLOW_GROWTH|TF_GPU_(ALLOCATOR|THREAD_COUNT|THREAD_MODE)"
    r"|(OMP|MKL|OPENBLAS|BLIS|NUMEXPR)_NUM_THREADS|(VECLIB_MAXIMUM|NUMEXPR_MAX)_THREADS"
    r"|TF_NUM_(INTRAOP|INTEROP)_THREADS|OMP_(DYNAMIC|PLACES|PROC_BIND|SCHEDULE|THREAD_LIMIT)"
    r"|OMP_WAIT_POLICY|KMP_(AFFINITY|BLOCKTIME)|GOMP_CPU_AFFINITY|MKL_DYNAMIC"
    r"|TF_DETERMINISTIC_OPS|TF_CUDNN_(DETERMINISTIC|USE_AUTOTUNE)|TF_ENABLE_ONEDNN_OPTS"
    r"|CUBLAS_WORKSPACE_CONFIG|NVIDIA_TF32_OVERRIDE|NPY_DISABLE_CPU_FEATURES|OPENBLAS_CORETYPE"
    r"|TF_CPP_(MIN_LOG|MAX_VLOG)_LEVEL|NO_COLOR"
)


def is_deciding(variable: object) -> bool:
    """Whether an environment variable says which programs run."""
    return DECIDING.fullmatch(str(variable).upper()) is not None


def may_be_set(variable: object, typed: Container[str]) -> bool:
    """Whether a config may set a variable; `typed` are those of the command line."""
    harmless = HARMLESS.fullmatch(str(variable)) is not None
    return harmless or (variable in typed and not is_deciding(variable))


def is_set_at_once(variable: object, value: object, typed: Container[str]) -> bool:
    """Whether a variable is set as soon as a config is composed, or has that value already."""
    name = str(variable)
    allowed = bool(os.environ.get(ALLOWED)) and not is_deciding(name)
    known = str(value) == os.environ.get(name)  # of `hydra.job.env_copy`
    return name.isidentifier() and (known or allowed or may_be_set(name, typed))


def in_place_of(variable: str) -> str:
    """What stands for the value of an environment variable in a config."""
    return f"${{oc.env:{variable}}}"
