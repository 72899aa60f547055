"""Messages come whole or not at all, and replies are believed only where they make sense."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from wenyuan.load import Limits
from wenyuan.load.content import Content
from wenyuan.load.fields import Fields
from wenyuan.load.highlight import Highlight, Stretch
from wenyuan.load.wire import Channel, Reply, decoded, encoded, longest, sentence, stretches_as_bytes, stretches_of
from wenyuan.types import Mark

CONTENT = Content(
    type="xlsx",
    text="a 水泵 😀 end",
    title="水泵",
    fields=Fields("T", 1.5, {"s": "x", "n": 3, "r": 2.0, "b": True, "l": ("a", "b")}),
    marks=(Mark(0, page=1), Mark(2, sheet="S", row=4)),
    warnings=("it lost something",),
)
LIMITS = Limits()


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    one, other = map(Channel, socket.socketpair())
    yield one, other
    one.close()
    other.close()


def test_messages_arrive_as_they_were_sent(ends):
    one, other = ends
    large = bytes(range(256)) * 20_000
    sender = threading.Thread(target=lambda: [one.send(message) for message in (b"", b"a", large)])
    sender.start()
    assert [bytes(other.receive(len(large))) for _ in range(3)] == [b"", b"a", large]
    sender.join()


def test_waiting_ends(ends):
    one, other = ends
    with pytest.raises(TimeoutError):
        other.receive(10, time.monotonic() + 0.05)
    with pytest.raises(TimeoutError):
        one.send(bytes(10_000_000), time.monotonic() + 0.05)
    with pytest.raises(TimeoutError):
        one.send(b"", time.monotonic() - 1)


def test_an_end_that_is_closed_and_a_message_that_is_too_long(ends):
    one, other = ends
    one.send(b"12345")
    with pytest.raises(ValueError, match="5"):
        other.receive(4)
    one.close()
    with pytest.raises(EOFError):
        other.receive(10)


def test_sending_to_an_end_that_is_closed(ends):
    one, other = ends
    other.close()
    with pytest.raises(EOFError):
        one.send(b"a")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(CONTENT),
        Reply(CONTENT, last=True),
        Reply(refused="it is empty; fill or remove it"),
        Reply(exhausted=True),
        Reply(highlights=(Highlight(3, 600.0, 800.0, ((1.0, 2.5, 3.0, 4.0),)),)),
    ],
)
def test_a_reply_comes_back_as_it_was(reply):
    message = encoded(reply)
    assert len(message) <= longest(LIMITS)
    back = decoded(message, LIMITS)
    assert back == reply
    if back.content:
        assert list(map(type, back.content.fields.metadata.values())) == [str, int, float, bool, tuple]


@pytest.mark.parametrize("page", ['"1"', "1.5", "null"])
def test_highlights_that_make_no_sense(page):
    def written(page: str, box: str) -> bytes:
        return f'{{"highlights": [{{"page": {page}, "width": 9, "height": 9, "rectangles": [{box}]}}]}}'.encode()

    assert decoded(written("1", "[1, 1, 2, 2]"), LIMITS).highlights[0].page == 1
    with pytest.raises(ValueError, match=r"."):
        decoded(written(page, "[1, 1, 2, 2]"), LIMITS)
    for box in ("[1, 1, 10, 2]", "[1, 1, 2]", "[1, 1, 2, NaN]", ""):
        with pytest.raises(ValueError, match=r"."):
            decoded(written("1", box), LIMITS)


def test_stretches_come_as_they_were_sent():
    stretches = [Stretch(1, "水泵 \ud800 x", 0, 2), Stretch(2, "", 0, 0)]
    assert stretches_of(stretches_as_bytes(stretches)) == stretches


def test_a_document_that_nobody_may_see_stays_one():
    content = replace(CONTENT, fields=Fields(metadata={"access": ()}))
    assert decoded(encoded(Reply(content)), LIMITS).content == content


@pytest.mark.parametrize(
    "content",
    [
        replace(CONTENT, type="exe"),
        replace(CONTENT, text=""),
        replace(CONTENT, text="a\x1b"),
        replace(CONTENT, text=None),
        replace(CONTENT, title="\x00"),
        replace(CONTENT, marks=(Mark(2), Mark(1))),
        replace(CONTENT, marks=(Mark(-1),)),
        replace(CONTENT, marks=(Mark(99),)),
        replace(CONTENT, marks=(Mark(0, page="1"),)),
        replace(CONTENT, fields=Fields(metadata={"type": "x"})),
        replace(CONTENT, fields=Fields(metadata={"access": ("a", "")})),
        replace(CONTENT, fields=Fields(metadata={"x": ("a", 1)})),
        replace(CONTENT, fields=Fields(metadata={"x": None})),
        replace(CONTENT, fields=Fields(time=float("inf"))),
        replace(CONTENT, warnings=("\x07",)),
    ],
)
def test_a_reply_that_makes_no_sense(content):
    with pytest.raises(ValueError, match=r"."):
        decoded(encoded(Reply(content)), LIMITS)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"{",
        b"[]",
        b"[" * 100_000,
        b'{"content": 5}',
        b'{"refused": "\xff"}',
        b'{"refused": "a\\u0007"}',
    ],
)
def test_a_message_that_is_no_reply(message):
    with pytest.raises(ValueError, match=r"."):
        decoded(message, LIMITS)


def test_a_text_beyond_the_limits():
    with pytest.raises(ValueError, match="content"):
        decoded(encoded(Reply(CONTENT)), Limits(text_chars=5))


def test_a_sentence_is_one_line():
    assert sentence(" a\x1b\n b\ud800 ") == "a b"
    assert len(sentence("x" * 5000)) == 1000
