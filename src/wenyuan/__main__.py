"""The program `wenyuan`, which is also `python -m wenyuan`."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line; one that is stopped with Ctrl-C, even while it loads, ends without a traceback."""
    try:
        from wenyuan.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
