"""Files that strangers bring: their names, their sizes, what is said of them, and what already lies in their place."""

from __future__ import annotations

import io
import json
import os
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from running import Running, finished, running
from wenyuan.engine.report import Report
from wenyuan.types import Document

pytestmark = pytest.mark.slow

BASE = "/api/knowledge-bases/kb"
OUT = "zqoutside"

NAMES = [
    "../a.md", "..\\a.md", "x/../../a.md", "/etc/a.md", "//a.md", "c:/a.md", "c:a.md", "x/c:/../a.md",
    "a/./../b.md", "./../a.md", "..", ".", "", " ", "a.md/", ".a.md", "x/.ssh/a.md", "a\0.md", "a.md\0.exe", "a\n.md",
    "a\r\nset-cookie: x=1.md", "\x1b[31ma.md", "a/ b.md", "a /b.md", "x" * 300 + ".md", "/".join("x" * 700) + ".md",
    "a.md.meta.json", "a.md.META.JSON", "a.md.meta.json/b.md", "catalogue.sqlite/a.md", "x/Catalogue.SQLite/a.md",
    "a\u2028.md", "a\x85.md", "....//a.exe", "a.sqlite", "wenyuan.toml", "../files/a.md", "a/../../files/b.md",
]  # fmt: skip
"""None of them becomes a file."""


@pytest.fixture
def admin(server: Running) -> httpx.Client:
    server.make("kb", {"here.md": "# Here\n\nThe well is here.\n"})
    return server.client(server.key("admin"))


def files_of(server: Running, kb: str = "kb") -> Path:
    return server.service.home.place("default", kb) / "files"


def send(caller: httpx.Client, name: str, text: bytes = b"# X\n\nA text.\n", **fields: object) -> httpx.Response:
    data = {"metadata": json.dumps(fields)} if fields else {}
    return caller.post(f"{BASE}/documents", files=[("files", (name, text))], data=data)


def sent_raw(caller: httpx.Client, disposition: str) -> httpx.Response:
    """An upload with this header, byte for byte."""
    body = f"--b\r\nContent-Disposition: {disposition}\r\n\r\n# X\r\n--b--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=b"}
    return caller.post(f"{BASE}/documents", content=body.encode(), headers=headers)


def tree(folder: Path) -> set[str]:
    return {each.relative_to(folder).as_posix() for each in folder.rglob("*")}


def test_a_name_that_leads_out_or_means_something_else_becomes_no_file(server: Running, admin: httpx.Client) -> None:
    home = server.service.home.folder
    before = {each for each in tree(home) if not each.startswith(("server.sqlite", "tenants/default/kb/catalogue"))}
    for name in NAMES:
        reply = sent_raw(admin, f'form-data; name="files"; filename="{name.replace(chr(92), chr(92) * 2)}"')
        assert reply.status_code in (400, 415, 422), f"{name!r}: {reply.status_code} {reply.text}"
        assert "set-cookie" not in reply.headers
    after = {each for each in tree(home) if not each.startswith(("server.sqlite", "tenants/default/kb/catalogue"))}
    assert {each for each in after if not each.startswith("tenants/default/kb/")} <= before | {"staging"}
    assert tree(files_of(server)) == {"here.md"}


def test_a_raw_header_cannot_smuggle_a_name(server: Running, admin: httpx.Client) -> None:
    for disposition in (
        'form-data; name="files"; filename="a.md"; filename*=UTF-8\'\'..%2F..%2Fb.md',
        'form-data; name="files"; filename="..%2fb.md.md/../../c.md"',
        'form-data; name="files"; filename="a\\"; x=\\"../../b.md"',
        "form-data; name=files; filename=..\\..\\b.md",
    ):
        reply = sent_raw(admin, disposition)
        assert reply.status_code < 500
        if reply.status_code == 202:
            finished(admin, reply)
    root = files_of(server)
    assert all(each.is_relative_to(root) for each in server.service.home.folder.rglob("*b.md"))
    assert not list(server.service.home.folder.parent.glob("*.md"))


