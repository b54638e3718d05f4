"""The models of bench/models.ts as PyTorch's users write them."""

import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(size), nn.LayerNorm(size)
        self.qkv, self.out = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.up, self.down = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)

    def forward(self, h):
        batch, time, size = h.shape
        q, k, v = self.qkv(self.norm1(h)).view(batch, time, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        h = h + self.out(mixed.transpose(1, 2).reshape(batch, time, size))
        return h + self.down(F.gelu(self.up(self.norm2(h))))


class Gpt(nn.Module):
    def __init__(self, layers, size, heads, time, vocabulary, tied):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, size)
        self.positions = nn.Parameter(torch.zeros(time, size))
        self.blocks = nn.Sequential(*[Block(size, heads) for _ in range(layers)])
        self.norm = nn.LayerNorm(size)
        self.head = nn.Linear(size, vocabulary, bias=False)
        if tied:
            self.head.weight = self.embedding.weight

    def forward(self, tokens):
        return self.head(self.norm(self.blocks(self.embedding(tokens) + self.positions))).flatten(0, 1)


class Lstm(nn.Module):
    def __init__(self, vocabulary, embedding, units):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.lstm = nn.LSTM(embedding, units, batch_first=True)
        self.head = nn.Linear(units, vocabulary)

    def forward(self, tokens):
        return self.head(self.lstm(self.embedding(tokens))[0]).flatten(0, 1)


class Basic(nn.Module):
    """Torchvision's BasicBlock, so that torchvision is not needed."""

    def __init__(self, inside, outside, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(outside), nn.BatchNorm2d(outside)
        self.shortcut = nn.Sequential()
        if stride > 1 or inside != outside:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside)
            )

    def forward(self, x):
        y = self.norm2(self.conv2(torch.relu(self.norm1(self.conv1(x)))))
        return torch.relu(y + self.shortcut(x))


def resnet18():
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    inside = 64
    for stage, outside in enumerate((64, 128, 256, 512)):
        for block in range(2):
            layers.append(Basic(inside, outside, 2 if block == 0 and stage > 0 else 1))
            inside = outside
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


def make(kind):
    """The model, and a batch of inputs and targets."""
    tokens = lambda batch, time, vocabulary: (  # noqa: E731
        torch.randint(0, vocabulary, (batch, time)),
        torch.randint(0, vocabulary, (batch * time,)),
    )
    if kind == "mlp":
        model = nn.Sequential(
            nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10)
        )
        return model, torch.rand(64, 784), torch.randint(0, 10, (64,))
    if kind == "cnn":
        model = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10),
        )  # fmt: skip
        return model, torch.rand(64, 1, 28, 28), torch.randint(0, 10, (64,))
    if kind == "gpt":
        return Gpt(4, 128, 4, 64, 96, False), *tokens(16, 64, 96)
    if kind == "gpt-17m":
        return Gpt(8, 384, 6, 128, 7000, True), *tokens(4, 128, 7000)
    if kind == "lstm":
        return Lstm(96, 64, 128), *tokens(32, 64, 96)
    if kind == "resnet":
        return resnet18(), torch.rand(16, 3, 64, 64), torch.randint(0, 10, (16,))
    raise SystemExit(f"there is no model {kind}")
