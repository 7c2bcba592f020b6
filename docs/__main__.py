"""`python -m docs` writes the tables in docs/*.md anew; `--check` says whether one is stale."""

from __future__ import annotations

import argparse
import sys

from .tables import PAGES, filled


def main() -> int:
    """Write the pages, or check them; returns the exit code, 1 where a checked page is stale."""
    parser = argparse.ArgumentParser(prog="python -m docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if one differs")
    check = parser.parse_args().check
    stale = [path for path in PAGES if filled(path.read_text("utf-8")) != path.read_text("utf-8")]
    if check and stale:
        names = ", ".join(f"docs/{path.name}" for path in stale)
        print(f"error: docs: not what the code says: {names}; run make docs", file=sys.stderr)
        return 1
    for path in stale:
        path.write_text(filled(path.read_text("utf-8")), "utf-8")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
