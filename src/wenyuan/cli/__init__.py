"""The command line: parse, call, print. Results go to stdout, progress, notes and errors to stderr."""

from wenyuan.cli.main import main

__all__ = ["main"]
