"""The training sequences: one mixture for one phase, tokenised and weighted."""
from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass

import numpy as np

import tokenizer as bpe
from demonstrations import (MODEL, NOISE_A, NOISE_B, OBSERVATION, PROMPT, UNTRAINED, Demonstrator, Segment,
                            observation, permuted_world)
from settings import MAX_SEQUENCE, SEEDS, SIZE, WORK
from tokenizer import Tokenizer, prompt_text
from world import KNOWN_RELATIONS, WORDS, Question, Split, World, load_world, split_countries

# Shares by sequences. Permuted worlds teach copying; real train countries make their names common; the
# known countries give set B; closed-book sequences put its facts into memory; corpus is plain passages.
SHARES = {"permuted": 0.36, "train": 0.16, "known": 0.20, "closed": 0.20, "corpus": 0.08}
PERMUTED_WORLDS = 60
CORPUS_WEIGHT = 0.3
REPEAT_WEIGHT = 0.4  # prompt and observation tokens whose bigram has occurred already: rewards copying
FRESH_WEIGHT = 0.03


@dataclass(frozen=True)
class Sequence:
    kind: str
    tokens: np.ndarray  # int16
    weights: np.ndarray  # float32, of predicting tokens[t]; weights[0] is 0


class Mixture:
    """Draws segments; the same seed gives the same stream whatever the tokenizer."""

    def __init__(self, seed: int = SEEDS.data) -> None:
        self.rng = random.Random(seed)
        self.world: World = load_world()
        self.split: Split = split_countries(self.world)
        seen = self.split.train + self.split.known
        self.real = Demonstrator(self.world, self.rng, seen)
        known = set(self.split.known)
        unknown = [c for i, c in enumerate(self.world.countries) if i not in known]
        self.permuted = [Demonstrator(permuted_world(unknown, self.rng), self.rng) for _ in range(PERMUTED_WORLDS)]

    def known_question(self) -> Question:
        relation = self.rng.choice(KNOWN_RELATIONS)
        return self.world.one_hop(self.rng.choice(self.split.known), relation, self.rng.choice(WORDS[relation]))

    def draw(self) -> tuple[str, list[Segment]]:
        rng = self.rng
        kind = rng.choices(list(SHARES), list(SHARES.values()))[0]
        if kind == "corpus":
            return kind, [observation(rng.sample(self.world.passages, 4)), (bpe.END_OF_TEXT, OBSERVATION)]
        if kind == "permuted":
            author = rng.choice(self.permuted)
            q = author.world.random_question(rng.randrange(len(author.world.countries)), rng)
            body = author.demonstrate(q, NOISE_A)
        elif kind == "train":
            q = self.world.random_question(rng.choice(self.split.train), rng)
            body = self.real.demonstrate(q, NOISE_A)
        elif kind == "known":
            q = self.known_question()
            body = self.real.demonstrate(q, NOISE_B)
        else:
            q = self.known_question()
            body = self.real.closed_book(q, rng.random() < 0.5)
        return kind, [(prompt_text(q.text), PROMPT), *body]


def weigh(kind: str, segments: list[Segment], tokenizer: Tokenizer) -> Sequence:
    tokens: list[int] = []
    weights: list[float] = []
    seen: set[tuple[int, int]] = set()
    for text, role in segments:
        for t in tokenizer.encode(text):
            pair = (tokens[-1] if tokens else -1, t)
            if kind == "corpus":
                weight = CORPUS_WEIGHT
            elif role == MODEL:
                weight = 1.0
            elif role == UNTRAINED:
                weight = 0.0
            else:
                weight = REPEAT_WEIGHT if pair in seen else FRESH_WEIGHT
            seen.add(pair)
            tokens.append(t)
            weights.append(weight if len(tokens) > 1 else 0.0)
    return Sequence(kind, np.array(tokens, np.int16), np.array(weights, np.float32))


def train_tokenizer() -> Tokenizer:
    """Merges from 6,000 drawn sequences, with every passage counted 15 times: country and capital names
    become mostly one to three tokens. A count of 400 starved ordinary words."""
    mixture = Mixture(SEEDS.data + 1)
    texts: Counter[str] = Counter()
    for _ in range(6000):
        texts["".join(t for t, _ in mixture.draw()[1])] += 1
    for p in mixture.world.passages:
        texts[f" {p.title} {p.text}"] += 15
    return bpe.train(texts, SIZE.vocab)


def save_tokenizer(tokenizer: Tokenizer) -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    (WORK / "tokenizer.json").write_text(json.dumps(tokenizer.to_json(), ensure_ascii=False, indent=0) + "\n", "utf-8")


def load_tokenizer() -> Tokenizer:
    return Tokenizer.load(WORK / "tokenizer.json")


def training_sequences(total_tokens: int, tokenizer: Tokenizer) -> list[Sequence]:
    mixture, out, count = Mixture(), [], 0
    while count < total_tokens:
        sequence = weigh(*mixture.draw(), tokenizer)
        if len(sequence.tokens) <= MAX_SEQUENCE:
            out.append(sequence)
            count += len(sequence.tokens)
    return out


if __name__ == "__main__":
    save_tokenizer(train_tokenizer())
