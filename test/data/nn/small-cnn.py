"""Five SGD steps of a small CNN with batch normalisation in PyTorch float64, for test/unit/programs/train.test.ts.

Run: python3 test/data/nn/small-cnn.py > test/data/nn/small-cnn.json   (made with PyTorch 2.x)

Names are those that buildModel gives to the same layers. Batches of 7 and 5 alternate.
"""

import json

import torch
from torch import nn

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)
model = nn.Sequential(
    nn.Conv2d(2, 4, 3, padding=1),
    nn.BatchNorm2d(4),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(36, 6),
    nn.BatchNorm1d(6),
    nn.Tanh(),
    nn.Linear(6, 3),
)
names = {"0": "conv1", "1": "batch_norm1", "5": "dense1", "6": "batch_norm2", "8": "dense2"}


def rounded(tensor):
    return tensor.to(torch.float32).to(torch.float64)


with torch.no_grad():
    for parameter in model.parameters():
        parameter.copy_(rounded(parameter + 0.1 * torch.randn_like(parameter)))


def state():
    return {
        f"{names[key.split('.')[0]]}.{key.split('.')[1]}": {
            "dims": list(value.shape),
            "values": value.flatten().tolist(),
        }
        for key, value in model.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }


features = rounded(torch.rand(12, 2, 6, 6) * 16)
target = torch.randint(0, 3, (12,))
initial = state()
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
losses = []
for step in range(5):
    rows = slice(0, 7) if step % 2 == 0 else slice(7, 12)
    loss = nn.functional.cross_entropy(model(features[rows] / 16), target[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

model.eval()
logits = model(features / 16)
print(
    json.dumps(
        {
            "features": features.flatten().tolist(),
            "target": target.tolist(),
            "initial": initial,
            "losses": losses,
            "final": state(),
            "logits": logits.flatten().tolist(),
        }
    )
)
