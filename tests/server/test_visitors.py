"""What a page of a site is told."""

from __future__ import annotations

import pytest

from running import Running
from wenyuan.server.errors import Refused
from wenyuan.server.visitors import check_asked, event_for, is_link
from wenyuan.trace import Trace
from wenyuan.types import Answer, Citation, Decision, ReasoningDelta, TextDelta, ToolCall, ToolCalled


def answer(*citations: Citation) -> Answer:
    return Answer(Decision.ANSWERED, "why", "said", citations, 0.87654, notes=("note",), model="m")


def test_text_is_told_and_what_a_model_thinks_and_calls_is_not(library: Running) -> None:
    with library.service.shelf.lent("default", "manuals") as base:
        assert event_for(base, TextDelta("so"), Trace()) == ("text", {"text": "so"})
        assert event_for(base, ReasoningDelta("hm"), Trace()) is None
        assert event_for(base, ToolCalled(ToolCall("1", "search", {})), Trace()) is None


def test_sources_have_titles_and_addresses_of_the_web_only(library: Running) -> None:
    cited = [
        Citation(1, "en/pump.md", None, "Pump PX-200 > Warranty", 0, 3, "The"),
        Citation(2, "https://example.com/page", None, "", 0, 0, ""),
        Citation(3, "gone.md", None, "Somewhere", 0, 3, "abc"),
        Citation(4, "javascript:alert(1)", None, "", 0, 0, ""),
    ]
    with library.service.shelf.lent("default", "manuals") as base:
        told = event_for(base, answer(*cited), Trace())
    assert told is not None
    sources = told[1]["citations"]
    assert [(each["title"], each["url"]) for each in sources] == [
        ("Pump PX-200", None), ("example.com", "https://example.com/page"), ("Somewhere", None), ("", None)
    ]  # fmt: skip
    assert (told[1]["answer"], told[1]["confidence"], told[1]["nearest"]) == ("said", 0.8765, [])
    assert "en/pump.md" not in str(told)


def test_a_document_of_the_web_is_linked(server: Running) -> None:
    server.make("web", {"a.md": "# A\n\nThe valve is green."}, url="https://example.com/a")
    with server.service.shelf.lent("default", "web") as base:
        told = event_for(base, answer(Citation(1, "a.md", 3, "A", 0, 3, "The")), Trace())
    assert told is not None
    expected = {"n": 1, "title": "A", "heading": "A", "page": 3, "quote": "The", "url": "https://example.com/a"}
    assert told[1]["citations"] == [expected]


@pytest.mark.parametrize(
    ("url", "is_one"),
    [("https://a.example/x", True), ("http://a.example", True), ("javascript:alert(1)", False),
     ("data:text/html,x", False), ("https://", False), ("https://[", False), ("//a.example", False), ("a.md", False),
     ("", False), ("ftp://a", False)],
)  # fmt: skip
def test_only_addresses_of_the_web_are_links(url: str, is_one: bool) -> None:
    assert is_link(url) is is_one


def test_a_page_asks_and_wants_no_more() -> None:
    check_asked([], None, False)
    for more in ((["type=md"], None, False), ([], {"field": "x"}, False), ([], None, True)):
        with pytest.raises(Refused, match="leave out where, filter and trace"):
            check_asked(*more)
