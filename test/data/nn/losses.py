"""Stored values of PyTorch's losses in float64, for test/unit/nn/losses.test.ts.

Run: python3 test/data/nn/losses.py > test/data/nn/losses.json   (made with PyTorch 2.x)

Each case: the loss job, the model's output, the target, PyTorch's mean-reduced loss and its gradient.
"""

import json
import math

import torch
import torch.nn.functional as F
from torchvision.ops import sigmoid_focal_loss

torch.manual_seed(3)
double = torch.float64
cases = []


def case(name, job, output, target, loss, spec=None):
    output = output.detach().clone().requires_grad_(True)
    value = loss(output)
    value.backward()
    cases.append(
        {
            "name": name,
            "job": job,
            "spec": spec or SPECS.get(job["kind"], {"kind": "number"}),
            "targetDims": list(target.shape),
            "outputDims": list(output.shape),
            "output": output.detach().flatten().tolist(),
            "target": target.flatten().tolist(),
            "mean": value.item(),
            "gradient": output.grad.flatten().tolist(),
        }
    )


FOUR = {"kind": "class", "classes": ["0", "1", "2", "3"]}
BINARY = {"kind": "binary", "classes": ["no", "yes"]}
SPECS = {"cross-entropy": FOUR, "binary-cross-entropy": BINARY}


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

for gamma, alpha in ((2.0, None), (0.5, None), (1.5, [0.5, 1.0, 2.0, 3.0])):
    job = {"kind": "focal", "gamma": gamma}
    if alpha is not None:
        job["weights"] = alpha

    def focal(x):
        log_p = F.log_softmax(x, 1).gather(1, classes[:, None]).squeeze(1)
        weight = 1.0 if alpha is None else torch.tensor(alpha, dtype=double)[classes]
        return (-weight * (1 - log_p.exp()) ** gamma * log_p).mean()

    case(f"focal, gamma {gamma}, weights {alpha}", job, logits, classes, focal, FOUR)

case(
    "focal, binary as torchvision's, alpha 0.25",
    {"kind": "focal", "gamma": 2.0, "weights": [0.75, 0.25]},
    scores,
    yes,
    lambda x: sigmoid_focal_loss(x.squeeze(1), yes, alpha=0.25, gamma=2.0, reduction="mean"),
    BINARY,
)
case(
    "focal, binary without weights",
    {"kind": "focal", "gamma": 3.0},
    scores,
    yes,
    lambda x: sigmoid_focal_loss(x.squeeze(1), yes, alpha=-1, gamma=3.0, reduction="mean"),
    BINARY,
)

# Masks: two examples of three positions.
mask_logits, mask = logits.reshape(2, 3, 4), classes.reshape(2, 3)
MASKS = {**FOUR, "dims": [3]}


def overlaps(x, smooth, of):
    p, t = x.softmax(-1), F.one_hot(mask, 4).to(double)
    both, either = (p * t).sum(1), (p + t).sum(1)
    return (1 - of(both, either, smooth)).mean()


for smooth in (1.0, 0.1):
    case(
        f"dice, smooth {smooth}",
        {"kind": "dice", "smooth": smooth},
        mask_logits,
        mask,
        lambda x: overlaps(x, smooth, lambda both, either, s: (2 * both + s) / (either + s)),
        MASKS,
    )
    case(
        f"iou, smooth {smooth}",
        {"kind": "iou", "smooth": smooth},
        mask_logits,
        mask,
        lambda x: overlaps(x, smooth, lambda both, either, s: (both + s) / (either - both + s)),
        MASKS,
    )
case(
    "cross-entropy of positions",
    {"kind": "cross-entropy", "labelSmoothing": 0.0},
    mask_logits,
    mask,
    lambda x: F.cross_entropy(x.transpose(1, 2), mask),
    MASKS,
)

for margin, power in ((1.0, 1), (0.7, 2)):
    job = {"kind": "hinge", "margin": margin, "squared": power == 2}
    case(
        f"hinge of classes, power {power}",
        job,
        logits,
        classes,
        lambda x: F.multi_margin_loss(x, classes, p=power, margin=margin),
        FOUR,
    )
    case(
        f"hinge, binary, power {power}",
        job,
        scores,
        yes,
        lambda x: (margin - (2 * yes - 1) * x.squeeze(1)).clamp(min=0).pow(power).mean(),
        BINARY,
    )

