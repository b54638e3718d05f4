"""The model of bench/simulation/job.ts in PyTorch, and a Flower client that trains it, as Flower's quickstart does.

A module of its own, so that Ray's actors import it once, and keep the data, instead of getting it with every message.
"""

import functools
import json
import os

import numpy as np
import torch
import torch.nn.functional as F
from flwr.app import ArrayRecord, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from torch import nn

#: What the clients need to know; in the environment, which Ray's actors inherit.
SETTINGS = "TRIBUTARY_BENCH_SIMULATION"

# Two clients at once on two cores.
torch.set_num_threads(1)


@functools.cache
def settings():
    return json.loads(os.environ[SETTINGS])


@functools.cache
def data():
    """Images [rows, 1, 8, 8] and their classes."""
    table = np.fromfile(settings()["rows"], dtype="<f4").reshape(-1, 65)
    return torch.from_numpy(table[:, :64] / 16).view(-1, 1, 8, 8), torch.from_numpy(table[:, 64]).long()


@functools.cache
def partition():
    """Rows of each client, and rows that are held out."""
    with open(settings()["partition"]) as file:
        return json.load(file)


def make_model():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Linear(512, 106), nn.ReLU(), nn.Linear(106, 10),
    )  # fmt: skip


def accuracy(model):
    images, classes = data()
    rows = partition()["test"]
    with torch.no_grad():
        return (model(images[rows]).argmax(1) == classes[rows]).float().mean().item()


app = ClientApp()


@app.train()
def train(message, context):
    rows = torch.tensor(partition()["clients"][context.node_config["partition-id"]])
    images, classes = data()
    model = make_model()
    model.load_state_dict(message.content["arrays"].to_torch_state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=settings()["learningRate"])
    for _ in range(settings()["epochs"]):
        for batch in rows[torch.randperm(len(rows))].split(settings()["batch"]):
            optimizer.zero_grad()
            F.cross_entropy(model(images[batch]), classes[batch]).backward()
            optimizer.step()
    metrics = MetricRecord({"num-examples": len(rows)})
    content = RecordDict({"arrays": ArrayRecord(model.state_dict()), "metrics": metrics})
    return Message(content=content, reply_to=message)
