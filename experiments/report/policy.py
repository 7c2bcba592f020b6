"""What a page may do: run its own scripts, use its own styles, show images that it carries.

The Content-Security-Policy of every page. Names and texts on a page come from configs, CSV files
and folders of strangers; all of them are escaped, and where that should ever fail, a browser runs
none of it and asks no network. Scripts and styles are allowed by their hashes. Style attributes
cannot be, so they stand as rules in one style element.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

STYLE_ATTRIBUTE = re.compile(r'(?<=\s)style="([^"<>{}]*)"')


class PagePolicy:
    """Collects the scripts and styles of one page while its template is filled.

    A template writes `policy.here` in its head, scripts and style elements by
    `{% call policy.script() %}` and `{% call policy.style() %}`, and style attributes by
    `policy.look`.
    """

    def __init__(self) -> None:
        self.here = f"policy-{secrets.token_hex(16)}"  # no text of a page can foresee it
        self._scripts: list[str] = []
        self._styles: list[str] = []
        self._looks: dict[str, int] = {}

    def script(self, kind: str = "text/javascript", *, caller: Callable[[], Markup]) -> Markup:
        """A script element that the page may run."""
        text = caller()
        self._scripts.append(_by_hash(text))
        return Markup('<script type="{}">{}</script>').format(kind, text)

    def style(self, *, caller: Callable[[], Markup]) -> Markup:
        """A style element that the page may use."""
        text = caller()
        self._styles.append(_by_hash(text))
        return Markup("<style>{}</style>").format(text)

    def look(self, declarations: str) -> Markup:
        """What stands in an element's tag in place of a style attribute."""
        number = self._looks.setdefault(declarations, len(self._looks))
        return Markup('data-look="{}"').format(number)

    def drawing(self, svg: str) -> Markup:
        """An SVG element that archlab drew, its style attributes moved."""
        return Markup(STYLE_ATTRIBUTE.sub(lambda found: self.look(found[1]), svg))  # noqa: S704

    def applied(self, page: str) -> str:
        """The filled template with its policy."""
        rules = "\n".join(
            # `:not(#_)` ranks it above rules of classes, as a style attribute is.
            f'[data-look="{number}"]:not(#_) {{ {declarations} }}'
            for declarations, number in self._looks.items()
        )
        looks = self.style(caller=lambda: Markup(rules)) if rules else ""  # noqa: S704
        meta = f'<meta http-equiv="Content-Security-Policy" content="{self.text()}">'
        return page.replace(self.here, f"{meta}\n{looks}", 1)

    def text(self) -> str:
        """The policy; see https://www.w3.org/TR/CSP3/."""
        allowed = {
            "default-src": ["'none'"],
            "script-src": self._scripts or ["'none'"],
            "style-src": self._styles or ["'none'"],
            "img-src": ["data:"],
            "base-uri": ["'none'"],
            "form-action": ["'none'"],
        }
        return "; ".join(f"{name} {' '.join(sources)}" for name, sources in allowed.items())


def image_in_page(png: bytes) -> str:
    """The address of an image that a page carries."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _by_hash(text: Any) -> str:
    digest = hashlib.sha256(str(text).encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