counts = torch.tensor([0, 1, 4, 2, 7], dtype=double)
case("poisson", {"kind": "poisson"}, numbers, counts, lambda x: F.poisson_nll_loss(x.squeeze(1), counts))
for q in (0.5, 0.9):

    def pinball(x):
        gap = wanted - x.squeeze(1)
        return torch.maximum(q * gap, (q - 1) * gap).mean()

    case(f"quantile {q}", {"kind": "quantile", "quantile": q}, numbers, wanted, pinball)
for scale in (1, 200):
    far = rounded(numbers * scale)
    case(
        f"log-cosh, errors times {scale}",
        {"kind": "log-cosh"},
        far,
        wanted,
        lambda x: (lambda d: (d.abs() + F.softplus(-2 * d.abs()) - math.log(2)).mean())(x.squeeze(1) - wanted),
    )

VECTORS = {"kind": "number", "dims": [3]}
vectors, other = rounded(torch.randn(5, 3, dtype=double)), rounded(torch.randn(5, 3, dtype=double))
shares = rounded(torch.tensor([[0.5, 0.25, 0.25], [1, 0, 0], [0.125, 0.125, 0.75], [0, 0.5, 0.5], [0.25, 0.25, 0.5]]).to(double))
case(
    "kl-divergence, also of zero probability",
    {"kind": "kl-divergence"},
    vectors,
    shares,
    lambda x: F.kl_div(F.log_softmax(x, 1), shares, reduction="batchmean"),
    VECTORS,
)
case("mse of vectors", {"kind": "mse"}, vectors, other, lambda x: F.mse_loss(x, other), VECTORS)
case(
    "cosine",
    {"kind": "cosine"},
    vectors,
    other,
    lambda x: F.cosine_embedding_loss(x, other, torch.ones(5, dtype=double)),
    VECTORS,
)
case(
    "cosine of rows at positions",
    {"kind": "cosine"},
    rounded(torch.randn(2, 3, 4, dtype=double)),
    (rows := rounded(torch.randn(2, 3, 4, dtype=double))),
    lambda x: F.cosine_embedding_loss(x.reshape(6, 4), rows.reshape(6, 4), torch.ones(6, dtype=double)),
    {"kind": "number", "dims": [3, 4]},
)
for temperature in (0.07, 0.5):
    case(
        f"info-nce, temperature {temperature}",
        {"kind": "info-nce", "temperature": temperature},
        vectors,
        other,
        lambda x: F.cross_entropy(F.normalize(x) @ F.normalize(other).T / temperature, torch.arange(5)),
        VECTORS,
    )


def triplets(x, margin):
    """PyTorch's loss of every row against every other one's target."""
    pairs = [(i, j) for i in range(5) for j in range(5) if i != j]
    anchor, negative = (torch.tensor(index) for index in zip(*pairs))
    return F.triplet_margin_loss(x[anchor], other[anchor], other[negative], margin=margin)


for margin in (0.2, 1.0):
    case(
        f"triplet, margin {margin}",
        {"kind": "triplet", "margin": margin},
        vectors,
        other,
        lambda x: triplets(x, margin),
        VECTORS,
    )


mean, log_variance = rounded(torch.randn(4, 2, dtype=double)), rounded(torch.randn(4, 2, dtype=double))
seen = rounded(torch.rand(4, 3, dtype=double))
for reconstruction, given, loss, beta in [
    ("mse", rounded(torch.randn(4, 3, dtype=double)), F.mse_loss, 1.0),
    ("binary-cross-entropy", rounded(torch.rand(4, 3, dtype=double)), F.binary_cross_entropy, 0.3),
]:
    leaves = [value.clone().requires_grad_(True) for value in (given, mean, log_variance)]
    x, m, v = leaves
    value = (loss(x, seen, reduction="sum") - beta * 0.5 * (1 + v - m**2 - v.exp()).sum()) / 4
    value.backward()
    cases.append(
        {
            "name": f"variational, {reconstruction}, beta {beta}",
            "job": {"kind": "variational", "reconstruction": reconstruction, "beta": beta},
            "spec": VECTORS,
            "outputDims": [4, 3],
            "output": given.flatten().tolist(),
            "targetDims": [4, 3],
            "target": seen.flatten().tolist(),
            "latents": {"mean": mean.flatten().tolist(), "log_variance": log_variance.flatten().tolist()},
            "mean": value.item(),
            "gradient": [number for leaf in leaves for number in leaf.grad.flatten().tolist()],
        }
    )

print(json.dumps(cases))
