"""Writes schedules.json: learning rates of torch.optim.lr_scheduler, as the oracle of shared/nn/schedules.

python test/data/schedules/generate.py   (PyTorch 2.15; values are stored, tests need no Python)

Each row: the job, the base rate, the number of steps, the rate of every step. Of a plateau: the value of every evaluation, and
the rate after it.
"""

import json
import pathlib

import torch
from torch.optim import lr_scheduler as schedulers


def optimizer(base):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)


def rates(job, base, total, make):
    sgd = optimizer(base)
    scheduler = make(sgd)
    values = []
    for _ in range(total):
        values.append(sgd.param_groups[0]["lr"])
        sgd.step()
        if len(values) < total:
            scheduler.step()
    return {"job": job, "base": base, "total": total, "rates": values}


def plateau(options, values, base=0.1):
    job = {"kind": "plateau", "warmup": 0, **options}
    sgd = optimizer(base)
    scheduler = schedulers.ReduceLROnPlateau(
        sgd,
        mode="max" if options["metric"] == "accuracy" else "min",
        factor=options["factor"],
        patience=options["patience"],
        threshold=options["threshold"],
        cooldown=options["cooldown"],
        min_lr=options["minimum"],
    )
    after = []
    for value in values:
        scheduler.step(value)
        after.append(sgd.param_groups[0]["lr"])
    return {"job": job, "base": base, "values": values, "rates": after}


ONE = {"kind": "one-cycle", "warmup": 0, "rise": 0.3, "startDivisor": 25.0, "endDivisor": 1e4, "shape": "cosine"}


def one_cycle(job, total):
    return rates(
        job,
        0.4,
        total,
        lambda sgd: schedulers.OneCycleLR(
            sgd,
            max_lr=0.4,
            total_steps=total,
            pct_start=job["rise"],
            anneal_strategy="cos" if job["shape"] == "cosine" else "linear",
            div_factor=job["startDivisor"],
            final_div_factor=job["endDivisor"],
        ),
    )


FALLING = [1.0, 0.8, 0.7, 0.69999, 0.7, 0.71, 0.72, 0.6, 0.61, 0.62, 0.63, 0.64, 0.65, 0.66, 0.67, 0.68, 0.69, 0.7, 0.5]
PLATEAU = {"metric": "loss", "factor": 0.5, "patience": 2, "threshold": 1e-4, "cooldown": 0, "minimum": 0.0}
rows = [
    rates({"kind": "cosine", "warmup": 0, "minimum": 0.01}, 0.1, 12, lambda s: schedulers.CosineAnnealingLR(s, 11, 0.01)),
    rates({"kind": "step", "warmup": 0, "every": 3, "factor": 0.5}, 0.1, 12, lambda s: schedulers.StepLR(s, 3, 0.5)),
    rates({"kind": "linear", "warmup": 0, "minimum": 0.02}, 0.1, 12, lambda s: schedulers.LinearLR(s, 1.0, 0.2, 11)),
    rates(
        {"kind": "polynomial", "warmup": 0, "minimum": 0, "power": 2},
        0.1,
        12,
        lambda s: schedulers.PolynomialLR(s, 11, 2),
    ),
    rates({"kind": "exponential", "warmup": 0, "factor": 0.9, "every": 1}, 0.1, 12, lambda s: schedulers.ExponentialLR(s, 0.9)),
    one_cycle(ONE, 20),
    one_cycle({**ONE, "shape": "linear", "rise": 0.5, "startDivisor": 10.0, "endDivisor": 100.0}, 17),
]
plateaus = [
    plateau(PLATEAU, FALLING),
    plateau({**PLATEAU, "cooldown": 2, "threshold": 0.05, "minimum": 0.02}, FALLING),
    plateau({**PLATEAU, "metric": "accuracy", "patience": 0}, [0.5, 0.6, 0.6, 0.7, 0.65, 0.8]),
]
path = pathlib.Path(__file__).with_name("schedules.json")
path.write_text(json.dumps({"torch": torch.__version__, "rows": rows, "plateaus": plateaus}) + "\n")
