"""Makes pytorch-two-heads.onnx, a trunk with two outputs under names of its own, and two-heads.json: the sum of its two losses
and the gradient of each weight by torch.autograd, in float64.

Needs torch, onnx and onnxscript: python test/data/onnx/two-heads.py
"""

import json
from pathlib import Path

import onnx
import torch
from torch import nn

HERE = Path(__file__).parent
ROWS = 8


class TwoHeads(nn.Module):
    """8x8 digits: which it is, as logits, and whether it is even, as a probability."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(64, 16)
        self.which = nn.Linear(16, 10)
        self.parity = nn.Linear(16, 1)

    def forward(self, pixels):
        seen = torch.relu(self.trunk(pixels))
        return self.which(seen), torch.sigmoid(self.parity(seen))


torch.manual_seed(0)
model = TwoHeads().eval()
path = HERE / "pytorch-two-heads.onnx"
torch.onnx.export(
    model,
    (torch.rand(3, 64),),
    str(path),
    input_names=["pixels"],
    output_names=["digit.logits", "is_even"],
    opset_version=18,
    dynamo=True,
    dynamic_shapes=({0: torch.export.Dim("batch")},),
    external_data=False,
    optimize=False,
)
exported = onnx.load(path)
for node in exported.graph.node:  # stack traces name the machine the script ran on
    del node.metadata_props[:]
for value in [*exported.graph.value_info, *exported.graph.input, *exported.graph.output]:
    del value.metadata_props[:]
del exported.metadata_props[:]
del exported.graph.metadata_props[:]
onnx.checker.check_model(exported)
onnx.save(exported, path)

# The test makes the same rows: pixels from 0 to 16, whole numbers.
model = model.double()
pixels = torch.tensor([[(row * 31 + at * 7) % 17 for at in range(64)] for row in range(ROWS)], dtype=torch.float64) / 16
digits = torch.tensor([(row * 3) % 10 for row in range(ROWS)])
logits, even = model(pixels)
loss = nn.functional.cross_entropy(logits, digits) + 0.3 * nn.functional.binary_cross_entropy(
    even[:, 0], (digits % 2 == 0).double()
)
loss.backward()
values = {
    "loss": loss.item(),
    "logits": logits.flatten().tolist(),
    "even": even.flatten().tolist(),
    "gradients": {name: weight.grad.flatten().tolist() for name, weight in model.named_parameters()},
}
rounded = json.loads(json.dumps(values), parse_float=lambda text: float(f"{float(text):.9g}"))
(HERE / "two-heads.json").write_text(json.dumps(rounded) + "\n")
print([output.name for output in exported.graph.output], [i.name for i in exported.graph.initializer], values["loss"])
