"""Pretraining from scratch in one phase: AdamW, one cosine, batches stratified by length."""
from __future__ import annotations

import math
import sys
import time
from collections import Counter

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from mixture import Sequence, load_tokenizer, training_sequences
from model import Backbone
from settings import BATCH_TOKENS, PEAK_LR, SEEDS, TRAIN_STEPS, WORK

WARM_UP, FLOOR, WEIGHT_DECAY, CLIP = 40, 0.05, 0.1, 1.0
STRATA = 4


def batches(sequences: list[Sequence], rng: np.random.Generator) -> list[list[list[int]]]:
    """Each step takes one micro-batch of similar lengths from every quarter of the length range.

    Whole batches of one length are faster still, but a short answer without a search then never meets a long
    one in the same step; with clipping and Adam the model skipped a third as often as it was shown to."""
    order = np.argsort([len(s.tokens) for s in sequences], kind="stable")
    ends = np.cumsum([len(sequences[i].tokens) for i in order])
    out: list[list[list[int]]] = []
    for part in range(STRATA):
        inside = (ends > ends[-1] * part / STRATA) & (ends <= ends[-1] * (part + 1) / STRATA)
        members = order[inside]
        count = max(int(sum(len(sequences[i].tokens) for i in members) // (BATCH_TOKENS // STRATA)), 1)
        chunks = [c.tolist() for c in np.array_split(members, count)]
        rng.shuffle(chunks)
        out.append(chunks)
    steps = min(len(chunks) for chunks in out)
    return [[chunks[step] for chunks in out] for step in range(steps)]


def padded(sequences: list[Sequence]) -> tuple[Tensor, Tensor]:
    longest = max(len(s.tokens) for s in sequences)
    tokens = np.zeros((len(sequences), longest), np.int64)
    weights = np.zeros((len(sequences), longest), np.float32)
    for row, s in enumerate(sequences):
        tokens[row, :len(s.tokens)] = s.tokens
        weights[row, :len(s.tokens)] = s.weights
    return torch.from_numpy(tokens), torch.from_numpy(weights)


def loss_of(model: Backbone, tokens: Tensor, weights: Tensor) -> Tensor:
    """Summed weighted cross entropy; logits only where the weight is not 0."""
    targets, w = tokens[:, 1:].reshape(-1), weights[:, 1:].reshape(-1)
    hidden = model.hidden(tokens[:, :-1]).reshape(-1, model.size.width)
    keep = w.nonzero()[:, 0]
    return (F.cross_entropy(model.logits(hidden[keep]), targets[keep], reduction="none") * w[keep]).sum()


def optimizer_of(model: Backbone) -> torch.optim.AdamW:
    decayed = [p for p in model.parameters() if p.dim() == 2]
    rest = [p for p in model.parameters() if p.dim() != 2]
    groups = [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=PEAK_LR, betas=(0.9, 0.95))


def rate(step: int, steps: int) -> float:
    if step < WARM_UP:
        return PEAK_LR * (step + 1) / WARM_UP
    progress = (step - WARM_UP) / max(steps - WARM_UP, 1)
    return PEAK_LR * (FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * progress)))


def pretrain(steps: int) -> None:
    torch.set_num_threads(1)
    tokenizer = load_tokenizer()
    started = time.time()
    sequences = training_sequences(steps * BATCH_TOKENS, tokenizer)
    plan = batches(sequences, np.random.default_rng(SEEDS.order))
    counted = Counter(s.kind for s in sequences)
    tokens_total = sum(len(s.tokens) for s in sequences)
    # A constant divisor, so that every trained token counts the same wherever it stands.
    divisor = sum(float(s.weights.sum()) for s in sequences) / len(plan)
    print(f"{len(sequences)} sequences {dict(counted)}, {tokens_total} tokens, {len(plan)} batches, "
          f"{divisor:.0f} weight a batch, {time.time() - started:.0f} s", flush=True)
    model = Backbone()
    optimizer = optimizer_of(model)
    started, trail = time.time(), 0.0
    for step, members in enumerate(plan):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, len(plan))
        optimizer.zero_grad(set_to_none=True)
        total, weight = 0.0, 0.0
        for part in members:
            tokens, weights = padded([sequences[i] for i in part])
            loss = loss_of(model, tokens, weights)
            (loss / divisor).backward()
            total, weight = total + loss.item(), weight + float(weights.sum())
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        mean = total / weight
        trail = mean if step == 0 else 0.98 * trail + 0.02 * mean
        if step % 50 == 49 or step == len(plan) - 1:
            print(f"step {step + 1} loss {trail:.4f} {time.time() - started:.0f} s", flush=True)
        if step % 500 == 499 or step == len(plan) - 1:
            torch.save({"state": model.state(), "steps": step + 1, "tokens": tokens_total,
                        "sequences": dict(counted), "seconds": time.time() - started}, WORK / "model.pt")


if __name__ == "__main__":
    pretrain(int(sys.argv[1]) if len(sys.argv) > 1 else TRAIN_STEPS)
