"""Makes recurrent-*.onnx and recurrent.json: recurrent networks as PyTorch exports them, with gradients in float64.

Needs torch and onnx: python test/data/onnx/recurrent.py
Each file has the inputs x [batch, 6, 3] (and lengths [batch]) and the output y; the loss is sum(y * weights). For
every initializer recurrent.json has its gradient: exporters reorder and stack PyTorch's weights, so each initializer
is found by its values among those that PyTorch's weights give.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

HIDDEN = 4
# PyTorch's gates are i f g o (LSTM) and r z n (GRU); ONNX's i o f c and z r h.
ORDER = {"LSTM": [0, 3, 1, 2], "GRU": [1, 0, 2], "RNN": [0]}


class Network(nn.Module):
    def __init__(self, kind, packed=False, **options):
        super().__init__()
        self.kind, self.packed = kind, packed
        self.recurrent = getattr(nn, kind)(3, HIDDEN, batch_first=True, **options)
        self.head = nn.Linear(HIDDEN * (2 if options.get("bidirectional") else 1), 2)

    def forward(self, x, lengths=None):
        if self.packed:
            x = pack_padded_sequence(x, lengths, batch_first=True)
        out, state = self.recurrent(x)
        hidden = state[0] if self.kind == "LSTM" else state
        if self.packed:
            out, _ = pad_packed_sequence(out, batch_first=True)
        return self.head(out).sum(1) + hidden[-1].sum(1, keepdim=True)


def reordered(kind, tensor):
    return torch.cat([tensor.chunk(len(ORDER[kind]))[k] for k in ORDER[kind]])


def candidates(network, of):
    """What an exporter may make of PyTorch's weights; `of` gives a parameter's value or its gradient."""
    kind, module = network.kind, network.recurrent
    suffixes = ["", "_reverse"] if module.bidirectional else [""]
    get = lambda name: reordered(kind, of(getattr(module, name)))
    for layer in range(module.num_layers):
        names = [f"l{layer}{suffix}" for suffix in suffixes]
        yield torch.stack([get(f"weight_ih_{n}") for n in names])
        yield torch.stack([get(f"weight_hh_{n}") for n in names])
        yield torch.stack([torch.cat([get(f"bias_ih_{n}"), get(f"bias_hh_{n}")]) for n in names])
    yield of(network.head.weight)
    yield of(network.head.weight).T
    yield of(network.head.bias)


CASES = {
    "lstm": Network("LSTM", packed=True, num_layers=2, bidirectional=True),
    "gru": Network("GRU", num_layers=2, bidirectional=True),
    "rnn": Network("RNN", nonlinearity="relu"),
}

torch.manual_seed(3)
here = Path(__file__).parent
result = {}
for name, network in CASES.items():
    for parameter in network.parameters():
        nn.init.uniform_(parameter, -0.6, 0.6)
    lengths = torch.tensor([6, 4, 1])
    x = torch.randn(3, 6, 3)
    weights = torch.randn(3, 2)
    inputs = (x, lengths) if network.packed else (x,)
    names = ["x", "lengths"][: len(inputs)]
    path = here / f"recurrent-{name}.onnx"
    network.eval()
    torch.onnx.export(network, inputs, str(path), input_names=names, output_names=["y"], opset_version=17,
                      dynamic_axes={n: {0: "batch"} for n in [*names, "y"]}, dynamo=False)
    double = network.double()
    x64 = x.double().requires_grad_()
    y = double(x64, lengths) if network.packed else double(x64)
    (y * weights.double()).sum().backward()
    values = list(candidates(double, lambda p: p.detach()))
    gradients = list(candidates(double, lambda p: p.grad))
    found = {}
    for initializer in onnx.load(path).graph.initializer:
        array = numpy_helper.to_array(initializer)
        if array.dtype != np.float32 or array.size < 2:
            continue
        for value, gradient in zip(values, gradients):
            if tuple(value.shape) == array.shape and np.allclose(value.numpy(), array, atol=1e-7):
                found[initializer.name] = gradient.flatten().tolist()
    result[name] = {
        "x": x.flatten().tolist(),
        "lengths": lengths.tolist() if network.packed else None,
        "weights": weights.flatten().tolist(),
        "y": y.detach().flatten().tolist(),
        "gradients": {"x": x64.grad.flatten().tolist(), **found},
    }
    print(name, path.stat().st_size, {k: len(v) for k, v in found.items()},
          [n.op_type for n in onnx.load(path).graph.node])
rounded = json.loads(json.dumps(result), parse_float=lambda text: float(f"{float(text):.10g}"))
(here / "recurrent.json").write_text(json.dumps({"torch": torch.__version__, "cases": rounded}) + "\n")
