"""The files that people write of a knowledge base: settings and rules, read and put in the place of those before."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from wenyuan.errors import WrongUse
from wenyuan.rules import FILE_NAME as RULES_FILE
from wenyuan.rules import read_rules
from wenyuan.server.errors import Refused, not_found
from wenyuan.server.identity import Identity
from wenyuan.server.service import Service
from wenyuan.settings import FILE_NAME as SETTINGS_FILE
from wenyuan.settings import Settings, read_settings


def place_of(service: Service, caller: Identity, kb: str) -> Path:
    """The folder of a knowledge base that the caller reaches.

    Raises:
        Refused: there is none.
    """
    if not caller.reaches(kb):
        raise not_found()
    return service.home.place(caller.tenant, kb)


def read_file(folder: Path, name: str) -> str:
    """The text of a file; empty where there is none."""
    file = folder / name
    return file.read_text("utf-8") if file.is_file() else ""


def replace_file(service: Service, caller: Identity, kb: str, name: str, text: str) -> None:
    """Put a file in the place of the one before, if a knowledge base can be opened with it; it holds from then on.

    Raises:
        Refused: there is no such knowledge base, or this is the folder's owner's to write.
        WrongUse: something in it is not valid; nothing is changed.
    """
    folder = place_of(service, caller, kb)
    with tempfile.TemporaryDirectory(dir=service.home.staging) as trial:
        written = Path(trial) / name
        written.write_text(text, "utf-8")
        try:
            if name == SETTINGS_FILE:
                _check_reach(caller, read_settings(folder), read_settings(written.parent))
                service.shelf.try_settings(written.parent)
            if name == RULES_FILE:
                read_rules(written)
        except WrongUse as error:
            raise WrongUse(str(error).replace(str(written), name)) from error
        staged = folder / f".{name}.new"
        staged.write_text(text, "utf-8")
    with service.shelf.closed(caller.tenant, kb):
        os.replace(staged, folder / name)


def _check_reach(caller: Identity, before: Settings, after: Settings) -> None:
    """See that nobody but the folder's owner makes the server call an address, or read a model off its disk.

    It would do so with rights of its own, and with the key for language models that its environment may hold.
    """
    if not caller.owner and not reach(after) <= reach(before):
        raise Refused(
            403,
            "forbidden",
            "Only who owns the server's folder names addresses of language models and folders of models; write "
            "wenyuan.toml there, or leave these as they are.",
        )


def reach(settings: Settings) -> set[str]:
    """The addresses that settings have a server call, and the models that are not shipped with it."""
    llm = settings.llm
    models = {settings.encoder.model, settings.rerank.model, settings.understand.intent, settings.recall.glossary}
    placed = {name for name in (*models, settings.fuse.policy) if not re.fullmatch(r"[\w-]+", name)}
    return placed | {url for url in (llm.url, *(each.url for each in llm.fallbacks)) if url}
