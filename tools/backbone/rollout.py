"""Sampling of whole trajectories: the agent's loop with the search tool, many rows at a time.

Each row feeds one token a step, either forced (prompt, observation) or sampled, and a finished row is
replaced at once by the next question. Every rollout has its own random numbers, so neither the batch nor
the order changes what is drawn (up to the rounding of sums).
"""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

import tokenizer as bpe
from demonstrations import observation
from model import Backbone, Decoder
from settings import ENVIRONMENT
from tokenizer import Tokenizer, prompt_text
from world import Question, World


@dataclass
class Rollout:
    question: Question
    sample: int
    tokens: list[int] = field(default_factory=list)
    prompt_tokens: int = 0
    observed: list[bool] = field(default_factory=list)  # one a token: inserted by the environment
    searches: int = 0
    truncated: bool = False

    def response(self, tokenizer: Tokenizer) -> str:
        return tokenizer.decode(self.tokens[self.prompt_tokens:])


class _Row:
    """One slot of the decoder: the tokens to force next, and the state of the current turn."""

    def __init__(self, rollout: Rollout, prompt: list[int], uniforms: np.ndarray) -> None:
        self.rollout, self.forced, self.uniforms = rollout, list(prompt), uniforms
        self.turn_tokens = 0
        self.query_start: int | None = None


class Sampler:
    def __init__(self, model: Backbone, tokenizer: Tokenizer, world: World, rows: int = 192) -> None:
        self.model, self.tokenizer, self.world, self.rows = model, tokenizer, world, rows
        self.id = tokenizer.ids

    def run(self, questions: list[Question], samples: int, seed: int, temperature: float = 1.0) -> list[Rollout]:
        """`samples` rollouts of each question, question-major. Temperature 0 is greedy."""
        out: list[Rollout] = []
        for q in questions:
            prompt = self.tokenizer.encode(prompt_text(q.text))
            out += [Rollout(q, n, prompt_tokens=len(prompt)) for n in range(samples)]
        waiting = list(enumerate(out))[::-1]
        decoder = Decoder(self.model, self.rows, ENVIRONMENT.max_tokens)
        slots: list[_Row | None] = [None] * self.rows
        tokens = torch.zeros(self.rows, dtype=torch.int64)
        positions = torch.zeros(self.rows, dtype=torch.int64)
        while True:
            for s in range(self.rows):
                if slots[s] is None and waiting:
                    index, rollout = waiting.pop()
                    uniforms = np.random.default_rng([seed, index]).random(ENVIRONMENT.max_tokens)
                    slots[s] = _Row(rollout, self.tokenizer.encode(prompt_text(rollout.question.text)), uniforms)
                row = slots[s]
                if row is not None and row.forced:
                    self._append(row, row.forced.pop(0), forced=True)
                positions[s] = len(row.rollout.tokens) - 1 if row else 0
                tokens[s] = row.rollout.tokens[-1] if row else 0
            if not any(slots):
                return out
            logits = decoder.step(tokens, positions)
            cumulative = (logits / temperature).softmax(-1).double().cumsum(-1).numpy() if temperature else None
            best = logits.argmax(-1).numpy()
            for s, row in enumerate(slots):
                if row is None or row.forced:
                    continue
                if cumulative is None:
                    token = int(best[s])
                else:
                    u = row.uniforms[len(row.rollout.tokens) % len(row.uniforms)] * cumulative[s, -1]
                    token = min(int(np.searchsorted(cumulative[s], u, side="right")), cumulative.shape[1] - 1)
                self._append(row, token, forced=False)
                if self._finished(row, token):
                    slots[s] = None

    @staticmethod
    def _append(row: _Row, token: int, forced: bool) -> None:
        row.rollout.tokens.append(token)
        row.rollout.observed.append(forced)

    def _finished(self, row: _Row, token: int) -> bool:
        rollout = row.rollout
        row.turn_tokens += 1
        if token in (self.id[bpe.TURN_END], self.id[bpe.END_OF_TEXT]):
            return True
        if token == self.id["<search>"]:
            row.query_start = len(rollout.tokens)
        if token == self.id["</search>"] and row.query_start is not None:
            if rollout.searches == ENVIRONMENT.max_searches:
                rollout.truncated = True
                return True
            query = self.tokenizer.decode(rollout.tokens[row.query_start:-1])
            row.query_start = None
            rollout.searches += 1
            row.forced = self.tokenizer.encode(observation(self.world.search(query))[0])
            row.turn_tokens = 0
        if row.turn_tokens >= ENVIRONMENT.max_turn_tokens or \
                len(rollout.tokens) + len(row.forced) + 1 >= ENVIRONMENT.max_tokens:
            rollout.truncated = True
            return True
        return False
