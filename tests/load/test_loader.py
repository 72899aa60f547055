"""Fields, titles, times, and every way in which a file can be wrong."""

import datetime
import io
import json
import os

import pytest
from openpyxl import Workbook

from wenyuan.errors import SourceError, WrongUse
from wenyuan.load import Limits, load

from . import makers
from .makers import loaded


def unix(*date):
    return datetime.datetime(*date, tzinfo=datetime.UTC).timestamp()


def xlsx():
    buffer = io.BytesIO()
    Workbook().save(buffer)
    return buffer.getvalue()


def one_sentence(error):
    message = str(error.value)
    assert message.startswith("docs/")
    assert "\n" not in message
    return message


# --- fields --------------------------------------------------------------------------------------------------------


def test_front_matter_becomes_fields_and_leaves_the_text():
    source = "---\ntitle: 手册\ndate: 2024-05-01\ntags: [a, b]\nversion: 3\ndraft: true\nempty:\n---\n# 一\n正文\n"
    document = loaded(source, "a.md")
    assert document.text == "# 一\n正文\n"
    assert document.title == "手册"
    assert document.time == unix(2024, 5, 1)
    assert document.metadata == {"tags": ("a", "b"), "version": 3, "draft": True}
    assert document.warnings == ()


def test_front_matter_of_html():
    assert loaded("---\nauthor: Li\n---\n<p>x</p>", "a.html").metadata == {"author": "Li"}


@pytest.mark.parametrize("source", ["---\n# Title\n---\ntext", "---\n\ntext\n\n---\nmore", "---\nno end"])
def test_a_thematic_break_is_not_front_matter(source):
    document = loaded(source, "a.md")
    assert (document.text, dict(document.metadata)) == (source, {})


def test_broken_or_unfit_front_matter_is_told():
    assert loaded("---\na: [1\n---\ntext", "a.md").warnings == (
        "its front matter is not valid YAML and was kept as text",
    )
    document = loaded("---\ntype: blog\ndate: soon\nnested: {a: {b: 1}}\nok: 1\n---\ntext", "a.md")
    assert document.metadata == {"ok": 1}
    assert len(document.warnings) == 3


def test_a_yaml_bomb_costs_nothing():
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))
    document = loaded(f"---\na0: &a0 [x]\n{levels}\n---\ntext", "a.md")
    assert document.text == "text"
    assert document.metadata == {"a0": ("x",)}


def test_caller_wins_over_sidecar_wins_over_front_matter(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("---\ntitle: front\na: 1\nb: 1\nc: 1\ndate: 2020-01-01\n---\ntext", encoding="utf-8")
    sidecar = tmp_path / "a.md.meta.json"
    sidecar.write_text(json.dumps({"title": "side", "b": 2, "c": 2, "time": "2021-01-01T08:00:00+08:00"}))
    document = load(path, id="a.md", metadata={"c": 3})
    assert document.title == "side"
    assert document.metadata == {"a": 1, "b": 2, "c": 3}
    assert document.time == unix(2021, 1, 1)
    before = document.content_hash
    sidecar.write_text("{}")
    assert load(path, id="a.md").content_hash != before


@pytest.mark.parametrize(
    ("sidecar", "complaint"),
    [
        ("{", "not valid JSON"),
        ("[1]", "not a JSON object"),
        ('{"source": "x"}', "'source' is reserved"),
        ('{"a": {"b": 1}}', "'a' is not a text"),
        ('{"a": [1]}', "'a' is not a text"),
        ('{"a": NaN}', "'a' is not a text"),
        ('{"date": "May"}', "'date' is not an ISO 8601 date"),
    ],
)
def test_a_wrong_sidecar_is_one_sentence(tmp_path, sidecar, complaint):
    (tmp_path / "a.md").write_text("text")
    (tmp_path / "a.md.meta.json").write_text(sidecar)
    with pytest.raises(SourceError, match=complaint) as error:
        load(tmp_path / "a.md", id="docs/a.md")
    one_sentence(error)


def test_a_reserved_field_from_the_caller_is_wrong_use():
    with pytest.raises(WrongUse, match="'type' is reserved"):
        loaded("text", "a.md", type="x")


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("```\n# comment\n```\n# Real ##\n# Second", "Real"),
        ("## no\n#no\ntext", "a"),
        ("~~~sh\n```\n# comment\n~~~\ntext", "a"),
    ],
)
def test_the_title_is_the_first_real_heading_else_the_name(source, title):
    assert loaded(source, "a.md").title == title


