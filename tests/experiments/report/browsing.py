"""How tests of pages wait, and what they hear of a page's policy."""

from __future__ import annotations

import time

SECONDS = 30.0


def until(page, expression):
    """Wait for an expression of the page.

    Playwright's own `wait_for_function` evaluates text in the page, which its policy forbids.
    """
    end = time.monotonic() + SECONDS
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never true: {expression}"
        page.wait_for_timeout(20)
