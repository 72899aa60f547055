"""The command line: parse, call, print. JSON goes to stdout with `--json`; everything for the reader's eye to stderr."""

from wenyuan.cli.main import main

__all__ = ["main"]
