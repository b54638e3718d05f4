"""Writes optimizers.json: trajectories of PyTorch's optimizers in float64, as the oracle of shared/nn/optimizers.

python generate.py   (PyTorch 2.15; values are stored, tests need no Python)
"""

import json
import math
import pathlib

import torch

STEPS = 12
RATES = [0.05 if step % 3 else 0.02 for step in range(STEPS)]
WEIGHT = [[math.sin(3 * i + j) for j in range(3)] for i in range(3)]
BIAS = [math.cos(i) for i in range(5)]
# Gradients: any numbers of different sizes, some zero, the same for every optimizer.
GRADIENTS = [
    {
        "weight": [[math.sin(7 * s + 3 * i + j) * 10.0 ** ((i + j + s) % 4 - 2) for j in range(3)] for i in range(3)],
        "bias": [0.0 if (i + s) % 4 == 0 else math.cos(5 * s + i) for i in range(5)],
    }
    for s in range(STEPS)
]

SGD = {"kind": "sgd", "momentum": 0.0, "nesterov": False, "weightDecay": 0.0}
RMSPROP = {"kind": "rmsprop", "decay": 0.9, "momentum": 0.0, "epsilon": 1e-8, "weightDecay": 0.0}
ADAM = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.0}
JOBS = [
    SGD,
    {**SGD, "weightDecay": 0.1},
    {**SGD, "momentum": 0.9},
    {**SGD, "momentum": 0.9, "nesterov": True, "weightDecay": 0.01},
    RMSPROP,
    {**RMSPROP, "decay": 0.99, "momentum": 0.5, "weightDecay": 0.05},
    {"kind": "adam", **ADAM},
    {"kind": "adam", **ADAM, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "weightDecay": 0.1},
    {"kind": "adamw", **ADAM, "weightDecay": 0.1},
]


def make(job, groups):
    decay = job["weightDecay"]
    groups = [
        {"params": [groups["weight"]], "weight_decay": decay},
        {"params": [groups["bias"]], "weight_decay": 0.0},
    ]
    if job["kind"] == "sgd":
        return torch.optim.SGD(groups, lr=1.0, momentum=job["momentum"], nesterov=job["nesterov"])
    if job["kind"] == "rmsprop":
        return torch.optim.RMSprop(
            groups, lr=1.0, alpha=job["decay"], eps=job["epsilon"], momentum=job["momentum"]
        )
    kind = torch.optim.Adam if job["kind"] == "adam" else torch.optim.AdamW
    return kind(groups, lr=1.0, betas=(job["beta1"], job["beta2"]), eps=job["epsilon"])


def trajectory(job):
    parameters = {
        name: torch.nn.Parameter(torch.tensor(value, dtype=torch.float64))
        for name, value in (("weight", WEIGHT), ("bias", BIAS))
    }
    optimizer = make(job, parameters)
    steps = []
    for rate, gradient in zip(RATES, GRADIENTS):
        for group in optimizer.param_groups:
            group["lr"] = rate
        for name, parameter in parameters.items():
            parameter.grad = torch.tensor(gradient[name], dtype=torch.float64)
        optimizer.step()
        steps.append({name: parameter.detach().flatten().tolist() for name, parameter in parameters.items()})
    return {"job": job, "steps": steps}


def clipping():
    """Norms before, and the gradient after, clip_grad_norm_ at several limits."""
    rows = []
    for limit in (0.5, 3.0, 1e4):
        parameters = [torch.nn.Parameter(torch.zeros(3, 3, dtype=torch.float64)), torch.nn.Parameter(torch.zeros(5, dtype=torch.float64))]
        parameters[0].grad = torch.tensor(GRADIENTS[1]["weight"], dtype=torch.float64)
        parameters[1].grad = torch.tensor(GRADIENTS[1]["bias"], dtype=torch.float64)
        norm = torch.nn.utils.clip_grad_norm_(parameters, limit)
        after = {name: p.grad.flatten().tolist() for name, p in zip(("weight", "bias"), parameters)}
        rows.append({"maxNorm": limit, "norm": norm.item(), "after": after})
    return rows


if __name__ == "__main__":
    data = {
        "torch": torch.__version__,
        "rates": RATES,
        "weight": [value for row in WEIGHT for value in row],
        "bias": BIAS,
        "gradients": [
            {"weight": [value for row in g["weight"] for value in row], "bias": g["bias"]} for g in GRADIENTS
        ],
        "trajectories": [trajectory(job) for job in JOBS],
        "clipping": clipping(),
    }
    path = pathlib.Path(__file__).with_name("optimizers.json")
    path.write_text(json.dumps(data, separators=(",", ":")) + "\n")
