"""Questions to learn the legs' weights from, made of manuals in two languages: headings, and their translations.

    python benchmarks/leg_weights.py DATA OUT

Writes the BEIR folders OUT/manuals-en and OUT/manuals-zh from DATA/retrieval/faq-manual without its FAQ pages and all
that is judged. `head.tsv`: a section by its heading, which half of the sections lack; `cross.tsv`: a section by heading
and page title, or by a sentence, of its translation. `wenyuan train fusion` learns from them.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

from wenyuan_models.recipes.rerank_data import read_judged

from wenyuan.evaluate import read_corpus
from wenyuan.jsonl import read_rows
from wenyuan.text.language import language
from wenyuan.text.sentences import sentences
from wenyuan.training.data.builders import HeadedPart, sections

PAGES, SHARE, LETTERS = 200, 0.5, 600  # Chinese-only pages; of sections without a translation; characters of a section
ASKED = {"zh": 1200, "en": 800, "cross": 700}
SHORTEST = {"zh": 6, "en": 12}
SENTENCE = {"zh": (15, 80), "en": (40, 240)}


def main() -> None:
    """Write both folders and print how many sections and questions they have."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    rng = random.Random(0)
    pages = read_pages(arguments.data)
    alone = sorted(page for page in pages if page.startswith("tidb"))
    rng.shuffle(alone)
    pages = {page: parts for page, parts in sorted(pages.items()) if page not in alone[PAGES:]}
    translation = aligned(arguments.data, pages)
    kept: dict[str, tuple[HeadedPart, bool]] = {}
    for page, parts in pages.items():
        for n, part in enumerate(parts):
            if len(part.text) >= 40 and (f"{page}#{n}" in translation or rng.random() >= SHARE):
                kept[f"{page}#{n}"] = part, rng.random() < 0.5
    asked = {"head": headings(kept, rng), "cross": across(kept, translation, rng)}
    for lang in ("en", "zh"):
        write(arguments.out / f"manuals-{lang}", lang, kept, asked)


def read_pages(data: Path) -> dict[str, list[HeadedPart]]:
    """Page → its sections, those of every level."""
    judged = read_judged(data / "retrieval")
    pages: dict[str, list[HeadedPart]] = defaultdict(list)
    for passage in read_corpus(data / "retrieval" / "faq-manual"):
        key, title, text = passage.id, passage.title, passage.text
        if key not in judged.ids and "faq" not in key.lower():
            page, _, heading = title.partition(" > ")
            first, *deeper = sections(key, page, text, "zh" if "/zh/" in key else "en")
            pages[key.partition("#")[0]] += [replace(first, heading=heading), *deeper]
    return pages


def aligned(data: Path, pages: dict[str, list[HeadedPart]]) -> dict[str, str]:
    """A section → its translation, of pages that have as many sections as their translations."""
    found = {}
    for _, row in read_rows(data / "manuals" / "docs.jsonl.gz"):
        page, other = str(row["id"]), str(row["pair"])
        if len(pages.get(page, [])) == len(pages.get(other, [])):
            found |= {f"{page}#{n}": f"{other}#{n}" for n in range(len(pages.get(page, [])))}
    return found


def headings(kept: dict[str, tuple[HeadedPart, bool]], rng: random.Random) -> dict[str, tuple[str, str]]:
    """Question id → (heading, the section whose text stands without it)."""
    times = Counter(part.heading for part, _ in kept.values())
    asked = {}
    for lang in ("zh", "en"):
        fit = [k for k, (p, bare) in kept.items() if bare and p.language == lang and len(p.heading) >= SHORTEST[lang]]
        for key in rng.sample(fit, min(len(fit), ASKED[lang])):
            part = kept[key][0]
            alone = times[part.heading] == 1
            asked[f"head:{key}"] = (part.heading if alone else f"{part.page} {part.heading}", key)
    return asked


def across(
    kept: dict[str, tuple[HeadedPart, bool]], translation: dict[str, str], rng: random.Random
) -> dict[str, tuple[str, str]]:
    """Question id → (title or sentence of a section, its translation)."""
    asked: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for key, (part, _) in kept.items():
        other = translation.get(key)
        if other not in kept or not part.heading:
            continue
        low, high = SENTENCE[part.language]
        prose = [part.text[a:b] for a, b in sentences(part.text[:1500]) if low <= b - a <= high]
        plain = [text for text in prose if not set(text) & set("\n|{}`")]
        for n, text in enumerate([f"{part.page} {part.heading}", *rng.sample(plain, min(1, len(plain)))]):
            if language(text) == part.language:
                asked[part.language].append((f"cross:{key}:{n}", text, other))
    drawn = [row for rows in asked.values() for row in rng.sample(rows, min(len(rows), ASKED["cross"]))]
    return {key: (text, other) for key, text, other in drawn}


def write(folder: Path, lang: str, kept: dict[str, tuple[HeadedPart, bool]], asked: dict) -> None:
    """One language's sections, and the questions that they answer."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    own = {key: each for key, each in kept.items() if each[0].language == lang}
    with (folder / "corpus.jsonl").open("w", encoding="utf-8") as file:
        for key, (part, bare) in own.items():
            title = part.page if bare or not part.heading else f"{part.page} > {part.heading}"
            row = {"_id": key, "title": title, "text": part.text[:LETTERS]}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    with (folder / "queries.jsonl").open("w", encoding="utf-8") as file:
        for name, rows in asked.items():
            answered = {query: row for query, row in rows.items() if row[1] in own}
            for query, (text, _) in answered.items():
                file.write(json.dumps({"_id": query, "text": text}, ensure_ascii=False) + "\n")
            lines = [f"{query}\t{section}\t1" for query, (_, section) in answered.items()]
            (folder / "qrels" / f"{name}.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *lines]) + "\n")
            print(f"{folder.name}: {len(own)} sections, {name} {len(answered)}")


if __name__ == "__main__":
    main()
