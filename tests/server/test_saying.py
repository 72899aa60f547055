"""Sentences in shapes."""

from __future__ import annotations

from running import Running, finished
from wenyuan.server.saying import said

BUSY = "The server is at work for others, and too many wait already; ask again in a second."


def test_sentences_are_told_and_what_people_wrote_is_not() -> None:
    shape = {
        "reason": BUSY,
        "notes": [BUSY, "no sentence of ours"],
        "failed": {"a.md": BUSY},
        "error": {"message": BUSY, "code": "busy"},
        "hits": [{"text": BUSY, "metadata": {"reason": BUSY}}],
        "changes": ({"change": BUSY, "rank": 1},),
        "question": BUSY,
        "n": 3,
    }
    chinese = said(shape, "zh")
    for told in (
        chinese["reason"],
        chinese["notes"][0],
        chinese["failed"]["a.md"],
        chinese["error"]["message"],
        chinese["changes"][0]["change"],
    ):
        assert told.startswith("服务器")
    assert chinese["notes"][1] == "no sentence of ours"
    assert chinese["hits"] == shape["hits"]
    assert (chinese["question"], chinese["n"], chinese["error"]["code"]) == (BUSY, 3, "busy")
    assert said(shape, "en") is shape


def test_an_outcome_that_is_counted_stays_a_number() -> None:
    assert said({"failed": 2, "reason": None, "notes": []}, "zh") == {"failed": 2, "reason": None, "notes": []}


def test_the_caller_reads_why_in_the_language_that_is_asked_for(server: Running) -> None:
    server.make("kb", {"pump.md": "# Pump\n\nThe pump weighs 3 kg."})
    chinese = server.client(server.key("read"), **{"Accept-Language": "zh-CN,zh;q=0.9"})
    english = server.client(server.key("read"))
    body = {"question": "How heavy is the pump?", "document": "pump.md"}
    there, here = (each.post("/api/knowledge-bases/kb/why", json=body).json() for each in (chinese, english))
    assert here["reason"].isascii()
    assert not there["reason"].isascii()


def test_what_became_of_a_file_is_told(server: Running) -> None:
    server.make("kb", {})
    client = server.client(server.key("ingest"), **{"Accept-Language": "zh"})
    reply = client.post("/api/knowledge-bases/kb/documents", files=[("files", ("bad.pdf", b"no pdf"))])
    failed = finished(client, reply)["report"]["failed"]
    assert not failed["bad.pdf"].isascii()