def test_links_that_lie_in_the_folder_are_neither_followed_nor_written_through(
    server: Running, admin: httpx.Client, tmp_path: Path
) -> None:
    root, outside = files_of(server), tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text(f"# {OUT}\n\n{OUT}", "utf-8")
    (outside / "meta.json").write_text(json.dumps({"note": OUT}), "utf-8")
    (root / "link.md").symlink_to(outside / "secret.md")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "here.md.meta.json").symlink_to(outside / "meta.json")
    (root / ".new.md.meta.json.new").symlink_to(outside / "written.json")
    before = {each: each.read_bytes() for each in outside.iterdir()}
    for name in ("link.md", "folder/secret.md", "folder/new.md", "folder/deep/new.md", "loop/x.md"):
        assert send(admin, name, note="x").status_code == 409, name
    assert finished(admin, send(admin, "new.md", product="X"))["state"] == "done"
    assert finished(admin, send(admin, "here.md", b"# Here\n\nAnew.\n", product="X"))["state"] == "done"
    finished(admin, admin.post(f"{BASE}/sync", json={}))
    assert {each: each.read_bytes() for each in outside.iterdir()} == before
    listed = admin.get(f"{BASE}/documents")
    assert OUT not in listed.text
    assert [each["id"] for each in listed.json()["documents"]] == ["here.md", "new.md"]
    for name in ("link.md", "folder/secret.md"):
        assert admin.delete(f"{BASE}/documents/{name}").status_code == 404
    assert admin.delete(f"{BASE}/documents/new.md").status_code == 200
    assert {each: each.read_bytes() for each in outside.iterdir()} == before


