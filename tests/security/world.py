"""Two tenants that know each other's names for everything, and what each of them must never be told.

Canaries are words that stand in nothing but what a caller must not see. Ids hold none of them, but for one that is
looked for only where the caller did not say it itself.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import httpx

from running import Running, finished
from wenyuan.server.keys import Pages

HR, OPS, BETA = "zqhrcanary", "zqopscanary", "zqbetacanary"
"""Of the group hr; of who administers acme; of the whole tenant beta."""
SALARY = "salary of the director"
PUMP = "# Pump PX-200\n\n## Warranty\n\nThe warranty of the pump lasts 24 months. The canteen opens at noon.\n"

RULES = """
[[rule]]
name = "pinned"
when.any = ["salary", "warranty"]
pin = ["hr/{document}", "open/pump.md"]
boost = {{ documents = ["hr/{document}"], factor = 3.0 }}

[[rule]]
name = "left-out"
when.any = ["canteen"]
exclude = {{ where = ["project={canary}"] }}

[[rule]]
name = "only"
when.any = ["moat"]
filter = {{ documents = ["hr/{document}"], where = ["project={canary}"] }}

[[rule]]
name = "{answer}"
when.any = ["bonus"]
answer = {{ text = "The bonus is {canary}.", document = "hr/{document}", quote = "{canary}", expires = 2099-01-01 }}
"""


WITHIN = ("source", "snapshot", "answer", "set", "evaluation", "passage", "correction", "question", "handoff")
"""Things of a knowledge base that other keys of its tenant may not see."""
KINDS = ("kb", "document", "job", "trace", "key", *WITHIN)
SITE = "https://shop.example.com"
"""The site of the page that asks acme's knowledge base."""


@dataclass(frozen=True)
class Ids:
    """One thing of each kind, by the names that requests give them."""

    kb: str
    document: str
    job: str
    trace: str
    key: str
    source: str
    snapshot: str
    answer: str
    set: str
    evaluation: str
    passage: str
    correction: str
    question: str  # of the inbox
    handoff: str

    def with_(self, kind: str, id: str) -> Ids:
        return replace(self, **{kind: id})

    def of(self, kind: str) -> str:
        return str(getattr(self, kind))


@dataclass(frozen=True)
class Caller:
    """Who attacks: a client, what it owns, and the canaries that it may not be told."""

    name: str
    client: httpx.Client
    own: Ids
    foreign: Mapping[str, tuple[str, ...]]  # kind → ids of things that are there, but not for it
    hidden: tuple[str, ...]
    known: bool = True  # whether the server lets it in at all


@dataclass
class World:
    """The server, the victims' ids, and everyone who attacks."""

    server: Running
    acme: Ids
    beta: Ids
    callers: dict[str, Caller] = field(default_factory=dict)
    deleted: dict[str, str] = field(default_factory=dict)  # kind → id of what was there once


def never(kind: str, id: str) -> str:
    """An id like another one, of nothing that ever was."""
    if kind in ("job", "trace", "evaluation"):
        return secrets.token_hex(16)
    if kind == "key":
        return secrets.token_hex(4)
    stem, dot, suffix = id.rpartition(".")
    body = stem if dot else id
    return body[:-6] + secrets.token_hex(3) + dot + (suffix if dot else "")


def build(server: Running) -> World:
    """Plant it all."""
    # Not alike: what is suggested in place of one may not be the other.
    secret = {"acme": f"pay-{secrets.token_hex(4)}", "beta": f"quarterly-wages-overview-{secrets.token_hex(4)}"}
    for tenant, canary in (("acme", HR), ("beta", BETA)):
        name, document = f"vault{tenant}{secrets.token_hex(3)}", f"{secret[tenant]}.md"
        secret[f"{tenant}.kb"] = name
        server.make(name, {"open/pump.md": PUMP if tenant == "acme" else f"# {BETA}\n\n{PUMP} {BETA}"}, tenant)
        server.make("manuals", {"pump.md": PUMP + ("" if tenant == "acme" else BETA)}, tenant)
        _house(server, tenant, name, document, canary)
    acme, beta = (_victim(server, tenant, secret[f"{tenant}.kb"], secret[tenant]) for tenant in ("acme", "beta"))
    world = World(server, acme, beta)
    _delete_some(world)
    _let_in(world)
    return world


