"""BM25 over title and text, the search tool of the world.

Small on purpose, so that the browser can repeat it exactly: k1 1.2, b 0.75, Lucene's idf
ln(1 + (N - n + 0.5) / (n + 0.5)), terms are lower-cased runs of ASCII letters and digits without the
stop words, a query term counts as often as it occurs, ties go to the earlier passage.
"""
from __future__ import annotations

import math
import re
from collections import Counter, defaultdict

from settings import ENVIRONMENT

STOP_WORDS = frozenset("the of is a an in it what which and its to that this".split())
TERM = re.compile(r"[a-z0-9]+")


def terms(text: str) -> list[str]:
    return [t for t in TERM.findall(text.lower()) if t not in STOP_WORDS]


class Retriever:
    """An inverted index with the term weights computed once."""

    def __init__(self, documents: list[str]) -> None:
        counts = [Counter(terms(d)) for d in documents]
        lengths = [sum(c.values()) for c in counts]
        mean = sum(lengths) / max(len(lengths), 1)
        frequency: Counter[str] = Counter()
        for c in counts:
            frequency.update(c.keys())
        n, k1, b = len(documents), ENVIRONMENT.k1, ENVIRONMENT.b
        self.postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for i, c in enumerate(counts):
            norm = k1 * (1 - b + b * lengths[i] / mean)
            for term, f in c.items():
                idf = math.log(1 + (n - frequency[term] + 0.5) / (frequency[term] + 0.5))
                self.postings[term].append((i, idf * f * (k1 + 1) / (f + norm)))
        self._cache: dict[str, list[int]] = {}

    def search(self, query: str) -> list[int]:
        """Indices of the best passages, best first; passages without any query term are left out."""
        found = self._cache.get(query)
        if found is None:
            scores: dict[int, float] = defaultdict(float)
            for term in terms(query):
                for i, w in self.postings.get(term, ()):
                    scores[i] += w
            best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
            found = self._cache[query] = [i for i, _ in best[: ENVIRONMENT.top_k]]
        return found
