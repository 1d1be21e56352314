"""The Qwen2 decoder in plain torch: training forward, and one-token-a-row decoding with a cache."""
from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from settings import SEEDS, SIZE, ModelSize

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def linear_shapes(size: ModelSize = SIZE) -> dict[str, tuple[int, int]]:
    """[out, in] of every quantisable matrix, named as in the Hugging Face checkpoint."""
    d, q, kv, f = size.width, size.heads * size.head_size, size.kv_heads * size.head_size, size.ffn
    one = {"self_attn.q_proj": (q, d), "self_attn.k_proj": (kv, d), "self_attn.v_proj": (kv, d),
           "self_attn.o_proj": (d, q), "mlp.gate_proj": (f, d), "mlp.up_proj": (f, d), "mlp.down_proj": (d, f)}
    return {f"model.layers.{i}.{n}": s for i in range(size.layers) for n, s in one.items()}


def rotary_tables(size: ModelSize = SIZE) -> tuple[Tensor, Tensor]:
    """cos and sin, [positions, head_size / 2], in f64 before rounding."""
    inverse = size.rope_theta ** (-torch.arange(0, size.head_size, 2, dtype=torch.float64) / size.head_size)
    angle = torch.arange(size.max_positions, dtype=torch.float64)[:, None] * inverse
    return angle.cos().float(), angle.sin().float()


