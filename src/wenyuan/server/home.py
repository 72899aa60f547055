"""The folder of a server: its database, what is on its way in, and the knowledge bases of its tenants.

server.sqlite              keys, jobs, feedback, the log of changes
lock                       held by the one process that serves it
staging/                   uploads that no job has taken over yet
tenants/<tenant>/<name>/   a knowledge base
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from wenyuan.errors import Busy, NoAccess, WrongUse
from wenyuan.server.errors import Refused, not_found
from wenyuan.server.identity import DEFAULT_TENANT, Identity
from wenyuan.server.naming import checked_name, is_name
from wenyuan.store.ledger import is_in
from wenyuan.store.lock import Lock

DATABASE = "server.sqlite"
LOCK = "lock"


class Home:
    """Where things are. `served` are knowledge bases that lie elsewhere, by the names that the default tenant has for
    them."""

    def __init__(self, folder: Path, served: Mapping[str, Path]) -> None:
        self.folder = folder
        self._served = {checked_name("knowledge base", name): place.resolve() for name, place in served.items()}
        for place in (self.staging, folder / "tenants"):
            try:
                place.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                raise NoAccess(
                    f"The server's folder {folder} cannot be made ({os.strerror(error.errno or 0)}); name another with "
                    "--home, or mend that."
                ) from error

    @property
    def database(self) -> Path:
        """The server's own SQLite file."""
        return self.folder / DATABASE

    @property
    def staging(self) -> Path:
        """Where uploads arrive."""
        return self.folder / "staging"

    def hold(self) -> Lock:
        """Keep other servers out; to be released.

        Raises:
            Busy: another process serves it.
        """
        try:
            return Lock(self.folder / LOCK)
        except Busy as error:
            by = "another process" if error.holder is None else f"process {error.holder}"
            raise Busy(
                f"The server's folder {self.folder} is served by {by} already; stop that, or name another with --home.",
                error.holder,
            ) from error

    def names(self, tenant: str) -> list[str]:
        """The knowledge bases of a tenant."""
        if not is_name(tenant):
            return []
        folder = self.folder / "tenants" / tenant
        own = [each.name for each in folder.iterdir() if is_name(each.name) and is_in(each)] if folder.is_dir() else []
        return sorted({*own, *(self._served if tenant == DEFAULT_TENANT else ())})

    def all(self) -> list[tuple[str, str]]:
        """Every knowledge base: tenant and name."""
        tenants = {each.name for each in (self.folder / "tenants").iterdir() if is_name(each.name)}
        return [(tenant, name) for tenant in sorted({*tenants, DEFAULT_TENANT}) for name in self.names(tenant)]

    def reached(self, identity: Identity) -> list[str]:
        """The knowledge bases that a caller may touch."""
        return [name for name in self.names(identity.tenant) if identity.reaches(name)]

    def place(self, tenant: str, name: str) -> Path:
        """The folder of a knowledge base.

        Raises:
            Refused: there is none, or it is not this tenant's.
        """
        if name not in self.names(tenant):
            raise not_found()
        return self._place(tenant, name)

    def new(self, tenant: str, name: str) -> Path:
        """The folder that a new knowledge base is to have.

        Raises:
            WrongUse: it cannot have this name.
            Refused: there is one of this name.
        """
        checked_name("knowledge base", name)
        if name in self.names(tenant):
            raise Refused(409, "exists", f"There is a knowledge base '{name}' already; take another name.")
        return self._place(tenant, name)

    def remove(self, tenant: str, name: str) -> None:
        """Delete a knowledge base that is closed, at once: its folder is moved away before it is emptied.

        Raises:
            WrongUse: it lies elsewhere and is only served from here.
        """
        if tenant == DEFAULT_TENANT and name in self._served:
            raise WrongUse(f"The knowledge base '{name}' lies in {self._served[name]}; delete that folder yourself.")
        away = self.staging / f"gone-{secrets.token_hex(8)}"
        self.place(tenant, name).rename(away)
        shutil.rmtree(away, ignore_errors=True)

    def _place(self, tenant: str, name: str) -> Path:
        served = self._served.get(name) if tenant == DEFAULT_TENANT else None
        return served or self.folder / "tenants" / tenant / name
