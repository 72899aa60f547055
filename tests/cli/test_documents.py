"""`wenyuan add`, `sync`, `delete`, `list` and `show`, as a person types them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import Wenyuan
from wenyuan.engine.ingest import Ingest


def test_the_shells_list_of_files_is_added_and_deleted(stocked: Wenyuan) -> None:
    files = sorted(map(str, Path("docs").glob("*.md")))
    assert stocked("add", *files).out.startswith("2 added; ")
    assert stocked("delete", *files).out.startswith("2 deleted; ")


@pytest.mark.parametrize("arguments", [["nowhere"], ["docs", "nowhere"], ["docs", "--exclude", "!"]])
def test_a_failed_add_leaves_no_knowledge_base(stocked: Wenyuan, arguments: list[str]) -> None:
    assert stocked("add", *arguments).code == 2
    assert not Path("kb").exists()


@pytest.mark.parametrize("arguments", [["add", ""], ["add", "docs", "--kb", ""], ["sync", "--kb", ""]])
def test_an_empty_path_is_not_this_folder(stocked: Wenyuan, arguments: list[str]) -> None:
    assert stocked(*arguments).err == "wenyuan: An empty path was given; name a file or folder, `.` for this one.\n"
    assert [path.name for path in Path().iterdir()] == ["docs"]


def test_where_no_file_could_be_read_no_knowledge_base_is_left_but_what_the_user_wrote(stocked: Wenyuan) -> None:
    Path("empty.md").write_text("")
    assert stocked("add", "empty.md").code == 1
    assert not Path("kb").exists()
    Path("kb").mkdir()
    Path("kb/wenyuan.toml").write_text("[chunk]\nsize = 64\n")
    assert stocked("add", "empty.md").code == 1
    assert [file.name for file in Path("kb").iterdir()] == ["wenyuan.toml"]


def test_a_failed_add_leaves_a_knowledge_base_that_was_there(filled: Wenyuan) -> None:
    Path("empty.md").write_text("")
    assert filled("add", "empty.md").code == 1
    assert "2 documents" in filled("list").out


def test_files_passed_over_are_counted_and_old_ones_have_a_way_in(stocked: Wenyuan) -> None:
    for name in ("a.doc", "b.doc", "c.png", "NOTICE"):
        Path("docs", name).write_text("x")
    note = stocked("add", "docs").err
    assert note == (
        "note: passed over, for their format is not read: 2 .doc, 1 without extension, 1 .png; "
        "save the old Office files as .docx\n"
    )


def test_a_person_who_stops_the_work_is_told_what_is_kept(filled: Wenyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(self: Ingest, *_: object) -> Iterator[object]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Ingest, "_loaded", stop)
    for command in (["add", "docs"], ["sync"]):
        done = filled(*command)
        assert (done.code, done.out) == (130, "")
        assert done.err == "Stopped: the knowledge base kb keeps 2 documents; `wenyuan sync` reads the rest.\n"
    assert filled("search", "滤芯").code == 0


def test_documents_are_listed_by_folder_and_field(filled: Wenyuan) -> None:
    Path("more").mkdir()
    Path("more/valve.md").write_text("---\ndate: 2024-03-05\nproduct: V1\n---\n# Valve\n\nThe valve is red.\n")
    filled("add", "more")
    *lines, count = filled("list").out.splitlines()
    assert [line.split()[0] for line in lines] == ["docs/pump.md", "docs/泵.md", "more/valve.md"]
    assert lines[2].split()[1:] == ["md", "2024-03-05", "1", "Valve"]
    assert count == "3 documents, 3 passages"
    assert filled("list", "more").out.splitlines()[-1] == "1 documents, 1 passages"
    assert filled("list", "--where", "product=V1", "--json").json["documents"] == [
        {
            "id": "more/valve.md",
            "title": "Valve",
            "type": "md",
            "time": "2024-03-05T00:00:00+00:00",
            "metadata": {"product": "V1"},
            "passages": 1,
        }
    ]
    assert filled("list", "--where", "product=V2").out == "0 documents, 0 passages\n"


def test_a_document_is_shown_by_id_path_and_stretch(filled: Wenyuan) -> None:
    text = Path("docs/泵.md").read_text("utf-8")
    shown = filled("show", "docs/泵.md").out
    assert shown.startswith("title: 泵\ntype: md\ntime: ")
    assert shown.endswith(f"\n\n{text}\n")
    assert filled("show", str(Path("docs/泵.md").resolve())).out == shown
    for stretch in ("3-9", "3–9", "3:9"):
        assert filled("show", "docs/泵.md", "--at", stretch).out == f"{text[3:9]}\n"
    assert filled("show", "docs/泵.md", "--json").json["text"] == text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "pump.md"], "did you mean docs/pump.md?"),
        (["show", "nothing"], "`wenyuan list` names"),
        (["show", ""], "`wenyuan list` names"),
        (["show", "docs/pump.md", "--at", "9-3"], "--at '9-3'"),
        (["list", "elsewhere"], "There is no document 'elsewhere'"),
        (["list", "--where", "type>3"], "type"),
        (["delete", "docs/pum.md"], "did you mean docs/pump.md"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(filled: Wenyuan, arguments: list[str], said: str) -> None:
    done = filled(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("wenyuan: ")
    assert said in done.err
    assert "2 documents" in filled("list").out


def test_the_knowledge_base_itself_is_no_document(filled: Wenyuan) -> None:
    done = filled("add", "kb")
    assert (done.code, done.out) == (2, "")
    assert "is of the knowledge base itself" in done.err
    assert filled("add", "docs", "kb").out.startswith("2 unchanged;")
