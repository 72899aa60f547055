"""The whole sequence with a real model: it calls, the user's code runs, the result joins the history, it answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wenyuan.cli.main import app
from wenyuan.engine import KnowledgeBase
from wenyuan.settings import Settings
from wenyuan.tools import tool
from wenyuan.types import Decision

pytestmark = pytest.mark.timeout(1800)  # one thread, beside other work

DOCUMENTS = {
    "pump.md": "# 水泵 PX-200\n\nPX-200 水泵由青松机械厂制造，保修期为两年。\n",
    "works.md": "# 青松机械厂\n\n青松机械厂位于宁波市，客服电话是 0574-5550123。\n",
    "maple.md": "# 红枫机械厂\n\n红枫机械厂位于杭州市，客服电话是 0571-5550188。\n",
    "sea.md": "# 蓝海机械厂\n\n蓝海机械厂位于青岛市，客服电话是 0532-5550199。\n",
    "boiler.md": "# Boiler B-7\n\nThe B-7 boiler is made by Northwind Works. Its tank holds 80 litres.\n",
    "northwind.md": "# Northwind Works\n\nThe service desk of Northwind Works is open from 7 am to 3 pm.\n",
}


@pytest.fixture(scope="module")
def folder(served: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A knowledge base whose endpoint has been looked at."""
    from typer.testing import CliRunner

    root = tmp_path_factory.mktemp("llm")
    (root / "docs").mkdir()
    for name, text in DOCUMENTS.items():
        (root / "docs" / name).write_text(text, "utf-8")
    with KnowledgeBase.open(root / "kb") as kb:
        kb.add(root / "docs")
    command = ["doctor", "--kb", str(root / "kb"), "--llm", served.url, "--model", served.model]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    print(result.output)
    return root / "kb"


@pytest.fixture
def kb(served: Any, folder: Path) -> Iterator[KnowledgeBase]:
    with opened(served, folder) as base:
        yield base


def opened(served: Any, folder: Path, **sections: Any) -> KnowledgeBase:
    llm = {"url": served.url, "model": served.model, "first_seconds": 600, "between_seconds": 120, "total_seconds": 900}
    more = {"window": served.window, "reply_tokens": 256, "extractive": False}
    answer = {"sources": 1, "budget": 400}
    return KnowledgeBase.open(folder, settings=Settings(llm=llm | more, answer=answer, **sections))


@pytest.mark.parametrize(
    ("question", "order", "told"),
    [
        ("请查询订单 A-1007 现在的状态。", "A-1007", "已发货"),
        ("Please look up the state of order B-2093.", "B-2093", "shipped"),
    ],
)
def test_a_function_of_the_users_is_called_and_its_result_told(
    kb: KnowledgeBase, question: str, order: str, told: str
) -> None:
    asked: list[str] = []

    @tool(readonly=True)
    def order_status(order: str) -> dict[str, str]:
        """Look up the state of an order. 查询订单的状态。

        Args:
            order: The number of the order. 订单号。
        """
        asked.append(order)
        return {"order": order, "state": told}

    answer = kb.ask(question, tools=[order_status])
    assert asked[:1] == [order]
    assert answer.tools[0].ok
    assert told in answer.text


def test_an_answer_from_the_sources_cites_them(kb: KnowledgeBase) -> None:
    answer = kb.ask("PX-200 水泵的保修期是多久？")
    assert answer.decision is Decision.ANSWERED
    assert "两年" in answer.text
    assert all(citation.quote in DOCUMENTS[Path(citation.document).name] for citation in answer.citations)


def test_a_question_of_two_steps_is_answered_by_searching_again(served: Any, folder: Path) -> None:
    tools = {"builtin": ["search_knowledge"], "seconds": 900}
    with opened(served, folder, tools=tools) as kb:
        kb_answer = kb.ask("制造 PX-200 水泵的工厂的客服电话是多少？")
    print(kb_answer)
    assert "0574-5550123" in kb_answer.text
    assert any(result.call.name == "search_knowledge" for result in kb_answer.tools)
