"""Everything of the model folder and the world folder that does not depend on sampling: configuration,
tokenizer, corpus, questions, and the description of the environment."""
from __future__ import annotations

import json
import shutil
from pathlib import Path

from demonstrations import observation
from mixture import load_tokenizer
from retriever import STOP_WORDS
from settings import COUNTRIES_LIST, ENVIRONMENT, MODEL_DIR, SIZE, WORLD_DIR
from tokenizer import CHAT_TEMPLATE, END_OF_TEXT, TURN_END, Tokenizer, prompt_text
from world import Question, World, load_world, question_sets, split_countries


def write_json(path: Path, value: object, indent: int | None = 2) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False) + "\n", "utf-8")


def write_lines(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")


def model_config(tokenizer: Tokenizer) -> dict[str, object]:
    return {
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_act": "silu",
        "vocab_size": SIZE.vocab, "hidden_size": SIZE.width, "num_hidden_layers": SIZE.layers,
        "num_attention_heads": SIZE.heads, "num_key_value_heads": SIZE.kv_heads, "head_dim": SIZE.head_size,
        "intermediate_size": SIZE.ffn, "max_position_embeddings": SIZE.max_positions,
        "rope_theta": SIZE.rope_theta, "rms_norm_eps": SIZE.norm_eps, "tie_word_embeddings": True,
        "attention_dropout": 0.0, "use_cache": True, "use_sliding_window": False, "torch_dtype": "float32",
        "bos_token_id": None, "eos_token_id": tokenizer.ids[TURN_END], "pad_token_id": tokenizer.ids[END_OF_TEXT],
        "transformers.js_config": {"kv_cache_dtype": {"q4": "float32"}},
    }


def generation_config(tokenizer: Tokenizer) -> dict[str, object]:
    return {"do_sample": True, "temperature": 1.0, "top_k": 0, "top_p": 1.0,
            "eos_token_id": [tokenizer.ids[TURN_END], tokenizer.ids[END_OF_TEXT]],
            "pad_token_id": tokenizer.ids[END_OF_TEXT], "max_new_tokens": ENVIRONMENT.max_tokens}


def question_row(name: str, n: int, q: Question) -> dict[str, object]:
    return {"id": f"{name}-{n}", "question": q.text, "golden_answers": [q.answer], "hops": q.hops,
            "relation": q.relation, "entity": q.entity}


def environment(world: World) -> dict[str, object]:
    """The search tool and the agent's limits, with retrieval examples that another implementation can be
    checked against."""
    queries = ["Kenya capital", "Kenya", "capital", "Kenya money", "the currency of Kenya", "254 calling code",
               "Nairobi capital", "Euro currency", "no such words here", "Kenya Kenya currency"]
    return {
        "prompt": {"chat_template": CHAT_TEMPLATE, "example_question": "What is the capital of Kenya?",
                   "example_prompt": prompt_text("What is the capital of Kenya?")},
        "limits": {"max_searches": ENVIRONMENT.max_searches, "max_turn_tokens": ENVIRONMENT.max_turn_tokens,
                   "max_tokens": ENVIRONMENT.max_tokens,
                   "note": "max_turn_tokens counts model tokens since the last observation; max_tokens is prompt + "
                           "response; a search beyond max_searches ends the rollout."},
        "retriever": {"kind": "bm25", "top_k": ENVIRONMENT.top_k, "k1": ENVIRONMENT.k1, "b": ENVIRONMENT.b,
                      "idf": "ln(1 + (N - n + 0.5) / (n + 0.5))", "numerator": "k1 + 1",
                      "fields": "title + ' ' + text as one field", "terms": "[a-z0-9]+ of the lower-cased text",
                      "stop_words": sorted(STOP_WORDS), "ties": "earlier passage first",
                      "query": "terms counted as often as they occur; passages that hold none are left out"},
        "observation": {"open": "<information>", "close": "</information>",
                        "document": " Doc {n}(Title: {title}) {text}", "joined_by": "", "empty": " No results."},
        "examples": [{"query": q, "ids": [str(i) for i in world.retriever.search(q)],
                      "observation": observation(world.search(q))[0]} for q in queries],
    }


def write_layout() -> None:
    tokenizer, world = load_tokenizer(), load_world()
    write_json(MODEL_DIR / "config.json", model_config(tokenizer))
    write_json(MODEL_DIR / "generation_config.json", generation_config(tokenizer))
    write_json(MODEL_DIR / "tokenizer.json", tokenizer.to_json(), indent=0)
    write_json(MODEL_DIR / "tokenizer_config.json", tokenizer.config())
    write_lines(WORLD_DIR / "corpus.jsonl",
                [{"id": str(i), "contents": p.contents} for i, p in enumerate(world.passages)])
    for name, questions in question_sets(world, split_countries(world)).items():
        write_lines(WORLD_DIR / f"questions-{name}.jsonl",
                    [question_row(name, n, q) for n, q in enumerate(questions)])
        print(f"questions-{name}: {len(questions)}")
    write_json(WORLD_DIR / "environment.json", environment(world))
    for folder in (WORLD_DIR, MODEL_DIR):
        shutil.copy(COUNTRIES_LIST / "LICENSE", folder / "LICENSE-countries-list.txt")


if __name__ == "__main__":
    write_layout()
