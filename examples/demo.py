"""`make demo`: read this project's own manual, in Chinese and English, and ask it questions.

The questions are in `demo.jsonl`: those with a `document` must be answered with a quote from it that holds the fact
asked for, the others declined; where two pages of the manual say the same, either is right. Every quote is compared
with the document's text at its position. The exit code is 1 if anything is not as it should be, but for questions with
a known `fault`, which are counted and named.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from wenyuan.engine import KnowledgeBase
from wenyuan.errors import WrongModel
from wenyuan.messages import language_of
from wenyuan.types import Answer, Decision, Language

ROOT = Path(__file__).resolve().parents[1]

NEXT: dict[Language, str] = {  # what to type now
    "en": """
Now your own documents. Try these three commands, then name a folder of yours in place of the sample:
  .venv/bin/wenyuan add examples/manuals
  .venv/bin/wenyuan ask "How long does the warranty last?"
  .venv/bin/wenyuan --help

Or in a browser; the command prints the address. Add a folder of yours there, give it its name, and ask:
  .venv/bin/pip install -e '.[server]'
  .venv/bin/wenyuan serve
With `serve --sample` there are documents of an invented company to look at first.""",
    "zh": """
接下来用您自己的文档。先试这三条命令，再把示例文件夹换成您的文件夹：
  .venv/bin/wenyuan add examples/manuals
  .venv/bin/wenyuan ask "滤芯多久更换一次？"
  .venv/bin/wenyuan --help

也可以在浏览器里使用；命令会给出网址，在那里添加您的文件夹、取好名称，就可以提问：
  .venv/bin/pip install -e '.[server]'
  .venv/bin/wenyuan serve
想先看看虚构公司的示例文档，用 `serve --sample`。""",
}


def main() -> int:
    """Add the manual, ask every question, print what happened."""
    started = time.perf_counter()
    questions = [json.loads(line) for line in (ROOT / "examples" / "demo.jsonl").read_text("utf-8").splitlines()]
    with opened(ROOT / "demo-kb") as kb:
        for folder in ("docs/en", "docs/zh"):
            report = kb.add(ROOT / folder)
            print(f"{folder}: {len(report.added)} added, {len(report.changed)} changed, {report.unchanged} as before")
        wrong = [question for question in questions if not ask(kb, question)]
    took = time.perf_counter() - started
    print(f"\n{len(questions) - len(wrong)} of {len(questions)} questions went as they should, in {took:.0f} s.")
    for question in wrong:
        known = f" (known: {question['fault']})" if "fault" in question else ""
        print(f"  not so: {question['question']}{known}")
    print(NEXT[language_of(os.environ)])
    return 0 if all("fault" in question for question in wrong) else 1


def opened(folder: Path) -> KnowledgeBase:
    """The knowledge base of an earlier demo, made anew if it is of other models."""
    try:
        return KnowledgeBase.open(folder)
    except WrongModel as error:
        print(f"{error}\nMaking it anew.")
        return KnowledgeBase.open(folder, repair="all")


def ask(kb: KnowledgeBase, question: dict[str, Any]) -> bool:
    """Ask, print, and say whether the answer is the right one."""
    answer = kb.ask(question["question"])
    print(f"\n? {question['question']}\n{answer.text}")
    for citation in answer.citations:
        print(f"   [{citation.n}] {citation.document} › {citation.heading}, characters {citation.start}–{citation.end}")
    if "document" not in question:
        return answer.decision is Decision.ABSTAINED
    return answer.decision is Decision.ANSWERED and verbatim(kb, answer) and cites(answer, question)


def verbatim(kb: KnowledgeBase, answer: Answer) -> bool:
    """Every quote stands in its document, at the position given."""
    return all(kb.read(c.document, c.start, c.end) == c.quote for c in answer.citations)


def cites(answer: Answer, question: dict[str, Any]) -> bool:
    """One of the quotes is from the right page and holds the fact asked for."""
    pages, facts = (each if isinstance(each, list) else [each] for each in (question["document"], question["contains"]))
    right = [c.quote for c in answer.citations if c.document in pages]
    return any(fact in quote for quote in right for fact in facts)


if __name__ == "__main__":
    sys.exit(main())
