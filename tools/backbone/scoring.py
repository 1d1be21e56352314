"""Rewards and rates of rollouts, as the browser computes them."""
from __future__ import annotations

import re
import string
from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from rollout import Rollout
from tokenizer import Tokenizer

_ANSWER = re.compile(r"<answer>(.*?)</answer>", re.S)
_OBSERVATION = re.compile(r"<information>(.*?)</information>", re.S)
_FORM = re.compile(r"(<think>[^<]*</think><search>[^<]*</search><information>[^<]*</information>)*"
                   r"<think>[^<]*</think><answer>[^<]*</answer><\|im_end\|>")


def normalise(text: str) -> str:
    """SQuAD: lower case, no punctuation, no articles, single spaces."""
    text = "".join(ch for ch in text.lower() if ch not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def f1(prediction: str, golden: str) -> float:
    a, b = normalise(prediction).split(), normalise(golden).split()
    same = sum((Counter(a) & Counter(b)).values())
    return 2 * same / (len(a) + len(b)) if same else 0.0


@dataclass(frozen=True)
class Score:
    exact: bool
    f1: float
    formed: bool  # think, search, information, ..., answer, end: nothing else
    hit: bool  # the golden answer occurs, whole words, in an observation
    searches: int


def score(rollout: Rollout, tokenizer: Tokenizer) -> Score:
    text = rollout.response(tokenizer)
    answers = _ANSWER.findall(text)
    last = answers[-1] if answers else ""
    golden = rollout.question.answer
    shown = " | ".join(normalise(o) for o in _OBSERVATION.findall(text))
    hit = re.search(rf"(?<!\w){re.escape(normalise(golden))}(?!\w)", shown) is not None
    exact = bool(answers) and normalise(last) == normalise(golden)
    return Score(exact, f1(last, golden), _FORM.fullmatch(text) is not None, hit, rollout.searches)


def clustered(values: list[float], clusters: list[str]) -> dict[str, float | int | None]:
    """Mean and its standard error with rollouts of one question treated as one cluster."""
    if not values:
        return {"mean": None, "se": None, "n": 0}
    x = np.array(values, float)
    residual: dict[str, float] = defaultdict(float)
    for v, c in zip(x - x.mean(), clusters):
        residual[c] += v
    g = len(residual)
    correction = (g / (g - 1)) ** 0.5 if g > 1 else 1.0
    se = correction * sum(r * r for r in residual.values()) ** 0.5 / len(x)
    return {"mean": round(float(x.mean()), 4), "se": round(float(se), 4), "n": len(x)}


def summarise(rollouts: list[Rollout], tokenizer: Tokenizer) -> dict[str, object]:
    """Every rate that the model card prints, each with its standard error and count."""
    pairs = [(r, score(r, tokenizer)) for r in rollouts]

    def rate(value: str, keep: "object" = None) -> dict[str, float | int | None]:
        chosen = [(r, s) for r, s in pairs if keep is None or keep(r, s)]  # type: ignore[operator]
        return clustered([float(getattr(s, value)) for _, s in chosen], [r.question.text for r, _ in chosen])

    out: dict[str, object] = {
        "exact": rate("exact"), "f1": rate("f1"), "format": rate("formed"), "hit": rate("hit"),
        "searches": rate("searches"),
        "exact_1hop": rate("exact", lambda r, s: r.question.hops == 1),
        "exact_2hop": rate("exact", lambda r, s: r.question.hops == 2),
        "exact_given_hit": rate("exact", lambda r, s: s.hit),
        "exact_no_search": rate("exact", lambda r, s: s.searches == 0),
        "exact_after_miss": rate("exact", lambda r, s: s.searches > 0 and not s.hit),
    }
    shares = clustered([float(s.searches == 0) for _, s in pairs], [r.question.text for r, _ in pairs])
    out["no_search"] = shares
    out["tokens"] = round(float(np.mean([len(r.tokens) for r, _ in pairs])), 1)
    out["truncated"] = round(float(np.mean([r.truncated for r, _ in pairs])), 4)
    return out
