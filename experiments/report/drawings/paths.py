"""Lines and points as path strings for inline SVG, and places as JSON, many at once.

A page has ten thousand places in tenths of a pixel: their words are looked up, not written anew.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.float64]
PlaceWords = NDArray[np.object_]

KEPT_PIXELS = 800  # pixels from 0 on whose words are kept: no drawing is wider or higher


@cache
def _kept_words() -> PlaceWords:
    return np.array([f"{tenth / 10:g}" for tenth in range(10 * KEPT_PIXELS + 1)], dtype=object)


def place_words(place_N: Places) -> PlaceWords:
    """Places of any shape in words, such as 120.5; nan where a place is no number."""
    with np.errstate(invalid="ignore"):
        tenth_N = np.rint(10 * place_N)
        kept_N = (tenth_N >= 0) & (tenth_N <= 10 * KEPT_PIXELS)
    found_N: PlaceWords = _kept_words()[np.where(kept_N, tenth_N, 0).astype(np.int64)]
    if not kept_N.all():
        found_N[~kept_N] = [f"{place:g}" for place in place_N[~kept_N].tolist()]
    return found_N


def as_json(place_SxN: Places) -> str:
    """Places as JSON, a list of a row or of many; null where one is no number."""
    word_SxN = place_words(place_SxN)
    word_SxN[np.isnan(place_SxN)] = "null"
    if word_SxN.ndim == 1:
        return f"[{','.join(word_SxN.tolist())}]"
    return f"[[{'],['.join(map(','.join, word_SxN.tolist()))}]]" if len(word_SxN) else "[]"


def path(x_N: Places, y_LxN: Places) -> str:
    """A line through points, or many in one, interrupted where a position is no number."""
    known_LxN = ~np.isnan(x_N + y_LxN)
    pen_K = _pens(known_LxN, "L")[known_LxN]
    x_K = place_words(np.broadcast_to(x_N, y_LxN.shape)[known_LxN])
    each = zip(pen_K.tolist(), x_K.tolist(), place_words(y_LxN[known_LxN]).tolist(), strict=True)
    return "".join([f"{pen}{x} {y}" for pen, x, y in each])


def lines(x_N: Places, y_LxN: Places) -> list[str]:
    """A path for each of L lines whose positions all are numbers."""
    part_LxNx2 = np.empty((*y_LxN.shape, 2), dtype=object)
    part_LxNx2[..., 0] = [f"L{word} " for word in place_words(x_N).tolist()]
    part_LxNx2[..., 1] = place_words(y_LxN)
    joined = ["".join(parts) for parts in part_LxNx2.reshape(-1, 2 * x_N.size).tolist()]
    return [f"M{line[1:]}" for line in joined]


def thin(x_N: Places, y_LxN: Places) -> str:
    """What `path` draws in whole tenths of a pixel and steps from point to point, half as long.

    For a path in a group that is scaled by a tenth.
    """
    known_LxN = ~np.isnan(x_N + y_LxN)
    pen_K = _pens(known_LxN, "l")[known_LxN]
    place_LxNx2 = np.stack(np.broadcast_arrays(x_N, y_LxN), axis=-1)
    tenth_Kx2 = np.rint(10 * place_LxNx2[known_LxN]).astype(np.int64)
    step_Kx2 = np.diff(tenth_Kx2, axis=0, prepend=0)
    step_Kx2[pen_K == "M"] = tenth_Kx2[pen_K == "M"]
    # `% d` has a sign or a space, and either parts two numbers.
    return "".join([f"{pen}%d% d" for pen in pen_K.tolist()]) % tuple(step_Kx2.ravel().tolist())


def dots(x_N: Places, y_N: Places) -> str:
    """A point at each place, all in one path; none where a position is no number."""
    known_N = ~np.isnan(x_N + y_N)
    each = zip(place_words(x_N[known_N]), place_words(y_N[known_N]), strict=True)
    return "".join([f"M{x} {y}h0" for x, y in each])


def _pens(known_LxN: NDArray[np.bool_], down: str) -> PlaceWords:
    """What each point begins with: the pen is up at the first one, and after those unknown."""
    pen_LxN = np.full(known_LxN.shape, down, dtype=object)
    pen_LxN[..., :1] = "M"
    pen_LxN[..., 1:][~known_LxN[..., :-1]] = "M"
    return pen_LxN
