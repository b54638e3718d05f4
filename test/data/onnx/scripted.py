"""Makes scripted-*.onnx and scripted.json: PyTorch models with control flow, with gradients in float64.

Needs torch: python test/data/onnx/scripted.py
torch.jit.script keeps Python's `for` and `if`, and lists: they are exported as Loop, If and sequences. Each file has
the input x [batch, 5, 3] and the output y [batch, 2]; the loss is sum(y * weights).
"""

import json
from pathlib import Path

import torch
from torch import nn


class Alternating(nn.Module):
    """A loop over time; every second step is another one."""

    def __init__(self):
        super().__init__()
        self.cell = nn.Linear(3, 3)
        self.head = nn.Linear(3, 2)

    def forward(self, x):
        h = x[:, 0]
        for t in range(x.shape[1]):
            if t % 2 == 0:
                h = torch.tanh(self.cell(h) + x[:, t])
            else:
                h = h * 0.5
        return self.head(h)


class Collecting(nn.Module):
    """An LSTM cell in a loop, its states collected in a list."""

    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(3, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        h = torch.zeros(x.shape[0], 4, dtype=x.dtype)
        c = torch.zeros(x.shape[0], 4, dtype=x.dtype)
        states = []
        for t in range(x.shape[1]):
            h, c = self.cell(x[:, t], (h, c))
            states.append(h)
        return self.head(torch.stack(states, 1).mean(1))


torch.manual_seed(5)
here = Path(__file__).parent
result = {}
for name, network in {"loop": Alternating(), "list": Collecting()}.items():
    x, weights = torch.randn(2, 5, 3), torch.randn(2, 2)
    torch.onnx.export(torch.jit.script(network.eval()), (x,), str(here / f"scripted-{name}.onnx"), input_names=["x"],
                      output_names=["y"], opset_version=17, dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}},
                      dynamo=False)
    double = network.double()
    x64 = x.double().requires_grad_()
    y = double(x64)
    (y * weights.double()).sum().backward()
    result[name] = {
        "x": x.flatten().tolist(),
        "weights": weights.flatten().tolist(),
        "y": y.detach().flatten().tolist(),
        "gradients": {"x": x64.grad.flatten().tolist(),
                      **{n: p.grad.flatten().tolist() for n, p in double.named_parameters()}},
    }
rounded = json.loads(json.dumps(result), parse_float=lambda text: float(f"{float(text):.10g}"))
(here / "scripted.json").write_text(json.dumps({"torch": torch.__version__, "cases": rounded}) + "\n")
