"""Profiles of endpoints: what is written is read again, and what is wrong is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from wenyuan.chat.profile import FILE_NAME, Profile, Profiles
from wenyuan.errors import WrongUse


def test_a_profile_survives_its_file(tmp_path: Path) -> None:
    profile = Profile(tools="schema", window=4096, extra={"enable_thinking": False}, calibrated=True, han_tokens=0.6)
    Profiles.read(tmp_path).write("qwen@http://x/v1", profile)
    Profiles.read(tmp_path).write("other@http://y/v1", Profile())
    read = Profiles.read(tmp_path)
    assert read.get("qwen@http://x/v1") == profile
    assert "other@http://y/v1" in read


def test_an_endpoint_that_was_never_probed_has_the_defaults(tmp_path: Path) -> None:
    assert Profiles.read(tmp_path).get("x@y") == Profile()


@pytest.mark.parametrize(
    ("content", "named"),
    [('{"a": {"tool": 1}}', "a.tool"), ("[]", "the file"), ("{", "the file"), ('{"a": {"window": 3}}', "a.window")],
)
def test_a_file_that_is_no_list_of_profiles_is_named_with_the_place(tmp_path: Path, content: str, named: str) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    with pytest.raises(WrongUse, match="delete it") as caught:
        Profiles.read(tmp_path)
    assert named in str(caught.value)


def test_chinese_and_other_characters_have_rates_of_their_own() -> None:
    profile = Profile(han_tokens=0.5, other_tokens=0.25)
    assert profile.tokens("水泵 pump") == 2 * 0.5 + 5 * 0.25
    assert profile.tokens("𠮷") == 0.5


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    profiles = Profiles.read(tmp_path / "gone")
    with pytest.raises(WrongUse, match="cannot be written"):
        profiles.write("x@y", Profile())
