"""Losses and gradients of two small networks in float64, and Fréchet distances, for test/unit/programs/gan.test.ts and
test/unit/nn/frechet.test.ts: /opt/pyoracle/bin/python test/data/nn/gan.py (PyTorch 2.15, SciPy) writes gan.json and
frechet.json beside it."""
import json
from pathlib import Path

import numpy as np
import scipy.linalg
import torch
import torch.nn.functional as F

HERE = Path(__file__).parent
BATCH, LATENT, PENALTY = 3, 4, 10.0
random = np.random.default_rng(11)


def short(values):
    return [float(f"{value:.8g}") for value in np.asarray(values, dtype=np.float64).reshape(-1)]


def draw(*shape, scale=1.0):
    # Float32 numbers: both sides compute with the same ones.
    return torch.tensor((random.standard_normal(shape) * scale).astype(np.float32).astype(np.float64))


def uniform(*shape):
    return torch.tensor((np.floor(random.random(shape) * 2**24) / 2**24))


weights = {
    "generator.dense1.weight": draw(64, LATENT, scale=0.5),
    "generator.dense1.bias": draw(64, scale=0.2),
    "discriminator.conv1.weight": draw(3, 1, 4, 4, scale=0.4),
    "discriminator.conv1.bias": draw(3, scale=0.1),
    "discriminator.dense1.weight": draw(1, 48, scale=0.4),
    "discriminator.dense1.bias": draw(1, scale=0.1),
}
features = torch.tensor(np.round(random.random((BATCH, 1, 8, 8)) * 16))
noise = uniform(BATCH, 2, LATENT)
share = uniform(BATCH, 1, 1, 1)


def generator(w, z):
    return torch.sigmoid(F.linear(z, w["generator.dense1.weight"], w["generator.dense1.bias"])).reshape(-1, 1, 8, 8)


def discriminator(w, x):
    x = F.conv2d(x, w["discriminator.conv1.weight"], w["discriminator.conv1.bias"], stride=2, padding=1)
    x = F.leaky_relu(x, 0.2).flatten(1)
    return F.linear(x, w["discriminator.dense1.weight"], w["discriminator.dense1.bias"])


def case(objective, penalty, phase):
    w = {name: value.clone().requires_grad_(name.startswith(phase)) for name, value in weights.items()}
    z = torch.sqrt(-2 * torch.log(1 - noise[:, 0])) * torch.cos(2 * torch.pi * noise[:, 1])
    real, fake = features / 16, generator(w, z)
    if phase == "generator":
        score = discriminator(w, fake)
        loss = -score.sum() if objective == "wasserstein" else F.softplus(-score).sum()
    else:
        a, b = discriminator(w, real), discriminator(w, fake)
        loss = (b - a).sum() if objective == "wasserstein" else (F.softplus(-a) + F.softplus(b)).sum()
        if penalty:
            between = (share * real + (1 - share) * fake).detach().requires_grad_(True)
            (slope,) = torch.autograd.grad(discriminator(w, between).sum(), between, create_graph=True)
            loss = loss + penalty * ((slope.flatten(1).norm(dim=1) - 1) ** 2).sum()
    loss.backward()
    gradients = {name: short(value.grad) for name, value in w.items() if value.grad is not None}
    return {"objective": objective, "penalty": penalty, "phase": phase, "loss": loss.item(), "gradients": gradients}


cases = [
    case("non-saturating", 0, "discriminator"),
    case("non-saturating", PENALTY, "discriminator"),
    case("wasserstein", 0, "discriminator"),
    case("wasserstein", PENALTY, "discriminator"),
    case("non-saturating", 0, "generator"),
    case("wasserstein", 0, "generator"),
]
stored = {
    "features": short(features),
    "noise": short(noise),
    "share": short(share),
    "weights": {name: {"dims": list(value.shape), "values": short(value)} for name, value in weights.items()},
    "cases": cases,
}
(HERE / "gan.json").write_text(json.dumps(stored) + "\n")


def frechet(one, other):
    a, b = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    root = scipy.linalg.sqrtm(a @ b)
    return float(((one.mean(0) - other.mean(0)) ** 2).sum() + np.trace(a + b - 2 * root.real))


def features_of(rows, size, rank):
    # Of less than full rank, as units that never fire make it.
    values = random.standard_normal((rows, rank)) @ random.standard_normal((rank, size)) + random.standard_normal(size)
    values[:, rank:] = 0
    return np.round(values, 4)


sets = []
for rows, size, rank in [(12, 3, 3), (40, 6, 6), (30, 8, 5), (5, 7, 7)]:
    one, other = features_of(rows, size, rank), features_of(rows, size, rank)
    sets.append({"size": size, "one": short(one), "other": short(other), "distance": frechet(one, other)})
(HERE / "frechet.json").write_text(json.dumps(sets) + "\n")
