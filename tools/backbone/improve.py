"""Short GRPO runs on the int4 weights, to see that both abilities have room: not part of the build.

Three arms from the same start with the same questions: joint (every model-written token in the loss),
reasoning (all but the queries), tool (queries and their closing tag only).

One rank-16 LoRA over the seven projections (scale 2), Adam, on-policy, advantages (R - mean) / (std + 1e-6)
with the unbiased std, the sum over model-written tokens divided by their number in the batch, observations
masked. Evaluated on held-out questions with the same random numbers at every row.
"""
from __future__ import annotations

import itertools
import json
import math
import random
import sys
import time

import torch
from torch import Tensor
from torch.nn import functional as F

from mixture import load_tokenizer
from model import Backbone, linear_shapes
from quantize import quantised_state
from rollout import Rollout, Sampler
from scoring import score, summarise
from settings import SEEDS, WORK
from world import Question, load_world, question_sets, split_countries

RANK, SCALE, LR, WARM_UP, CLIP = 16, 2.0, 1e-3, 3, 1.0
PROMPTS, SAMPLES = 12, 8
EVALUATE_EVERY = 10
ARMS = ("joint", "reasoning", "tool")


def add_adapters(model: Backbone) -> list[Tensor]:
    rng = torch.Generator().manual_seed(SEEDS.improvement)
    parameters = []
    for name, (out, inner) in linear_shapes().items():
        a = (torch.randn(RANK, inner, generator=rng) / math.sqrt(inner)).requires_grad_()
        b = torch.zeros(out, RANK).requires_grad_()
        model.adapters[name] = (a, b, SCALE)
        parameters += [a, b]
    for p in model.parameters():
        p.requires_grad_(False)
    return parameters


def trained(rollout: Rollout, arm: str, ids: dict[str, int]) -> list[bool]:
    """Which tokens the arm trains on; tool is from the token after <search> up to </search>."""
    out, tool = [], False
    for token, observed in zip(rollout.tokens, rollout.observed):
        out.append(not observed and (arm == "joint" or (arm == "tool") == tool))
        tool = not observed and (token == ids["<search>"] or (tool and token != ids["</search>"]))
    return out


def policy_loss(model: Backbone, rollouts: list[Rollout], advantages: list[float], arm: str,
                ids: dict[str, int]) -> Tensor:
    """Only rollouts with a nonzero advantage reach the model; the divisor counts every model token, so that
    a masked arm gives each token the same dose as the joint one."""
    written = sum(not o for r in rollouts for o in r.observed)
    live = [(r, a) for r, a in zip(rollouts, advantages) if a]
    if not live:
        return torch.zeros((), requires_grad=True)
    longest = max(len(r.tokens) for r, _ in live)
    tokens = torch.zeros(len(live), longest, dtype=torch.int64)
    weights = torch.zeros(len(live), longest)
    for row, (r, a) in enumerate(live):
        tokens[row, :len(r.tokens)] = torch.tensor(r.tokens)
        weights[row, :len(r.tokens)] = torch.tensor([a if t else 0.0 for t in trained(r, arm, ids)])
    targets, w = tokens[:, 1:].reshape(-1), weights[:, 1:].reshape(-1)
    keep = w.nonzero()[:, 0]
    hidden = model.hidden(tokens[:, :-1]).reshape(-1, model.size.width)[keep]
    return (F.cross_entropy(model.logits(hidden), targets[keep], reduction="none") * w[keep]).sum() / written


def advantages_of(rewards: list[float]) -> list[float]:
    out: list[float] = []
    for start in range(0, len(rewards), SAMPLES):
        group = torch.tensor(rewards[start:start + SAMPLES])
        out += ((group - group.mean()) / (group.std() + 1e-6)).tolist() if float(group.std()) > 0 else [0.0] * SAMPLES
    return out


def improve(steps: int, arm: str) -> dict[str, object]:
    torch.set_num_threads(1)
    tokenizer, world = load_tokenizer(), load_world()
    sets: dict[str, list[Question]] = question_sets(world, split_countries(world))
    model = Backbone().load_state(quantised_state(torch.load(WORK / "model.pt")["state"]))
    parameters = add_adapters(model)
    optimizer = torch.optim.Adam(parameters, lr=LR, betas=(0.9, 0.95))
    trainer = Sampler(model, tokenizer, world, rows=PROMPTS * SAMPLES)
    examiner = Sampler(model, tokenizer, world)
    rng = random.Random(SEEDS.improvement)
    evaluations: list[dict[str, object]] = []
    for step in itertools.count():
        if step % EVALUATE_EVERY == 0 or step == steps:
            entry: dict[str, object] = {"step": step}
            for name, stride in (("A", 4), ("B", 1)):
                rollouts = examiner.run(sets[f"{name.lower()}-heldout"][::stride], 4, SEEDS.sampling + 1)
                entry[name] = summarise(rollouts, tokenizer)
            evaluations.append(entry)
            print(arm, step, {n: {k: v["mean"] for k, v in entry[n].items() if isinstance(v, dict)}  # type: ignore[union-attr]
                         for n in "AB"}, flush=True)
        if step == steps:
            return {"evaluations": evaluations}
        started = time.time()
        half = PROMPTS // 2
        questions = rng.sample(sets["a-train"], half) + rng.sample(sets["b-train"], PROMPTS - half)
        rollouts = trainer.run(questions, SAMPLES, SEEDS.improvement + 1000 * (step + 1))
        rewards = [float(score(r, tokenizer).exact) for r in rollouts]
        for group in optimizer.param_groups:
            group["lr"] = LR * min(1.0, (step + 1) / WARM_UP)
        loss = policy_loss(model, rollouts, advantages_of(rewards), arm, tokenizer.ids)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, CLIP)
        optimizer.step()
        print(f"step {step + 1} reward {sum(rewards) / len(rewards):.3f} {time.time() - started:.1f} s", flush=True)


def main(steps: int) -> None:
    record: dict[str, object] = {"rank": RANK, "lr": LR, "prompts": PROMPTS, "samples": SAMPLES, "seed": SEEDS.improvement}
    record["arms"] = {arm: improve(steps, arm) for arm in ARMS}
    (WORK / "improvement.json").write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
