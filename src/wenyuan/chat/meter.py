"""Tokens of a text for a model whose tokenizer is not at hand, and whether the server read all of a prompt."""

from __future__ import annotations

import math
from collections.abc import Sequence

from wenyuan.chat.profile import Profile
from wenyuan.types import Request

_ERROR = 1.05  # a calibrated count may be this much too low
_LOW = 0.45  # of the default rates: no tokenizer in use needs fewer tokens
_HIGH = 3.0  # nor more: a hidden prompt of the server must not use up the window
_LOST = 0.8  # a prompt of which the server counts less than this was cut
_MIN = 200  # expected tokens below which nothing is judged: templates and roles weigh too much


class Meter:
    """Counts tokens by the profile's rates, and learns from what the server says it counted.

    Small prompts teach (no server cuts them), large ones are judged. Not shared between threads.
    """

    _TEACHES = range(50, 1500)  # expected tokens

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._factor: float | None = 1.0 if profile.calibrated else None

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, rather too many than too few."""
        factor = 1.0 if self._factor is None else self._factor * _ERROR
        return [math.ceil(self._profile.tokens(text) * factor) for text in texts]

    def expected(self, request: Request) -> float:
        """Tokens of the prompt, rather too few than too many: templates and functions come on top."""
        factor = _LOW if self._factor is None else self._factor
        return factor * sum(self._profile.tokens(message.content) for message in request.messages)

    def learn(self, request: Request, counted: int) -> None:
        """Take in what the server counted for a prompt without functions."""
        rated = sum(self._profile.tokens(message.content) for message in request.messages)
        if not request.tools and int(rated) in self._TEACHES and not self._profile.calibrated:
            seen = min(max(counted / rated, _LOW), _HIGH)
            self._factor = seen if self._factor is None else 0.8 * self._factor + 0.2 * seen

    def was_cut(self, request: Request, counted: int) -> bool:
        """Whether the server read far fewer tokens than the prompt has."""
        expected = self.expected(request)
        return expected >= _MIN and counted < _LOST * expected
