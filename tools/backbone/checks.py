"""Checks the model folder with the libraries the browser uses, in Node: tokenizer and ONNX graph."""
from __future__ import annotations

import json
import random
import subprocess

import torch

from demonstrations import observation
from mixture import Mixture, load_tokenizer
from model import Backbone
from quantize import quantised_state
from settings import HERE, MODEL_DIR, REPOSITORY, SEEDS, WORK, WORLD_DIR
from tokenizer import ADDED, SPLIT_PATTERN, Tokenizer, prompt_text
from world import World, load_world, question_sets, split_countries


def texts(world: World) -> list[str]:
    """Prompts of every question, every passage (as stored and as observed), 3,000 demonstrations, the other
    bundled data sets, every added token, every character up to U+04FF, and every byte."""
    out = [prompt_text(q.text) for qs in question_sets(world, split_countries(world)).values() for q in qs]
    out += [p.contents for p in world.passages]
    out += [observation(world.passages[i:i + 2])[0] for i in range(0, len(world.passages), 2)]
    mixture = Mixture(SEEDS.data + 2)
    out += ["".join(t for t, _ in mixture.draw()[1]) for _ in range(3000)]
    for path in sorted((REPOSITORY / "public/datasets").glob("*/*")):
        if path.suffix in (".jsonl", ".txt") and path.parent != WORLD_DIR:
            out += [line for line in path.read_text("utf-8").split("\n") if line]
    out += [*ADDED, "".join(ADDED), " ".join(ADDED), SPLIT_PATTERN, "a  b\t\tc\r\n\v\fd 123 45.6", "\u00a0\u2003\u0661"]
    out += [chr(c) for c in range(1, 0x500)] + [f"a{chr(c)} {chr(c)}1" for c in range(1, 0x500)]
    # Every byte that UTF-8 uses as a lead byte; the rest occur as continuation bytes above.
    out += [chr(0x10000 * n + 0x1F600 % 0x10000) for n in range(1, 17)]
    out += [chr(c) for c in range(0x800, 0xD800, 0x400)] + [chr(c) for c in range(0xE000, 0x10000, 0x400)]
    return list(dict.fromkeys(out))


def node(script: str) -> dict[str, object]:
    command = ["node", str(HERE / "check" / script), str(WORK), str(MODEL_DIR)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(script, done.stdout.strip(), done.stderr.strip(), flush=True)
    done.check_returncode()
    return json.loads(done.stdout.strip().split("\n")[-1])


def check_tokenizer(tokenizer: Tokenizer) -> dict[str, object]:
    rows = []
    for text in texts(load_world()):
        ids = tokenizer.encode(text)
        assert tokenizer.decode(ids) == text, text
        rows.append(json.dumps({"text": text, "ids": ids}))
    (WORK / "tokenizer-cases.jsonl").write_text("\n".join(rows) + "\n", "utf-8")
    questions = [q.text for qs in question_sets(load_world(), split_countries(load_world())).values() for q in qs]
    prompts = [{"question": q, "prompt": prompt_text(q)} for q in questions]
    (WORK / "prompt-cases.json").write_text(json.dumps(prompts), "utf-8")
    return node("tokenizer.mjs")


def check_onnx(tokenizer: Tokenizer) -> dict[str, object]:
    """Twelve demonstrations and one long random sequence."""
    model = Backbone().load_state(quantised_state(torch.load(WORK / "model.pt")["state"])).eval()
    mixture = Mixture(SEEDS.data + 3)
    lists = [tokenizer.encode("".join(t for t, _ in mixture.draw()[1])) for _ in range(12)]
    lists.append([random.Random(SEEDS.data).randrange(len(tokenizer)) for _ in range(500)])
    cases = []
    for tokens in lists:
        with torch.no_grad():
            logprobs = model.logits(model.hidden(torch.tensor([tokens])))[0].double().log_softmax(-1)
        cases.append({"tokens": tokens, "logprobs": [float(logprobs[t, n]) for t, n in enumerate(tokens[1:])]})
    (WORK / "onnx-cases.json").write_text(json.dumps(cases))
    return node("onnx.mjs")


if __name__ == "__main__":
    torch.set_num_threads(1)
    loaded = load_tokenizer()
    results = {"tokenizer": check_tokenizer(loaded), "onnx": check_onnx(loaded)}
    (WORK / "checks.json").write_text(json.dumps(results, indent=1))