def test_a_link_that_comes_after_the_reply_is_not_written_through(
    server: Running, admin: httpx.Client, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    planted = threading.Event()

    def wait(job: object, tell: object) -> Report:
        planted.wait(60)
        return Report()

    server.service.worker._kinds["sync"] = wait
    admin.post(f"{BASE}/sync", json={})
    reply = send(admin, "sub/new.md")
    (files_of(server) / "sub").symlink_to(outside)
    planted.set()
    job = finished(admin, reply)
    assert (job["state"], job["error"]["code"], list(outside.iterdir())) == ("failed", "taken", [])


def test_a_file_where_a_folder_is_and_the_other_way_round(server: Running, admin: httpx.Client) -> None:
    assert finished(admin, send(admin, "a.md/b.md"))["state"] == "done"
    assert send(admin, "a.md").status_code == 409
    assert send(admin, "here.md/b.md").status_code == 409
    assert tree(files_of(server)) == {"a.md", "a.md/b.md", "here.md"}


def test_what_lies_below_a_document_of_ones_own_is_not_deleted_with_it(server: Running, admin: httpx.Client) -> None:
    it = server.client(server.key("read", "ingest", groups=["it"]))
    with server.service.shelf.lent("default", "kb") as base:
        made = [Document(name, name, f"# {OUT}", "md", name, 0.0, metadata={"access": (group,)})
                for name, group in (("x", "it"), ("x/pay.md", "hr"))]  # fmt: skip
        base.put(made)
    reply = it.delete(f"{BASE}/documents/x")
    assert (reply.status_code, OUT in reply.text, "pay.md" in reply.text) == (403, False, False)
    assert admin.get(f"{BASE}/documents/x/pay.md").status_code == 200


def test_what_cannot_be_read_is_not_kept_and_what_lies_there_is_still_its_groups(
    server: Running, admin: httpx.Client
) -> None:
    hr, it = (server.client(server.key("read", "ingest", groups=[group])) for group in ("hr", "it"))
    job = finished(hr, send(hr, "pay.pdf", b"no pdf", note=OUT))
    assert "pay.pdf" in job["report"]["failed"]
    assert not [*files_of(server).rglob("pay.pdf*")]
    files_of(server).mkdir(exist_ok=True)
    (files_of(server) / "pay.pdf").write_bytes(b"no pdf")
    for beside in ('{"access": ["hr"]}', "{"):
        (files_of(server) / "pay.pdf.meta.json").write_text(beside, "utf-8")
        assert send(it, "pay.pdf", b"mine").status_code == 409


METADATA = [
    '{"access": "hr"}', '{"access": ["it", "hr"]}', '{"access": null}', '{"access": []}', '{"access": 1}',
    '{"access": "it", "access": "hr"}', '{"access": {"it": 1}}', '{"access": "it,hr"}', '{"access": [["it"]]}',
    '{"access": "it\\u0000"}', '{"access": " HR"}', '{"document": "other.md"}', '{"source": "x"}',
    '{"a": "\\ud800"}', '{"\\ud800": 1}', '{"a": {}}', '{"a": NaN}', '{"a": 1e999}', '{"a": [1]}', "[]", "null",
    '{"type": "pdf"}', "1", '"x"', "{", "", '{"date": "x"}', '{"time": 1e400}', "[" * 100_000, '{"a":' * 10_000,
]  # fmt: skip
NUMBERS = (10**30, -(10**30), 10**400, 2**63, 1.5e308)


def test_metadata_gives_nobody_elses_rights(server: Running, admin: httpx.Client) -> None:
    it = server.client(server.key("read", "ingest", groups=["it"]))
    for n, metadata in enumerate(METADATA):
        reply = it.post(f"{BASE}/documents", files=[("files", (f"{n}.md", b"# A"))], data={"metadata": metadata})
        assert reply.status_code in (202, 400, 403), f"{metadata[:99]}: {reply.text}"
        if reply.status_code == 202:
            job = finished(it, reply)
            assert job["state"] == "done", f"{metadata[:99]}: {job}"
            assert admin.get(f"{BASE}/documents/{n}.md").json()["metadata"]["access"] == ["it"], metadata[:99]


def test_a_number_that_is_too_large_breaks_nothing(server: Running, admin: httpx.Client) -> None:
    for n, number in enumerate(NUMBERS):
        reply = send(admin, f"{n}.md", size=number)
        assert reply.status_code in (202, 400)
        if reply.status_code == 202:
            assert finished(admin, reply)["state"] == "done"
        for where in (f"size>={number}", f"size={number}", "size>nan", "size>=inf"):
            told = admin.post(f"{BASE}/search", json={"question": "text", "where": [where]})
            assert told.status_code in (200, 400), told.text
    assert admin.get(f"{BASE}/documents").status_code == 200
    assert admin.post(f"{BASE}/search", json={"question": "text"}).status_code == 200


def test_front_matter_does_not_win_over_what_the_server_says(server: Running, admin: httpx.Client) -> None:
    it = server.client(server.key("read", "ingest", groups=["it"]))
    finished(it, send(it, "a.md", b"---\naccess: [hr, everyone]\n---\n# A\n\nText.\n"))
    assert admin.get(f"{BASE}/documents/a.md").json()["metadata"]["access"] == ["it"]


def test_too_many_too_large_and_twice_the_same(tmp_path: Path) -> None:
    with running(tmp_path / "home", files=3, file_mb=1, upload_mb=2, body_mb=1) as server:
        server.make("kb", {})
        admin = server.client(server.key("admin"))
        many = [("files", (f"{n}.md", b"x")) for n in range(4)]
        assert admin.post(f"{BASE}/documents", files=many).status_code == 400
        for size in ((1 << 20) + 1, 3 << 20):
            with suppress(httpx.TransportError):  # it need not listen to the end of what it does not take
                assert send(admin, "a.md", b"x" * size).status_code == 413
        twice = [("files", (name, b"x")) for name in ("é.md", "e\u0301.md")]
        assert admin.post(f"{BASE}/documents", files=twice).status_code == 400
        with suppress(httpx.TransportError):
            assert admin.post(f"{BASE}/search", json={"question": "x" * (2 << 20)}).status_code == 413
        assert list(server.service.home.staging.iterdir()) == []
        server.close()


def bombs() -> Iterator[tuple[str, bytes]]:
    """Files that are small, and want to be large."""
    zeros = b"\0" * (1 << 20)
    for suffix, part in (("docx", "word/document.xml"), ("xlsx", "xl/workbook.xml"), ("pptx", "ppt/presentation.xml")):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            with archive.open(part, "w", force_zip64=True) as out:
                for _ in range(1500):
                    out.write(zeros)
        yield f"bomb.{suffix}", packed.getvalue()
    stream = zlib.compress(zlib.compress(zeros * 200, 9), 9)
    head = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 9 9]>>endobj\n"
    filters = b"4 0 obj<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n" % len(stream)
    yield "bomb.pdf", head + page + filters + stream + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    yield "laughs.xml", b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><a>&b;</a>'


