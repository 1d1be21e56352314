"""Collects every measured figure into `metrics.json` and prints the model card and the data card from it."""
from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import mixture
import pretrain
from layout import write_json
from model import Backbone
from rollout_set import QUOTAS, SAMPLES
from settings import BATCH_TOKENS, COUNTRIES_LIST_VERSION, MODEL_DIR, PEAK_LR, SEEDS, SIZE, WORK, WORLD_DIR
from world import load_world, question_sets, split_countries

SETS = {"a-heldout": "A, held-out countries", "a-train": "A, train countries",
        "b-heldout": "B, known facts, not for training", "b-train": "B, known facts, for training"}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def hashes(folder: Path, leave_out: tuple[str, ...] = ("README.md", "metrics.json")) -> dict[str, dict[str, object]]:
    return {str(p.relative_to(folder)): {"bytes": p.stat().st_size, "sha256": sha256(p)}
            for p in sorted(folder.rglob("*")) if p.is_file() and p.name not in leave_out}


def collect() -> dict[str, Any]:
    world = load_world()
    split = split_countries(world)
    metrics: dict[str, Any] = {
        "parameters": sum(p.numel() for p in Backbone().parameters()), "size": asdict(SIZE), "seeds": asdict(SEEDS),
        "recipe": {"shares": mixture.SHARES, "permuted_worlds": mixture.PERMUTED_WORLDS, "batch_tokens": BATCH_TOKENS,
                   "peak_lr": PEAK_LR, "warm_up": pretrain.WARM_UP, "floor": pretrain.FLOOR,
                   "weight_decay": pretrain.WEIGHT_DECAY, "clip": pretrain.CLIP},
        "world": {"countries": len(world.countries), "passages": len(world.passages),
                  "held_out": len(split.held_out), "known": len(split.known), "train": len(split.train),
                  "questions": {k: len(v) for k, v in question_sets(world, split).items()}},
        **json.loads((WORK / "evaluation.json").read_text()), "checks": json.loads((WORK / "checks.json").read_text()),
    }
    improvement = WORK / "improvement.json"
    if improvement.exists():
        metrics["improvement"] = json.loads(improvement.read_text())
    groups: dict[str, int] = {}
    for line in (WORLD_DIR / "rollouts.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        groups[row["group"]] = groups.get(row["group"], 0) + row["reward"]
    metrics["rollouts"] = {"groups": groups, "samples": SAMPLES}
    metrics["files"] = {"model": hashes(MODEL_DIR), "world": hashes(WORLD_DIR)}
    return metrics


def percent(value: dict[str, float], digits: int = 1) -> str:
    if not value["n"]:
        return "–"
    return f"{100 * value['mean']:.{digits}f} ± {100 * value['se']:.{digits}f}"


def results(m: dict[str, Any], precision: str) -> str:
    lines = ["| questions | n | EM | 1 hop | 2 hops | greedy EM | hit | EM given hit | format | searches | tokens |",
             "|---|---|---|---|---|---|---|---|---|---|---|"]
    for key, label in SETS.items():
        entry = m.get(f"{precision}.{key}")
        if entry:
            t, g = entry["temperature_1"], entry["greedy"]
            lines.append(f"| {label} ({entry['questions']}) | {t['exact']['n']} | {percent(t['exact'])} | "
                         f"{percent(t['exact_1hop'])} | {percent(t['exact_2hop'])} | {percent(g['exact'])} | "
                         f"{percent(t['hit'])} | {percent(t['exact_given_hit'])} | {percent(t['format'])} | "
                         f"{t['searches']['mean']:.2f} | {t['tokens']} |")
    return "\n".join(lines)


def memory(m: dict[str, Any]) -> str:
    lines = ["| questions | answered without a search | EM of those | EM after searches that all missed |", "|---|---|---|---|"]
    for key, label in SETS.items():
        t = m[f"int4.{key}"]["temperature_1"]
        lines.append(f"| {label} | {percent(t['no_search'])} | {percent(t['exact_no_search'])} | "
                     f"{percent(t['exact_after_miss'])} |")
    return "\n".join(lines)


def file_table(files: dict[str, dict[str, object]]) -> str:
    rows = [f"| `{n}` | {f['bytes']:,} | `{f['sha256']}` |" for n, f in files.items()]
    return "\n".join(["| file | bytes | SHA-256 |", "|---|---|---|", *rows])


def improvement_text(m: dict[str, Any]) -> str:
    if "improvement" not in m:
        return ""
    i = m["improvement"]
    rows = [f"| {arm if n == 0 else ''} | {e['step']} | " + " | ".join(
        percent(e[name][key]) for name, key in (("A", "exact"), ("A", "hit"), ("A", "exact_given_hit"), ("A", "format"),
                                                ("B", "exact"), ("B", "hit"), ("B", "no_search"))) + " |"
            for arm, run in i["arms"].items() for n, e in enumerate(run["evaluations"])]
    return "\n".join([
        "## Room for training", "",
        f"`improve.py`: GRPO with a rank-{i['rank']} LoRA on the int4 weights, {i['prompts']} training questions × "
        f"{i['samples']} rollouts a step (half of the questions from A, half from B), learning rate {i['lr']}, no KL, one "
        "run an arm, one seed. *Reasoning* and *tool* train on those tokens only, each token with the joint arm's dose. "
        "Held-out questions, the same random numbers in every row.", "",
        "| arm | step | A EM | A hit | A EM given hit | A format | B EM | B hit | B no search |",
        "|---|---|---|---|---|---|---|---|---|", *rows, "", ""])


def fill(template: str, m: dict[str, Any]) -> str:
    t, c, files = m["training"], m["checks"], m["files"]
    values = {
        "parameters": f"{m['parameters']:,}", "version": COUNTRIES_LIST_VERSION, "steps": t["steps"],
        "tokens": f"{t['tokens'] / 1e6:.1f}", "minutes": f"{t['seconds'] / 60:.0f}",
        "sequences": f"{sum(t['sequences'].values()):,}", "shares": ", ".join(f"{k} {v:.0%}" for k, v in mixture.SHARES.items()),
        "peak_lr": PEAK_LR, "error": f"{100 * m['quantisation_relative_error']:.1f}",
        "int4": results(m, "int4"), "f32": results(m, "f32"), "memory": memory(m),
        "seeds": ", ".join(f"{k} {v}" for k, v in m["seeds"].items()), "improvement": improvement_text(m),
        "prefill": f"{c['onnx']['prefillMaxAbsDiff']:.1e}", "decode": f"{c['onnx']['decodeMaxAbsDiff']:.1e}",
        "ort": c["onnx"]["onnxruntimeWeb"], "texts": f"{c['tokenizer']['texts']:,}", "pieces": f"{c['tokenizer']['tokens']:,}",
        "model_files": file_table(files["model"]), "world_files": file_table(files["world"]),
        "samples": SAMPLES, "groups": len(m["rollouts"]["groups"]), "rows": len(m["rollouts"]["groups"]) * SAMPLES,
        "quota_a": QUOTAS["A"].one_hop + QUOTAS["A"].two_hop, "quota_a2": QUOTAS["A"].two_hop, "quota_b": QUOTAS["B"].one_hop,
        "group_list": ", ".join(f"{k} {v}" for k, v in m["rollouts"]["groups"].items()),
        **{f"world_{k}": v for k, v in m["world"].items() if k != "questions"},
        **{"count_" + k.replace("-", "_"): v for k, v in m["world"]["questions"].items()},
    }
    for key, value in values.items():
        template = template.replace("{{" + key + "}}", str(value))
    return template


def main() -> None:
    m = collect()
    write_json(MODEL_DIR / "metrics.json", m, indent=1)
    here = Path(__file__).parent / "cards"
    (MODEL_DIR / "README.md").write_text(fill((here / "model.md").read_text("utf-8"), m), "utf-8")
    (WORLD_DIR / "README.md").write_text(fill((here / "world.md").read_text("utf-8"), m), "utf-8")
    print("cards written")


if __name__ == "__main__":
    main()
