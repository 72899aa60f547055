"""What words are in the other language, so that a question finds documents in both.

`terms` has the shipped glossary of single words, `own` the terms of a house, in `glossary.tsv` beside its rules.
"""

from __future__ import annotations

from wenyuan.glossary.joined import Glossaries
from wenyuan.glossary.own import FILE_NAME, Entry, OwnGlossary, read_entries, written
from wenyuan.glossary.terms import TermGlossary, load_glossary

__all__ = [
    "FILE_NAME",
    "Entry",
    "Glossaries",
    "OwnGlossary",
    "TermGlossary",
    "load_glossary",
    "read_entries",
    "written",
]
