"""Clients of a Flower server that take no time: `flower_clients.py PORT FLOATS CLIENTS`.

Each has a connection of its own, reads the weights that come, and answers every one with the same update, which was
encoded once: what a client of Flower's does beside that, decoding and training, is not the server's cost. They speak
Flower's own messages (`flwr.proto`).
"""

import queue
import sys
import threading

import grpc
import numpy as np
from flwr.common import ndarrays_to_parameters
from flwr.proto.transport_pb2 import ClientMessage, Code, Parameters, Status

#: As Flower's own clients have it.
MESSAGE_BYTES = 536_870_912


def encoded_update(floats):
    arrays = [np.random.default_rng(7).standard_normal(floats, np.float32) * np.float32(1e-3)]
    parameters = ndarrays_to_parameters(arrays)
    return ClientMessage(
        fit_res=ClientMessage.FitRes(
            status=Status(code=Code.OK),
            parameters=Parameters(tensors=parameters.tensors, tensor_type=parameters.tensor_type),
            num_examples=1,
        )
    ).SerializeToString()


def take_part(port, update):
    options = [
        ("grpc.max_send_message_length", MESSAGE_BYTES),
        ("grpc.max_receive_message_length", MESSAGE_BYTES),
        # Else channels to one address share a connection.
        ("grpc.use_local_subchannel_pool", 1),
    ]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        grpc.channel_ready_future(channel).result(timeout=60)
        answers = queue.Queue()
        join = channel.stream_stream(
            "/flwr.proto.FlowerService/Join",
            request_serializer=lambda message: message,
            response_deserializer=lambda message: len(message),
        )
        try:
            for _ in join(iter(answers.get, None), wait_for_ready=True):
                answers.put(update)
        except grpc.RpcError:
            # The server has ended, in the middle of the stream: that is how it says goodbye.
            pass
        finally:
            answers.put(None)


def main():
    port, floats, clients = (int(argument) for argument in sys.argv[1:4])
    update = encoded_update(floats)
    threads = [threading.Thread(target=take_part, args=(port, update)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
