"""Byte-level BPE: training, encoding, and the Hugging Face `tokenizer.json`.

The pre-split keeps words with their leading space, single digits (so that calling codes are copied
digit by digit), runs of punctuation, and single white space. Its classes name ASCII characters one by
one because `\\s` and `\\d` mean different things in Python and JavaScript.
"""
from __future__ import annotations

import json
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

END_OF_TEXT, TURN_START, TURN_END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
CONTROL = (END_OF_TEXT, TURN_START, TURN_END)
TAGS = ("<think>", "</think>", "<search>", "</search>", "<information>", "</information>", "<answer>", "</answer>")
ADDED = CONTROL + TAGS

SPLIT_PATTERN = r" ?[A-Za-z]+| ?[0-9]| ?[^ \t\n\r\v\fA-Za-z0-9]+|[ \t\n\r\v\f]"
_SPLIT = re.compile(SPLIT_PATTERN)
_ADDED = re.compile("(" + "|".join(re.escape(t) for t in ADDED) + ")")

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n ' + message['content'] | trim + '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def byte_characters() -> list[str]:
    """GPT-2's printable stand-ins for the 256 bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spare = iter(range(256, 512))
    return [chr(b) if b in printable else chr(next(spare)) for b in range(256)]


_BYTES = byte_characters()
_BYTE_OF = {ch: b for b, ch in enumerate(_BYTES)}


def prompt_text(question: str) -> str:
    """What the chat template makes of one user turn."""
    return f"{TURN_START}user\n {question.strip()}{TURN_END}\n{TURN_START}assistant\n"


class Tokenizer:
    """Ids: the added tokens, the 256 bytes, then the merges in order."""

    def __init__(self, merges: list[tuple[str, str]]) -> None:
        self.merges = merges
        self.pieces = [*ADDED, *_BYTES, *(a + b for a, b in merges)]
        self.ids = {p: i for i, p in enumerate(self.pieces)}
        self._rank = {m: i for i, m in enumerate(merges)}
        self._word = lru_cache(maxsize=None)(self._encode_word)

    def __len__(self) -> int:
        return len(self.pieces)

    def _encode_word(self, word: str) -> tuple[int, ...]:
        parts = [_BYTES[b] for b in word.encode("utf-8")]
        while len(parts) > 1:
            rank, at = min((self._rank.get(p, len(self._rank)), i) for i, p in enumerate(zip(parts, parts[1:])))
            if rank == len(self._rank):
                break
            parts[at:at + 2] = [parts[at] + parts[at + 1]]
        return tuple(self.ids[p] for p in parts)

    def encode(self, text: str) -> list[int]:
        out: list[int] = []
        for chunk in _ADDED.split(text):
            if chunk in ADDED:
                out.append(self.ids[chunk])
            else:
                for word in _SPLIT.findall(chunk):
                    out.extend(self._word(word))
        return out

    def decode(self, ids: list[int]) -> str:
        out = bytearray()
        for i in ids:
            piece = self.pieces[i]
            out += piece.encode() if i < len(ADDED) else bytes(_BYTE_OF[ch] for ch in piece)
        return out.decode("utf-8", errors="replace")

    def to_json(self) -> dict[str, object]:
        """The file that `@huggingface/tokenizers` reads. The added tokens stand in the vocabulary too,
        as in files saved by the `transformers` library."""
        added = [
            {"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
             "special": t in CONTROL}
            for i, t in enumerate(ADDED)
        ]
        byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
        split = {"type": "Split", "pattern": {"Regex": SPLIT_PATTERN}, "behavior": "Isolated", "invert": False}
        return {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, byte_level]},
            "post_processor": None,
            "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
            "model": {
                "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                "vocab": self.ids, "merges": [list(m) for m in self.merges],
            },
        }

    @staticmethod
    def config() -> dict[str, object]:
        """`tokenizer_config.json`."""
        return {
            "tokenizer_class": "Qwen2Tokenizer", "add_prefix_space": False, "add_bos_token": False,
            "clean_up_tokenization_spaces": False, "split_special_tokens": False, "errors": "replace",
            "bos_token": None, "eos_token": TURN_END, "pad_token": END_OF_TEXT, "unk_token": None,
            "additional_special_tokens": [TURN_START, TURN_END], "model_max_length": 512,
            "added_tokens_decoder": {
                str(i): {"content": t, "lstrip": False, "rstrip": False, "normalized": False, "single_word": False,
                         "special": t in CONTROL}
                for i, t in enumerate(ADDED)
            },
            "chat_template": CHAT_TEMPLATE,
        }

    @staticmethod
    def load(path: Path) -> "Tokenizer":
        merges = json.loads(path.read_text("utf-8"))["model"]["merges"]
        return Tokenizer([(a, b) for a, b in merges])


def train(texts: Counter[str], vocab: int) -> Tokenizer:
    """Merges by the most frequent pair; ties go to the pair that sorts first. `texts` maps a text to how
    often it counts. Only the words that hold the merged pair are touched, so 1,269 merges take seconds."""
    counts: Counter[str] = Counter()
    for text, n in texts.items():
        for chunk in _ADDED.split(text):
            if chunk not in ADDED:
                for word in _SPLIT.findall(chunk):
                    counts[word] += n
    words = [([_BYTES[b] for b in w.encode("utf-8")], n) for w, n in sorted(counts.items())]
    pairs: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], set[int]] = {}
    for i, (parts, n) in enumerate(words):
        for p in zip(parts, parts[1:]):
            pairs[p] += n
            where.setdefault(p, set()).add(i)
    merges: list[tuple[str, str]] = []
    seen: set[str] = set()
    while len(ADDED) + 256 + len(merges) < vocab:
        if not pairs:
            raise ValueError(f"the texts hold only {len(merges)} merges")
        best = min(pairs, key=lambda p: (-pairs[p], p))
        if pairs[best] <= 0 or best[0] + best[1] in seen:
            del pairs[best]
            continue
        merges.append(best)
        seen.add(best[0] + best[1])
        for i in sorted(where.pop(best)):
            parts, n = words[i]
            for p in zip(parts, parts[1:]):
                pairs[p] -= n
            j = 0
            while j < len(parts) - 1:
                if (parts[j], parts[j + 1]) == best:
                    parts[j:j + 2] = [parts[j] + parts[j + 1]]
                j += 1
            for p in zip(parts, parts[1:]):
                pairs[p] += n
                where.setdefault(p, set()).add(i)
        pairs.pop(best, None)
    return Tokenizer(merges)
