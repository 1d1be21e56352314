"""Writes the ONNX graph: onnxruntime's fused operators, int4 matrices, the tied embedding once in f32.

Node names are those of the onnx-community exports with GroupQueryAttention, so that software which finds
projections by `/model/layers.N/(attn|mlp)/*_proj/MatMul_Q4` treats this file like a downloaded one.
"""
from __future__ import annotations

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from model import linear_shapes, rotary_tables
from quantize import BLOCK, pack, quantise
from settings import MODEL_DIR, SIZE, WORK

MICROSOFT = "com.microsoft"


class Graph:
    """Collects nodes and initialisers."""

    def __init__(self, state: dict[str, torch.Tensor]) -> None:
        self.state = state
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.state[name].numpy())

    def node(self, op: str, inputs: list[str], outputs: list[str], name: str, domain: str = "",
             **attributes: object) -> str:
        self.nodes.append(helper.make_node(op, inputs, outputs, name=name, domain=domain, **attributes))
        return outputs[0]

    def norm(self, x: str, weight: str, base: str) -> str:
        return self.node("SimplifiedLayerNormalization", [x, self.weight(weight)], [f"{base}/output_0"],
                         f"{base}/LayerNorm", axis=-1, epsilon=SIZE.norm_eps, stash_type=1)

    def skip_norm(self, x: str, skip: str, weight: str, base: str) -> tuple[str, str]:
        """(normed, residual sum); the sum is output 3."""
        outputs = [f"{base}/output_0", "", "", f"{base}/output_3"]
        self.node("SkipSimplifiedLayerNormalization", [x, skip, self.weight(weight)], outputs,
                  f"{base}/SkipLayerNorm", MICROSOFT, epsilon=SIZE.norm_eps)
        return outputs[0], outputs[3]

    def projection(self, x: str, layer: int, block: str, target: str) -> str:
        source = f"model.layers.{layer}.{'self_attn' if block == 'attn' else 'mlp'}.{target}"
        base, stored = f"/model/layers.{layer}/{block}/{target}", f"model.layers.{layer}.{block}.{target}"
        n, k = linear_shapes()[source]
        q, scale = quantise(self.state[f"{source}.weight"].numpy())
        inputs = [x, self.constant(f"{stored}.MatMul.weight_Q4", pack(q)),
                  self.constant(f"{stored}.MatMul.weight_scales", scale.reshape(-1))]
        y = self.node("MatMulNBits", inputs, [f"{base}/MatMul/output_0"], f"{base}/MatMul_Q4", MICROSOFT,
                      K=k, N=n, bits=4, block_size=BLOCK)
        if f"{source}.bias" not in self.state:
            return y
        bias = self.constant(f"{stored}.Add.bias", self.state[f"{source}.bias"].numpy())
        return self.node("Add", [y, bias], [f"{base}/Add/output_0"], f"{base}/Add")


def attention_lengths(g: Graph) -> tuple[str, str]:
    """seqlens_k (per row: total - 1) and the total length, from the attention mask."""
    base = "/model/attn_mask_reformat/attn_mask_subgraph"
    one = g.constant("/model/constants/INT64/[1]", np.array([1], np.int64))
    total = g.node("ReduceSum", ["attention_mask", one], [f"{base}/ReduceSum/output_0"], f"{base}/ReduceSum", keepdims=0)
    less = g.node("Sub", [total, one], [f"{base}/Sub/output_0"], f"{base}/Sub")
    seqlens = g.node("Cast", [less], [f"{base}/Sub/Cast/output_0"], f"{base}/Sub/Cast", to=TensorProto.INT32)
    shape = g.node("Shape", ["attention_mask"], [f"{base}/Shape/output_0"], f"{base}/Shape")
    index = g.constant("/model/constants/INT64/1", np.array(1, np.int64))
    length = g.node("Gather", [shape, index], [f"{base}/Gather/output_0"], f"{base}/Gather", axis=0)
    return seqlens, g.node("Cast", [length], [f"{base}/Gather/Cast/output_0"], f"{base}/Gather/Cast", to=TensorProto.INT32)


