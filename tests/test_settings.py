"""Settings: defaults, then the file, then the environment; whatever is wrong is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from wenyuan.errors import WrongUse
from wenyuan.settings import FILE_NAME, Settings, read_settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("WENYUAN_")]:
        monkeypatch.delenv(name)


def write(folder: Path, content: str) -> Path:
    (folder / FILE_NAME).write_text(content, "utf-8")
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(WrongUse) as caught:
        read_settings(folder)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_without_a_file_all_is_default(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == read_settings(tmp_path / "absent") == Settings()


def test_the_environment_wins_over_the_file_and_that_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "[fuse]\ndense = 0.25\nduplicate = 0.5\n")
    monkeypatch.setenv("WENYUAN_FUSE__DENSE", "0.75")
    settings = read_settings(tmp_path)
    assert (settings.fuse.dense, settings.fuse.duplicate) == (0.75, 0.5)
    assert settings.fuse.method == Settings().fuse.method


@pytest.mark.parametrize("name", ["WENYUAN_TOOLS__BUILTIN", "WENYUAN_LLM__FALLBACKS"])
def test_a_list_in_the_environment_that_is_no_json_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "calculate")
    with pytest.raises(WrongUse, match="written as JSON") as caught:
        read_settings(tmp_path)
    assert "\n" not in str(caught.value)


def test_one_key_of_a_section_leaves_the_others_at_their_defaults(tmp_path: Path) -> None:
    assert read_settings(write(tmp_path, "[chunk]\nsize = 128\n")).chunk.overlap == Settings().chunk.overlap


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("[fuse]\ndens = 0.5\n", "fuse.dens"),
        ("[fusion]\ndense = 0.5\n", "fusion"),
        ("top = 1\n", "top"),
        ("[fuse]\ndense = 1.5\n", "fuse.dense"),
        ("[chunk]\nsize = 0\n", "chunk.size"),
        ("[chunk]\nsize = 'big'\n", "chunk.size"),
        ("[fuse]\nmethod = 'best'\n", "fuse.method"),
        ("fuse = 3\n", "fuse"),
        ("[answer]\nbudget = nan\n", "answer.budget"),
    ],
)
def test_a_wrong_key_or_value_in_the_file_is_named_with_the_file(tmp_path: Path, content: str, named: str) -> None:
    sentence = refusal(write(tmp_path, content))
    assert f"'{named}'" in sentence
    assert str(tmp_path / FILE_NAME) in sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WENYUAN_FUSION__DENSE", "0.5"),
        ("WENYUAN_TOP", "1"),
        ("WENYUAN_FUSE__DENS", "0.5"),
        ("WENYUAN_FUSE__DENSE", "much"),
        ("WENYUAN_FUSE__DENSE", "-1"),
        ("WENYUAN_FUSE", "not json"),
        ("WENYUAN_FUSE", "[1]"),
    ],
)
def test_a_wrong_variable_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    sentence = refusal(tmp_path).lower()
    assert name.lower() in sentence or name.removeprefix("WENYUAN_").lower().replace("__", ".") in sentence


@pytest.mark.parametrize("content", [b"[fuse\n", b"dense = \n", b"\xff\xfe\x00", b"[fuse]\ndense=1\ndense=2\n"])
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    sentence = refusal(tmp_path)
    assert "TOML" in sentence
    assert str(tmp_path / FILE_NAME) in sentence


def test_other_programs_variables_and_empty_ones_are_no_concern(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSE__DENSE", "0.1")
    monkeypatch.setenv("WENYUAN_FUSE__DENSE", "")
    monkeypatch.setenv("WENYUAN_KB", "elsewhere")
    monkeypatch.setenv("WENYUAN_TEST_GGUF", "a model of our tests")
    assert read_settings(tmp_path) == Settings()


def test_settings_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    settings = read_settings(tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        settings.fuse.dense = 0.1  # type: ignore[misc]


@pytest.mark.parametrize("name", ["WENYUAN_KB", "WENYUAN_SERVER", "WENYUAN_API_KEY", "WENYUAN_HOME"])
def test_variables_of_programs_are_no_settings(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "x")
    assert read_settings(tmp_path) == Settings()
