from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from experiments.plots.figures.png import palette_png

WHITE, CREAM = (255, 255, 255), (250, 240, 230)


def picture(colors, background, seed=0):
    """A picture (60, 80, RGBA): a third of it noise in so many colours, some close to white."""
    rng = np.random.default_rng(seed)
    pixels = np.full((60, 80, 4), (*background, 255), dtype=np.uint8)
    known = rng.integers(0, 256, (colors, 3))
    known[::4] = 255 - known[::4] % 9
    pixels[20:40, :, :3] = known[rng.integers(0, colors, (20, 80))]
    return pixels


@pytest.mark.parametrize("background", [WHITE, CREAM])
@pytest.mark.parametrize("colors", [1, 3, 200, 1500])
def test_pixels_are_those_of_pillow_asked_for_the_whole_picture(colors, background):
    pixels = picture(colors, background)
    written = Image.open(io.BytesIO(palette_png(pixels, 200)))
    whole = Image.fromarray(pixels).convert("RGB")
    expected = whole.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = expected.getpalette()
    place = 3 * expected.getpixel((0, 0))
    palette[place : place + 3] = background
    expected.putpalette(palette)
    np.testing.assert_array_equal(
        np.asarray(written.convert("RGB")), np.asarray(expected.convert("RGB"))
    )
    assert written.info["dpi"] == pytest.approx((200, 200), abs=0.1)
    assert written.mode == "P"


def test_a_picture_of_nothing_is_its_background():
    written = Image.open(io.BytesIO(palette_png(picture(3, CREAM)[:20], 96)))
    assert (np.asarray(written.convert("RGB")) == CREAM).all()
