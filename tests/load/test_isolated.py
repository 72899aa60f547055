"""The same documents as `load`, and nothing that a file does to its reader is felt outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pptx
import pytest

from wenyuan.errors import SourceError, WenyuanError, WrongUse
from wenyuan.load import SUPPORTED, Limits, load
from wenyuan.load.highlight import Highlight, Stretch, find_highlights
from wenyuan.load.isolated import OF_PDF, IsolatedLoader

from . import bombs, hostile, makers

MEMORY_MB = 512
SECONDS = 20.0

FILES = {
    "a.md": b"---\ntags: [a, b]\ndate: 2025-01-31\nn: 1\nr: 1.5\nyes: true\n---\n# Pump\n\ntext\n",
    "a.txt": "水泵".encode("gb18030") * 20,
    "a.html": b"<title>T</title><h1>H</h1><table><tr><td>a</td><td>b</td></tr></table>",
    "a.pdf": makers.pdf([["Rated power", "5 kW"], []], title="Manual", outline=[("Rated power", 0)]),
    "a.docx": makers.docx(makers.paragraph("水泵手册", "Title") + makers.paragraph("text")),
    "a.xlsx": bombs.workbook('<sheetData><row r="1"><c><v>1</v></c><c><v>2</v></c></row></sheetData>'),
    "a.epub": makers.epub(["<h1>One</h1><p>text</p>", "<p>more</p>"]),
    "a.csv": b"name,price\npump,5\nvalve,3\n",
    "a.json": b'{"a": [1, {"b": "c"}]}',
    "a.jsonl": b'{"a": 1}\nbroken\n{"a": 2}\n',
    "a.eml": b"From: a@b.c\nDate: Fri, 31 Jan 2025 10:00:00 +0000\nSubject: Pump\n\nIt pumps.\n",
    "pdf.docx": makers.pdf([["text"]]),
}


@pytest.fixture(scope="module")
def loader() -> Iterator[IsolatedLoader]:
    with IsolatedLoader(SECONDS, MEMORY_MB) as loader:
        yield loader


@pytest.fixture
def turned() -> Iterator[IsolatedLoader]:
    """A loader whose child does what files say."""
    with IsolatedLoader(2.0, 256, (hostile.__file__,)) as loader:
        yield loader


def saying(tmp_path: Path, word: str) -> Path:
    path = tmp_path / "file.txt"
    path.write_text(word)
    return path


def told(loader: IsolatedLoader, tmp_path: Path, word: str) -> str:
    return loader.load(saying(tmp_path, word), id="docs/file.txt").text


def reader_of(loader: IsolatedLoader, tmp_path: Path) -> int:
    """The process that reads now."""
    return int(told(loader, tmp_path, "hello").removeprefix("hello "))


def gone(pid: int) -> bool:
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.02)
    return False


# --- the same as in this process -----------------------------------------------------------------------------------


def test_every_format_gives_the_same_document(loader, tmp_path):
    slides = pptx.Presentation()
    slides.slides.add_slide(slides.slide_layouts[0]).shapes.title.text = "Pump"
    slides.save(tmp_path / "a.pptx")
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "a.csv.meta.json").write_text(json.dumps({"product": "PX", "title": "Prices \ud800"}))
    kinds = set()
    for path in sorted(tmp_path.glob("*.*")):
        if path.name.endswith(".meta.json"):
            continue
        metadata = {"team": ("x", "y"), "date": "2024-05-06"}
        expected = load(path, id=f"docs/{path.name}", metadata=metadata)
        assert loader.load(path, id=f"docs/{path.name}", metadata=metadata) == expected
        kinds.add(expected.type)
    assert kinds == set(SUPPORTED.values())


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.docx", b"PK\x03\x04 broken"), ("a.json", b"{"), ("a.xyz", b"text"), ("a.txt", b" "), ("a.txt", b"x" * 1001)],
)
def test_what_is_wrong_with_a_file_is_said_alike(loader, tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(SourceError) as here:
        load(path, id=f"docs/{name}", limits=Limits(text_chars=1000))
    with pytest.raises(SourceError) as there:
        loader.load(path, id=f"docs/{name}", limits=Limits(text_chars=1000))
    assert str(here.value) == str(there.value)
    with pytest.raises(WrongUse, match="reserved"):
        loader.load(path, id="a", metadata={"source": "x"})


def test_a_file_that_is_not_what_its_name_says_is_read_with_the_libraries_that_it_needs(tmp_path):
    files = {"a.txt": FILES["a.txt"], "pdf.md": FILES["a.pdf"], "docx.csv": FILES["a.docx"], "b.md": FILES["a.md"]}
    with IsolatedLoader(SECONDS, MEMORY_MB) as loader:
        for name, data in files.items():
            path = tmp_path / name
            path.write_bytes(data)
            assert loader.load(path, id=name) == load(path, id=name)


def test_highlights_are_the_same(loader):
    stretches = [Stretch(1, "Rated power 5 kW", 6, 16), Stretch(2, "absent", 0, 6)]
    expected = find_highlights(FILES["a.pdf"], stretches)
    assert [each.page for each in expected] == [1]
    assert loader.highlights(FILES["a.pdf"], stretches) == expected
    with IsolatedLoader(SECONDS, MEMORY_MB, OF_PDF) as finder:
        assert finder.highlights(FILES["a.pdf"], stretches) == expected
        with pytest.raises(SourceError, match=r"^its pages cannot be shown"):
            finder.highlights(b"x", stretches)


# --- a reader that was turned --------------------------------------------------------------------------------------


def test_a_finder_that_lies_or_breaks_is_not_believed(turned):
    stretches = [Stretch(1, "x", 0, 1)]
    assert turned.highlights(b"find:1", stretches) == (Highlight(1, 9.0, 9.0, ((1.0, 1.0, 2.0, 2.0),)),)
    for word in (b"find:2", b"find:-1", b"find:beyond", b"find:junk"):
        with pytest.raises(SourceError, match=r"^what was read of it makes no sense"):
            turned.highlights(word, stretches)
    for word in (b"segfault", b"crash"):
        with pytest.raises(SourceError, match=r"^it breaks the program that reads it"):
            turned.highlights(word, stretches)
    with pytest.raises(SourceError, match=r"^it takes more than 2 s"):
        turned.highlights(b"loop", stretches)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("segfault", "it breaks the program that reads it, or takes more than 256 MB"),
        ("abort", "it breaks the program"),
        ("exit", "it breaks the program"),
        ("crash", "it breaks the program"),
        ("killed", "it takes more than 256 MB of memory to read; split it"),
        ("eat", "it takes more than 256 MB of memory to read; split it"),
        ("loop", "it takes more than 2 s to read; split it"),
        ("sleep", "it takes more than 2 s to read; split it"),
        ("junk", "what was read of it makes no sense"),
        ("pretend", "what was read of it makes no sense"),
        *((f"forge:{what}", "what was read of it makes no sense") for what in hostile.FORGED),
    ],
)
def test_a_file_that_breaks_its_reader_is_refused_and_the_next_one_is_read(turned, tmp_path, word, sentence):
    before = reader_of(turned, tmp_path)
    with pytest.raises(SourceError, match=f"^docs/file.txt: {sentence}") as error:
        told(turned, tmp_path, word)
    makers.one_sentence(error.value)
    assert gone(before)
    assert reader_of(turned, tmp_path) != before


def test_what_a_reader_prints_goes_nowhere(turned, tmp_path, capfd):
    before = reader_of(turned, tmp_path)
    assert told(turned, tmp_path, "print") == f"print {before}"
    assert capfd.readouterr() == ("", "")


def test_a_sentence_of_a_reader_is_one_plain_line(turned, tmp_path):
    with pytest.raises(SourceError) as error:
        told(turned, tmp_path, "refuse")
    makers.one_sentence(error.value)
    assert "\x1b" not in str(error.value)
    assert len(str(error.value)) < 1100


def test_a_reader_that_has_grown_reads_no_further_file(turned, tmp_path):
    before = reader_of(turned, tmp_path)
    assert told(turned, tmp_path, "keep") == f"keep {before}"
    assert reader_of(turned, tmp_path) != before


def test_a_reader_has_neither_our_secrets_nor_our_files(turned, tmp_path, monkeypatch):
    monkeypatch.setenv("WENYUAN_LLM__KEY", "secret")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    with (tmp_path / "mine").open("w") as mine:
        os.set_inheritable(mine.fileno(), True)
        names = told(turned, tmp_path, "environment").split()
        held = told(turned, tmp_path, "descriptors").split()
    assert not [name for name in names if "WENYUAN" in name or "KEY" in name or "TOKEN" in name]
    assert len(held) == 5  # the three of every process, the socket, the folder that is listed


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are of Linux")
def test_a_reader_reaches_nothing(turned, tmp_path):
    secret = tmp_path / "private" / "secret"
    secret.parent.mkdir()
    secret.write_text("secret")
    assert told(turned, tmp_path, f"reach:{secret}") == "nothing"
    assert secret.read_text() == "secret"


# --- life and death ------------------------------------------------------------------------------------------------


def test_a_reader_that_ended_between_two_files_is_replaced(turned, tmp_path):
    before = reader_of(turned, tmp_path)
    os.kill(before, signal.SIGKILL)
    time.sleep(0.1)
    assert reader_of(turned, tmp_path) != before


def test_threads_wait_for_their_turn(turned, tmp_path):
    readers, failures = set(), []

    def read(number: int) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            readers.update(reader_of(turned, folder) for _ in range(5))
        except SourceError as error:
            failures.append(error)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(readers) == 1


def test_closing_ends_a_reader_while_it_reads(tmp_path):
    loader = IsolatedLoader(100.0, 256, (hostile.__file__,))
    before = reader_of(loader, tmp_path)
    timer = threading.Timer(0.5, loader.close)
    timer.start()
    with pytest.raises(WenyuanError, match="was closed"):
        told(loader, tmp_path, "sleep")
    timer.join()
    assert gone(before)
    with pytest.raises(WenyuanError, match="was closed"):
        told(loader, tmp_path, "hello")


@pytest.mark.parametrize("word", ["hello", "sleep", "loop"])
def test_a_reader_ends_with_the_process_that_started_it(tmp_path, word):
    script = f"""
