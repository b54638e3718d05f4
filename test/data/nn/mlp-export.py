"""An MLP exported from PyTorch, for test/unit/nn/from-onnx.test.ts.

Run: python3 test/data/nn/mlp-export.py test/data/nn   (made with PyTorch 2.x, onnx 1.x)

Writes mlp.onnx (dynamic batch, softmax at the end) and mlp.json (inputs, softmax outputs in float64).
"""

import json
import sys

import torch
from torch import nn

torch.manual_seed(5)
folder = sys.argv[1]
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softmax(dim=1)).eval()
features = torch.randn(6, 4)
torch.onnx.export(
    model,
    (features,),
    f"{folder}/mlp.onnx",
    input_names=["input"],
    output_names=["output"],
    dynamic_axes={"input": {0: "batch_size"}, "output": {0: "batch_size"}},
    opset_version=17,
    dynamo=False,
)
double = model.double()(features.double())
with open(f"{folder}/mlp.json", "w") as file:
    json.dump({"features": features.flatten().tolist(), "probabilities": double.flatten().tolist()}, file)
