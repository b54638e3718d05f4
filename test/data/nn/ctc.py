"""Stored values of PyTorch's CTC loss in float64, for test/unit/nn/losses.test.ts.

Run: python3 test/data/nn/ctc.py > test/data/nn/ctc.json   (made with PyTorch 2.x)

Each case is as in losses.py; the target has -1 behind the ends of labels, and the blank is anywhere among the outputs.
"""

import json

import torch
from ctc_values import values

torch.manual_seed(4)
cases = []


def case(name, steps, labels, outputs=5, blank=0, scale=1.0):
    found = values([steps] * len(labels), steps, labels, outputs, blank, scale)
    cases.append(
        {
            "name": f"ctc, {name}",
            "job": {"kind": "ctc", "blank": blank},
            "spec": {
                "kind": "symbols",
                "classes": [str(index) for index in range(outputs - 1)],
                "dims": [found["places"]],
                "steps": max(sum(1 + (a == b) for a, b in zip(label, [None, *label])) for label in labels),
            },
            "outputDims": found["dims"],
            "output": found["logits"],
            "targetDims": [len(labels), found["places"]],
            "target": found["labels"],
            "mean": found["mean"],
            "gradient": found["gradient"],
        }
    )


case("labels of several lengths", 6, [[0, 1, 2], [3], [2, 0]])
case("an odd number of steps", 7, [[0, 1, 2], [3], [2, 0]])
case("the blank last", 6, [[0, 1, 2], [3], [2, 0]], blank=4)
case("the blank in the middle", 5, [[3, 0], [1, 2], [2, 1]], blank=2)
case("the same symbol again", 8, [[1, 1, 1], [0, 0], [2, 3, 3]])
case("steps that are just enough", 5, [[1, 1, 1], [0, 1, 2], [3, 2, 3]])
case("one step", 1, [[2], [0]])
case("a label of no symbol", 4, [[], [1, 2]])
case("labels that do not fit into the steps", 4, [[1, 1, 1], [0, 1, 2, 3], [0, 1, 1, 0]])
case("logits in the hundreds", 9, [[0, 1, 2], [3], [2, 0]], scale=120.0)
case("many steps", 41, [[6, 5, 4, 3, 2, 1, 0, 0], [7, 7, 7, 8], [1, 2, 3, 4, 5]], outputs=10, blank=9)

print(json.dumps(cases))