import threading
from pathlib import Path
from wenyuan.load.isolated import IsolatedLoader
loader = IsolatedLoader(100.0, 256, ({hostile.__file__!r},))
first, second = Path({str(tmp_path / "first.txt")!r}), Path({str(tmp_path / "second.txt")!r})
first.write_text("hello")
second.write_text({word!r})
thread = threading.Thread(target=lambda: print(loader.load(first, id="a").text, flush=True))
thread.start()
thread.join()
loader.load(second, id="b")
input()
"""
    command = [sys.executable, "-c", script]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as parent:
        assert parent.stdout is not None
        reader = int(parent.stdout.readline().removeprefix("hello "))
        time.sleep(0.3)
        assert Path(f"/proc/{reader}").exists()  # the thread that started it is gone, and that does not matter
        parent.kill()
    assert gone(reader)


def test_a_reader_that_cannot_start_says_why(tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("raise ImportError('no pdfium')")
    with (
        IsolatedLoader(program=(str(broken),)) as loader,
        pytest.raises(WenyuanError, match=r"does not start \(ImportError: no pdfium\)"),
    ):
        told(loader, tmp_path, "hello")


# --- bombs ---------------------------------------------------------------------------------------------------------


class Watched:
    """The most memory (MB) that any process of ours had in use meanwhile."""

    def __init__(self) -> None:
        self.peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Watched:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.005):
            for task in Path("/proc/self/task").glob("*/children"):
                try:
                    for pid in task.read_text().split():
                        if b"wenyuan.load.child" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                            continue  # still a copy of this process, as large as that
                        self.peak = max(self.peak, int(Path(f"/proc/{pid}/statm").read_text().split()[1]) >> 8)
                except OSError:  # it ended
                    continue


REFUSED = "inflates to more|takes more than|breaks the program|holds no text|cannot be read as|XML entities"


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("zip.docx", bombs.zipped_1000_to_1, None),
        ("overlapping.docx", bombs.overlapping, None),
        ("nested.docx", bombs.nested, "The pump."),
        ("picture.docx", lambda: bombs.with_media(bombs.large_png(10_000)), "The pump."),
        ("laughs.docx", bombs.billion_laughs, None),
        pytest.param("tree.docx", lambda: bombs.below_the_limit(50), None, marks=pytest.mark.slow),
        ("far.xlsx", bombs.far_cell, "## Sheet\n\n|"),
        ("once.pdf", lambda: bombs.filtered(1, 900 << 20), None),
        ("twice.pdf", lambda: bombs.filtered(2), None),
        pytest.param("thrice.pdf", lambda: bombs.filtered(3), None, marks=pytest.mark.slow),
        pytest.param("runs.pdf", lambda: bombs.run_lengths(1 << 30), None, marks=pytest.mark.slow),
        pytest.param("words.pdf", lambda: bombs.text_page(3_000_000), None, marks=pytest.mark.slow),
        ("deep.html", bombs.deep_html, "bottom"),
        ("deep.json", bombs.deep_json, None),
        ("aliases.md", bombs.aliases, "# Pump"),
        ("number.md", bombs.long_number, "---\nn: 999"),
        ("deep.eml", bombs.deep_mail, None),
        pytest.param("records.json", lambda: bombs.many_records(1_500_000), None, marks=pytest.mark.slow),
    ],
)
def test_a_bomb_is_refused_or_read_within_the_limits(loader, tmp_path, name, data, text):
    path = tmp_path / name
    path.write_bytes(data())
    begun = time.monotonic()
    with Watched() as watched:
        if text is None:
            with pytest.raises(SourceError, match=REFUSED) as error:
                loader.load(path, id=f"docs/{name}")
            makers.one_sentence(error.value)
        else:
            assert loader.load(path, id=f"docs/{name}").text.startswith(text)
    assert time.monotonic() - begun < SECONDS + 10
    assert watched.peak < MEMORY_MB + 300


@pytest.mark.slow
def test_a_picture_of_30_000_dots_each_way(loader, tmp_path):
    path = tmp_path / "picture.docx"
    path.write_bytes(bombs.with_media(bombs.large_png()))
    assert loader.load(path, id="docs/picture.docx").text.startswith("The pump.")
