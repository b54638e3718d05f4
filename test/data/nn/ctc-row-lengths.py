"""Stored values of PyTorch in float64 for models whose rows say how long they are, for test/unit/nn/row-lengths.test.ts.

Run: python3 test/data/nn/ctc-row-lengths.py > test/data/nn/ctc-row-lengths.json   (made with PyTorch 2.x)

A recurrent network in both directions over packed sequences, a linear layer, and CTC loss with `input_lengths`: features [batch,
places, numbers], noise behind the length of each row; the mean over the rows of loss / symbols of the label, and its gradient by
every parameter. Parameters are named and laid out as this project's layers have them.
"""

import json

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(8)
torch.set_default_dtype(torch.float64)
cases = []


def numbers(value):
    return {"dims": list(value.shape), "values": value.flatten().tolist()}


def case(name, lengths, labels, places, outputs=4, blank=0, every=1, recurrent=True):
    """every: places of one step."""
    features = torch.randn(len(lengths), places, 2).float().double()
    steps = torch.tensor([-(-length // every) for length in lengths])
    rnn = nn.RNN(2 * every, 3, batch_first=True, bidirectional=True)
    linear = nn.Linear(6 if recurrent else 2 * every, outputs)
    for parameter in [*rnn.parameters(), *linear.parameters()]:
        parameter.data = parameter.data.float().double()
    sequence = features.reshape(len(lengths), places // every, 2 * every)
    packed = nn.utils.rnn.pack_padded_sequence(sequence, steps, batch_first=True, enforce_sorted=False)
    states, _ = nn.utils.rnn.pad_packed_sequence(rnn(packed)[0], batch_first=True, total_length=places // every)
    logits = linear(states if recurrent else sequence)
    symbols = [output for output in range(outputs) if output != blank]
    loss = F.ctc_loss(
        logits.log_softmax(-1).transpose(0, 1),
        torch.tensor([symbols[symbol] for label in labels for symbol in label]),
        steps,
        torch.tensor([len(label) for label in labels]),
        blank=blank,
        reduction="mean",
        zero_infinity=True,
    )
    loss.backward()

    def of(read):
        both = lambda name: torch.stack([read(getattr(rnn, name)), read(getattr(rnn, name + "_reverse"))])
        dense = {"dense1.weight": read(linear.weight), "dense1.bias": read(linear.bias)}
        if not recurrent:
            return dense
        return {
            **dense,
            "rnn1.weight_ih_l0": both("weight_ih_l0"),
            "rnn1.weight_hh_l0": both("weight_hh_l0"),
            "rnn1.bias_l0": torch.cat([both("bias_ih_l0"), both("bias_hh_l0")], 1),
        }

    longest = max(len(label) for label in labels)
    cases.append(
        {
            "name": name,
            "blank": blank,
            "every": every,
            "recurrent": recurrent,
            "features": numbers(features),
            "lengths": lengths,
            "places": longest,
            "labels": [symbol for label in labels for symbol in label + [-1] * (longest - len(label))],
            "outputs": outputs,
            "parameters": {key: numbers(value) for key, value in of(lambda p: p.detach()).items()},
            "gradients": {key: value.flatten().tolist() for key, value in of(lambda p: p.grad).items()},
            "mean": loss.item(),
        }
    )


case("rows of several lengths", [6, 3, 4], [[0, 1], [2], [1, 1]], places=6)
case("two places at a step, the blank last", [8, 3, 5, 7], [[0, 1, 2], [2], [1, 0], [2, 2]], places=8, blank=3, every=2)
case("a row whose steps are too few for its label", [5, 2], [[0, 2], [1, 1]], places=5)
case("without a recurrent network", [4, 2], [[0, 1], [2]], places=4, recurrent=False)

print(json.dumps(cases))
