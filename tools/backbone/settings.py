"""Paths, seeds and sizes of the bundled backbone, in one place.

Every random stream has its own seed, so that changing one (say, the sampling) leaves the
others (data, initialisation) bit for bit as they were.
"""
from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
WORK = Path(os.environ.get("BACKBONE_WORK", HERE / ".work"))
MODEL_DIR = Path(os.environ.get("BACKBONE_MODEL_DIR", REPOSITORY / "public/models/seesaw-tiny"))
WORLD_DIR = Path(os.environ.get("BACKBONE_WORLD_DIR", REPOSITORY / "public/datasets/world"))

COUNTRIES_LIST_VERSION = "3.4.1"
COUNTRIES_LIST = WORK / "npm/node_modules/countries-list"


@dataclass(frozen=True)
class Seeds:
    """One seed per random stream."""

    split: int = 7  # which countries are held out, which are known
    questions: int = 11  # question words, which two-hop relations
    data: int = 13  # demonstrations and worlds
    order: int = 17  # batch order
    initialisation: int = 19
    sampling: int = 23  # evaluation rollouts
    rollouts: int = 29  # the shipped rollouts
    improvement: int = 31  # the GRPO check


SEEDS = Seeds()


@dataclass(frozen=True)
class ModelSize:
    """Qwen2 block. Head size 16 because onnxruntime's GroupQueryAttention wants a multiple of 16;
    all widths are multiples of 32, the int4 block."""

    vocab: int = 1536
    width: int = 96
    layers: int = 4
    heads: int = 6
    kv_heads: int = 2
    head_size: int = 16
    ffn: int = 256
    rope_theta: float = 1e4
    norm_eps: float = 1e-6
    # RoPE has no end; the training sequences stop at 448 tokens, and what stands further is extrapolated.
    max_positions: int = 4096


SIZE = ModelSize()


@dataclass(frozen=True)
class Environment:
    """What the agent may do; the same numbers go into `environment.json` for the browser."""

    top_k: int = 2
    k1: float = 1.2
    b: float = 0.75
    max_searches: int = 3
    max_turn_tokens: int = 60  # model tokens between two observations: ends the rare endless name
    max_tokens: int = 448  # prompt + response


ENVIRONMENT = Environment()

# Steps of 3,072 tokens; BACKBONE_STEPS shortens a smoke test.
TRAIN_STEPS = int(os.environ.get("BACKBONE_STEPS", 2400))
BATCH_TOKENS = 3072
PEAK_LR = float(os.environ.get("BACKBONE_LR", 4e-3))
MAX_SEQUENCE = 288  # longer demonstrations (about 1 %) are left out of the training
EVAL_STRIDE = int(os.environ.get("BACKBONE_EVAL_STRIDE", 1))  # leaves out questions; for a smoke test
EVAL_ROLLOUTS = int(os.environ.get("BACKBONE_EVAL_ROLLOUTS", 8))  # per question
