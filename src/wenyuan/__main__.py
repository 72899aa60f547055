"""The program `wenyuan`, which is also `python -m wenyuan`."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn

_STOPPED = 130  # as shells have it: 128 + SIGINT


def main() -> NoReturn:
    """Run the command line; one that is stopped with Ctrl-C, even while it loads, ends without a traceback.

    Everything is closed by then, so the process ends at once: taking down modules and networks one by one would make a
    question wait another 0.2 s.
    """
    try:
        from wenyuan.cli import main as run

        run()
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    except KeyboardInterrupt:
        code = _STOPPED
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # nobody reads it any more, or it was never open
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
