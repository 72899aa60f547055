"""What callers send that makes no sense, and how it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from running import Running, finished, running

from .conftest import PUMP
from .wire import Reply, Wire, asked

KB = "/api/knowledge-bases/kb"
SEARCH, ASK = f"{KB}/search", f"{KB}/ask"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("app")) as server:
        server.make("kb", {"pump.md": PUMP})
        yield server


def told(reply: Reply) -> tuple[int, str]:
    """The status and the code of an error, whose message is one sentence."""
    message = reply.error["message"]
    assert message
    assert "\n" not in message
    assert "Traceback" not in message
    return reply.status, reply.error["code"]


NESTED = b'{"question": "x", "filter": ' + b'{"and": [' * 50_000 + b"]}" * 50_000 + b"}"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "not_valid"),
        (b"{", 400, "not_json"),
        (b'{"question": "x"', 400, "not_json"),
        (b"question=x", 400, "not_json"),
        (b'{"question": "x"}}', 400, "not_json"),
        (b"\xff\xfe{}", 400, "not_json"),
        (b'{"question": "\xff"}', 400, "not_readable"),
        (b'{"question": "\xc0\xae"}', 400, "not_readable"),
        (NESTED, 400, "not_readable"),
        (b"[" * 100_000, 400, "not_readable"),
        (b"[]", 422, "not_valid"),
        (b"null", 422, "not_valid"),
        (b'"x"', 422, "not_valid"),
        (b'{"question": 7}', 422, "not_valid"),
        (b'{"question": null}', 422, "not_valid"),
        (b'{"question": ["x"]}', 422, "not_valid"),
        (b'{"question": "x", "k": 1e400}', 422, "not_valid"),
        (b'{"question": "x", "k": NaN}', 422, "not_valid"),
        (b'{"question": "x", "k": -Infinity}', 422, "not_valid"),
        (b'{"question": "x", "k": 1.5}', 422, "not_valid"),
        (b'{"question": "x", "k": ' + b"9" * 4_000 + b"}", 422, "not_valid"),
        (b'{"question": "x", "k": ' + b"9" * 5_000 + b"}", 400, "not_readable"),
        (b'{"question": "x", "rerank_ms": NaN}', 422, "not_valid"),
        (b'{"question": "x", "rerank_ms": -1}', 422, "not_valid"),
        (b'{"question": "\\ud800"}', 422, "not_valid"),
        (b'{"question": "x", "where": ["source=\\udfff"]}', 422, "not_valid"),
        (b'{"question": "x", "filter": {"field": "page", "op": "eq", "value": NaN}}', 422, "not_valid"),
        (b'{"question": "x", "filter": {"field": "page", "op": "eq", "value": 1e999}}', 422, "not_valid"),
        (b'{"question": "x", "filter": {"field": "product", "op": "eq", "value": "\\ud800"}}', 422, "not_valid"),
        (b'{"question": "x", "filter": {"\\ud800": 1}}', 422, "not_valid"),
        (b'{"question": "x", "unknown\\n": 1}', 422, "not_valid"),
        (b'{"question": "x", "__proto__": {}}', 422, "not_valid"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_bodies_that_make_no_sense(plain: Running, body: bytes, status: int, code: str) -> None:
    for path in (SEARCH, ASK):
        assert told(asked(plain, "POST", path, body)) == (status, code)


@pytest.mark.parametrize(
    "body",
    [
        b'{"question": "x", "question": "warranty"}',
        b'  {"question": "warranty"}\n',
        b'{"question": "warranty \\u0000 \\u001b[31m \\u202e \\u2028"}',
        b'{"question": "\\ud83d\\ude00 warranty"}',
        b'{"question": "warranty", "k": 2.0}',
        b'{"question": "warranty", "history": [{"role": "user", "content": "\\u0000"}]}',
        json.dumps({"question": "warranty " * 7_000}).encode(),
        json.dumps({"question": "\u0301" * 30_000}).encode(),
        json.dumps({"question": "warranty", "where": ["source!=x"] * 100}).encode(),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_bodies_that_are_odd_and_make_sense(plain: Running, body: bytes) -> None:
    assert asked(plain, "POST", SEARCH, body).status == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x", ";;;", None]
)
def test_a_body_that_is_not_called_json_is_not_read(plain: Running, kind: str | None) -> None:
    reply = asked(plain, "POST", SEARCH, b'{"question": "x"}', content_type=kind)
    assert told(reply) == (415, "not_json")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/ld+json"])
def test_a_body_that_is_called_json_is_read(plain: Running, kind: str) -> None:
    assert asked(plain, "POST", SEARCH, b'{"question": "x"}', content_type=kind).status == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_bodies_are_not_inflated(plain: Running, encoding: str) -> None:
    import gzip

    body = gzip.compress(b'{"question": "' + b"x" * 10_000_000 + b'"}')
    assert asked(plain, "POST", SEARCH, body, content_encoding=encoding).status == 400


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//evil.example/livez",
        "//livez",
        "/livez/",
        "/livez%00",
        "/livez%0d%0aX-Evil:%201",
        "/%c0%af%c0%ae",
        "/%ff%fe",
        "/%zz",
        "/" + "a" * 30_000,
        "/" + "a/" * 10_000,
        "/api/knowledge-bases/%2e%2e",
        "/api/knowledge-bases/..%2f..",
        "/api/knowledge-bases/kb%00",
        "/api/knowledge-bases/KB",
        "/api/knowledge-bases/%e6%b0%b4",
        f"{KB}/documents/../../../server.sqlite",
        f"{KB}/documents/%2e%2e%2f%2e%2e%2f%2e%2e%2fserver.sqlite",
        f"{KB}/documents/..%5c..%5cserver.json",
        f"{KB}/documents//etc/passwd",
        f"{KB}/documents/%2fetc%2fpasswd",
        f"{KB}/documents/pump.md%00.txt",
        f"{KB}/documents/pump.md/",
        f"{KB}/documents/./pump.md",
        f"{KB}/documents/%c0%ae%c0%ae/pump.md",
        f"{KB}/documents/" + "a" * 5_000,
        f"{KB}/traces/%2e%2e",
        "/api/jobs/%00",
        "/api/jobs/' OR 1=1 --".replace(" ", "%20"),
        f"{KB}/text?document=../../../server.sqlite",
        f"{KB}/text?document=%00",
        f"{KB}/text?document=pump.md%00",
        f"{KB}/chunks?document=%ff",
    ],
)
def test_paths_lead_nowhere(plain: Running, path: str) -> None:
    reply = asked(plain, "GET", path)
    assert told(reply) == (404, "not_found")
    assert "x-evil" not in reply.headers
    assert told(asked(plain, "DELETE", path))[0] in (404, 405)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("start=-1", 422),
        ("start=x", 422),
        ("start=1e3", 422),
        ("start=99999999999999999999", 422),
        ("start=" + "9" * 5_000, 422),
        ("start=10&end=5", 200),
        ("start=4611686018427387904", 200),
        ("start=1&start=2", 200),
        ("start=%00", 422),
        ("end=&start=", 422),
        ("&&&;;;=&=&%%%", 200),
        ("x=" + "y" * 20_000, 200),
        ("&".join(f"a{n}=1" for n in range(3_000)), 200),
    ],
)
def test_absurd_numbers_and_queries(plain: Running, query: str, status: int) -> None:
    reply = asked(plain, "GET", f"{KB}/text?document=pump.md&{query}")
    assert reply.status == status
    assert status == 200 or told(reply)


@pytest.mark.parametrize(
    "query",
    [
        "where=%ff",
        "where=source%3D%00",
        "where=a%0d%0ab%3Dc",
        "where=" + "x" * 5_000,
        "filter=%7B%22and%22%3A" * 10,
        "filter=" + quote('{"and": [' * 5_000),
        "filter=NaN",
        "filter=" + quote('{"field": "product", "op": "eq", "value": NaN}'),
        "filter=" + quote('{"field": "product", "op": "eq", "value": "\\ud800"}'),
        "filter=" + quote('{"field": "x\\r\\ny", "op": "eq", "value": "1"}'),
        "limit=0",
        "limit=-5",
        "limit=1000000000000",
        "&".join(["where=source%3Dx"] * 101),
    ],
)
def test_absurd_filters(plain: Running, query: str) -> None:
    assert asked(plain, "GET", f"{KB}/documents?{query}").status in (200, 400, 422)


@pytest.mark.parametrize(
    "name", ["a\r\nSet-Cookie: x.md", "a\nb.md", "a\x00.md", "\u2028.md", "../a.md", "a\x1b[31m.md", "C:\\a.md"]
)
def test_names_of_files_that_no_file_can_have(plain: Running, name: str) -> None:
    written = name.replace("\r", "%0D").replace("\n", "%0A")
    for sent in {name, written}:
        head = f'--b\r\nContent-Disposition: form-data; name="files"; filename="{sent}"\r\n\r\n'.encode()
        body = head + b"# A\r\n--b--\r\n"
        reply = asked(plain, "POST", f"{KB}/documents", body, content_type="multipart/form-data; boundary=b")
        assert reply.status in (202, 400, 415)
        assert "set-cookie" not in reply.headers
        if reply.status == 202:  # `%0D` is a good name
            job = finished(plain.client(), plain.client().post(f"{KB}/sync", json={}))
            assert job["state"] == "done"
    assert all("\r" not in each and "\n" not in each for each in names(plain))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b",
        b"--b\r\n\r\n",
        b"--b\r\nContent-Disposition: form-data; name=files; filename=a.md\r\n\r\nx",
        b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
        b"--b\r\n\xff\xfe: x\r\n\r\nx\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="\xff"; filename="\xff.md"\r\n\r\nx\r\n--b--\r\n',
        b"--other\r\n\r\nx\r\n--other--\r\n",
        b"".join(b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n' for _ in range(50)) + b"--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n' + b"x" * (2 << 20) + b"\r\n--b--\r\n",
        b"--b\r\n" + b"X: y\r\n" * 5_000 + b"\r\nx\r\n--b--\r\n",
    ],
    ids=lambda value: repr(value)[:60],
)
@pytest.mark.filterwarnings("ignore")  # a file of a part that has no end is closed by nobody but the collector
def test_uploads_that_make_no_sense(plain: Running, body: bytes) -> None:
    reply = asked(plain, "POST", f"{KB}/documents", body, content_type="multipart/form-data; boundary=b")
    assert told(reply)[0] == 400
    assert list(plain.service.home.staging.iterdir()) == []


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\x01"]
)
def test_uploads_without_a_boundary(plain: Running, kind: str) -> None:
    with Wire(plain) as wire:
        wire.ask("POST", f"{KB}/documents", b"--b--", content_type=kind)
        assert wire.reply("POST").status == 400


@pytest.mark.parametrize(
    "metadata", ['{"page": NaN}', '{"product": "\\ud800"}', '{"a": 1e999}', "[" * 50_000, '{"a\\r\\nb": 1}']
)
def test_metadata_that_makes_no_sense(plain: Running, metadata: str) -> None:
    reply = plain.client().post(f"{KB}/documents", files={"files": ("m.md", b"# M")}, data={"metadata": metadata})
    assert reply.status_code in (202, 400)
    if reply.status_code == 202:
        assert finished(plain.client(), reply)["state"] == "done"
        assert plain.client().get(f"{KB}/documents").status_code == 200


def test_methods_and_paths_are_told_apart(plain: Running) -> None:
    assert told(asked(plain, "GET", "/nowhere")) == (404, "not_found")
    wrong = asked(plain, "PUT", SEARCH)
    assert told(wrong) == (405, "no_such_method")
    assert wrong.headers["allow"] == "POST"
    assert asked(plain, "HEAD", "/api/knowledge-bases").status == 405


def test_who_is_turned_away_is_told_when_to_come_again(plain: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    from wenyuan.errors import Busy, EndpointError

    def busy(*_: object) -> None:
        raise Busy("The knowledge base 'kb' is being changed; ask again in a minute.")

    def limited(*_: object) -> None:
        error = EndpointError("m takes no more requests for now; ask later or name a fallback.", "rate_limit")
        error.after = 7.2
        raise error

    for fails, status, after in ((busy, 503, "1"), (limited, 429, "7")):
        monkeypatch.setattr(plain.service.home, "reached", fails)
        reply = asked(plain, "GET", "/api/knowledge-bases")
        assert (reply.status, reply.headers["retry-after"]) == (status, after)


def test_the_framework_speaks_chinese_too(plain: Running) -> None:
    for reply in (
        asked(plain, "GET", "/nowhere", accept_language="zh"),
        asked(plain, "PUT", SEARCH, accept_language="zh"),
        asked(plain, "POST", SEARCH, b"{", accept_language="zh"),
        asked(plain, "POST", SEARCH, b"\xff", accept_language="zh"),
        asked(plain, "POST", SEARCH, b"{}", accept_language="zh", content_type="text/plain"),
    ):
        assert reply.error["message"].endswith("。")


def names(server: Running) -> list[str]:
    return [each["id"] for each in server.client().get(f"{KB}/documents").json()["documents"]]
