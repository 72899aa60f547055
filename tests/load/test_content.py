"""What the bytes of a file hold, before anything that is said beside them."""

from __future__ import annotations

import pytest

from wenyuan.errors import SourceError
from wenyuan.load import Limits
from wenyuan.load.content import Content, read_content
from wenyuan.load.fields import Fields
from wenyuan.types import Mark

from . import makers


def test_the_content_of_a_file_is_what_it_states_itself():
    data = b"---\ntitle: Stated\nproduct: PX\nsource: x\n---\n# Heading\n\ntext\n"
    assert read_content(data, ".md", Limits()) == Content(
        type="md",
        text="# Heading\n\ntext\n",
        title="Heading",
        fields=Fields("Stated", metadata={"product": "PX"}),
        warnings=("the field name 'source' is reserved; choose another",),
    )


def test_the_title_is_the_first_heading_else_the_property():
    assert read_content(makers.pdf([["text"]], title=" Manual "), ".pdf", Limits()).title == "Manual"
    assert read_content(b"text", ".txt", Limits()).title == ""
    assert read_content(b"a,b\n1,2\n", ".csv", Limits()).marks == (Mark(0, row=1), Mark(24, row=2))


def test_nothing_of_it_holds_what_cannot_be_written_down():
    content = read_content(b'---\na: "\\uD800b"\ntitle: "t\\uDC00"\n---\ntext', ".md", Limits())
    assert (content.fields.title, content.fields.metadata) == ("t\ufffd", {"a": "\ufffdb"})


def test_an_error_does_not_name_the_file():
    with pytest.raises(SourceError, match=r"^it is not valid JSON"):
        read_content(b"{", ".json", Limits())
