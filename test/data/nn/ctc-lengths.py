"""Stored values of PyTorch's CTC loss in float64 for rows of several lengths, for test/unit/nn/blank-padding.test.ts.

Run: python3 test/data/nn/ctc-lengths.py > test/data/nn/ctc-lengths.json   (made with PyTorch 2.x)

Each case: logits [batch, steps, outputs], zeros behind the length of each row; labels, -1 behind their ends; the mean over the rows
of loss / symbols of the label, and its gradient by the logits.
"""

import json

import torch
import torch.nn.functional as F

torch.manual_seed(6)
double = torch.float64
cases = []


def case(name, lengths, labels, steps=None, outputs=5, blank=0, scale=1.0):
    steps = steps or max(lengths)
    # Inputs are float32 values, so that both sides start from the same numbers.
    logits = (torch.randn(len(labels), steps, outputs, dtype=double) * scale).to(torch.float32).to(double)
    for row, length in enumerate(lengths):
        logits[row, length:] = 0
    logits.requires_grad_(True)
    places = max(len(label) for label in labels)
    numbers = [output for output in range(outputs) if output != blank]
    value = F.ctc_loss(
        logits.log_softmax(-1).transpose(0, 1),
        torch.tensor([numbers[symbol] for label in labels for symbol in label]),
        torch.tensor(lengths),
        torch.tensor([len(label) for label in labels]),
        blank=blank,
        reduction="mean",
        zero_infinity=True,
    )
    value.backward()
    cases.append(
        {
            "name": name,
            "blank": blank,
            "dims": list(logits.shape),
            "logits": logits.detach().flatten().tolist(),
            "places": places,
            "labels": [symbol for label in labels for symbol in label + [-1] * (places - len(label))],
            "mean": value.item(),
            "gradient": logits.grad.flatten().tolist(),
        }
    )


case("rows of several lengths", [6, 4, 5], [[0, 1, 2], [3], [2, 0]])
case("an odd number of steps", [3, 7, 2], [[0, 1], [3, 3, 1], [2]])
case("all shorter than there are steps", [3, 2, 4], [[0, 1], [3], [2, 1]], steps=8)
case("the blank last", [5, 6, 3], [[0, 1, 2], [3], [2, 0]], blank=4)
case("lengths that are just enough", [5, 3, 1], [[1, 1, 1], [0, 1, 2], [3]])
case("a row too short for its label", [6, 2, 2], [[0, 1], [0, 1, 2], [1, 1]])
case("a row that is padding all over", [4, 0], [[0, 1], [2]])
case("logits in the hundreds", [9, 5, 7], [[0, 1, 2], [3], [2, 0]], scale=120.0)
case("many steps", [41, 20, 33], [[6, 5, 4, 3, 2, 1, 0, 0], [7, 7, 7, 8], [1, 2, 3, 4, 5]], outputs=10, blank=9)

print(json.dumps(cases))
