"""Fields from front matter, sidecar and caller."""

from __future__ import annotations

import json

import pytest

from wenyuan.errors import SourceError, WrongUse
from wenyuan.load import load
from wenyuan.load.fields import read_fields, split_front_matter

from . import makers
from .makers import loaded


def test_front_matter_becomes_fields_and_leaves_the_text():
    source = "---\ntitle: 手册\ndate: 2024-05-01\ntags: [a, b]\nversion: 3\ndraft: true\nempty:\n---\n# 一\n正文\n"
    document = loaded(source, "a.md")
    assert document.text == "# 一\n正文\n"
    assert document.title == "手册"
    assert document.time == makers.unix(2024, 5, 1)
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
    assert document.time == makers.unix(2021, 1, 1)
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
    makers.one_sentence(error.value)


def test_a_reserved_field_from_the_caller_is_wrong_use():
    with pytest.raises(WrongUse, match="'type' is reserved"):
        loaded("text", "a.md", type="x")


def test_halves_of_characters_and_dates_that_are_lists_of_lists():
    data = b'---\ndate: &a [1, 2]\n"\\uD800": ["\\uDC00x", b]\nother: [*a, *a]\n---\ntext'
    document = loaded(data, "a.md")
    assert document.metadata == {"\ufffd": ("\ufffdx", "b")}
    assert len(document.warnings) == 2


@pytest.mark.parametrize(
    ("value", "groups"),
    [("hr", ("hr",)), (" hr, 财务 ,hr", ("hr", "财务")), (["hr", "it"], ("hr", "it")), (("everyone",), ("everyone",))],
)
def test_a_document_names_the_groups_that_may_see_it(value: object, groups: tuple[str, ...]) -> None:
    fields, problems = read_fields({"access": value})
    assert (fields.metadata, problems) == ({"access": groups}, ())


@pytest.mark.parametrize("value", [None, "", " , ", [], 5, True, {"group": "hr"}, ["hr", 5]])
def test_what_names_no_group_hides_the_document(value: object) -> None:
    fields, problems = read_fields({"access": value})
    assert fields.metadata == {"access": ()}
    assert len(problems) == 1


def test_front_matter_without_a_group_hides_the_document() -> None:
    raw, _, _ = split_front_matter("---\naccess:\n---\ntext")
    assert read_fields(raw)[0].metadata == {"access": ()}