class Backbone(nn.Module):
    """Parameters keep their Hugging Face names, with dots replaced for torch."""

    def __init__(self, size: ModelSize = SIZE) -> None:
        super().__init__()
        self.size = size
        rng = torch.Generator().manual_seed(SEEDS.initialisation)
        self.weights = nn.ParameterDict()

        def add(name: str, value: Tensor) -> None:
            self.weights[name.replace(".", "/")] = nn.Parameter(value)

        add("model.embed_tokens.weight", torch.randn(size.vocab, size.width, generator=rng) * 0.05)
        for name, (out, inner) in linear_shapes(size).items():
            std = 1 / math.sqrt(inner)
            if name.endswith(("o_proj", "down_proj")):
                std /= math.sqrt(2 * size.layers)
            add(f"{name}.weight", torch.randn(out, inner, generator=rng) * std)
            if name.endswith(("q_proj", "k_proj", "v_proj")):
                add(f"{name}.bias", torch.zeros(out))
        for i in range(size.layers):
            for norm in ("input_layernorm", "post_attention_layernorm"):
                add(f"model.layers.{i}.{norm}.weight", torch.ones(size.width))
        add("model.norm.weight", torch.ones(size.width))
        cos, sin = rotary_tables(size)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        # name -> (A [r, in], B [out, r], scale); used by the GRPO check only
        self.adapters: dict[str, tuple[Tensor, Tensor, float]] = {}

    def w(self, name: str) -> Tensor:
        return self.weights[name.replace(".", "/")]

    def state(self) -> dict[str, Tensor]:
        return {n.replace("/", "."): p.detach().clone() for n, p in self.weights.items()}

    def load_state(self, state: dict[str, Tensor]) -> "Backbone":
        with torch.no_grad():
            for n, p in self.weights.items():
                p.copy_(state[n.replace("/", ".")])
        return self

    def _linear(self, x: Tensor, name: str) -> Tensor:
        bias = self.w(f"{name}.bias") if name.endswith(("q_proj", "k_proj", "v_proj")) else None
        y = F.linear(x, self.w(f"{name}.weight"), bias)
        adapter = self.adapters.get(name)
        if adapter is not None:
            a, b, scale = adapter
            y = y + scale * F.linear(F.linear(x, a), b)
        return y

    def _norm(self, x: Tensor, name: str) -> Tensor:
        scaled = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.size.norm_eps)
        return scaled * self.w(f"{name}.weight")

    @staticmethod
    def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        a, b = x.chunk(2, dim=-1)
        return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)

    def _heads(self, x: Tensor, layer: str, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """q [B, kv, heads/kv, T, h], k and v [B, kv, T, h], rotated."""
        s = self.size
        batch, length, _ = x.shape
        q = self._linear(x, f"{layer}.self_attn.q_proj").view(batch, length, s.kv_heads, -1, s.head_size)
        k = self._linear(x, f"{layer}.self_attn.k_proj").view(batch, length, s.kv_heads, s.head_size)
        v = self._linear(x, f"{layer}.self_attn.v_proj").view(batch, length, s.kv_heads, s.head_size)
        q, k, v = q.permute(0, 2, 3, 1, 4), k.transpose(1, 2), v.transpose(1, 2)
        return self._rotate(q, cos[:, None, None], sin[:, None, None]), self._rotate(k, cos[:, None], sin[:, None]), v

    def _block(self, x: Tensor, layer: str, attend: "object", cos: Tensor, sin: Tensor) -> Tensor:
        q, k, v = self._heads(self._norm(x, f"{layer}.input_layernorm"), layer, cos, sin)
        mixed = attend(q, k, v)  # type: ignore[operator]
        batch, _, _, length, _ = mixed.shape
        x = x + self._linear(mixed.permute(0, 3, 1, 2, 4).reshape(batch, length, -1), f"{layer}.self_attn.o_proj")
        h = self._norm(x, f"{layer}.post_attention_layernorm")
        gated = F.silu(self._linear(h, f"{layer}.mlp.gate_proj")) * self._linear(h, f"{layer}.mlp.up_proj")
        return x + self._linear(gated, f"{layer}.mlp.down_proj")

    def hidden(self, tokens: Tensor) -> Tensor:
        """Final normed states [B, T, width]; right padding needs no mask because attention is causal."""
        length = tokens.shape[1]
        mask = torch.full((length, length), float("-inf")).triu(1)
        scale = 1 / math.sqrt(self.size.head_size)

        def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            # The heads of one group stand below each other as rows, so that k and v are never repeated.
            batch, kv, group, _, head = q.shape
            scores = torch.matmul((q * scale).reshape(batch, kv, -1, head), k.transpose(-1, -2))
            weights = (scores.view(batch, kv, group, length, length) + mask).softmax(-1)
            return torch.matmul(weights.view(batch, kv, -1, length), v).view(batch, kv, group, length, head)

        x = F.embedding(tokens, self.w("model.embed_tokens.weight"))
        cos, sin = self.cos[None, :length], self.sin[None, :length]
        for i in range(self.size.layers):
            x = self._block(x, f"model.layers.{i}", attend, cos, sin)
        return self._norm(x, "model.norm")

    def logits(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.w("model.embed_tokens.weight"))


class Decoder:
    """A KV cache of fixed slots; every call feeds one token to every row at that row's own position."""

    def __init__(self, model: Backbone, rows: int, length: int) -> None:
        s = model.size
        self.model, self.length = model, length
        self.keys = torch.zeros(s.layers, rows, s.kv_heads, length, s.head_size)
        self.values = torch.zeros_like(self.keys)
        self._row = torch.arange(rows)

    @torch.no_grad()
    def step(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """Logits [rows, vocab] after `tokens` [rows] at `positions` [rows]; later cache slots are masked, so a
        slot is reused by starting again at position 0."""
        m, scale = self.model, 1 / math.sqrt(self.model.size.head_size)
        used = int(positions.max()) + 1
        mask = torch.where(torch.arange(used)[None] <= positions[:, None], 0.0, float("-inf"))[:, None, None]
        cos, sin = m.cos[positions][:, None], m.sin[positions][:, None]
        x = F.embedding(tokens[:, None], m.w("model.embed_tokens.weight"))
        for i in range(m.size.layers):
            keys, values = self.keys[i], self.values[i]

            def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
                keys[self._row, :, positions] = k[:, :, 0]
                values[self._row, :, positions] = v[:, :, 0]
                scores = torch.matmul(q[:, :, :, 0] * scale, keys[:, :, :used].transpose(-1, -2)) + mask
                return torch.matmul(scores.softmax(-1), values[:, :, :used]).unsqueeze(3)

            x = m._block(x, f"model.layers.{i}", attend, cos, sin)
        return m.logits(m._norm(x, "model.norm"))[:, 0]
