"""Makes mlp.json and cnn.json: a small network each, its loss and its gradients, by PyTorch in float64.

    python make.py          (in this folder; PyTorch 2)

The graphs are those of test/unit/engines/graphs.ts. All numbers are computed from float32 inputs.
"""
import json
import torch
import torch.nn.functional as F

torch.manual_seed(7)


def rand(*shape, scale=1.0):
    return (torch.randn(*shape) * scale).float().double()


def write(name, feeds, parameters, forward):
    leaves = {key: value.clone().requires_grad_() for key, value in parameters.items()}
    logits = forward(feeds["x"], leaves)
    loss = F.cross_entropy(logits, feeds["target"], reduction="sum")
    loss.backward()
    flat = lambda t: {"dims": list(t.shape), "data": t.flatten().tolist()}
    with open(f"{name}.json", "w") as file:
        json.dump(
            {
                "torch": torch.__version__,
                "feeds": {key: flat(value) for key, value in (feeds | parameters).items()},
                "outputs": {
                    "logits": flat(logits.detach()),
                    "loss": flat(loss.detach()),
                    **{f"{key}_grad": flat(value.grad) for key, value in leaves.items()},
                },
            },
            file,
        )
        file.write("\n")


write(
    "mlp",
    {"x": rand(6, 5), "target": torch.tensor([0, 2, 1, 1, 0, 2])},
    {
        "dense1.weight": rand(5, 8, scale=0.5),
        "dense1.bias": rand(8, scale=0.1),
        "dense2.weight": rand(8, 3, scale=0.5),
        "dense2.bias": rand(3, scale=0.1),
    },
    lambda x, p: F.relu(x @ p["dense1.weight"] + p["dense1.bias"]) @ p["dense2.weight"] + p["dense2.bias"],
)


def cnn(x, p):
    h = F.relu(F.conv2d(x, p["conv1.weight"], p["conv1.bias"], padding=1))
    h = F.max_pool2d(h, 2)
    h = torch.tanh(F.conv2d(h, p["conv2.weight"], p["conv2.bias"], stride=2, padding=1))
    return h.flatten(1) @ p["dense.weight"] + p["dense.bias"]


write(
    "cnn",
    {"x": rand(3, 2, 8, 8), "target": torch.tensor([3, 0, 1])},
    {
        "conv1.weight": rand(4, 2, 3, 3, scale=0.3),
        "conv1.bias": rand(4, scale=0.1),
        "conv2.weight": rand(5, 4, 3, 3, scale=0.3),
        "conv2.bias": rand(5, scale=0.1),
        "dense.weight": rand(20, 4, scale=0.4),
        "dense.bias": rand(4, scale=0.1),
    },
    cnn,
)
