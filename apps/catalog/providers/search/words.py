"""Text to words: without case, accents and punctuation, the same for what is indexed and what is asked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 40
SHORTEST_PREFIX, LONGEST_PREFIX = 2, 12
_FOLDED = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "\u0131": "i"})
_IDEOGRAMS = "\u2e80-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_IDEOGRAMS}]|[^\W_{_IDEOGRAMS}]+")


def words(text: str) -> list[str]:
    """All words in their order. Scripts without spaces give one word per sign."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(sign))
    return [word[:LONGEST] for word in _WORD.findall(plain.translate(_FOLDED))]


def prefixes(some: Iterable[str]) -> set[str]:
    """The beginnings by which these words are found while somebody still types."""
    return {word[:length] for word in some for length in range(SHORTEST_PREFIX, min(len(word) - 1, LONGEST_PREFIX) + 1)}


def may_be_misspelt(word: str) -> bool:
    """Whether a near word may stand for this one: short words and numbers mean what they say."""
    return len(word) >= 4 and word.isalpha()
