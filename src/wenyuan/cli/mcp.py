"""`wenyuan mcp`: a knowledge base as tools of the program that starts this one and speaks over its pipe."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.cli.holder import elsewhere
from wenyuan.cli.options import KB, Server
from wenyuan.cli.reader import reader
from wenyuan.errors import MissingExtra, NoKnowledgeBase

if TYPE_CHECKING:
    from wenyuan.desk import Asks


def mcp(kb: KB = Path("kb"), server: Server = None) -> None:
    """Offer a knowledge base to a program that starts this command, as tools of the Model Context Protocol (stdio)."""
    _require_mcp()
    from wenyuan.server.mcp.stdio import Kept, serve
    from wenyuan.store.ledger import is_in

    if not server and not is_in(kb):
        raise NoKnowledgeBase(f"There is no knowledge base in {kb}; make one with `wenyuan add`.", kb)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)  # on stderr
    serve(Kept(kb.resolve().name, _opening(kb, server)), reader.language)


def _opening(kb: Path, server: str | None) -> Callable[[], AbstractContextManager[Asks]]:
    """Opens it in this process, or at the server that holds it by then: one may have come or gone since."""
    from wenyuan.server.mcp.stdio import folder

    here = folder(kb)
    return lambda: elsewhere(kb, server) or here()


def _require_mcp() -> None:
    try:
        import fastapi  # noqa: F401 - whether it is there
        import mcp  # noqa: F401
        import prometheus_client  # noqa: F401
    except ImportError as error:
        raise MissingExtra("The Model Context Protocol needs the extra: `pip install 'wenyuan[mcp]'`.") from error
