"""Symmetric int4 in blocks of 32, the layout of onnxruntime's MatMulNBits.

value = (q - 8) * scale with q in 0..15. The scale of each block is the one of 60 candidates with the
smallest squared error: max|w| / 8 clips nothing but wastes a level, since blocks rarely use both ends.
"""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from model import linear_shapes

BLOCK = 32
CANDIDATES = np.linspace(5.5, 9.0, 60)  # scale = max|w| / candidate


def quantise(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[N, K] to q uint8 [N, K/32, 32] and scales f32 [N, K/32]."""
    n, k = weight.shape
    blocks = weight.astype(np.float32).reshape(n, k // BLOCK, BLOCK)
    largest = np.maximum(np.abs(blocks).max(-1), 1e-8)
    best_error = np.full(largest.shape, np.inf, np.float64)
    best_scale = np.zeros_like(largest)
    for divisor in CANDIDATES:
        scale = (largest / divisor).astype(np.float32)
        q = np.clip(np.rint(blocks / scale[..., None]), -8, 7)
        error = ((q * scale[..., None] - blocks).astype(np.float64) ** 2).sum(-1)
        better = error < best_error
        best_error[better], best_scale[better] = error[better], scale[better]
    q = np.clip(np.rint(blocks / best_scale[..., None]), -8, 7)
    return (q + 8).astype(np.uint8), best_scale


def pack(q: np.ndarray) -> np.ndarray:
    """Two values a byte, the low nibble for the even k: [N, K/32, 16]."""
    return (q[..., 0::2] | (q[..., 1::2] << 4)).astype(np.uint8)


def dequantise(q: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return ((q.astype(np.float32) - 8) * scale[..., None]).reshape(q.shape[0], -1)


def quantised_state(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The state with every block matrix rounded to int4 and back: the weights that the export holds."""
    out = dict(state)
    for name in linear_shapes():
        out[f"{name}.weight"] = torch.from_numpy(dequantise(*quantise(state[f"{name}.weight"].numpy())))
    return out


def relative_error(state: dict[str, Tensor]) -> float:
    """Root of summed squared error over summed squared weight, all block matrices."""
    rounded = quantised_state(state)
    names = [f"{n}.weight" for n in linear_shapes()]
    error = sum(float((rounded[n] - state[n]).double().pow(2).sum()) for n in names)
    return (error / sum(float(state[n].double().pow(2).sum()) for n in names)) ** 0.5
