"""Stored values of scikit-learn's metrics, for test/unit/nn/metric-sums.test.ts.

Run: python3 test/data/nn/metrics.py > test/data/nn/metrics.json   (scikit-learn 1.x)
"""

import json

import numpy as np
from sklearn import metrics

random = np.random.default_rng(4)


def calibration_error(probabilities, predicted, truth, bins=15):
    """Guo et al. 2017; scikit-learn has none. Bins (k/15, (k+1)/15]."""
    confidence = probabilities.max(1)
    place = np.ceil(confidence * bins).astype(int) - 1
    total = 0.0
    for b in range(bins):
        here = place == b
        if here.any():
            total += here.sum() * abs((predicted == truth)[here].mean() - confidence[here].mean())
    return total / len(truth)


def shared(probabilities, predicted, truth):
    return {
        "log-loss": metrics.log_loss(truth, probabilities),
        "calibration-error": calibration_error(probabilities, predicted, truth),
        "balanced-accuracy": metrics.balanced_accuracy_score(truth, predicted),
    }


def of_classes(rows, classes, spread):
    truth = np.concatenate([np.arange(classes), random.integers(0, classes, rows - classes)])
    logits = (random.normal(size=(rows, classes)) * spread).astype(np.float32)
    logits[np.arange(rows), truth] += 1.5
    logits = logits.astype(np.float64)
    e = np.exp(logits - logits.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    guess = logits.argmax(1)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(truth, guess, average="macro", zero_division=0)
    micro = metrics.precision_recall_fscore_support(truth, guess, average="micro")
    top = lambda k: metrics.top_k_accuracy_score(truth, p, k=k)
    return {
        "kind": "class",
        "logits": logits.tolist(),
        "target": truth.tolist(),
        "exact": {
            **shared(p, guess, truth),
            "top-3-accuracy": top(3),
            "top-5-accuracy": top(5),
            "macro-precision": precision,
            "macro-recall": recall,
            "macro-f1": f1,
            "micro-precision": micro[0],
            "micro-recall": micro[1],
            "micro-f1": micro[2],
            "weighted-f1": metrics.f1_score(truth, guess, average="weighted", zero_division=0),
            "mean-iou": metrics.jaccard_score(truth, guess, average="macro", zero_division=0),
        },
        "binned": {
            "roc-auc": metrics.roc_auc_score(truth, p, multi_class="ovr", average="macro"),
            "pr-auc": metrics.average_precision_score(np.eye(classes)[truth], p, average="macro"),
        },
    }


def of_yes_and_no(rows):
    truth = random.integers(0, 2, rows)
    # On a grid wider than the bins, ties and all: then the binned areas are exact.
    logits = np.round((random.normal(size=rows) * 2 + truth * 1.5) * 4) / 4 + 0.0625
    p = 1 / (1 + np.exp(-logits))
    guess = (logits > 0).astype(int)
    return {
        "kind": "binary",
        "logits": logits[:, None].tolist(),
        "target": truth.tolist(),
        "exact": {
            **shared(np.stack([1 - p, p], 1), guess, truth),
            "precision": metrics.precision_score(truth, guess),
            "recall": metrics.recall_score(truth, guess),
            "f1": metrics.f1_score(truth, guess),
            "iou": metrics.jaccard_score(truth, guess),
            "roc-auc": metrics.roc_auc_score(truth, logits),
            "pr-auc": metrics.average_precision_score(truth, logits),
        },
        "binned": {},
    }


print(json.dumps([of_classes(80, 7, 2.0), of_classes(40, 12, 6.0), of_yes_and_no(90)]))
