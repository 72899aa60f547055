"""Business rules: what the owner of a knowledge base wants of certain questions, written in `rules.toml`.

`rule` says what a rule is and when it fires, `read` makes rules of the file (`tables` knows its keys), `effect` applies
them to query and hits, `answer` gives the answers written in them.

Filters and exclusions join the query before recall: the engine then fills the list with what may be shown, and the
reranker reads nothing in vain. Pins, boosts and burials act after reranking, whose scores would undo them.
"""

from wenyuan.rules.answer import curated, unused
from wenyuan.rules.effect import narrowed, reordered
from wenyuan.rules.read import FILE_NAME, parse_rules, read_rules
from wenyuan.rules.rule import Curated, Rule, Rules, RuleTest, Scale, Verdict, When

__all__ = [
    "FILE_NAME",
    "Curated",
    "Rule",
    "RuleTest",
    "Rules",
    "Scale",
    "Verdict",
    "When",
    "curated",
    "narrowed",
    "parse_rules",
    "read_rules",
    "reordered",
    "unused",
]
