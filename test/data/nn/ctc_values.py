"""PyTorch's CTC loss in float64 and its gradient, for the scripts that store them."""

import torch
import torch.nn.functional as F

double = torch.float64


def values(lengths, steps, labels, outputs, blank, scale):
    """Of random logits [batch, steps, outputs], zeros behind the length of each row; -1 stands behind the ends of labels."""
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
    return {
        "dims": list(logits.shape),
        "logits": logits.detach().flatten().tolist(),
        "places": places,
        "labels": [symbol for label in labels for symbol in label + [-1] * (places - len(label))],
        "mean": value.item(),
        "gradient": logits.grad.flatten().tolist(),
    }
