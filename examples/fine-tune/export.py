"""Makes digits-0-4.onnx: a small convolutional network that PyTorch trained on the digits 0 to 4 only.

    python examples/fine-tune/export.py

Needs torch and onnx. The result is in the repository; this is how it was made.
"""

import csv
import gzip
from pathlib import Path

import torch
from torch import nn

HERE = Path(__file__).parent


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 24, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(24)
        self.fc1 = nn.Linear(24 * 16, 48)
        self.fc2 = nn.Linear(48, 5)

    def forward(self, pixels):
        x = torch.relu(self.norm1(self.conv1(pixels / 16)))
        x = torch.relu(self.norm2(self.conv2(x)))
        x = torch.max_pool2d(x, 2).flatten(1)
        return torch.softmax(self.fc2(torch.relu(self.fc1(x))), 1)


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    with gzip.open(HERE.parent / "digits" / "digits.csv.gz", "rt") as file:
        rows = torch.tensor([[float(value) for value in row] for row in csv.reader(file)])
    rows = rows[rows[:, 64] < 5]
    images, digits = rows[:, :64].reshape(-1, 1, 8, 8), rows[:, 64].long()
    net = Net()
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3)
    for _ in range(8):
        for batch in torch.randperm(len(rows)).split(64):
            optimizer.zero_grad()
            nn.functional.nll_loss(net(images[batch]).clamp_min(1e-9).log(), digits[batch]).backward()
            optimizer.step()
    net.eval()
    right = (net(images).argmax(1) == digits).float().mean().item()
    print(f"{len(rows)} images of 0 to 4, {right:.4f} right")
    torch.onnx.export(net, (images[:2],), HERE / "digits-0-4.onnx", dynamo=False, opset_version=17, input_names=["pixels"],
                      output_names=["probabilities"], dynamic_axes={"pixels": {0: "n"}, "probabilities": {0: "n"}})


main()
