"""Conditions that a question states about documents, in both languages, and dates that are none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from wenyuan.types import And, Condition
from wenyuan.understand.constraints import constraints

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # a Tuesday


@pytest.mark.parametrize(
    ("question", "phrase"),
    [
        ("2024年以来的公告里有涨价吗", "2024年以来"),
        ("去年的报销制度怎么规定", "去年"),
        ("最近三个月发布的产品通知", "最近三个月"),
        ("2023年到2024年的财务报告", "2023年到2024年"),
        ("announcements since 2024 about prices", "since 2024"),
        ("Are there any release notes from March 2024?", "from March 2024"),
        ("reports published in the last three months", "in the last three months"),
        ("last year's safety reports", "last year"),
    ],
)
def test_a_date_that_belongs_to_documents(question, phrase):
    (found,) = constraints(question, now=NOW)
    assert found.phrase == phrase
    fields = found.filter.parts if isinstance(found.filter, And) else (found.filter,)
    assert {part.field for part in fields} == {"time"}


@pytest.mark.parametrize(
    "question",
    [
        "2022年世界杯冠军是谁",
        "Who won the world cup in 2022?",
        "去年公司的利润是多少",
        "PPR-2024 的保修期",
        "今年年假有几天",
        "port 2024 is in use",
        "文档怎么导出",
        "how long is the report kept",
    ],
)
def test_a_date_alone_is_no_condition(question):
    assert constraints(question, now=NOW) == ()


SHELF = {"安装手册": ["a"], "员工报销制度": ["b"], "installation manual": ["m"], "security policy": ["s1", "s2"]}


@pytest.mark.parametrize(
    ("question", "phrase", "documents"),
    [
        ("《员工报销制度》里住宿标准是多少", "员工报销制度", ("b",)),
        ("在安装手册中怎么重置密码", "安装手册", ("a",)),
        ("根据员工报销制度，打车能报吗", "员工报销制度", ("b",)),
        ("What is the torque in the installation manual?", "installation manual", ("m",)),
        ("According to our security policy, how long are logs kept?", "security policy", ("s1", "s2")),
    ],
)
def test_a_document_that_is_named(question, phrase, documents):
    (found,) = constraints(question, lambda name: SHELF.get(name.lower(), []), NOW)
    assert found.phrase == phrase
    assert found.filter == Condition("document", "in", documents)


def test_a_name_that_no_document_bears_is_no_condition():
    assert constraints("在说明书中怎么写的", lambda _: [], NOW) == ()


def test_both_at_once_in_the_order_of_the_question():
    found = constraints("在安装手册中，2024年以来的公告怎么说", lambda name: SHELF.get(name, []), NOW)
    assert [each.phrase for each in found] == ["安装手册", "2024年以来"]
