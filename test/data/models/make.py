"""Makes the graphs and gradients of models that no one here wrote: torchvision, transformers, skl2onnx.

    python test/data/models/make.py [name …]

For each model: <name>-<exporter>.onnx.gz, the exporter's graph with its large weights taken out (they become inputs of the
graph), and in gradients.json how each is made of PyTorch's parameters (whose values are a formula: formula.py), the loss and
the gradient by each, from torch.autograd in float64, as its norm and six projections on fixed directions.
"""

import gzip
import json
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

sys.path.insert(0, str(Path(__file__).parent))
from formula import noise, weight  # noqa: E402

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
HERE = Path(__file__).parent
PROJECTIONS = 6


class Logits(nn.Module):
    """Only the logits of a transformers model."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, *args):
        return self.model(*args).logits


class UNet(nn.Module):
    """Two levels, transposed convolutions, skips by concatenation; a class for each pixel, classes last."""

    def __init__(self):
        super().__init__()

        def block(i, o):
            return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(), nn.Conv2d(o, o, 3, padding=1), nn.ReLU())

        self.down1, self.down2, self.middle = block(2, 8), block(8, 12), block(12, 16)
        self.pool = nn.MaxPool2d(2)
        self.up2, self.up1 = nn.ConvTranspose2d(16, 12, 2, 2), nn.ConvTranspose2d(12, 8, 2, 2)
        self.left2, self.left1 = block(24, 12), block(16, 8)
        self.head = nn.Conv2d(8, 3, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(self.pool(a))
        c = self.middle(self.pool(b))
        b = self.left2(torch.cat([self.up2(c), b], 1))
        a = self.left1(torch.cat([self.up1(b), a], 1))
        return self.head(a).permute(0, 2, 3, 1)


class LstmClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.lstm = nn.LSTM(8, 10, num_layers=2, bidirectional=True, batch_first=True)
        self.out = nn.Linear(20, 4)

    def forward(self, ids):
        values, _ = self.lstm(self.embedding(ids))
        return self.out(values.mean(1))


def bert():
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(vocab_size=200, hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=256,
                        max_position_embeddings=32, num_labels=3, hidden_dropout_prob=0, attention_probs_dropout_prob=0)
    return Logits(BertForSequenceClassification(config))


def gpt2():
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(vocab_size=120, n_positions=16, n_embd=64, n_layer=2, n_head=4, use_cache=False, resid_pdrop=0,
                        embd_pdrop=0, attn_pdrop=0, bos_token_id=0, eos_token_id=0)
    return Logits(GPT2LMHeadModel(config))


def resnet18():
    import torchvision

    return torchvision.models.resnet18(num_classes=7)


def mobilenet():
    import torchvision

    return torchvision.models.mobilenet_v3_small(num_classes=5, dropout=0.0)


class Mlp(nn.Module):
    """What sklearn's MLPClassifier computes: weights [in, out]."""

    def __init__(self):
        super().__init__()
        sizes = [6, 16, 12, 4]
        self.coefs = nn.ParameterList([nn.Parameter(torch.zeros(a, b)) for a, b in zip(sizes, sizes[1:])])
        self.intercepts = nn.ParameterList([nn.Parameter(torch.zeros(b)) for b in sizes[1:]])

    def forward(self, x):
        for i, (w, b) in enumerate(zip(self.coefs, self.intercepts)):
            x = x @ w + b
            if i < 2:
                x = torch.relu(x)
        return x


def sklearn_mlp(model, path):
    from skl2onnx import to_onnx
    from sklearn.neural_network import MLPClassifier

    x = noise("mlp x", 60).reshape(10, 6).astype(np.float32)
    mlp = MLPClassifier((16, 12), max_iter=1).fit(x, [0, 1, 2, 3, 0, 1, 2, 3, 0, 1])
    mlp.coefs_ = [w.detach().numpy() for w in model.coefs]
    mlp.intercepts_ = [b.detach().numpy() for b in model.intercepts]
    onnx.save(to_onnx(mlp, x[:1], options={"zipmap": False}, target_opset=18), path)


# name: model, shape of one example, size of the vocabulary or None, batch, positions, training mode of batch normalisation.
MODELS = {
    "resnet18": dict(make=resnet18, shape=[3, 48, 48], batch=4, classes=7, mode="train"),
    "mobilenet-v3-small": dict(make=mobilenet, shape=[3, 32, 32], batch=4, classes=5, mode="frozen"),
    "unet": dict(make=UNet, shape=[2, 16, 16], batch=3, classes=3, positions=[16, 16], mode="train"),
    "bert-tiny": dict(make=bert, shape=[10], vocabulary=200, batch=4, classes=3, mask=True, mode="frozen"),
    "gpt2-tiny": dict(make=gpt2, shape=[12], vocabulary=120, batch=3, classes=120, positions=[12], mode="frozen"),
    "lstm": dict(make=LstmClassifier, shape=[9], vocabulary=20, batch=4, classes=4, mode="frozen"),
    "sklearn-mlp": dict(make=Mlp, shape=[6], batch=8, classes=4, mode="frozen", exporter=sklearn_mlp),
}


