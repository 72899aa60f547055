"""What a turn lists."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.conversation.listing import items_of


@pytest.mark.parametrize(
    ("turn", "items"),
    [
        ("有两种方案：1. 在线升级；2. 离线升级。", ["在线升级", "离线升级"]),
        ("（1）准备：备份数据 （2）安装：运行脚本", ["准备", "安装"]),
        ("①微信支付 ②支付宝", ["微信支付", "支付宝"]),
        ("一、准备工作 二、安装步骤 三、验收", ["准备工作", "安装步骤", "验收"]),
        ("第一种是物理备份，第二种是逻辑备份。", ["物理备份", "逻辑备份"]),
        ("- 现金\n- 刷卡\n- 转账", ["现金", "刷卡", "转账"]),
        ("TiDB 支持乐观事务和悲观事务两种模式。", ["乐观事务", "悲观事务"]),
        ("可以用 BR、Dumpling 和 TiCDC 备份。", ["BR", "Dumpling", "TiCDC"]),
        ("套餐分为基础版、专业版以及企业版，按年付费。", ["基础版", "专业版", "企业版"]),
        ("PX-200 和 PX-300 哪个好？", ["PX-200", "PX-300"]),
        ("1. **BR**: physical backup\n2. **Dumpling**: logical export", ["BR", "Dumpling"]),
        ("First, check the filter. Second, replace the pump.", ["check the filter", "replace the pump"]),
        (
            "We offer the basic plan, the pro plan and the enterprise plan.",
            ["basic plan", "pro plan", "enterprise plan"],
        ),
        ("You can use BR or Dumpling.", ["BR", "Dumpling"]),
        ("Use BR and Dumpling.", ["BR", "Dumpling"]),
        ("The device supports HTTP, HTTPS, and MQTT.", ["HTTP", "HTTPS", "MQTT"]),
        ("We have A4 and A5. Colours: red paper or blue paper.", ["red paper", "blue paper"]),
    ],
)
def test_lists_as_they_are_written(turn: str, items: list[str]) -> None:
    assert items_of(turn) == items


@pytest.mark.parametrize(
    "turn",
    [
        "",
        "TiDB 是分布式数据库。",
        "Version 8.5 was released on 1.2.2024.",
        "It starts at 1. Then it ends.",
        "2. Install",
    ],
)
def test_what_is_no_list(turn: str) -> None:
    assert items_of(turn) == []


@given(st.text(max_size=200))
def test_any_text_lists_at_least_two_things_or_none(turn: str) -> None:
    items = items_of(turn)
    assert len(items) != 1
    assert all(items)


@pytest.mark.parametrize("part", ["1. ", "甲和", "和", "a and ", "Aa, ", "first, ", "- ", "第一", "(", "①"])
def test_a_hostile_turn_takes_no_time(part: str) -> None:
    started = time.process_time()
    items_of(part * (64_000 // len(part)))
    assert time.process_time() - started < 1
