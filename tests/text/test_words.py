"""Terms: Chinese words and bigrams, English stems, codes in all their forms."""

from __future__ import annotations

import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text import words as module
from wenyuan.text.normalise import fold
from wenyuan.text.words import bigrams, codes, content_bigrams, content_words, word_spans, words

MIXED = st.text(
    st.sampled_from("软件資料庫重置密碼的是ABCxyz019-_./:+#'’@& \u3000\u200b，。－９Ａ😀–\u0301"), max_size=40
)


def test_chinese_dictionary_words_with_their_parts() -> None:
    assert {"数据", "数据库"} <= set(words("数据库连接失败"))
    assert bigrams("数据库") == ["数据", "据库"]


@given(MIXED)
def test_spans_are_the_words_as_they_are_written(text: str) -> None:
    spans = list(word_spans(text))
    assert all(start < end for start, end in spans)
    assert [start for start, _ in spans[1:]] >= [end for _, end in spans[:-1]]
    assert all(any(map(str.isalnum, text[start:end])) for start, end in spans)


def test_spans_of_mixed_text() -> None:
    text = "滤芯 PPR-9087 的 Filters"
    assert [text[start:end] for start, end in word_spans(text)] == ["滤芯", "PPR-9087", "的", "Filters"]


def test_english_stems_meet_in_all_inflections() -> None:
    assert set(words("Connecting connections")) == set(words("connected")) == {"connect"}


def test_mixed_text_keeps_the_order() -> None:
    assert words("重启 router 后") == ["重启", "router", "后"]


def test_bigrams_do_not_cross_what_parts_the_characters() -> None:
    assert bigrams("密码，重置A类") == ["密码", "重置"]


@pytest.mark.parametrize("traditional", ["軟體", "資料庫連線逾時", "請問如何設定網路"])
def test_traditional_and_simplified_have_the_same_terms(traditional: str) -> None:
    assert words(traditional) == words(fold(traditional))
    assert bigrams(traditional) == bigrams(fold(traditional))


@pytest.mark.parametrize("written", ["PPR-9087", "把PPR-9087装好", "the (PPR-9087).", "PPR‑9087", "ＰＰＲ－９０８７"])
@pytest.mark.parametrize(
    "asked", ["ppr9087", "9087", "PPR 9087", "ｐｐｒ－９０８７", "PPR_9087", "Ppr–9087", "PPR/9087"]
)
def test_a_code_is_found_by_every_form_of_it(written: str, asked: str) -> None:
    assert set(words(asked)) & set(words(written)) & {"ppr9087", "9087"}


@pytest.mark.parametrize(
    ("written", "asked", "shared"),
    [
        ("max_connections", "maxConnections", "maxconnect"),
        ("max_connections", "max connections", "connect"),
        ("e-mails", "email", "email"),
        ("固件v2.3.11发布", "v2.3.11", "v2.3.11"),
        ("错误码E1024表示", "E-1024", "e1024"),
        ("SKU/AB.12_34", "sku-ab-12-34", "skuab1234"),
        ("C++ 接口", "c++", "c++"),
        ("user's guide", "users", "user"),
    ],
)
def test_identifiers_meet_in_a_form_of_theirs(written: str, asked: str, shared: str) -> None:
    assert shared in set(words(written)) & set(words(asked))


@pytest.mark.parametrize("other", ["PPR-9086", "PPR-90871", "QPR-9087X"])
def test_sibling_codes_differ_in_their_whole_form(other: str) -> None:
    assert "ppr9087" not in words(other)


def test_codes_are_the_tokens_with_digits_and_more() -> None:
    assert codes("型号PPR-9087固件v2.3.1 在 2024 年 E1024 foo-bar") == ["ppr-9087", "v2.3.1", "e1024"]


@pytest.mark.parametrize("text", ["", "？！…", "😀👍🏽", "---", "\u200b", " \u3000 "])
def test_text_without_words_has_none(text: str) -> None:
    assert words(text) == bigrams(text) == codes(text) == content_words(text) == []


def test_questions_lose_their_stop_words() -> None:
    assert content_words("What is the warranty of the device?") == ["warranti", "devic"]
    assert "的" not in content_words("设备的保修期是多久")
    assert "是的" not in content_bigrams("这是的确可以")


def test_a_question_of_stop_words_alone_keeps_them() -> None:
    assert content_words("The Who") == ["the", "who"]


def test_a_term_has_a_bounded_length() -> None:
    assert max(map(len, words("a" * 10_000 + " " + "-".join(["x1"] * 5_000)))) <= 64


@given(st.text())
def test_any_text_has_terms_without_white_space(text: str) -> None:
    terms = [*words(text), *bigrams(text), *codes(text)]
    assert all(terms)
    assert not any(char.isspace() for term in terms for char in term)
    assert set(content_words(text)) <= set(words(text))
    assert set(content_bigrams(text)) <= set(bigrams(text))


@given(MIXED)
def test_folding_first_makes_no_difference(text: str) -> None:
    assert words(fold(text)) == words(text)
    assert bigrams(fold(text)) == bigrams(text)


def test_threads_do_not_spoil_each_others_words() -> None:
    """The stemmer keeps the word that it works on, so each thread needs its own."""
    texts = [f"{stem}ing running{n} connections" for n in range(40) for stem in ("relat", "gener")]
    alone = {text: words(text) for text in texts}
    wrong: list[str] = []
    clear = vars(module)["_stem"].cache_clear  # else each word would be stemmed once

    def work() -> None:
        for text in texts * 3:
            clear()
            if words(text) != alone[text]:
                wrong.append(text)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert not wrong