def build(state: dict[str, torch.Tensor]) -> onnx.ModelProto:
    s, g = SIZE, Graph(state)
    embedding = g.weight("model.embed_tokens.weight")
    residual = g.node("Gather", [embedding, "input_ids"], ["/model/embed_tokens/Gather/output_0"],
                      "/model/embed_tokens/Gather")
    seqlens, total = attention_lengths(g)
    cos, sin = (g.constant(n, t.numpy()) for n, t in zip(("cos_cache", "sin_cache"), rotary_tables()))
    for i in range(s.layers):
        base = f"/model/layers.{i}"
        x = g.norm(residual, f"model.layers.{i}.input_layernorm.weight", f"{base}/input_layernorm")
        q, k, v = (g.projection(x, i, "attn", t) for t in ("q_proj", "k_proj", "v_proj"))
        attention = f"{base}/attn/GroupQueryAttention"
        past = [f"past_key_values.{i}.key", f"past_key_values.{i}.value"]
        mixed = g.node("GroupQueryAttention", [q, k, v, *past, seqlens, total, cos, sin],
                       [f"{attention}/output_0", f"present.{i}.key", f"present.{i}.value"], attention, MICROSOFT,
                       num_heads=s.heads, kv_num_heads=s.kv_heads, do_rotary=1, rotary_interleaved=0)
        o = g.projection(mixed, i, "attn", "o_proj")
        x, residual = g.skip_norm(residual, o, f"model.layers.{i}.post_attention_layernorm.weight",
                                  f"{base}/post_attention_layernorm")
        gate, up = (g.projection(x, i, "mlp", t) for t in ("gate_proj", "up_proj"))
        act = f"{base}/mlp/act_fn"
        sigmoid = g.node("Sigmoid", [gate], [f"{act}/Sigmoid/output_0"], f"{act}/Sigmoid")
        silu = g.node("Mul", [gate, sigmoid], [f"{act}/Mul/output_0"], f"{act}/Mul")
        gated = g.node("Mul", [silu, up], [f"{base}/mlp/Mul/output_0"], f"{base}/mlp/Mul")
        down = g.projection(gated, i, "mlp", "down_proj")
        residual = g.node("Add", [residual, down], [f"{base}/residual"], f"{base}/Add")
    final = g.norm(residual, "model.norm.weight", f"/model/layers.{s.layers}/final_norm_layernorm")
    head = g.node("Transpose", [embedding], ["/lm_head/Transpose/output_0"], "/lm_head/Transpose", perm=[1, 0])
    g.node("MatMul", [final, head], ["logits"], "/lm_head/MatMul")

    def info(name: str, kind: int, shape: list[str | int]) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, kind, shape)

    def cache(prefix: str, length: str) -> list[onnx.ValueInfoProto]:
        return [info(f"{prefix}.{i}.{part}", TensorProto.FLOAT, ["batch_size", s.kv_heads, length, s.head_size])
                for i in range(s.layers) for part in ("key", "value")]

    inputs = [info("input_ids", TensorProto.INT64, ["batch_size", "sequence_length"]),
              info("attention_mask", TensorProto.INT64, ["batch_size", "total_sequence_length"]),
              *cache("past_key_values", "past_sequence_length")]
    outputs = [info("logits", TensorProto.FLOAT, ["batch_size", "sequence_length", s.vocab]),
               *cache("present", "total_sequence_length")]
    graph = helper.make_graph(g.nodes, "seesaw_tiny", inputs, outputs, g.initializers)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="seesaw-backbone")


def export() -> None:
    saved = torch.load(WORK / "model.pt")
    model = build(saved["state"])
    path = MODEL_DIR / "onnx/model_q4.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString(deterministic=True))
    print(f"{path.name}: {path.stat().st_size} bytes, {len(model.graph.node)} nodes")


if __name__ == "__main__":
    export()
