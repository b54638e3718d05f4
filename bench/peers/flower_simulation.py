"""Flower's simulation on its default backend (Ray) with PyTorch: FedAvg over clients with rows of the digits.

`flower_simulation.py SETTINGS` with JSON: `rows` and `partition` (files, see bench/simulation/peer-files.ts), `participants` a round, `rounds`, `warmUp`
rounds that are not measured, `epochs`, `batch`, `learningRate`. One processor for each client, so that as many clients
train at once as the machine has cores, each with one thread of PyTorch: Flower's default of two would run one at a
time. Nothing is evaluated but the last version, once.

Prints one JSON line: the versions, the milliseconds of each measured round, milliseconds of
processor time for an update, seconds from the start of this program to the first round, accuracy, parameters, and the largest memory of all its processes together in bytes (proportional set
size, so that what they share counts once), looked at between rounds.
"""

import json
import logging
import os
import sys
import time

STARTED = time.perf_counter()
os.environ["FLWR_TELEMETRY_ENABLED"] = "0"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import flower_digits  # noqa: E402

os.environ[flower_digits.SETTINGS] = sys.argv[1]

import flwr  # noqa: E402
import psutil  # noqa: E402
import ray  # noqa: E402
import torch  # noqa: E402
from flwr.app import ArrayRecord  # noqa: E402
from flwr.serverapp import ServerApp  # noqa: E402
from flwr.serverapp.strategy import FedAvg  # noqa: E402
from flwr.simulation import run_simulation  # noqa: E402

SETTINGS = flower_digits.settings()
MEMORY_EVERY = 10

server = ServerApp()
measured = {"rounds": [], "memory": 0}


def over_all_processes(value):
    """The sum over this process and all that it started; those that end meanwhile have none."""
    total = 0
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        try:
            total += value(process)
        except psutil.NoSuchProcess:
            continue
    return total


def memory():
    return over_all_processes(lambda process: process.memory_full_info().pss)


def processor():
    """Milliseconds of processor time so far."""
    return 1e3 * over_all_processes(lambda process: sum(process.cpu_times()[:2]))


class Timed(FedAvg):
    """FedAvg, which also notes how long each round takes."""

    began = None

    def configure_train(self, server_round, arrays, config, grid):
        if server_round == 1:
            # All clients are there when the first round begins.
            self.wait(grid)
            measured["start"] = time.perf_counter() - STARTED
        self.lap(server_round - 1)
        return super().configure_train(server_round, arrays, config, grid)

    def wait(self, grid):
        while len(list(grid.get_node_ids())) < self.min_available_nodes:
            time.sleep(0.05)

    def lap(self, ended):
        """Round number `ended` is over; what is done here is in no round."""
        if ended > SETTINGS["warmUp"]:
            measured["rounds"].append((time.perf_counter() - self.began) * 1e3)
        if ended == SETTINGS["warmUp"]:
            measured["processor"] = -processor()
        if ended == SETTINGS["rounds"]:
            updates = SETTINGS["participants"] * (ended - SETTINGS["warmUp"])
            measured["processor"] = (measured["processor"] + processor()) / updates
        if ended % MEMORY_EVERY == 0 or ended == SETTINGS["rounds"]:
            measured["memory"] = max(measured["memory"], memory())
        self.began = time.perf_counter()


@server.main()
def main(grid, context):
    clients = len(flower_digits.partition()["clients"])
    torch.manual_seed(7)
    model = flower_digits.make_model()
    strategy = Timed(
        # A little more than the share, so that rounding down gives the number.
        fraction_train=(SETTINGS["participants"] + 0.5) / clients,
        min_train_nodes=SETTINGS["participants"],
        min_available_nodes=clients,
        fraction_evaluate=0.0,
    )
    result = strategy.start(
        grid=grid, initial_arrays=ArrayRecord(model.state_dict()), num_rounds=SETTINGS["rounds"]
    )
    strategy.lap(SETTINGS["rounds"])
    model.load_state_dict(result.arrays.to_torch_state_dict())
    measured["accuracy"] = flower_digits.accuracy(model)
    measured["parameters"] = sum(parameter.numel() for parameter in model.parameters())


if __name__ == "__main__":
    # Standard output is for the result alone.
    out = os.dup(1)
    os.dup2(2, 1)
    logging.getLogger("flwr").setLevel(logging.WARNING)
    run_simulation(
        server_app=server,
        client_app=flower_digits.app,
        num_supernodes=len(flower_digits.partition()["clients"]),
        backend_config={
            "client_resources": {"num_cpus": 1, "num_gpus": 0.0},
            "init_args": {"num_cpus": os.cpu_count(), "logging_level": logging.WARNING},
        },
    )
    versions = {"version": flwr.__version__, "ray": ray.__version__, "torch": torch.__version__}
    os.write(out, (json.dumps({**versions, **measured}) + "\n").encode())
