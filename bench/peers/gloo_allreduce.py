"""What data-parallel PyTorch does beyond computing: an all-reduce over gloo between two processes on loopback.

`gloo_allreduce.py FLOATS f32|f16 ITERATIONS`: one thread each, buckets of 25 MiB as DistributedDataParallel makes
them. Prints one JSON line: the version, and the times in milliseconds as the first process sees them.
"""

import json
import os
import socket
import sys
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

BUCKET_BYTES = 25 * 2**20


def work(rank, port, floats, codec, iterations):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=2)
    gradient = torch.ones(floats, dtype=torch.float16 if codec == "f16" else torch.float32)
    buckets = gradient.split(BUCKET_BYTES // gradient.element_size())
    times = []
    for iteration in range(iterations + 3):
        gradient.fill_(1)
        dist.barrier()
        start = time.perf_counter()
        for pending in [dist.all_reduce(bucket, async_op=True) for bucket in buckets]:
            pending.wait()
        gradient /= 2
        if iteration >= 3:
            times.append((time.perf_counter() - start) * 1e3)
    if rank == 0:
        print(json.dumps({"version": torch.__version__, "times": times}), flush=True)
    dist.destroy_process_group()


if __name__ == "__main__":
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.spawn(work, (port, int(sys.argv[1]), sys.argv[2], int(sys.argv[3])), nprocs=2)