def _house(server: Running, tenant: str, kb: str, document: str, canary: str) -> None:
    """What its owner wrote into the folder of a knowledge base."""
    folder = server.service.home.place(tenant, kb)
    ops = OPS if tenant == "acme" else BETA
    with server.service.shelf.closed(tenant, kb):
        (folder / "rules.toml").write_text(
            RULES.format(document=document, canary=canary, answer=answer_of(document)), "utf-8"
        )
        (folder / "wenyuan.toml").write_text(f"# {ops}\n[answer]\nsources = 5\n", "utf-8")
        (folder / "glossary.tsv").write_text(f"保修\t{'guarantee' if tenant == 'acme' else BETA}\n", "utf-8")


def _victim(server: Running, tenant: str, kb: str, document: str) -> Ids:
    """What people of the group hr do there: they bring a document, ask, and say what they think of the answer."""
    canary, ops = (HR, OPS) if tenant == "acme" else (BETA, BETA)
    secret = server.service.keys.add(f"{ops} of payroll", tenant, ["read", "ingest"], ["hr"])
    hr, base = server.client(secret[1]), f"/api/knowledge-bases/{kb}"
    pay = 90000 if tenant == "acme" else 80000
    text = f"# Pay {canary}\n\n## Director {canary}\n\nThe {SALARY} is {pay} {canary} yuan.\n\n![{canary}](x.png)\n"
    fields = {"title": f"Pay {canary}", "project": canary, "access": ["hr"]}
    sent = hr.post(
        f"{base}/documents",
        files=[("files", (f"hr/{document}.md", text.encode())), ("files", (f"hr/{document}.pdf", b"no pdf"))],
        data={"metadata": json.dumps(fields)},
    )
    job = finished(hr, sent)
    assert job["report"]["added"] == [f"hr/{document}.md"], job
    asked = hr.post(f"{base}/search", json={"question": f"{SALARY} {canary}"}).json()
    assert canary in json.dumps(asked["hits"])
    said = {"verdict": "wrong", "question": canary, "comment": ops, "document": f"hr/{document}.md"}
    assert hr.post(f"{base}/feedback", json=said).status_code == 201
    source, snapshot = _kept(server, tenant, kb)
    answer = answer_of(f"{document}.md")
    set_, evaluation = _measured(server, tenant, kb, f"hr/{document}.md")
    corrected = _corrected(hr, base, f"hr/{document}.md", f"{text} {canary}")
    made = (source, snapshot, answer, set_, evaluation, *corrected, *_left(server, hr, tenant, kb, canary))
    return Ids(kb, f"hr/{document}.md", job["id"], asked["trace_id"], secret[0].id, *made)


def _corrected(hr: httpx.Client, base: str, document: str, text: str) -> tuple[str, str]:
    """A passage of a document whose text somebody corrected, and the correction."""
    chunk = hr.get(f"{base}/chunks", params={"document": document}).json()["chunks"][0]["chunk"]
    assert hr.patch(f"{base}/chunks/{chunk}", json={"text": text}).status_code == 200
    return chunk, hr.get(f"{base}/corrections").json()["corrections"][0]["id"]


def _left(server: Running, hr: httpx.Client, tenant: str, kb: str, canary: str) -> tuple[str, str]:
    """A question that was not answered, and a conversation that a person is to go on with."""
    base, question = f"/api/knowledge-bases/{kb}", f"Who won the chess tournament of {canary} in Reykjavik?"
    asked = hr.post(f"{base}/ask", json={"question": question}).json()
    assert asked["decision"] == "ABSTAINED", asked
    [kept] = server.service.inbox.all(tenant, kb, 90, 9)
    talk = [{"role": "user", "content": question}]
    handed = hr.post(f"{base}/handoffs", json={"conversation": talk, "reason": canary, "contact": canary})
    assert handed.status_code == 201, handed.text
    return kept.id, handed.json()["id"]


def answer_of(document: str) -> str:
    """The rule that answers from a document."""
    return f"written-{document.rpartition('-')[2].removesuffix('.md')}"


def _kept(server: Running, tenant: str, kb: str) -> tuple[str, str]:
    """A source and a snapshot that its owner made."""
    admin, base = server.client(server.key("admin", tenant=tenant)), f"/api/knowledge-bases/{kb}"
    source, snapshot = f"source{secrets.token_hex(4)}", f"snapshot{secrets.token_hex(4)}"
    place = f"https://93.184.215.14/{OPS if tenant == 'acme' else BETA}"
    made = admin.post(f"{base}/sources", json={"name": source, "location": place, "kind": "web", "paused": True})
    assert made.status_code == 201, made.text
    made = admin.post(f"{base}/snapshots", json={"name": snapshot})
    assert made.status_code == 201, made.text
    return source, snapshot


