"""Stored values of PyTorch's CTC loss in float64 for rows of several lengths, for test/unit/nn/blank-padding.test.ts.

Run: python3 test/data/nn/ctc-lengths.py > test/data/nn/ctc-lengths.json   (made with PyTorch 2.x)

Each case: logits [batch, steps, outputs], zeros behind the length of each row; labels, -1 behind their ends; the mean over the rows
of loss / symbols of the label, and its gradient by the logits.
"""

import json

import torch
from ctc_values import values

torch.manual_seed(6)
cases = []


def case(name, lengths, labels, steps=None, outputs=5, blank=0, scale=1.0):
    found = values(lengths, steps or max(lengths), labels, outputs, blank, scale)
    cases.append({"name": name, "blank": blank, **found})


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
