"""Encodes samples with the Python package `tokenizers` (0.23) and the files of make.mjs: encodings.json. The byte-pair file
is also checked to be what the package itself writes: loading and saving keeps vocabulary and merges."""
import json
import pathlib

import tokenizers

here = pathlib.Path(__file__).parent
samples = [
    "", "First Citizen:\nSpeak, speak.", "  two  spaces\tand\ttabs \n\n new lines  ", "I'll we've they're don't it's he'd I'm",
    "1234 5,678.90", "naïve café – über straße", "日本語のテキスト", "emoji 👍🏽 and 👩‍👩‍👧", "a<pad>b", "nbsp\u00a0and\u2003em\u3000wide\u0085nel\ufeffbom",
    "x" * 40, "'S 'LL", "combining e\u0301 n\u0303", "_under_score__ @mention #tag $5 100%", "\r\nwindows\r\n", "<unk>",
]
result = {}
for name in ["bytes", "characters", "bpe"]:
    tokenizer = tokenizers.Tokenizer.from_file(str(here / f"{name}.json"))
    encoded = [tokenizer.encode(text).ids for text in samples]
    result[name] = [
        {"text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True)}
        for text, ids in zip(samples, encoded)
    ]
    again = json.loads(tokenizer.to_str())
    ours = json.loads((here / f"{name}.json").read_text())
    assert again["model"]["vocab"] == ours["model"]["vocab"] and again["model"]["merges"] == ours["model"]["merges"]
(here / "encodings.json").write_text(json.dumps(result, ensure_ascii=True, indent=0) + "\n")
print({name: [len(row["ids"]) for row in rows] for name, rows in result.items()})
