"""PyTorch's training step (forward, backward, Adam), on request: `torch_step.py MODEL THREADS eager|compile`.

Answers each line `N` on standard input with the times of N steps in milliseconds, as JSON, and the line `memory` with
the largest resident memory in bytes; the first line says the version. Adam runs as PyTorch's fastest form for the CPU
(`fused`) where the version has it.
"""

import json
import resource
import sys
import time

import torch
import torch.nn.functional as F

from torch_models import make

kind, threads, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3]
torch.set_num_threads(threads)
torch.manual_seed(7)
model, x, y = make(kind)
parameters = list(model.parameters())
try:
    optimizer = torch.optim.Adam(parameters, 1e-3, fused=True)
    form = "fused"
except (TypeError, RuntimeError):
    optimizer = torch.optim.Adam(parameters, 1e-3, foreach=True)
    form = "foreach"
forward = torch.compile(model) if mode == "compile" else model


def step():
    optimizer.zero_grad(set_to_none=True)
    loss = F.cross_entropy(forward(x), y)
    loss.backward()
    optimizer.step()
    return loss


start = time.perf_counter()
step()
first = time.perf_counter() - start
for _ in range(4):
    step()
print(json.dumps({"version": torch.__version__, "form": form, "first": first}), flush=True)
for line in sys.stdin:
    if line.strip() == "memory":
        print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024), flush=True)
        continue
    times = []
    for _ in range(int(line)):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    print(json.dumps(times), flush=True)