def test_time_is_the_modification_time_where_nothing_else_is_said(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("text")
    os.utime(path, (0, 1_000_000))
    assert load(path, id="a").time == 1_000_000


# --- wrong files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "a.docx", "a.json", "a.xlsx"])
@pytest.mark.parametrize("data", [b"", b" \n"])
def test_an_empty_file(name, data):
    with pytest.raises(SourceError, match="it is empty; fill or remove it"):
        loaded(data, name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", makers.docx(makers.paragraph("text"))),
        ("a.pdf", makers.pdf([["text"]])),
        ("a.xlsx", xlsx()),
        ("a.epub", makers.epub(["<p>text</p>"])),
    ],
)
def test_a_truncated_file(name, data):
    for size in (len(data) // 3, len(data) // 2, len(data) - 30):
        with pytest.raises(SourceError, match=f"^docs/{name}: it") as error:
            loaded(data[:size], name)
        one_sentence(error)


def test_a_format_under_a_wrong_extension_is_read_as_what_it_is():
    document = loaded(makers.pdf([["Rated power"]]), "a.docx")
    assert (document.type, document.text) == ("pdf", "Rated power")
    assert document.warnings == ("it is named .docx but holds pdf, and was read as pdf",)
    assert loaded(makers.docx(makers.paragraph("text")), "a.txt").type == "docx"


@pytest.mark.parametrize("name", ["a.docx", "a.pdf", "a.xlsx", "a.pptx", "a.epub"])
@pytest.mark.parametrize("data", [b"only text", makers.zipped({"a": "b"}), b"PK\x03\x04 broken"])
def test_bytes_that_are_not_what_the_extension_promises(name, data):
    with pytest.raises(SourceError, match=f"it is damaged or no {name[2:]} file") as error:
        loaded(data, name)
    one_sentence(error)


def test_an_unknown_extension_names_the_known_ones():
    with pytest.raises(SourceError, match=r"files of type '\.xyz' cannot be loaded; convert it to one of \.md, "):
        loaded("text", "a.xyz")


def test_encrypted_files():
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    locked = bytearray(makers.docx(makers.paragraph("text")))
    locked[6] |= 1
    at = locked.index(b"PK\x01\x02")
    locked[at + 8] |= 1
    encrypt = "/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<" + "ab" * 32 + ">/U<" + "cd" * 32 + ">>>"
    for name, data in (("a.docx", ole), ("b.docx", bytes(locked)), ("c.pdf", makers.pdf([["x"]], trailer=encrypt))):
        with pytest.raises(SourceError, match="it is encrypted; save it without a password"):
            loaded(data, name)


def test_a_legacy_office_file():
    with pytest.raises(SourceError, match="legacy Office file; save it as docx"):
        loaded(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.docx")


def test_unreadable_and_missing_files(tmp_path):
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "dangling.md").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe.md")
    for name, reason in (
        ("folder.md", "not a regular file"),
        ("pipe.md", "not a regular file"),
        ("dangling.md", "no such file"),
        ("missing.md", "no such file"),
    ):
        with pytest.raises(SourceError, match=reason) as error:
            load(tmp_path / name, id=f"docs/{name}")
        one_sentence(error)


# --- limits --------------------------------------------------------------------------------------------------------


def test_a_file_beyond_the_limits():
    with pytest.raises(SourceError, match="larger than 10 bytes"):
        loaded("x" * 11, "a.txt", Limits(file_bytes=10))
    with pytest.raises(SourceError, match="more than 1,000 characters"):
        loaded("x" * 1001, "a.txt", Limits(text_chars=1000))
    with pytest.raises(SourceError, match="more than 1,000 characters"):
        loaded("a,b\n" * 500, "a.csv", Limits(text_chars=1000))


@pytest.mark.parametrize(
    ("name", "main", "part"),
    [
        ("a.docx", "word/document.xml", "word/document.xml"),
        ("a.docx", "word/document.xml", "word/media/image1.png"),
        ("a.xlsx", "xl/workbook.xml", "xl/worksheets/sheet1.xml"),
        ("a.pptx", "ppt/presentation.xml", "ppt/slides/slide1.xml"),
        ("a.epub", "META-INF/container.xml", "chapter.xhtml"),
    ],
)
def test_a_zip_bomb_is_stopped_while_inflating(name, main, part):
    data = makers.bomb({main: "<x/>"} if main != part else {}, part, 10 << 30)
    assert len(data) < 20_000_000
    with pytest.raises(SourceError, match="it inflates to more than"):
        loaded(data, name)


def test_a_pdf_bomb_is_stopped_while_inflating():
    packed = b"\x78\x9c" + makers.deflated_zeros(10 << 30)
    data = makers.assembled([b"<</Type/Catalog>>", b"<</Filter/FlateDecode>>\nstream\n" + packed + b"\nendstream"])
    with pytest.raises(SourceError, match="it inflates to more than 50,000,000 bytes"):
        loaded(data, "a.pdf", Limits(inflated_bytes=50_000_000))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_entities_are_refused(encoding):
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 20))
    document = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]><x>&a19;</x>'
    with pytest.raises(SourceError, match="declares XML entities"):
        loaded(makers.zipped({"word/document.xml": document.encode(encoding)}), "a.docx")


def test_deep_nesting_is_an_error_or_a_warning_never_a_crash():
    deep = 20_000
    with pytest.raises(SourceError, match="it cannot be read as json"):
        loaded("[" * deep + "]" * deep, "a.json")
    page = loaded("<div>" * deep + "bottom" + "</div>" * deep, "a.html")
    assert page.text == "bottom"
    assert page.warnings == ("it is nested too deeply: headings and tables became plain text",)


def test_exhausted_memory_is_not_the_files_fault(monkeypatch):
    def exhausted(data, limits):
        raise MemoryError

    monkeypatch.setattr("wenyuan.load.loader.PARSERS", {"txt": exhausted})
    with pytest.raises(MemoryError):
        loaded("text", "a.txt")


def test_nothing_is_written_to_the_terminal(capfd):
    loaded(makers.pdf([["text"]]), "a.pdf")
    loaded(makers.docx(makers.paragraph("text")), "a.docx")
    with pytest.raises(SourceError):
        loaded(b"%PDF-1.7 broken", "a.pdf")
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_a_hundred_megabytes_of_text():
    text = "水泵 pump 5 kW\n" * 6_000_000
    assert len(text.encode()) >= 100_000_000
    with pytest.raises(SourceError, match="more than 20,000,000 characters"):
        loaded(text, "a.txt")
    assert len(loaded(text, "a.txt", Limits(text_chars=100_000_000)).text) == len(text)
