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
# For optimizers that look at a tensor's shape: a tall matrix, and a stack of wide ones.
TALL = [[math.cos(2 * i - j) for j in range(2)] for i in range(4)]
STACK = [[[math.sin(i + 2 * j - k) for k in range(3)] for j in range(2)] for i in range(2)]
SHAPES = {"weight": (3, 3), "bias": (5,), "tall": (4, 2), "stack": (2, 2, 3)}
# Gradients: any numbers of different sizes, some zero, the same for every optimizer.
GRADIENTS = [
    {
        "weight": [[math.sin(7 * s + 3 * i + j) * 10.0 ** ((i + j + s) % 4 - 2) for j in range(3)] for i in range(3)],
        "bias": [0.0 if (i + s) % 4 == 0 else math.cos(5 * s + i) for i in range(5)],
        "tall": [[math.sin(s + 2 * i - 3 * j) for j in range(2)] for i in range(4)],
        "stack": [[[math.cos(3 * s + i - j + k) * 10.0 ** (k - 1) for k in range(3)] for j in range(2)] for i in range(2)],
    }
    for s in range(STEPS)
]

SGD = {"kind": "sgd", "momentum": 0.0, "nesterov": False, "weightDecay": 0.0}
RMSPROP = {"kind": "rmsprop", "decay": 0.9, "momentum": 0.0, "epsilon": 1e-8, "weightDecay": 0.0}
ADAM = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.0}
MUON = {
    **{"kind": "muon", "momentum": 0.95, "nesterov": True, "iterations": 5},
    **{"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.1},
}
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
    {"kind": "adagrad", "epsilon": 1e-10, "weightDecay": 0.05},
    {"kind": "adadelta", "decay": 0.9, "epsilon": 1e-6, "weightDecay": 0.05},
    {"kind": "adamax", **ADAM, "weightDecay": 0.05},
    {"kind": "nadam", **ADAM, "momentumDecay": 0.004, "weightDecay": 0.05},
    # In the first steps the rate is not rectified.
    {"kind": "radam", **ADAM, "weightDecay": 0.05},
    {"kind": "radam", **ADAM, "beta2": 0.8},
    {"kind": "lion", "beta1": 0.9, "beta2": 0.99, "weightDecay": 0.1},
    {"kind": "lamb", **ADAM, "epsilon": 1e-6, "weightDecay": 0.1},
    {"kind": "adafactor", "beta2Decay": -0.8, "epsilon": 1e-3, "clip": 1.0, "weightDecay": 0.1},
    {**MUON, "adjust": "match-rms-adamw"},
    {**MUON, "adjust": "original", "nesterov": False, "iterations": 3},
]


class Written(torch.optim.Optimizer):
    """An optimizer that PyTorch lacks: one function of its paper, float64."""

    def __init__(self, groups, update):
        super().__init__(groups, {"lr": 1.0, "weight_decay": 0.0})
        self.update = update

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                state["step"] = state.get("step", 0) + 1
                self.update(p, p.grad, state, group["lr"], group["weight_decay"])


def lion(job):
    """Chen et al. 2023, algorithm 2."""

    def update(p, g, state, lr, decay):
        m = state.setdefault("m", torch.zeros_like(p))
        direction = torch.sign(job["beta1"] * m + (1 - job["beta1"]) * g)
        p -= lr * (direction + decay * p)
        m.mul_(job["beta2"]).add_(g, alpha=1 - job["beta2"])

    return update


def lamb(job):
    """You et al. 2020, algorithm 2, the scaling function being the identity."""

    def update(p, g, state, lr, decay):
        m = state.setdefault("m", torch.zeros_like(p))
        v = state.setdefault("v", torch.zeros_like(p))
        m.mul_(job["beta1"]).add_(g, alpha=1 - job["beta1"])
        v.mul_(job["beta2"]).add_(g * g, alpha=1 - job["beta2"])
        r = m / (1 - job["beta1"] ** state["step"])
        r = r / ((v / (1 - job["beta2"] ** state["step"])).sqrt() + job["epsilon"]) + decay * p
        trust = p.norm() / r.norm() if p.norm() > 0 and r.norm() > 0 else 1.0
        p -= lr * trust * r

    return update


def muon(job):
    """torch.optim.Muon, which runs its iteration in bfloat16, in the type of the parameters."""

    def update(p, g, state, lr, decay):
        m = state.setdefault("m", torch.zeros_like(p))
        m.lerp_(g, 1 - job["momentum"])
        x = g.lerp(m, job["momentum"]) if job["nesterov"] else m.clone()
        tall = x.size(0) > x.size(1)
        x = x.T if tall else x
        x = x / x.norm().clamp(min=1e-7)
        for _ in range(job["iterations"]):
            gram = x @ x.T
            x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
        x = x.T if tall else x
        rows, columns = p.shape
        original = math.sqrt(max(1, rows / columns))
        p.mul_(1 - lr * decay)
        p -= lr * (original if job["adjust"] == "original" else 0.2 * math.sqrt(max(rows, columns))) * x

    return update


