"""The shipped rollouts: groups of 16 at temperature 1 for which a reward comparison exists.

Rule (stated in the README beside the file): walk through the questions of A-heldout and of B-heldout, each
in an order shuffled by the seed; sample 16 rollouts of each; a group is *mixed* if 3 to 13 of the 16
rewards are 1. Keep the first 7 mixed groups of A (at least 2 of them two-hop) and the first 3 mixed of B,
then the first not mixed of A and of B, so that groups without any signal are seen too.
"""
from __future__ import annotations

import random
from dataclasses import dataclass

import torch

from layout import write_lines
from mixture import load_tokenizer
from model import Backbone
from quantize import quantised_state
from rollout import Rollout, Sampler
from scoring import score
from settings import EVAL_STRIDE, SEEDS, WORK, WORLD_DIR
from tokenizer import Tokenizer
from world import Question, load_world, question_sets, split_countries

SAMPLES = 16
MIXED = range(3, 14)


@dataclass(frozen=True)
class Quota:
    one_hop: int
    two_hop: int
    unmixed: int


QUOTAS = {"A": Quota(5, 2, 1), "B": Quota(3, 0, 1)}


def pick(sampler: Sampler, questions: list[Question], quota: Quota, seed: int, set_name: str,
         tokenizer: Tokenizer) -> list[tuple[str, list[Rollout]]]:
    """Groups of one set by the rule above; 16 questions are sampled at a time."""
    names = {q.text: f"{set_name.lower()}-heldout-{n}" for n, q in enumerate(questions)}
    order = questions[::EVAL_STRIDE]
    random.Random(seed).shuffle(order)
    left = {1: quota.one_hop, 2: quota.two_hop, "unmixed": quota.unmixed}
    kept: list[tuple[str, list[Rollout]]] = []
    for start in range(0, len(order), 16):
        chunk = order[start:start + 16]
        rollouts = sampler.run(chunk, SAMPLES, seed + 1000 + start)
        for n, q in enumerate(chunk):
            group = rollouts[n * SAMPLES:(n + 1) * SAMPLES]
            right = sum(score(r, tokenizer).exact for r in group)
            slot = q.hops if right in MIXED else "unmixed"
            if left[slot]:
                left[slot] -= 1
                kept.append((names[q.text], group))
        if not any(left.values()):
            break
    return kept


def write_rollouts() -> None:
    torch.set_num_threads(1)
    tokenizer, world = load_tokenizer(), load_world()
    sets = question_sets(world, split_countries(world))
    state = quantised_state(torch.load(WORK / "model.pt")["state"])
    sampler = Sampler(Backbone().load_state(state).eval(), tokenizer, world)
    rows: list[dict[str, object]] = []
    for name, quota in QUOTAS.items():
        for group, rollouts in pick(sampler, sets[f"{name.lower()}-heldout"], quota, SEEDS.rollouts, name, tokenizer):
            right = 0
            for n, r in enumerate(rollouts):
                s = score(r, tokenizer)
                right += s.exact
                rows.append({
                    "id": f"{group}-{n}", "group": group, "question": r.question.text,
                    "golden_answers": [r.question.answer], "prompt": tokenizer.decode(r.tokens[:r.prompt_tokens]),
                    "response": r.response(tokenizer), "tokens": r.tokens, "prompt_tokens": r.prompt_tokens,
                    "reward": int(s.exact), "f1": round(s.f1, 4), "set": name,
                })
            print(f"{group}: {right} of {len(rollouts)} right, {r.question.text}", flush=True)
    write_lines(WORLD_DIR / "rollouts.jsonl", rows)


if __name__ == "__main__":
    write_rollouts()
