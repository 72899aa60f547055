"""The service: what every face of it works with, and who is let in."""

from __future__ import annotations

import ipaddress
import os
import secrets
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from wenyuan.engine import KnowledgeBase
from wenyuan.errors import WrongUse
from wenyuan.fetch import Network
from wenyuan.server.database import Database
from wenyuan.server.errors import Refused, not_found
from wenyuan.server.evaluating import Evaluating
from wenyuan.server.feeding import Feeding
from wenyuan.server.gate import Gate
from wenyuan.server.handoffs import Handoffs
from wenyuan.server.home import Home
from wenyuan.server.identity import DEFAULT_TENANT, Identity, Right
from wenyuan.server.inbox import Inbox
from wenyuan.server.jobs import Jobs
from wenyuan.server.keys import Keys
from wenyuan.server.peer import Peer
from wenyuan.server.pointers import Pointers
from wenyuan.server.records import Audit, Feedback
from wenyuan.server.shelf import Models, Shelf
from wenyuan.server.telemetry import set_up
from wenyuan.server.traces import Traces
from wenyuan.server.worker import Work, Worker


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken at once."""

    workers: int = 2  # questions at work at once: about as many as there are cores
    waiting: int = 64  # questions that wait
    patience: float = 30.0  # seconds that they wait at most
    deadline: float = 300.0  # seconds of a question, its waiting included
    body_mb: int = 4  # of a request that is no upload
    upload_mb: int = 512  # of one upload
    file_mb: int = 100  # of a file of it
    files: int = 1000  # of one upload
    fetchers: int = 3  # sources and pages that are fetched at once
    silence: float = 30.0  # seconds that a caller may take to send or take the next bytes


@dataclass(frozen=True, slots=True)
class Options:
    """Where it listens, and whom it answers."""

    host: str = "127.0.0.1"
    port: int = 8642
    origins: tuple[str, ...] = ()  # web pages of which sites may call it
    hosts: tuple[str, ...] = ()  # names that it is called by, beside its address; none: any, where a key is needed
    limits: Limits = field(default_factory=Limits)
    networks: tuple[Network, ...] = ()  # that sources may reach though they are not public

    @property
    def local(self) -> bool:
        """Whether only programs of this machine reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def keyless(self) -> bool:
        """Whether it may do without keys: no proxy and no page lets others than this machine in."""
        return self.local and not self.hosts and not self.origins

    @property
    def url(self) -> str:
        """Where programs of this machine find it."""
        host = {"0.0.0.0": "127.0.0.1", "localhost": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


class Service:
    """Holds everything open from `start` to `close`."""

    def __init__(
        self, home: Home, options: Options, kinds: Mapping[str, Work] | None = None, models: Models | None = None
    ) -> None:
        """`kinds` are kinds of jobs beside those of the worker; `models` are shared with another service.

        Raises:
            Busy: another process serves this home.
            Damaged, NoAccess, OutOfSpace: the database cannot be read or written.
        """
        self.home, self.options, self.limits = home, options, options.limits
        with ExitStack() as undone:  # what is held where the rest cannot be had
            undone.callback(home.hold().release)
            self.database = Database(home.database)
            undone.callback(self.database.close)
            self._gather(kinds or {}, models)
            self._held = undone.pop_all()

    def _gather(self, kinds: Mapping[str, Work], models: Models | None) -> None:
        home = self.home
        self.keys, self.jobs = Keys(self.database), Jobs(self.database)
        self.audit, self.feedback = Audit(self.database), Feedback(self.database)
        self.inbox, self.handoffs = Inbox(self.database), Handoffs(self.database)
        self.telemetry = set_up()
        self.shelf, self.traces = Shelf(home, models), Traces()
        limits = self.limits
        waiting, patience = limits.waiting, limits.patience
        self.asking = Gate("questions", workers=limits.workers, waiting=waiting, patience=patience)
        # For lists and texts, which are short and do not wait for questions.
        self.looking = Gate("looks", workers=8, waiting=waiting, patience=patience)
        # For those who wait for jobs.
        self.watching = Gate("watched jobs", workers=64, waiting=64, patience=1.0)
        reach, threads = self.options.networks, limits.fetchers
        self.feeding = Feeding(home, self.database, self.jobs, self.shelf, networks=reach, threads=threads)
        self.worker = Worker(self.jobs, self.shelf, home.staging, {"folder": self.feeding.folder} | dict(kinds))
        self.evaluating = Evaluating(self.database, self.jobs, self.shelf, home.staging, self.asking)
        self._owners: dict[str, Identity] = {}
        self._pointers = Pointers()
        self.ending = threading.Event()  # what has no end of its own, as watching a job, ends

    def start(self) -> None:
        """Begin with the jobs, and tell who looks into the folders where the server is.

        Raises:
            WrongUse: others than this machine could reach it, and there is no key.
            Busy: another server serves one of the knowledge bases.
            NoAccess: the folder of a knowledge base cannot be written.
        """
        if not self.options.keyless and not self.keys.any():
            raise WrongUse(
                "Others than programs of this machine may call, and there is no key; make one with "
                f"`wenyuan keys add NAME --home {self.home.folder}`, or listen on 127.0.0.1 and allow no host or "
                "origin."
            )
        self._sweep()
        for tenant, name in self.home.all():
            self.point(tenant, name)
        self.worker.start()
        self.feeding.start()
        self.evaluating.start()

    def point(self, tenant: str, name: str) -> None:
        """Leave a note in a knowledge base's folder for who may read it anyway.

        Raises:
            Busy, NoAccess: another server serves it, or it cannot be written there.
        """
        token = secrets.token_urlsafe(32)
        self._owners[token] = Identity("owner", tenant, frozenset(["admin"]), only=name, owner=True)
        note = {"url": self.options.url, "kb": name, "token": token, "process": os.getpid()}
        self._pointers.put(self.home.place(tenant, name), note)

    def unpoint(self, tenant: str, name: str) -> None:
        """Let the token of a knowledge base that is deleted be none."""
        gone = [token for token, owner in list(self._owners.items()) if (owner.tenant, owner.only) == (tenant, name)]
        for token in gone:
            self._owners.pop(token, None)

    def identify(self, authorization: str | None, peer: Peer, origin: str | None = None) -> Identity:
        """Who calls, by the header `Authorization`; without one, by whose the other end of the connection is.

        `origin` is the header of that name, which a browser writes for a page: a key for pages needs it.

        Raises:
            Refused: nobody who is known, or a key of pages that another calls with.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() == "bearer" and token:
            known = self._owners.get(token) or self.keys.identity(token.strip())
            if known is not None:
                if known.origins is not None and origin not in known.origins:
                    raise Refused(
                        403, "foreign_origin", "This key is for pages of other sites; use one that names this site."
                    )
                return known
        elif not authorization and self.options.keyless and not self.keys.ever() and peer.own:
            return Identity("local", DEFAULT_TENANT, frozenset(["admin"]), owner=True)
        raise Refused(
            401, "unauthorized", "This needs a key: send `Authorization: Bearer KEY` with one that is in force."
        )

    @contextmanager
    def lent(self, identity: Identity, kb: str) -> Iterator[KnowledgeBase]:
        """A knowledge base as a caller sees it.

        Raises:
            Refused: there is none of this name for the caller.
        """
        with self.held(identity, kb) as base:
            yield base if identity.groups is None else base.seen_by(identity.groups)

    @contextmanager
    def held(self, identity: Identity, kb: str) -> Iterator[KnowledgeBase]:
        """A knowledge base as its owner sees it, for what changes it on a caller's behalf.

        Raises:
            Refused: as `lent`.
        """
        if not identity.reaches(kb):
            raise not_found()
        with self.shelf.lent(identity.tenant, kb) as base:
            yield base

    def end(self) -> None:
        """Soon it will be closed: who watches jobs hears no more of them."""
        self.ending.set()
        with self.jobs.changed:
            self.jobs.changed.notify_all()

    def close(self) -> None:
        """End jobs and questions, and close what is open."""
        self.end()
        with ExitStack() as last_first:
            last_first.enter_context(self._held)
            last_first.callback(self.telemetry.close)
            last_first.callback(self.inbox.close)
            last_first.callback(self.shelf.close)
            last_first.callback(self.evaluating.close)
            last_first.callback(self.worker.close)
            last_first.callback(self.feeding.close)
            last_first.callback(self.evaluating.stop)
            last_first.callback(self.worker.stop)  # before what the feeding ends is taken for a failure
            last_first.callback(self._pointers.close)

    def _sweep(self) -> None:
        """Remove what was staged for no job, as by a process that died between the two."""
        wanted = {job for (job,) in self.database.select("SELECT id FROM jobs WHERE state = 'queued'")}
        for each in self.home.staging.iterdir():
            if each.name not in wanted:
                shutil.rmtree(each, ignore_errors=True)


def require(identity: Identity, *rights: Right, visiting: bool = False) -> Identity:
    """The caller, who has one of these rights; `visiting`: pages of sites may do that, too.

    Raises:
        Refused: it has none.
    """
    if identity.visits and not visiting:
        raise Refused(403, "forbidden", "This key is for pages of a site, which may only ask; use another for this.")
    if not any(map(identity.may, rights)):
        raise Refused(403, "forbidden", f"This key may not do that; it needs the right '{rights[0]}'.")
    return identity
