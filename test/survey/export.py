"""Exports models of models.py, with PyTorch's gradients: `export.py FOLDER SEED NAME…`.

For each a line `exported<TAB>NAME<TAB>KEY`, when KEY.onnx, KEY.json and KEY.bin are in the folder, or `failed<TAB>NAME<TAB>why`.
The loss is the sum of the first output times fixed random numbers. Its gradients are computed in float64.
"""

import json
import logging
import sys
import traceback
import warnings
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))
from models import MODELS  # noqa: E402

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
OPSET = 18


class Numbers:
    """Arrays one behind the other in one file."""

    def __init__(self):
        self.parts, self.end = [], 0

    def put(self, tensor):
        data = np.ascontiguousarray(tensor.detach().numpy()).tobytes()
        start, self.end = self.end, self.end + len(data)
        self.parts.append(data)
        return {"dims": list(tensor.shape), "at": start}


def export(name, seed, base):
    torch.manual_seed(seed)
    model, inputs = MODELS[name]()
    model.eval()
    with torch.no_grad():
        for parameter in model.parameters():
            # Biases of zero and scales of one are equal initializers, which exporters write once.
            if parameter.is_floating_point():
                parameter.add_(torch.randn_like(parameter) * 0.02)
    # Not optimised: its folding of batch normalisation into weights would make other parameters of them.
    torch.onnx.export(model, inputs, str(base) + ".onnx", dynamo=True, opset_version=OPSET, external_data=False,
                      verbose=False, optimize=False)
    model = model.double()
    output = model(*[x.double() if x.is_floating_point() else x for x in inputs])
    weights = torch.randn(output.shape, generator=torch.Generator().manual_seed(seed + 1), dtype=torch.float32)
    terms = output * weights.double()
    terms.sum().backward()
    numbers = Numbers()
    description = {
        "inputs": [{"type": str(x.dtype).replace("torch.", ""), **numbers.put(x)} for x in inputs],
        "weights": numbers.put(weights),
        "loss": terms.sum().item(),
        "size": terms.abs().sum().item(),
        "gradients": [
            {"name": key, **numbers.put(parameter.grad.float()), "norm": parameter.grad.norm().item()}
            for key, parameter in model.named_parameters()
            if parameter.grad is not None
        ],
    }
    Path(str(base) + ".bin").write_bytes(b"".join(numbers.parts))
    Path(str(base) + ".json").write_text(json.dumps(description))


def main(folder, seed, names):
    for name in names or MODELS:
        key = "".join(letter if letter.isalnum() else "-" for letter in name)
        try:
            export(name, int(seed), Path(folder) / key)
        except Exception:
            why = traceback.format_exc().strip().split("\n")[-1]
            print("failed", name, why[:200], sep="\t", flush=True)
        else:
            print("exported", name, key, sep="\t", flush=True)


main(sys.argv[1], sys.argv[2], sys.argv[3:])
