"""Measures the exported int4 weights (and f32 beside them) on the four question sets."""
from __future__ import annotations

import json
import sys
import time

import torch

from mixture import load_tokenizer
from model import Backbone
from quantize import quantised_state, relative_error
from rollout import Sampler
from scoring import summarise
from settings import EVAL_ROLLOUTS, EVAL_STRIDE, SEEDS, WORK
from world import Question, load_world, question_sets, split_countries

# Set A's training questions are many: every fourth is enough for a standard error of about one point.
STRIDE = {"a-train": 4, "a-heldout": 2, "b-train": 1, "b-heldout": 1}


def chosen(sets: dict[str, list[Question]]) -> dict[str, list[Question]]:
    return {name: sets[name][::STRIDE[name] * EVAL_STRIDE] for name in STRIDE}


def evaluate(samples: int) -> dict[str, object]:
    torch.set_num_threads(1)
    tokenizer, world = load_tokenizer(), load_world()
    sets = chosen(question_sets(world, split_countries(world)))
    saved = torch.load(WORK / "model.pt")
    out: dict[str, object] = {
        "training": {k: saved[k] for k in ("steps", "tokens", "sequences", "seconds")},
        "quantisation_relative_error": round(relative_error(saved["state"]), 5),
    }
    for precision, state in (("int4", quantised_state(saved["state"])), ("f32", saved["state"])):
        sampler = Sampler(Backbone().load_state(state).eval(), tokenizer, world)
        for name, questions in sets.items():
            if precision == "f32" and name.endswith("train"):
                continue
            started = time.time()
            key = f"{precision}.{name}"
            sampled = summarise(sampler.run(questions, samples, SEEDS.sampling), tokenizer)
            greedy = summarise(sampler.run(questions, 1, SEEDS.sampling, temperature=0.0), tokenizer)
            out[key] = {"questions": len(questions), "temperature_1": sampled, "greedy": greedy}
            line = {k: sampled[k]["mean"] for k in sampled if isinstance(sampled[k], dict)}  # type: ignore[index]
            print(f"{key} {time.time() - started:.0f} s greedy {greedy['exact']['mean']}: {line}",  # type: ignore[index]
                  flush=True)
            (WORK / "evaluation.json").write_text(json.dumps(out, indent=1))
    return out


if __name__ == "__main__":
    evaluate(int(sys.argv[1]) if len(sys.argv) > 1 else EVAL_ROLLOUTS)
