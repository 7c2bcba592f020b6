from __future__ import annotations

import json
import math
import random
import struct

import pytest

from experiments.storage.files import json_of, json_text


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
    assert repr(json_of(text.encode())) == repr(json.loads(text))
    assert repr(json_of(b'{"a": 1, "a": NaN, "b": -Infinity}')) == "{'a': nan, 'b': -inf}"


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"a": 1', b"[1,]", b"nothing", b"\xff\xfe", b'"\\ud800"', b"[" * 100_000, b"1 2"],
    ids=lambda content: str(content[:8]),
)
def test_what_is_no_json_ends_as_with_the_standard_library(content):
    def told(read):
        try:
            return repr(read(content))
        except (ValueError, RecursionError) as error:
            return type(error), str(error)

    assert told(json_of) == told(json.loads)
