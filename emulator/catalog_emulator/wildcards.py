"""Texts with wildcards, as policies, principals and filters have them, matched in linear time."""

from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cached_property


class Wild(Enum):
    """What a wildcard stands for: any text, one character, or one character or none."""

    TEXT = 0
    ONE = 1
    ONE_OR_NONE = 2


Tokens = list[str | Wild]


def tokens(text: str, wild: Mapping[str, Wild]) -> Tokens:
    """The letters of the text, or what they stand for."""
    return [wild.get(letter, letter) for letter in text]


class Wildcards:
    """Tokens to match a text with. Every place in them that the text so far leads to is a bit of a number."""

    def __init__(self, tokens: Iterable[str | Wild]) -> None:
        parts: Tokens = []
        for one in tokens:
            if one is not Wild.TEXT or parts[-1:] != [one]:
                parts.append(one)
        wild = [place for place, one in enumerate(parts) if isinstance(one, Wild)]
        start, end = (wild[0], wild[-1] + 1) if wild else (len(parts), len(parts))
        # Most texts are told from these.
        self._prefix, self._suffix = "".join(map(str, parts[:start])), "".join(map(str, parts[end:]))
        self._tokens = parts[start:end]
        self._least = sum(one not in (Wild.TEXT, Wild.ONE_OR_NONE) for one in parts)

    def match(self, text: str) -> bool:
        """Whether all of the text matches."""
        # Before the bits are made: a pattern may be far longer than the text.
        if len(text) < self._least or not (text.startswith(self._prefix) and text.endswith(self._suffix)):
            return False
        text = text[len(self._prefix) : len(text) - len(self._suffix)]
        if self._tokens == [Wild.TEXT]:
            return True
        letters, any_letter, texts, empties = self._bits
        places = _skipped(1, empties)
        for letter in text:
            moved = (places & letters.get(letter, any_letter)) << 1
            places = _skipped(moved | places & texts, empties)
            if not places:
                return False
        return bool(places >> len(self._tokens) & 1)

    @cached_property
    def _bits(self) -> tuple[dict[str, int], int, int, int]:
        """Places: by letter, those of any letter included; of any letter; of texts; of what may be empty."""
        letters: dict[str, int] = {}
        of: dict[Wild, int] = dict.fromkeys(Wild, 0)
        for place, one in enumerate(self._tokens):
            if isinstance(one, Wild):
                of[one] |= 1 << place
            else:
                letters[one] = letters.get(one, 0) | 1 << place
        any_letter = of[Wild.ONE] | of[Wild.ONE_OR_NONE]
        letters = {letter: places | any_letter for letter, places in letters.items()}
        return letters, any_letter, of[Wild.TEXT], of[Wild.TEXT] | of[Wild.ONE_OR_NONE]


def _skipped(places: int, empties: int) -> int:
    """Also the places behind what may stand for no text."""
    while (further := places | (places & empties) << 1) != places:
        places = further
    return places
