"""PyTorch's training step (forward, backward, Adam), on request: `torch_step.py mlp|cnn [threads]`.

Answers each line `N` on standard input with the times of N steps in milliseconds, as JSON; the first line says the
version. Adam runs as PyTorch's fastest form for the CPU (`fused`) where the version has it.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

kind, threads = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2
torch.set_num_threads(threads)
torch.manual_seed(7)
BATCH = 64

if kind == "mlp":
    model = nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10)
    )
    x = torch.rand(BATCH, 784)
else:
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip
    x = torch.rand(BATCH, 1, 28, 28)
y = torch.randint(0, 10, (BATCH,))

try:
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)
    form = "fused"
except (TypeError, RuntimeError):
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, foreach=True)
    form = "foreach"


def step():
    optimizer.zero_grad(set_to_none=True)
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    return loss


for _ in range(5):
    step()
print(json.dumps({"version": torch.__version__, "form": form}), flush=True)
for line in sys.stdin:
    times = []
    for _ in range(int(line)):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    print(json.dumps(times), flush=True)
