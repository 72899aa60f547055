"""Bytes to text, judged by what `load` makes of .txt files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.errors import SourceError

from .makers import loaded

SIMPLIFIED = (
    "水泵的额定功率为五千瓦，安装前请仔细阅读说明书。",
    "本公司成立于一九九八年，主要生产农业机械和配件。",
    "如果电源指示灯不亮，请检查插头是否接触良好；",
    "用户可以在设置页面中修改密码，密码至少八位。",
    "退货须在收到商品后七天内提出，并附上发票。",
)
TRADITIONAL = (
    "水泵的額定功率為五千瓦，安裝前請仔細閱讀說明書。",
    "本公司成立於一九九八年，主要生產農業機械和配件。",
    "如果電源指示燈不亮，請檢查插頭是否接觸良好；",
    "使用者可以在設定頁面中修改密碼，密碼至少八位。",
    "退貨須在收到商品後七天內提出，並附上發票。",
)


def sentences(of):
    return st.lists(st.sampled_from(of) | st.sampled_from(["PPR-9087 ", "2024", "\n"]), min_size=1).filter(
        lambda parts: any(part in of for part in parts)
    )


@given(sentences(SIMPLIFIED), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030", "gbk", "gb2312"]))
def test_simplified_text_survives_every_encoding(parts, encoding):
    text = "".join(parts)
    assert loaded(text.encode(encoding), "a.txt").text == text


@given(sentences(TRADITIONAL), st.sampled_from(["utf-8", "utf-16", "big5", "cp950", "big5hkscs", "gb18030"]))
def test_traditional_text_survives_every_encoding(parts, encoding):
    text = "".join(parts)
    assert loaded(text.encode(encoding), "a.txt").text == text


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Co", "Cn", "Cs")), min_size=1))
def test_any_printable_utf8_is_kept(text):
    text = text.replace("\u2028", "").replace("\u2029", "").replace("\ufeff", "").replace("\ufffd", "") + "."
    document = loaded(text.encode(), "a.txt")
    assert document.text == text
    assert document.warnings == ()


def test_text_in_english_with_a_few_latin_letters():
    text = "The café at the corner serves naïve customers – it opens at nine, “sharp”. " * 5
    assert loaded(text.encode("cp1252"), "a.txt").text == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_byte_order_mark(encoding):
    text = "Rated power: 5 kW, see table 3.\nWeight: 12 kg."
    assert loaded(text.encode(encoding), "a.txt").text == text


def test_a_few_damaged_bytes_are_replaced_and_told():
    document = loaded("水泵的额定功率为五千瓦。".encode() * 20 + b"\xff", "a.txt")
    assert document.text.startswith("水泵的额定功率")
    assert document.warnings == ("1 characters are not valid utf-8 and were replaced",)


def test_line_breaks_and_control_characters_are_normalised():
    assert loaded(b"one\r\ntwo\rthree\x0cfour\x07\x1b", "a.txt").text == "one\ntwo\nthree\nfour"


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 8, b"MZ\x90\x00\x03\x00\x00\x00\x04\x00" * 50, b"\x81\x8d\x01\x02\x9d\x8f\x90" * 40]
)
def test_binary_data_is_no_text(data):
    with pytest.raises(SourceError, match=r"docs/a\.txt: it does not hold text"):
        loaded(data, "a.txt")


def test_html_is_read_in_the_charset_it_declares():
    page = '<html><head><meta charset="euc-kr"></head><body><p>서울은 대한민국의 수도이다.</p></body></html>'
    assert loaded(page.encode("euc-kr"), "a.html").text == "서울은 대한민국의 수도이다."


def test_a_false_single_byte_declaration_is_not_believed():
    page = f'<meta charset="iso-8859-1"><p>{SIMPLIFIED[0]}</p>'
    assert loaded(page.encode("gbk"), "a.html").text == SIMPLIFIED[0]
