"""How hard a text is to read: the Flesch-Kincaid grade level, in years of school.

Source: Kincaid, J. P., Fishburne, R. P., Rogers, R. L., and Chissom, B. S. (1975), Derivation of new readability
formulas for Navy enlisted personnel, Research Branch Report 8-75: grade = .39 (words / sentences) + 11.8 (syllables /
words) - 15.59.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*|\d[\d.,]*")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[\"“‘(]*[A-Z0-9])")
_VOWELS = re.compile(r"[aeiouy]+")
# Vowels side by side that are spoken apart: "as-so-ci-a-tion", "pe-ri-od", "cre-at-ed", "be-yond", "gra-du-al".
_APART = re.compile(
    r"ia(?!r?l?ly$|n$|g)(?<!cia)(?<!tia)|[ct]iat|io(?!n|u)|(?<=r)ion|iu|eo(?!p)|[^gq]ua(?!r)|(?<=v)iou|creat(?!u)|[bgd]oing|"
    r"being|seeing|ying|(?<=tr)ien|[^t]ier|iet|ieth|iest|bey"
)
# A silent "e": at the end (but not in "table"), in "-es" and "-ed", and before an ending or inside a compound.
_SILENT = re.compile(
    r"(?<=[^aeiouy])(?<![^aeiouyl]l)(?:e|(?<![sxzcg])(?<![cs]h)es|(?<![td])ed)$"
    r"|(?<=[aeiouy][^aeiouy])e(?=(?:ment|ness|ful|less|ly|how|thing|where|wide|fore|selves|body|house)s?$)"
)


@dataclass(frozen=True)
class ReadingLevel:
    """Counts of a text and the grade that they give."""

    sentences: int
    words: int
    syllables: int

    @property
    def grade(self) -> float:
        """The Flesch-Kincaid grade level."""
        return 0.39 * self.words / self.sentences + 11.8 * self.syllables / self.words - 15.59


def reading_level(texts: Sequence[str]) -> ReadingLevel:
    """Count `texts`, each of them a paragraph or an item of a list, which ends a sentence.

    A figure counts as one word of one syllable, so that what is measured is the English around it. Headings and
    tables are no sentences: they would make a text look easier than it is, and are left to the caller to leave out.
    """
    sentences = [part for text in texts for part in _SENTENCE_END.split(text.strip()) if _WORD.search(part)]
    words = [word for sentence in sentences for word in _WORD.findall(sentence)]
    return ReadingLevel(len(sentences), len(words), sum(map(syllables, words)))


def syllables(word: str) -> int:
    """Syllables of an English word by rules: groups of vowels, less those that are silent. A figure has one."""
    if word[0].isdigit():
        return 1
    lower = re.sub(r"['’](?:s|t|ll|re|ve|d)?", "", word.lower())
    count = len(_VOWELS.findall(lower)) + len(_APART.findall(lower)) - len(_SILENT.findall(lower))
    return max(1, count)
