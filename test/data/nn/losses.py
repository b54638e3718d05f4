"""Stored values of PyTorch's losses in float64, for test/unit/nn/losses.test.ts.

Run: python3 test/data/nn/losses.py > test/data/nn/losses.json   (made with PyTorch 2.x)

Each case: the loss job, the model's output, the target, PyTorch's mean-reduced loss and its gradient.
"""

import json

import torch
import torch.nn.functional as F

torch.manual_seed(3)
double = torch.float64
cases = []


def case(name, job, output, target, loss):
    output = output.detach().clone().requires_grad_(True)
    value = loss(output)
    value.backward()
    cases.append(
        {
            "name": name,
            "job": job,
            "outputDims": list(output.shape),
            "output": output.detach().flatten().tolist(),
            "target": target.flatten().tolist(),
            "mean": value.item(),
            "gradient": output.grad.flatten().tolist(),
        }
    )


# Inputs are float32 values, so that both sides start from the same numbers.
def rounded(tensor):
    return tensor.to(torch.float32).to(double)


logits = rounded(torch.randn(6, 4, dtype=double) * 3)
classes = torch.tensor([0, 3, 1, 1, 2, 3])
weights = [0.5, 1.0, 2.0, 3.0]
for name, weight, smoothing, ignore, values in [
    ("cross-entropy", None, 0.0, None, logits),
    ("cross-entropy, class weights", weights, 0.0, None, logits),
    ("cross-entropy, label smoothing", None, 0.1, None, logits),
    ("cross-entropy, ignored class", None, 0.0, 1, logits),
    ("cross-entropy, ignored index outside of the classes", None, 0.2, -100, logits),
    ("cross-entropy, all options", weights, 0.1, 1, logits),
    ("cross-entropy, logits in the hundreds", None, 0.0, None, rounded(logits * 60)),
    ("cross-entropy, equal logits", None, 0.0, None, torch.zeros(6, 4, dtype=double)),
]:
    job = {"kind": "cross-entropy", "labelSmoothing": smoothing}
    if weight is not None:
        job["weights"] = weight
    target = classes.clone()
    if ignore is not None:
        job["ignore"] = ignore
        if ignore < 0:
            target[2] = ignore
    kwargs = {"label_smoothing": smoothing, "ignore_index": -100 if ignore is None else ignore}
    if weight is not None:
        kwargs["weight"] = torch.tensor(weight, dtype=double)
    case(name, job, values, target, lambda x: F.cross_entropy(x, target, **kwargs))

yes = torch.tensor([1, 0, 0, 1, 1], dtype=double)
scores = rounded(torch.tensor([[0.0], [0.0], [-2.5], [1.25], [-0.5]], dtype=double))
for name, positive, values in [
    ("binary, also at zero", None, scores),
    ("binary, positive weight", 2.5, scores),
    ("binary, scores in the hundreds", None, rounded(torch.tensor([[-300.0], [300.0], [-120.0], [90.0], [5.0]], dtype=double))),
]:
    job = {"kind": "binary-cross-entropy"}
    if positive is not None:
        job["positiveWeight"] = positive
    weight = None if positive is None else torch.tensor([positive], dtype=double)
    case(
        name,
        job,
        values,
        yes,
        lambda x: F.binary_cross_entropy_with_logits(x.squeeze(1), yes, pos_weight=weight),
    )

numbers = rounded(torch.randn(5, 1, dtype=double) * 2)
wanted = rounded(torch.randn(5, dtype=double))
case("mse", {"kind": "mse"}, numbers, wanted, lambda x: F.mse_loss(x.squeeze(1), wanted))
case("mae", {"kind": "mae"}, numbers, wanted, lambda x: F.l1_loss(x.squeeze(1), wanted))
for delta in (0.5, 1.5):
    case(
        f"huber, delta {delta}",
        {"kind": "huber", "delta": delta},
        numbers,
        wanted,
        lambda x: F.huber_loss(x.squeeze(1), wanted, delta=delta),
    )

print(json.dumps(cases))