def test_bombs_are_refused_and_others_are_served_meanwhile(server: Running, admin: httpx.Client) -> None:
    (files_of(server).parent / "wenyuan.toml").write_text("[load]\nseconds = 20\nmemory_mb = 512\n", "utf-8")
    with server.service.shelf.closed("default", "kb"):
        pass
    longest, ended = 0.0, threading.Event()

    def ask() -> None:
        nonlocal longest
        reader = server.client(server.key("read"))
        while not ended.is_set():
            started = time.monotonic()
            assert reader.post(f"{BASE}/search", json={"question": "Where is the well?"}).json()["hits"]
            longest = max(longest, time.monotonic() - started)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for name, data in bombs():
            reply = send(admin, name, data)
            if reply.status_code == 202:
                report = finished(admin, reply)["report"]
                assert report["added"] in ([], [name]), report
                assert name.startswith("laughs") or not report["added"] or name.endswith("pdf"), report
    finally:
        ended.set()
        asking.join()
    assert longest < 20, "a question waited for a bomb"
    assert finished(admin, send(admin, "after.md"))["report"]["added"] == ["after.md"]


def test_settings_reach_nothing_that_the_servers_owner_did_not_name(
    server: Running, admin: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WENYUAN_RERANK__MODEL")  # which wins over what is written

    def put(toml: str, caller: httpx.Client = admin) -> int:
        return caller.put(f"{BASE}/settings", json={"toml": toml}).status_code

    for toml in (
        '[llm]\nurl = "http://169.254.169.254/v1"\nmodel = "x"\n',
        '[[llm.fallbacks]]\nurl = "http://evil.example/v1"\nmodel = "x"\n',
        '[encoder]\nmodel = "/etc"\n', '[rerank]\nmodel = "../other"\n', '[rerank]\nmodel = "hf:evil/x"\n',
        '[understand]\nintent = "/tmp/x"\n', '[recall]\nglossary = "./x"\n', '[fuse]\npolicy = "/x"\n',
    ):  # fmt: skip
        assert put(toml) == 403, toml
    assert put('[answer]\nsources = 4\n[rerank]\nmodel = "none"\n') == 200
    server.service.point("default", "kb")
    note = json.loads((files_of(server).parent / "server.json").read_text())
    toml = '[llm]\nurl = "http://127.0.0.1:1/v1"\nmodel = "x"\n'
    assert put(toml, server.client(note["token"])) == 200
    assert put(toml + "[answer]\nsources = 4\n") == 200, "it was named before"
    wrong = admin.put(f"{BASE}/rules", json={"toml": "[[rule]]\n"})
    assert str(server.service.home.folder) not in wrong.text
    assert not [each for each in os.listdir(files_of(server).parent) if each.endswith(".trial")]
