"""Weight-decomposed adapters (Liu et al. 2024) on a convolution and two dense layers, in PyTorch float64, for
test/unit/nn/import/dora.test.ts.

Run: python3 test/data/nn/dora.py > test/data/nn/dora.json   (made with PyTorch 2.x)

The gradient goes through the norm of the direction. Losses are sums over the batch.
"""

import json

import torch
import torch.nn.functional as F

torch.manual_seed(5)
torch.set_default_dtype(torch.float64)
RANK, ALPHA = 2, 6
SCALE = ALPHA / RANK


def drawn(*shape):
    """Exactly representable in float32."""
    return (0.5 * torch.randn(*shape)).to(torch.float32).to(torch.float64)


base = {
    "conv.weight": drawn(4, 2, 3, 3),
    "conv.bias": drawn(4),
    "dense.weight": drawn(5, 36),
    "dense.bias": drawn(5),
    "head": drawn(5, 3),
}
adapters = {
    "conv.lora_A.weight": drawn(RANK, 2, 3, 3),
    "conv.lora_B.weight": drawn(4, RANK, 1, 1),
    "conv.lora_magnitude_vector": drawn(4).abs() + 0.5,
    "dense.lora_A.weight": drawn(RANK, 36),
    "dense.lora_B.weight": drawn(5, RANK),
    "dense.lora_magnitude_vector": drawn(5).abs() + 0.5,
    "head.lora_A.weight": drawn(RANK, 5),
    "head.lora_B.weight": drawn(3, RANK),
    "head.lora_magnitude_vector": drawn(3).abs() + 0.5,
}
for value in adapters.values():
    value.requires_grad_(True)


def adapted(weight, name):
    """weight [out, in, ...]"""
    a, b = adapters[f"{name}.lora_A.weight"], adapters[f"{name}.lora_B.weight"]
    change = (b.flatten(1) @ a.flatten(1)).reshape(weight.shape)
    changed = weight + SCALE * change
    norm = changed.flatten(1).norm(dim=1)
    factor = adapters[f"{name}.lora_magnitude_vector"] / norm
    return changed * factor.reshape([-1] + [1] * (weight.dim() - 1))


features = drawn(6, 2, 3, 3)
target = torch.randint(0, 3, (6,))
hidden = F.relu(F.conv2d(features, adapted(base["conv.weight"], "conv"), base["conv.bias"], padding=1))
hidden = F.relu(F.linear(hidden.flatten(1), adapted(base["dense.weight"], "dense"), base["dense.bias"]))
logits = hidden @ adapted(base["head"].T, "head").T
loss = F.cross_entropy(logits, target, reduction="sum")
loss.backward()


def stored(value):
    return {"dims": list(value.shape), "values": value.detach().flatten().tolist()}


print(
    json.dumps(
        {
            "torch": torch.__version__,
            "rank": RANK,
            "alpha": ALPHA,
            "base": {name: stored(value) for name, value in base.items()},
            "adapters": {name: stored(value) for name, value in adapters.items()},
            "gradients": {name: stored(value.grad) for name, value in adapters.items()},
            "features": features.flatten().tolist(),
            "target": target.tolist(),
            "logits": logits.flatten().tolist(),
            "loss": loss.item(),
        }
    )
)
