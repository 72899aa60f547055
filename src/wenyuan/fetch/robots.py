"""robots.txt: what a site lets us fetch by the dozen (RFC 9309)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from wenyuan.errors import FetchError
from wenyuan.fetch.url import parse
from wenyuan.fetch.web import AGENT, Web

_BYTES = 2_000_000  # of a robots.txt; RFC 9309 wants 500,000 at least to be read
_LINE = re.compile(r"\s*([A-Za-z-]+)\s*:\s*([^#]*)")


@dataclass(frozen=True)
class Rule:
    """Whether addresses that begin like `pattern` may be fetched; * stands for anything, $ for the end."""

    allow: bool
    pattern: str

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """What has to follow one after the other."""
        return tuple(self.pattern.removesuffix("$").split("*"))

    def fits(self, target: str) -> bool:
        """Whether a path with its query is meant; in a time that grows with its length only."""
        first, *others = self.parts
        if not target.startswith(first):
            return False
        at = len(first)
        last = others.pop() if others and self.pattern.endswith("$") else None
        for part in others:
            at = target.find(part, at)
            if at < 0:
                return False
            at += len(part)
        if last is not None:
            return target.endswith(last) and len(target) - len(last) >= at
        return at == len(target) or not self.pattern.endswith("$")


def rules_for(agent: str, text: str) -> tuple[Rule, ...]:
    """The rules of a robots.txt for this agent; where it is not named, those for all."""
    groups: dict[str, list[Rule]] = {}
    named: list[str] = []
    open_names = False  # a run of user-agent lines begins one group
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        field, value = match[1].lower(), match[2].strip()
        if field == "user-agent":
            named = [*named, value.lower()] if open_names else [value.lower()]
            open_names = True
            for name in named:
                groups.setdefault(name, [])
        elif field in ("allow", "disallow"):
            open_names = False
            if value:
                for name in named:
                    groups[name].append(Rule(field == "allow", quote(value, safe="/%:@!$&'()*+,;=~-._?")))
    own = next((groups[name] for name in groups if name.partition("/")[0].strip() == agent.lower()), None)
    return tuple(groups.get("*", []) if own is None else own)


def allowed(rules: Sequence[Rule], target: str) -> bool:
    """Whether a path with its query may be fetched: the longest rule that fits decides, of two alike the kinder."""
    fitting = [rule for rule in rules if rule.fits(target)]
    return not fitting or max(fitting, key=lambda rule: (len(rule.pattern), rule.allow)).allow


class Robots:
    """The rules of all hosts asked about, each fetched once."""

    def __init__(self, web: Web, agent: str = AGENT) -> None:
        self._web = web
        self._agent = agent
        self._rules: dict[str, tuple[Rule, ...]] = {}

    def allow(self, url: str) -> bool:
        """Whether a page may be fetched; a host without a robots.txt lets everything be.

        Raises:
            FetchError: the host cannot be asked for now.
        """
        address = parse(url)
        root = f"{address.scheme}://{address.place}"
        if root not in self._rules:
            self._rules[root] = self._read(root)
        return address.target == "/robots.txt" or allowed(self._rules[root], address.target)

    def _read(self, root: str) -> tuple[Rule, ...]:
        try:
            _, data = self._web.bytes_of(f"{root}/robots.txt", limit=_BYTES)
        except FetchError as error:
            if error.retryable:
                raise
            return ()  # RFC 9309: what is refused or not there allows all
        return rules_for(self._agent, data.decode(errors="replace").removeprefix("\ufeff"))
