"""The processor that a result is made on, as far as it can move a number, and its addresses.

The same program gives other last digits where vectors are of another width, where a product and a
sum are rounded once instead of twice, and where a library picks other kernels by the processor's
model.
"""

from __future__ import annotations

import os
import platform
import re
import shlex
from functools import cache
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
GPUS = Path("/proc/driver/nvidia/gpus")
# Flags of instructions that compute with floating-point numbers, as Linux names them.
FLOATING = re.compile(
    r"s*sse[0-9_a-z]*|avx[0-9_a-z]*|fma[0-9]*|f16c|amx_.*|asimd.*|sve.*|neon|vfp.*"
)
# What names a processor's model: by the first four on x86, by the rest on ARM.
MODEL = ("vendor_id", "cpu family", "model", "CPU implementer", "CPU part", "CPU variant")
# Variables that have libraries compute as on another processor.
SETTINGS = (
    "XLA_FLAGS",
    "TF_XLA_FLAGS",
    "TF_ENABLE_ONEDNN_OPTS",
    "NPY_DISABLE_CPU_FEATURES",
    "OPENBLAS_CORETYPE",
    "CUDA_VISIBLE_DEVICES",
)
# The stacked engine adds these itself, wherever there is no GPU: options, and a folder that moves
# no number.
OURS = ("--xla_backend_optimization_level=1", "--xla_cpu_experimental_ynn_fusion_type=")
OUR_FOLDER = "--tf_xla_persistent_cache_directory="


@cache
def processor() -> str:
    """Machine, model, floating-point instructions, GPUs and settings, in one line of text.

    On Linux all of them, from /proc; elsewhere machine and model as Python's platform knows them.
    """
    parts = [platform.machine() or "unknown"]
    try:
        parts += _of_linux(CPUINFO.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        parts.append(platform.processor() or "unknown")
    parts += gpus()
    for name in SETTINGS:
        words = [
            word
            for word in _flag_words(os.environ.get(name, ""))
            if word not in OURS and not word.startswith(OUR_FOLDER)
        ]
        parts += [f"{name}={' '.join(words)}"] if words else []
    return ", ".join(parts)


def _flag_words(flags: str) -> list[str]:
    """Flags as their libraries read them: what is quoted may hold blanks."""
    try:
        return shlex.split(flags)
    except ValueError:
        return flags.split()


def instructions() -> str:
    """All that the first core can do, as /proc names it; nothing where there is no such file."""
    try:
        lines = CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")


def _of_linux(cpuinfo: str) -> list[str]:
    """Model and floating-point flags of the first core in the content of /proc/cpuinfo."""
    first = cpuinfo.split("\n\n", maxsplit=1)[0]
    pairs = (line.partition(":") for line in first.splitlines())
    known = {key.strip(): value.strip() for key, _, value in pairs}
    flags = (known.get("flags") or known.get("Features") or "").split()
    model = " ".join(known[key] for key in MODEL if key in known)
    return [model or "unknown", " ".join(sorted(filter(FLOATING.fullmatch, flags)))]


def gpus() -> list[str]:
    """The models of the GPUs that NVIDIA's driver shows; they train where there are any."""
    found = []
    for path in sorted(GPUS.glob("*/information")):
        model = re.search(r"^Model:\s*(.+)$", path.read_text(errors="replace"), re.MULTILINE)
        found.append(f"GPU {model[1].strip() if model else 'unknown'}")
    return found


def addresses() -> int | None:
    """Bytes that the process may address, as `ulimit -v` has it; None where there is no limit."""
    try:
        import resource
    except ImportError:  # Windows has none
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if limit == resource.RLIM_INFINITY else limit