def _measured(server: Running, tenant: str, kb: str, document: str) -> tuple[str, str]:
    """A question set and a run of its administrators."""
    admin, base = server.client(server.key("admin", tenant=tenant)), f"/api/knowledge-bases/{kb}"
    name, canary = f"set{secrets.token_hex(4)}", OPS if tenant == "acme" else BETA
    asked = {"question": f"What is the {SALARY}, {canary}?", "document": document}
    assert admin.put(f"{base}/question-sets/{name}", json={"jsonl": json.dumps(asked)}).status_code == 200
    job = finished(admin, admin.post(f"{base}/question-sets/{name}/run"))
    assert job["state"] == "done", job
    return name, job["id"]


def _delete_some(world: World) -> None:
    """Things that were there once, of acme."""
    server, kb = world.server, world.acme.kb
    admin = server.client(server.key("admin", tenant="acme"))
    base = f"/api/knowledge-bases/{kb}"
    document = f"hr/gone-{secrets.token_hex(4)}.md"
    finished(
        admin,
        admin.post(
            f"{base}/documents",
            files=[("files", (document, f"# {HR}\n\n{HR}".encode()))],
            data={"metadata": '{"access": "hr"}'},
        ),
    )
    assert admin.delete(f"{base}/documents/{document}").status_code == 200
    name = f"gone{secrets.token_hex(4)}"
    assert admin.post("/api/knowledge-bases", json={"name": name}).status_code == 201
    assert admin.delete(f"/api/knowledge-bases/{name}").status_code == 204
    world.deleted = {"document": document, "kb": name}


def _let_in(world: World) -> None:
    server, acme, beta = world.server, world.acme, world.beta
    all_of = {kind: (acme.of(kind),) for kind in KINDS}
    own = replace(beta, kb="manuals", document="pump.md")
    for name, rights, groups in (
        ("beta-admin", ["admin"], None),
        ("beta-read", ["read"], None),
        ("beta-ingest-hr", ["read", "ingest"], ["hr"]),
        ("beta-read-none", ["read"], []),
    ):
        key = server.key(*rights, tenant="beta", groups=groups)
        _add(world, name, key, replace(own, kb=beta.kb, document="open/pump.md"), all_of, (HR, OPS))
    inside = {"document": (acme.document, f"{acme.document[:-3]}.pdf"), "job": (acme.job,), "trace": (acme.trace,)}
    theirs = {"kb": (beta.kb,), "key": (beta.key,)}
    inside |= {kind: (acme.of(kind), beta.of(kind)) for kind in WITHIN}
    for name, rights, groups in (
        ("acme-read-it", ["read"], ["it"]),
        ("acme-read-none", ["read"], []),
        ("acme-ingest-it", ["ingest"], ["it"]),
        ("acme-both-it", ["read", "ingest"], ["it", "HR", "hrx", "everyone"]),
    ):
        key = server.key(*rights, tenant="acme", groups=groups)
        _add(world, name, key, replace(acme, document="open/pump.md"), inside | theirs, (HR, OPS, BETA))
    page = server.service.keys.add("shop", "acme", ["read"], [], Pages.of(acme.kb, [SITE]))[1]
    own = replace(acme, document="open/pump.md")
    made = {"kb": ("manuals", beta.kb), "key": (acme.key, beta.key)}
    _add(world, "acme-page", page, own, inside | made, (HR, OPS, BETA), origin=SITE)
    admin = {"kb": (beta.kb,), "document": (beta.document,), "key": (beta.key,), "trace": (acme.trace, beta.trace)}
    admin |= {kind: (beta.of(kind),) for kind in WITHIN}
    _add(world, "acme-admin", server.key("admin", tenant="acme"), acme, admin | {"job": (beta.job,)}, (BETA,))
    server.service.point("acme", "manuals")
    note = json.loads((server.service.home.place("acme", "manuals") / "server.json").read_text())
    rest = {kind: (acme.of(kind), beta.of(kind)) for kind in KINDS}
    own = replace(acme, kb="manuals", document="pump.md")
    _add(world, "acme-owner-of-another", note["token"], own, rest, (HR, OPS, BETA))
    revoked = server.service.keys.add("was", "acme", ["admin"])
    server.service.keys.revoke(revoked[0].id)
    world.deleted["key"] = revoked[0].id
    for name, token in (("revoked", revoked[1]), ("garbage", "wy-00000000-x"), ("nobody", None)):
        _add(world, name, token, acme, all_of, (HR, OPS, BETA), known=False)


def _add(
    world: World,
    name: str,
    token: str | None,
    own: Ids,
    foreign: Mapping[str, tuple[str, ...]],
    hidden: tuple[str, ...],
    *,
    known: bool = True,
    **headers: str,
) -> None:
    world.callers[name] = Caller(name, world.server.client(token, **headers), own, foreign, hidden, known)