def fill(model):
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        if tensor.dtype.is_floating_point:
            tensor.data.copy_(torch.from_numpy(weight(name, list(tensor.shape))))


def data(name, row):
    count = row["batch"] * int(np.prod(row["shape"]))
    values = noise(f"{name} features", count)
    if "vocabulary" in row:
        # No token 0, which is padding.
        ids = np.floor((values + 1) / 2 * (row["vocabulary"] - 1)).astype(np.int64) + 1
        features = torch.from_numpy(ids.reshape(row["batch"], *row["shape"]))
    else:
        features = torch.from_numpy(values.reshape(row["batch"], *row["shape"]).astype(np.float32))
    targets = noise(f"{name} target", row["batch"] * int(np.prod(row.get("positions", [])) or 1))
    classes = np.floor((targets + 1) / 2 * row["classes"]).astype(np.int64)
    return features, torch.from_numpy(classes)


def export(name, model, row, features, dynamo, path, optimize):
    if "exporter" in row:
        return row["exporter"](model, path)
    args = (features, torch.ones_like(features)) if row.get("mask") else (features,)
    inputs = (["input_ids"] if "vocabulary" in row else ["image"]) + (["attention_mask"] if row.get("mask") else [])
    if dynamo:
        dims = tuple({0: torch.export.Dim("batch")} for _ in args)
        if isinstance(model, Logits):
            dims = (dims,)
        torch.onnx.export(model, args, path, dynamo=True, input_names=inputs, output_names=["logits"], dynamic_shapes=dims,
                          external_data=False, verbose=False, optimize=optimize)
    else:
        axes = {key: {0: "batch"} for key in [*inputs, "logits"]}
        torch.onnx.export(model, args, path, dynamo=False, input_names=inputs, output_names=["logits"], dynamic_axes=axes,
                          opset_version=17)


def lstm_order(tensor):
    """PyTorch's gates i, f, g, o as ONNX has them: i, o, f, c."""
    i, f, g, o = np.split(tensor, 4)
    return np.concatenate([i, o, f, g])


def forms(parameters):
    """All that an exporter makes of parameters: name, how, and the function on value or gradient."""
    for name, value in parameters.items():
        yield [name], "same", lambda p, n=name: p[n]
        if value.ndim == 2:
            yield [name], "transposed", lambda p, n=name: p[n].T
            for rows in range(1, value.shape[0]):
                yield [name], f"rows {rows}", lambda p, n=name, r=rows: p[n][None, :r]
    for name, value in parameters.items():
        if "_l" in name and name.startswith("lstm."):
            back = name + "_reverse"
            if name.endswith("_reverse") or back not in parameters:
                continue
            if "weight" in name:
                yield [name, back], "lstm", lambda p, n=name, b=back: np.stack([lstm_order(p[n]), lstm_order(p[b])])
            elif "bias_ih" in name:
                other = name.replace("bias_ih", "bias_hh")
                names = [name, other, name + "_reverse", other + "_reverse"]
                yield names, "lstm-bias", lambda p, ns=names: np.stack(
                    [np.concatenate([lstm_order(p[ns[k]]), lstm_order(p[ns[k + 1]])]) for k in (0, 2)])


def gradients_of(model, features, target, row):
    """The loss, summed over the batch, and d(loss)/d(parameter) by name."""
    model.zero_grad(set_to_none=True)
    args = (features, torch.ones_like(features)) if row.get("mask") else (features,)
    loss = nn.functional.cross_entropy(model(*args).reshape(-1, row["classes"]), target, reduction="sum")
    loss.backward()
    # A parameter that nothing uses (a pooler that is not asked for) has none.
    named = model.named_parameters()
    return loss.item(), {n: np.zeros(p.shape) if p.grad is None else p.grad.numpy().copy() for n, p in named}


