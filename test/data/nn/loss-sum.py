"""A model of four outputs with a weighted sum of losses: PyTorch's loss and gradients, in float64. Writes loss-sum.json.

python3 loss-sum.py
"""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(4)
torch.set_default_dtype(torch.float64)

ROWS = 7


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense1 = nn.Linear(4, 5)
        self.dense2 = nn.Linear(5, 3)
        self.dense3 = nn.Linear(5, 1)
        self.dense4 = nn.Linear(5, 2)
        self.dense5 = nn.Linear(5, 12)

    def forward(self, x):
        trunk = torch.tanh(self.dense1(x))
        return self.dense2(trunk), self.dense3(trunk)[:, 0], self.dense4(trunk), self.dense5(trunk).reshape(-1, 4, 3)


model = Heads()
features = torch.randn(ROWS, 4)
kind = torch.randint(0, 3, (ROWS,))
odd = torch.randint(0, 2, (ROWS,)).double()
place = torch.randn(ROWS, 2)
letters = torch.randint(0, 3, (ROWS, 4))

a, b, c, d = model(features)
terms = {
    "kind": F.cross_entropy(a, kind, weight=torch.tensor([1.0, 2.0, 3.0]), label_smoothing=0.1, reduction="sum") / ROWS,
    "odd": F.binary_cross_entropy_with_logits(b, odd),
    "place": F.mse_loss(c, place),
    # An ignored place counts as a loss of zero.
    "letters": F.cross_entropy(d.reshape(-1, 3), letters.reshape(-1), ignore_index=0, reduction="sum") / (ROWS * 4),
}
loss = terms["kind"] + 0.3 * terms["odd"] + 2 * terms["place"] + 0.5 * terms["letters"]
loss.backward()

json.dump(
    {
        "features": features.flatten().tolist(),
        "target": torch.cat([kind[:, None].double(), odd[:, None], place, letters.double()], 1).flatten().tolist(),
        "parameters": {
            key: {"dims": list(value.shape), "values": value.flatten().tolist(), "gradient": value.grad.flatten().tolist()}
            for key, value in model.named_parameters()
        },
        "loss": loss.item(),
        "terms": {key: value.item() for key, value in terms.items()},
        "correct": {
            "kind": int((a.argmax(1) == kind).sum()),
            "odd": int(((b > 0) == (odd > 0)).sum()),
            "letters": int(((d.argmax(2) == letters) & (letters != 0)).sum()),
        },
    },
    Path(__file__).with_suffix(".json").open("w"),
)
