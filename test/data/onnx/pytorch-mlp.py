"""Makes pytorch-mlp.onnx and its relatives: what PyTorch's two exporters write for small classifiers.

Needs torch, onnx and onnxscript: python test/data/onnx/pytorch-mlp.py
"""

from pathlib import Path

import onnx
import torch
from torch import nn

HERE = Path(__file__).parent


class Mlp(nn.Module):
    """8x8 digits: 64 -> 32 -> 10."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


class Cnn(nn.Module):
    """Batch normalisation, dropout, and a flatten by view, which exporters write as a shape computation."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 8, 3, padding=1, stride=2)
        self.drop = nn.Dropout(0.25)
        self.fc = nn.Linear(8 * 2 * 2, 10)

    def forward(self, x):
        x = torch.nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 2)
        x = torch.nn.functional.gelu(self.conv2(x))
        x = x.view(x.size(0), -1)
        return torch.log_softmax(self.fc(self.drop(x)), dim=1)


def export(model, example, name, dynamo, opset):
    path = HERE / name
    options = dict(input_names=["features"], output_names=["logits"], opset_version=opset, dynamo=dynamo)
    # Not folded: BatchNormalization and the shape computations stay as they are written.
    if dynamo:
        options |= dict(dynamic_shapes=({0: torch.export.Dim("batch")},), external_data=False, optimize=False)
    else:
        options |= dict(dynamic_axes={"features": {0: "batch"}, "logits": {0: "batch"}}, do_constant_folding=False,
                        training=torch.onnx.TrainingMode.PRESERVE)
    torch.onnx.export(model, (example,), str(path), **options)
    exported = onnx.load(path)
    for node in exported.graph.node:  # stack traces name the machine the script ran on
        del node.metadata_props[:]
    for value in [*exported.graph.value_info, *exported.graph.input, *exported.graph.output]:
        del value.metadata_props[:]
    del exported.metadata_props[:]
    del exported.graph.metadata_props[:]
    onnx.checker.check_model(exported)
    onnx.save(exported, path)
    print(name, exported.opset_import[0].version, [n.op_type for n in exported.graph.node])


torch.manual_seed(0)
mlp, cnn = Mlp().eval(), Cnn().eval()
# Untrained statistics are equal tensors, which the exporter would merge into one initializer.
for tensor in [cnn.bn1.weight, cnn.bn1.bias, cnn.bn1.running_mean, cnn.bn1.running_var]:
    nn.init.uniform_(tensor.data, 0.5, 1.5)
digits, images = torch.rand(3, 64), torch.rand(3, 1, 8, 8)
export(mlp, digits, "pytorch-mlp.onnx", dynamo=False, opset=17)
export(mlp, digits, "pytorch-mlp-dynamo.onnx", dynamo=True, opset=18)
export(cnn, images, "pytorch-cnn.onnx", dynamo=False, opset=13)
export(cnn, images, "pytorch-cnn-dynamo.onnx", dynamo=True, opset=18)