def make(job, parameters):
    """A list of optimizers that share the parameters; decay for tensors of two dimensions and more."""
    decay = job["weightDecay"]
    matrices = {name for name, shape in SHAPES.items() if len(shape) == 2}

    def groups(names):
        return [
            {"params": [parameters[name]], "weight_decay": decay if len(SHAPES[name]) > 1 else 0.0}
            for name in SHAPES
            if name in names
        ]

    every = groups(SHAPES)
    optim = torch.optim
    betas = {"betas": (job["beta1"], job["beta2"])} if "beta1" in job else {}
    match job["kind"]:
        case "sgd":
            return [optim.SGD(every, lr=1.0, momentum=job["momentum"], nesterov=job["nesterov"])]
        case "rmsprop":
            return [
                optim.RMSprop(every, lr=1.0, alpha=job["decay"], eps=job["epsilon"], momentum=job["momentum"])
            ]
        case "adagrad":
            return [optim.Adagrad(every, lr=1.0, eps=job["epsilon"])]
        case "adadelta":
            return [optim.Adadelta(every, lr=1.0, rho=job["decay"], eps=job["epsilon"])]
        case "nadam":
            return [
                optim.NAdam(every, lr=1.0, eps=job["epsilon"], momentum_decay=job["momentumDecay"], **betas)
            ]
        case "adafactor":
            # eps1 as it is for float32 parameters.
            eps = (torch.finfo(torch.float32).eps, job["epsilon"])
            return [optim.Adafactor(every, lr=1.0, beta2_decay=job["beta2Decay"], eps=eps, d=job["clip"])]
        case "lion":
            return [Written(every, lion(job))]
        case "lamb":
            return [Written(every, lamb(job))]
        case "muon":
            rest = groups(set(SHAPES) - matrices)
            return [
                Written(groups(matrices), muon(job)),
                optim.AdamW(rest, lr=1.0, eps=job["epsilon"], **betas),
            ]
    kinds = {"adam": optim.Adam, "adamw": optim.AdamW, "adamax": optim.Adamax, "radam": optim.RAdam}
    return [kinds[job["kind"]](every, lr=1.0, eps=job["epsilon"], **betas)]


def same_as_muon():
    """torch.optim.Muon itself agrees with `muon` to bfloat16's precision."""
    ours, theirs = (torch.nn.Parameter(torch.tensor(WEIGHT, dtype=torch.float64)) for _ in range(2))
    written = Written([{"params": [ours], "weight_decay": 0.1}], muon({**MUON, "adjust": "original"}))
    reference = torch.optim.Muon([theirs], lr=1.0, weight_decay=0.1)
    for optimizer, parameter in ((written, ours), (reference, theirs)):
        for gradient in GRADIENTS[:3]:
            optimizer.param_groups[0]["lr"] = 0.02
            parameter.grad = torch.tensor(gradient["weight"], dtype=torch.float64)
            optimizer.step()
    assert torch.allclose(ours, theirs, atol=3e-3), (ours, theirs)


def trajectory(job):
    parameters = {
        name: torch.nn.Parameter(torch.tensor(value, dtype=torch.float64))
        for name, value in (("weight", WEIGHT), ("bias", BIAS), ("tall", TALL), ("stack", STACK))
    }
    optimizers = make(job, parameters)
    steps = []
    for rate, gradient in zip(RATES, GRADIENTS):
        for name, parameter in parameters.items():
            parameter.grad = torch.tensor(gradient[name], dtype=torch.float64)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
        steps.append({name: flat(parameter) for name, parameter in parameters.items()})
    return {"job": job, "steps": steps}


def flat(values):
    """Nine significant digits: more than float32 holds."""
    tensor = values.detach() if isinstance(values, torch.Tensor) else torch.tensor(values, dtype=torch.float64)
    return [float(f"{value:.9g}") for value in tensor.flatten().tolist()]


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
    same_as_muon()
    data = {
        "torch": torch.__version__,
        "rates": RATES,
        **{name: flat(value) for name, value in (("weight", WEIGHT), ("bias", BIAS), ("tall", TALL), ("stack", STACK))},
        "gradients": [{name: flat(value) for name, value in g.items()} for g in GRADIENTS],
        "trajectories": [trajectory(job) for job in JOBS],
        "clipping": clipping(),
    }
    path = pathlib.Path(__file__).with_name("optimizers.json")
    path.write_text(json.dumps(data, separators=(",", ":")) + "\n")
