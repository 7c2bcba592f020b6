"""Shards are of one program, about equal, the longest first, and enough for all workers."""

from __future__ import annotations

import pytest

from experiments.runner.shards.plan import A_FOLDER, shards
from models import cost
