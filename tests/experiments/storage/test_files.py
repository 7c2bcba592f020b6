from __future__ import annotations

import json
import math
import random
import struct

import pytest

from experiments.errors import DamagedError
from experiments.storage.files import json_text
from experiments.storage.guarded.schemas import json_tree


def test_json_is_read_as_the_standard_library_reads_it():
    rng = random.Random(0)
    numbers = [struct.unpack("d", rng.randbytes(8))[0] for _ in range(20_000)]
    numbers = [number for number in numbers if math.isfinite(number)]
    tree = {
        "numbers": [*numbers, -0.0, 5e-324, 0.1 + 0.2, 2**70, -1, 0, True, None],
        "texts": ["é 𝄞", "line\nbreak", "", '"\\', "\x7f\u2028"],
        "empty": [{}, []],
    }
    text = json_text(tree)
    assert repr(json_tree(text.encode())) == repr(json.loads(text))
    assert json_tree(b'{"a": 1, "a": 2}') == {"a": 2}


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b'{"a": 1', b"[1,]", b"nothing", b"\xff\xfe", b'"\\ud800"', b"1 2"),
        *(b"[" * 100_000, b"[" * 300 + b"]" * 300, b"NaN", b"[-Infinity]", b"1" * 5000),
    ],
    ids=lambda content: str(content[:8]),
)
def test_what_is_no_json_is_refused(content):
    with pytest.raises(DamagedError, match=r"error: JSON: is no JSON: .*; train the run again"):
        json_tree(content)
