"""A file from a web server, which may send too much, too slowly, or never end."""

from __future__ import annotations

import time
from urllib.request import urlopen

MOST_BYTES, MOST_SECONDS, SILENCE = 2**30, 300.0, 30.0  # of a file; without a byte in between
_AT_ONCE = 2**16


def fetched(url: str) -> tuple[bytes, str]:
    """What a server sends, and how it is encoded (`gzip`, or nothing).

    Raises:
        OSError: where it sends more than MOST_BYTES, takes longer than MOST_SECONDS, says nothing
            for SILENCE seconds, or cannot be reached.
        http.client.HTTPException: where it ends early, or the URL is none.
    """
    ends, parts, size = time.monotonic() + MOST_SECONDS, [], 0
    with urlopen(url, timeout=SILENCE) as response:  # noqa: S310, who calls looks at the scheme
        while part := response.read1(_AT_ONCE):
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                raise OSError(f"it has more than {MOST_BYTES:,} bytes")
            if time.monotonic() > ends:
                raise OSError(f"it takes longer than {MOST_SECONDS:g} seconds")
        promised = response.headers.get("Content-Length")
        if promised is not None and size < int(promised):
            raise OSError(f"it ended after {size:,} of {int(promised):,} bytes")
        return b"".join(parts), str(response.headers.get("Content-Encoding", ""))
