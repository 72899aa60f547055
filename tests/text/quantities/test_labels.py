"""Versions and codes in their normal forms."""

from __future__ import annotations

import re

import pytest

from wenyuan.text.quantities.labels import STANDARDS, code_at, figures_code_at, is_said, mixed_code_at, version_at


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v1.10", "1.10"),
        ("V2.0.1", "2.0.1"),
        ("1.10.2", "1.10.2"),
        ("7.5 版本", "7.5"),
        ("3.11 or later versions", "3.11"),
        ("5.7.x", "5.7.x"),
        ("1.x", "1.x"),
        ("v2.0.0-rc1", "2.0.0-rc1"),
        ("1.0.0-beta.2", "1.0.0-beta.2"),
        ("v3", "3"),
    ],
)
def test_versions(text: str, version: str) -> None:
    found = version_at(text, 0)
    assert found is not None
    assert (found[0], found[1].text) == ("version", version)


def test_one_point_ten_is_a_version_where_that_is_said() -> None:
    assert version_at("1.10", 0) is None
    assert version_at("1.10", 0, said=True) is not None
    assert version_at("版本：1.10", 3) is not None
    assert is_said("version 1.10", 8)
    assert not is_said("length 1.10", 7)


@pytest.mark.parametrize("text", ["1.10", "5.5M", "12", "1.2.3,45", "1..2"])
def test_what_is_no_version(text: str) -> None:
    assert version_at(text, 0) is None


@pytest.mark.parametrize(
    ("text", "code", "family"),
    [
        ("PX-200", "px200", "px"),
        ("RK3588,", "rk3588", "rk"),
        ("E-042", "e042", "e"),
        ("CVE-2024-1234", "cve20241234", "cve"),
        ("ISO 9001", "iso9001", "iso"),
        ("ISO9001:2015", "iso9001:2015", "iso"),
        ("GB/T 7714-2015", "gb/t7714-2015", "gb/t"),
        ("utf8", "utf8", "utf"),
    ],
)
def test_codes(text: str, code: str, family: str) -> None:
    found, _ = code_at(text, 0)
    assert found is not None
    assert (found[1].text, found[1].family) == (code, family)


@pytest.mark.parametrize(
    "text", ["config2.yaml", "max_conn5", "top-10", "x1", "step3", "a1=", "A1/B", "abc", "Q" + "1" * 40]
)
def test_what_is_no_code(text: str) -> None:
    found, end = code_at(text, 0)
    assert found is None
    assert end > 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1920×1080", "1920x1080"),
        ("000731", "000731"),
        ("0071", "0071"),
        ("110101199003077578", "110101199003077578"),
        ("1-2-3", "1-2-3"),
    ],
)
def test_codes_of_digits_keep_their_zeros(text: str, code: str) -> None:
    found = figures_code_at(text, 0)
    assert found is not None
    assert found[1].text == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("3D", "3d"), ("2FA", "2fa"), ("14B-Chat", "14bchat"), ("802.11", None), ("1990s", None), ("12-34", None)],
)
def test_digits_with_letters(text: str, code: str | None) -> None:
    found = mixed_code_at(text, 0)
    assert (found[1].text if found else None) == code


def test_standards_are_alternatives_of_a_pattern() -> None:
    assert re.fullmatch(STANDARDS, "GB/T")