def process(name, row, dynamo):
    model = row["make"]().eval()
    has_norm = any(isinstance(module, nn.BatchNorm2d) for module in model.modules())
    # Exporters fold batch normalisation into the convolution before it. What is left is the folded model's parameters; for
    # the others the exporter's optimisation is switched off.
    keeps_norm = has_norm and dynamo and row["mode"] == "train"
    if has_norm and not keeps_norm:
        from torch.fx.experimental.optimization import fuse

        model = fuse(model).requires_grad_(True)
    fill(model)
    features, target = data(name, row)
    key = name if "exporter" in row else f"{name}-{'dynamo' if dynamo else 'torchscript'}"
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.onnx")
        export(name, model, row, features, dynamo, path, optimize=not keeps_norm)
        graph = onnx.load(path)
    model.train(keeps_norm)
    single = gradients_of(model, features, target, row)[1]
    loss, double = gradients_of(model.double(), features if "vocabulary" in row else features.double(), target, row)
    # How far PyTorch's own float32 is from float64, at worst: what one can ask of others.
    rounding = max(np.linalg.norm(single[n] - g) / max(np.linalg.norm(g), 1e-3 * loss) for n, g in double.items())
    parameters = {n: weight(n, list(p.shape)) for n, p in [*model.named_parameters(), *model.named_buffers()] if p.dtype.is_floating_point}
    gradients = double
    every = list(forms(parameters))
    stored, keep = [], []
    for initializer in graph.graph.initializer:
        value = numpy_helper.to_array(initializer)
        if value.dtype != np.float32 or value.ndim == 0:
            keep.append(initializer)
            continue
        # The exporter's own name first, so that equal values are not confused.
        ordered = sorted(every, key=lambda form: form[0][0] != initializer.name)
        for names, how, form in ordered:
            shape = parameters[names[0]].shape
            if how in ("same", "transposed") and int(np.prod(shape)) != value.size:
                continue
            made = form(parameters)
            made = made.reshape(value.shape) if how == "same" else made
            if made.shape == value.shape and np.array_equal(made, value):
                break
        else:
            print(f"  {key}: {initializer.name} {value.shape} is not a parameter")
            keep.append(initializer)
            continue
        entry = {"name": initializer.name, "dims": list(value.shape), "of": names, "how": how}
        if all(n in gradients for n in names):
            gradient = form(gradients)
            # A parameter that the graph holds in several forms (tied weights) has the gradient of all of them.
            flat = np.ascontiguousarray(gradient).ravel()
            entry["norm"] = float(np.linalg.norm(flat))
            entry["projections"] = [float(flat @ noise(f"{initializer.name} {k}", flat.size)) for k in range(PROJECTIONS)]
        stored.append(entry)
        graph.graph.input.append(onnx.helper.make_tensor_value_info(initializer.name, onnx.TensorProto.FLOAT, value.shape))
    del graph.graph.initializer[:]
    graph.graph.initializer.extend(keep)
    # What else an exporter writes down for people: the source lines of every node.
    for node in graph.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del graph.graph.value_info[:]
    for value in [*graph.graph.input, *graph.graph.output]:
        del value.metadata_props[:]
    del graph.metadata_props[:]
    del graph.graph.metadata_props[:]
    (HERE / f"{key}.onnx.gz").write_bytes(gzip.compress(graph.SerializeToString(), 9, mtime=0))
    found = {n for entry in stored for n in entry["of"]}
    for missing in sorted(set(gradients) - found):
        print(f"  {key}: parameter {missing} is not in the graph")
    print(key, len(stored), "weights, loss", loss, rounding, [s.version for s in graph.opset_import if s.domain == ""])
    return key, {
        "model": name, "shape": row["shape"], "vocabulary": row.get("vocabulary"), "batch": row["batch"], "classes": row["classes"],
        "positions": row.get("positions", []), "mask": bool(row.get("mask")), "batchNorm": "train" if keeps_norm else "frozen", "loss": loss, "rounding": rounding,
        "shapes": {n: list(parameters[n].shape) for entry in stored for n in entry["of"] if list(parameters[n].shape) != entry["dims"] or entry["how"] != "same"}, "weights": stored,
    }


def main():
    file = HERE / "gradients.json"
    result = json.loads(file.read_text()) if file.exists() else {}
    for name in sys.argv[1:] or MODELS:
        row = MODELS[name]
        for dynamo in (False,) if "exporter" in row else (False, True):
            try:
                key, entry = process(name, row, dynamo)
                result[key] = entry
            except Exception as error:  # an exporter that cannot write this model
                print(f"{name} {'dynamo' if dynamo else 'torchscript'}: {type(error).__name__}: {str(error)[:200]}")
    rows = [f"{json.dumps(key)}: {json.dumps(entry, separators=(',', ':'))}" for key, entry in sorted(result.items())]
    file.write_text("{\n" + ",\n".join(rows) + "\n}\n")


main()
