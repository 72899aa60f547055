"""A charset that only a header names is found by the loader in the file."""

from __future__ import annotations

import time

import pytest

from wenyuan.fetch.charset import keep_charset
from wenyuan.load import Limits
from wenyuan.load.text import parse_html, parse_text

RUSSIAN = "Насос включается красной кнопкой на панели управления."
KOREAN = "빨간 버튼을 눌러 펌프를 켭니다."


@pytest.mark.parametrize(
    ("charset", "text"), [("windows-1251", RUSSIAN), ("koi8-r", RUSSIAN), ("euc-kr", KOREAN), ("Shift_JIS", "ポンプ")]
)
@pytest.mark.parametrize(
    "page",
    [
        "<p>{}</p>",
        "<!DOCTYPE html>\n<html lang='x'><head><title>t</title></head><body><header>x</header><p>{}</p></body></html>",
        "<html><head><meta charset='utf-8'></head><p>{}</p>",
    ],
)
def test_html_says_what_the_header_said(charset: str, text: str, page: str) -> None:
    data = page.format(text).encode(charset)
    kept = keep_charset(data, charset, html=True)
    assert text in parse_html(kept, Limits()).text
    assert len(kept) > len(data)
    assert keep_charset(kept, charset, html=True) == kept


def test_the_declaration_stands_in_the_head() -> None:
    page = b"<!doctype html><html><head><title>x</title></head></html>"
    kept = keep_charset(page, "windows-1251", html=True)
    assert kept == page.replace(b"<head>", b'<head><meta charset="cp1251">')


def test_other_text_becomes_utf8() -> None:
    kept = keep_charset(KOREAN.encode("euc-kr"), "euc-kr", html=False)
    assert parse_text(kept, Limits()).text == KOREAN
    page = f"<p>{RUSSIAN}</p>".encode("utf-16-le")
    assert keep_charset(page, "utf-16-le", html=True).decode() == f"<p>{RUSSIAN}</p>"


@pytest.mark.parametrize("charset", ["utf-8", "ISO-8859-1", "us-ascii", "", "no such", "gbk<script>", "\0"])
def test_a_charset_that_says_nothing_changes_nothing(charset: str) -> None:
    page = f"<p>{KOREAN}</p>".encode()
    assert keep_charset(page, charset, html=True) == page


def test_bytes_that_are_not_in_the_charset_stay() -> None:
    page = f"<p>{RUSSIAN}</p>".encode("koi8-r") + b"\xff\xff\xff"
    assert keep_charset(page, "euc-kr", html=True) == page


@pytest.mark.parametrize("charset", ["zlib", "bz2", "base64", "rot13", "unicode_escape", "punycode", "idna", "utf-7"])
def test_codecs_that_are_no_charsets_are_not_used(charset: str) -> None:
    data = b"<p>" + b"x" * 100_000
    began = time.monotonic()
    assert keep_charset(data, charset, html=False) == data
    assert time.monotonic() - began < 20


def test_a_declaration_of_the_same_charset_is_enough() -> None:
    page = "<meta charset=gb2312><p>水泵</p>".encode("gbk")
    assert keep_charset(page, "GBK", html=True) == page
