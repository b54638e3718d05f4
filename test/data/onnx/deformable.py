"""Values of torchvision.ops.deform_conv2d and its gradients, in float64: deformable.json.

    python test/data/onnx/deformable.py
"""

import json
from pathlib import Path

import torch
from torchvision.ops import deform_conv2d

CASES = {
    "one tap": dict(x=[1, 1, 3, 4], w=[1, 1, 1, 1], b=False, mask=False),
    "3 x 3, padded": dict(x=[2, 2, 4, 5], w=[3, 2, 3, 3], b=True, mask=False, padding=(1, 1)),
    "masked": dict(x=[1, 2, 4, 4], w=[2, 2, 2, 3], b=False, mask=True, padding=(0, 1)),
    "strides, dilations": dict(x=[1, 1, 7, 6], w=[2, 1, 2, 2], b=True, mask=True, stride=(2, 1), dilation=(2, 3)),
    "groups": dict(x=[2, 4, 4, 4], w=[6, 2, 2, 2], b=True, mask=True, groups=2),
    "groups of offsets": dict(x=[1, 4, 4, 4], w=[2, 4, 3, 3], b=True, mask=True, padding=(1, 1), offset_groups=2),
}


def size(n, k, padding, stride, dilation):
    return (n + 2 * padding - dilation * (k - 1) - 1) // stride + 1


def main():
    torch.manual_seed(5)
    stored = []
    for name, case in CASES.items():
        stride, padding, dilation = (case.get(key, default) for key, default in
                                     [("stride", (1, 1)), ("padding", (0, 0)), ("dilation", (1, 1))])
        (n, _, high, wide), (filters, _, *kernel) = case["x"], case["w"]
        groups = case.get("offset_groups", 1)
        out = [size(high, kernel[0], padding[0], stride[0], dilation[0]),
               size(wide, kernel[1], padding[1], stride[1], dilation[1])]
        count = groups * kernel[0] * kernel[1]
        draw = lambda *dims: torch.randn(*dims, dtype=torch.float64).float().double().requires_grad_()
        values = {"x": draw(*case["x"]), "w": draw(*case["w"]), "offset": draw(n, 2 * count, *out)}
        if case["b"]:
            values["b"] = draw(filters)
        if case["mask"]:
            values["mask"] = draw(n, count, *out)
        y = deform_conv2d(values["x"], values["offset"], values["w"], values.get("b"), stride, padding, dilation,
                          values.get("mask"))
        weights = torch.randn_like(y).float().double()
        (y * weights).sum().backward()
        flat = lambda tensor: [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]
        stored.append({
            "name": name, "strides": stride, "pads": [*padding, *padding], "dilations": dilation,
            "group": case.get("groups", 1), "offset_group": groups,
            "inputs": {key: {"dims": list(v.shape), "values": flat(v), "gradient": flat(v.grad)} for key, v in values.items()},
            "dims": list(y.shape), "y": flat(y), "weights": flat(weights),
        })
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(stored, separators=(",", ":")) + "\n")


main()
