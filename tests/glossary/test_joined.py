"""Several glossaries as one."""

from __future__ import annotations

from wenyuan.glossary import Entry, Glossaries, OwnGlossary


def test_of_two_glossaries_the_surer_weight_counts() -> None:
    one = OwnGlossary([Entry("看门狗", "watchdog", 0.5), Entry("集群", "cluster")])
    other = OwnGlossary([Entry("看门狗", "watchdog", 0.9), Entry("看门狗", "guard", 0.2)])
    assert Glossaries(one, other).translations("看门狗") == {"watchdog": 0.9, "guard": 0.2}
    assert Glossaries().translations("看门狗") == {}
