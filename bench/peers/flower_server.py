"""A Flower server with FedAvg, and clients that answer at once: what the server and the wire cost.

`flower_server.py FLOATS CLIENTS ROUNDS`: the server's process (`start_server`: gRPC, one bidirectional stream a client).
Flower calls it deprecated in favour of its SuperLink, but it is by far the quicker one: of a SuperLink both the app on
the server and the clients ask for news every three seconds (1.42: `http_grid.py`, `start_client_internal.py`), so a
round takes that long, whatever is in it. It starts two processes of clients (`flower_clients.py`) on loopback, and prints one JSON line: the
version, the milliseconds from the start of one round to the start of the next and the processor time of this process
in each, bytes of parameters in a round, and the largest resident memory in bytes.
"""

import json
import os
import resource
import socket
import subprocess
import sys
import time

os.environ["FLWR_TELEMETRY_ENABLED"] = "0"

import flwr  # noqa: E402
import numpy as np  # noqa: E402
from flwr.common import ndarrays_to_parameters  # noqa: E402
from flwr.server import ServerConfig, start_server  # noqa: E402
from flwr.server.strategy import FedAvg  # noqa: E402

CLIENT_PROCESSES = 2


class Timed(FedAvg):
    """FedAvg, which also notes when each round begins."""

    def __init__(self, **options):
        super().__init__(**options)
        self.marks = []

    def configure_fit(self, server_round, parameters, client_manager):
        if len(self.marks) == 0:
            client_manager.wait_for(self.min_available_clients)
        self.mark()
        return super().configure_fit(server_round, parameters, client_manager)

    def mark(self):
        self.marks.append((time.perf_counter(), time.process_time()))


def peak_memory():
    """The kernel's mark of this memory alone: `ru_maxrss` may be of the process that started this one."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def start_clients(port, floats, clients):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "flower_clients.py")
    first = (clients + 1) // CLIENT_PROCESSES
    shares = [share for share in (first, clients - first) if share > 0]
    arguments = [sys.executable, script, str(port), str(floats)]
    return [subprocess.Popen([*arguments, str(share)], stdout=sys.stderr) for share in shares]


def main():
    floats, clients, rounds = (int(argument) for argument in sys.argv[1:4])
    port = free_port()
    strategy = Timed(
        fraction_evaluate=0.0,
        min_fit_clients=clients,
        min_available_clients=clients,
        initial_parameters=ndarrays_to_parameters([np.zeros(floats, np.float32)]),
    )
    children = start_clients(port, floats, clients)
    try:
        start_server(
            server_address=f"127.0.0.1:{port}",
            config=ServerConfig(num_rounds=rounds),
            strategy=strategy,
        )
        strategy.mark()
    finally:
        for child in children:
            child.kill()
            child.wait()
    pairs = list(zip(strategy.marks, strategy.marks[1:]))
    # The last mark is after the server has closed its connections: no round of its own.
    pairs = pairs[:-1]
    print(
        json.dumps(
            {
                "version": flwr.__version__,
                "rounds": [(after[0] - before[0]) * 1e3 for before, after in pairs],
                "cpu": [(after[1] - before[1]) * 1e3 for before, after in pairs],
                "bytesPerRound": 2 * 4 * floats * clients,
                "peakMemory": peak_memory(),
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
