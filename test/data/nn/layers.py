"""Outputs of PyTorch, torchvision and transformers modules beside their weights under the names of our layers.

python test/data/nn/layers.py writes layers.json: for each case the layers (or model) as in a job file, the weights, an
input and the output, arrays as base64 of little-endian float32 (token ids int32).
Made with PyTorch 2.15, torchvision 0.30 and transformers 5.
"""

import base64
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torchvision.models import resnet, resnet18
from transformers import BertConfig, BertForSequenceClassification, GPT2Config, GPT2LMHeadModel
from transformers import LlamaConfig, LlamaForCausalLM, ViTConfig, ViTForImageClassification

torch.manual_seed(1)
cases = []


def pack(array):
    array = np.ascontiguousarray(array)
    kind = np.int32 if array.dtype.kind == "i" else np.float32
    return {"dims": list(array.shape), "data": base64.b64encode(array.astype(kind).tobytes()).decode()}


def value(tensor):
    return tensor.detach().numpy()


def case(title, layers, weights, given, output):
    cases.append(
        {
            "title": title,
            **layers,
            "weights": {name: pack(value(weight)) for name, weight in weights.items()},
            "input": pack(value(given)),
            "output": pack(value(output)),
        }
    )


def shaken(module):
    """Weights away from their start: ones and zeros hide mistakes."""
    with torch.no_grad():
        for name, weight in module.named_parameters():
            weight.add_(0.1 * torch.randn_like(weight))
        for name, buffer in module.named_buffers():
            if name.endswith("running_mean"):
                buffer.copy_(0.3 * torch.randn_like(buffer))
            if name.endswith("running_var"):
                buffer.copy_(0.5 + torch.rand_like(buffer))
    return module.eval()


def simple(title, layer, module, shape, names=None):
    module = shaken(module)
    given = torch.randn(2, *shape)
    state = module.state_dict()
    word = layer.split("{")[0].split(":")[0].strip("- [").replace("-", "_")
    weights = {f"{word}1.{name}": weight for name, weight in state.items() if "num_batches" not in name}
    case(title, {"layers": layer}, weights, given, module(given))


simple("Conv2d, depthwise", "- conv: { filters: 4, kernel: 3, padding: 1, groups: 4 }", nn.Conv2d(4, 4, 3, padding=1, groups=4), (4, 5, 6))
simple("Conv3d", "- conv: { filters: 3, kernel: 2 }", nn.Conv3d(2, 3, 2), (2, 3, 4, 3))
simple("Conv1d with groups", "- conv: { filters: 4, kernel: 3, groups: 2, stride: 2 }", nn.Conv1d(2, 4, 3, groups=2, stride=2), (2, 9))
simple("Linear on the last axis", "- dense: 5", nn.Linear(3, 5), (4, 2, 3))
simple("GroupNorm", "- group-norm: 2", nn.GroupNorm(2, 6), (6, 4, 3))
simple("InstanceNorm2d", "- instance-norm", nn.InstanceNorm2d(3, affine=True), (3, 4, 5))
simple("RMSNorm", "- rms-norm: 0.001", nn.RMSNorm(6, eps=0.001), (4, 6))
simple("Mish", "- mish", nn.Mish(), (7,))
simple("CELU", "- celu: 0.7", nn.CELU(0.7), (7,))
simple("Softsign", "- softsign", nn.Softsign(), (7,))
simple("ReLU6", "- relu6", nn.ReLU6(), (7,))
simple("Hardsigmoid", "- hard-sigmoid", nn.Hardsigmoid(), (7,))
simple("Upsample nearest", "- upsample: 3", nn.Upsample(scale_factor=3), (2, 3, 4))
simple("Upsample bilinear", "- upsample: { scale: 2, mode: linear }", nn.Upsample(scale_factor=2, mode="bilinear"), (2, 3, 4))

prelu = shaken(nn.PReLU(3))
image = torch.randn(2, 3, 4, 4)
case("PReLU", {"layers": "- prelu"}, {"prelu1.weight": prelu.weight.reshape(3, 1, 1)}, image, prelu(image))


def attention_weights(module, prefix):
    return {
        f"{prefix}qkv.weight": module.in_proj_weight,
        f"{prefix}qkv.bias": module.in_proj_bias,
        f"{prefix}out.weight": module.out_proj.weight,
        f"{prefix}out.bias": module.out_proj.bias,
    }


sequence = torch.randn(2, 5, 8)
mha = shaken(nn.MultiheadAttention(8, 2, batch_first=True))
hidden = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
case("MultiheadAttention", {"layers": "- attention: 2"}, attention_weights(mha, "attention1."), sequence, mha(sequence, sequence, sequence)[0])
case("MultiheadAttention, causal", {"layers": "- attention: { heads: 2, causal: true }"}, attention_weights(mha, "attention1."), sequence, mha(sequence, sequence, sequence, attn_mask=hidden)[0])

for order in ["pre", "post"]:
    block = shaken(nn.TransformerEncoderLayer(8, 2, 12, activation="gelu", batch_first=True, norm_first=order == "pre"))
    weights = attention_weights(block.self_attn, "transformer1.attention.")
    for ours, theirs in [("ffn1", block.linear1), ("ffn2", block.linear2), ("norm1", block.norm1), ("norm2", block.norm2)]:
        weights[f"transformer1.{ours}.weight"] = theirs.weight
        weights[f"transformer1.{ours}.bias"] = theirs.bias
    layer = f"- transformer: {{ heads: 2, ffn: 12, order: {order}, dropout: 0.1 }}"
    case(f"TransformerEncoderLayer, {order}-norm", {"layers": layer}, weights, sequence, block(sequence))

ORDER = {"LSTM": [0, 3, 1, 2], "GRU": [1, 0, 2], "RNN": [0]}


def recurrent(kind, depth, both, last):
    module = shaken(getattr(nn, kind)(8, 3, depth, batch_first=True, bidirectional=both))
    state = module.state_dict()

    def gates(name):
        parts = state[name].chunk(len(ORDER[kind]))
        return torch.cat([parts[gate] for gate in ORDER[kind]])

    weights = {}
    for level in range(depth):
        ends = [f"_l{level}", f"_l{level}_reverse"][: 2 if both else 1]
        for part in ["weight_ih", "weight_hh"]:
            weights[f"{kind.lower()}1.{part}_l{level}"] = torch.stack([gates(part + end) for end in ends])
        biases = [torch.cat([gates("bias_ih" + end), gates("bias_hh" + end)]) for end in ends]
        weights[f"{kind.lower()}1.bias_l{level}"] = torch.stack(biases)
    states, end = module(sequence)
    end = end[0] if kind == "LSTM" else end
    output = torch.cat(list(end[-2 if both else -1 :]), -1) if last else states
    options = f"units: 3, layers: {depth}, bidirectional: {str(both).lower()}, return: {'last' if last else 'sequence'}"
    case(f"{kind}, {options}", {"layers": f"- {kind.lower()}: {{ {options} }}"}, weights, sequence, output)


recurrent("RNN", 1, False, False)
recurrent("LSTM", 2, True, False)
recurrent("LSTM", 1, False, True)
recurrent("GRU", 1, True, True)
recurrent("GRU", 2, False, False)


class Small(nn.Module):
    """torchvision's own blocks, narrow."""

    def __init__(self):
        super().__init__()
        norm = nn.BatchNorm2d
        self.conv1 = nn.Conv2d(3, 4, 7, 2, 3, bias=False)
        self.bn1 = norm(4)
        self.pool = nn.MaxPool2d(3, 2, 1)
        down = nn.Sequential(nn.Conv2d(4, 6, 1, 2, bias=False), norm(6))
        self.blocks = nn.ModuleList([resnet.BasicBlock(4, 4), resnet.BasicBlock(4, 6, 2, down)])
        self.fc = nn.Linear(6, 5)

    def forward(self, x):
        x = self.pool(torch.relu(self.bn1(self.conv1(x))))
        for block in self.blocks:
            x = block(x)
        return self.fc(x.mean((2, 3)))


def numbered(module):
    """Weights of convolutions and normalisations by number, as a list of layers counts them; the shortcut comes last."""
    weights, count = {}, {"conv": 0, "batch_norm": 0}

    def take(conv, norm):
        count["conv"] += 1
        weights[f"conv{count['conv']}.weight"] = conv.weight
        for part in ["weight", "bias", "running_mean", "running_var"]:
            weights[f"batch_norm{count['conv']}.{part}"] = getattr(norm, part)

    take(module.conv1, module.bn1)
    blocks = module.blocks if hasattr(module, "blocks") else [b for n in range(1, 5) for b in getattr(module, f"layer{n}")]
    for block in blocks:
        take(block.conv1, block.bn1)
        take(block.conv2, block.bn2)
        if block.downsample is not None:
            take(block.downsample[0], block.downsample[1])
    weights["dense1.weight"], weights["dense1.bias"] = module.fc.weight, module.fc.bias
    return weights


small = shaken(Small())
photo = torch.randn(2, 3, 17, 16)
case("torchvision's ResNet, narrow", {"model": "resnet: { blocks: [1, 1], filters: [4, 6], stem: large }", "classes": 5}, numbered(small), photo, small(photo))

ids = torch.tensor([[3, 1, 4, 1, 5, 9], [2, 6, 5, 3, 0, 0]])
SIZES = dict(hidden_size=8, num_hidden_layers=2, num_attention_heads=2)
OFF = dict(hidden_dropout_prob=0, attention_probs_dropout_prob=0)

gpt2 = shaken(GPT2LMHeadModel(GPT2Config(vocab_size=11, n_positions=6, n_embd=8, n_layer=2, n_head=2)))
weights = {"embedding1.weight": gpt2.transformer.wte.weight, "positions1.weight": gpt2.transformer.wpe.weight}
for index, block in enumerate(gpt2.transformer.h, 1):
    pairs = [("attention.qkv", block.attn.c_attn), ("attention.out", block.attn.c_proj), ("ffn1", block.mlp.c_fc), ("ffn2", block.mlp.c_proj)]
    for ours, theirs in pairs:
        weights[f"transformer{index}.{ours}.weight"] = theirs.weight.T
        weights[f"transformer{index}.{ours}.bias"] = theirs.bias
    for ours, theirs in [("norm1", block.ln_1), ("norm2", block.ln_2)]:
        weights[f"transformer{index}.{ours}.weight"] = theirs.weight
        weights[f"transformer{index}.{ours}.bias"] = theirs.bias
weights["layer_norm1.weight"], weights["layer_norm1.bias"] = gpt2.transformer.ln_f.weight, gpt2.transformer.ln_f.bias
case("transformers' GPT-2", {"model": "gpt: { layers: 2, heads: 2, size: 8, activation: gelu-tanh }", "classes": 11, "positions": [6]}, weights, ids, gpt2(ids).logits)

llama = shaken(LlamaForCausalLM(LlamaConfig(vocab_size=11, hidden_size=16, intermediate_size=12, num_hidden_layers=1, num_attention_heads=4, num_key_value_heads=2, rms_norm_eps=1e-5, max_position_embeddings=6, tie_word_embeddings=False)))
block = llama.model.layers[0]
weights = {
    "embedding1.weight": llama.model.embed_tokens.weight,
    "transformer1.norm1.weight": block.input_layernorm.weight,
    "transformer1.attention.qkv.weight": torch.cat([block.self_attn.q_proj.weight, block.self_attn.k_proj.weight, block.self_attn.v_proj.weight]),
    "transformer1.attention.out.weight": block.self_attn.o_proj.weight,
    "transformer1.norm2.weight": block.post_attention_layernorm.weight,
    "transformer1.ffn1.weight": torch.cat([block.mlp.gate_proj.weight, block.mlp.up_proj.weight]),
    "transformer1.ffn2.weight": block.mlp.down_proj.weight,
    "rms_norm1.weight": llama.model.norm.weight,
    "dense1.weight": llama.lm_head.weight,
}
case("transformers' LLaMA", {"model": "gpt: { layers: 1, heads: 4, kv-heads: 2, size: 16, ffn: 12, positions: rotary, norm: rms, activation: swiglu, bias: false, tied: false }", "classes": 11, "positions": [6]}, weights, ids, llama(ids).logits)


def encoder_weights(index, attention, out, norm1, first, second, norm2):
    weights = {}
    for part in ["weight", "bias"]:
        weights[f"transformer{index}.attention.qkv.{part}"] = torch.cat([getattr(one, part) for one in attention])
        for ours, theirs in [("attention.out", out), ("norm1", norm1), ("ffn1", first), ("ffn2", second), ("norm2", norm2)]:
            weights[f"transformer{index}.{ours}.{part}"] = getattr(theirs, part)
    return weights


bert = shaken(BertForSequenceClassification(BertConfig(vocab_size=11, intermediate_size=12, max_position_embeddings=6, num_labels=3, **SIZES, **OFF)))
base = bert.bert
weights = {
    "embedding1.weight": base.embeddings.word_embeddings.weight,
    "positions1.weight": base.embeddings.position_embeddings.weight + base.embeddings.token_type_embeddings.weight[:1],
    "layer_norm1.weight": base.embeddings.LayerNorm.weight,
    "layer_norm1.bias": base.embeddings.LayerNorm.bias,
    "dense1.weight": base.pooler.dense.weight,
    "dense1.bias": base.pooler.dense.bias,
    "dense2.weight": bert.classifier.weight,
    "dense2.bias": bert.classifier.bias,
}
for index, block in enumerate(base.encoder.layer, 1):
    own = block.attention.self
    weights |= encoder_weights(index, [own.query, own.key, own.value], block.attention.output.dense, block.attention.output.LayerNorm, block.intermediate.dense, block.output.dense, block.output.LayerNorm)
case("transformers' BERT with padding", {"model": "bert: { layers: 2, heads: 2, size: 8, ffn: 12, vocabulary: 11, padding: 0 }", "classes": 3}, weights, ids, bert(ids, attention_mask=(ids != 0).long()).logits)

vit = shaken(ViTForImageClassification(ViTConfig(intermediate_size=12, image_size=8, patch_size=4, num_channels=3, num_labels=5, layer_norm_eps=1e-5, **SIZES, **OFF)))
base = vit.vit
print([name for name, _ in vit.named_parameters()][:24])
weights = {
    "patches1.weight": base.embeddings.patch_embeddings.projection.weight,
    "patches1.bias": base.embeddings.patch_embeddings.projection.bias,
    "class_token1.weight": base.embeddings.cls_token[0],
    "positions1.weight": base.embeddings.position_embeddings[0],
    "layer_norm1.weight": base.layernorm.weight,
    "layer_norm1.bias": base.layernorm.bias,
    "dense1.weight": vit.classifier.weight,
    "dense1.bias": vit.classifier.bias,
}
names = dict(vit.named_parameters())
blocks = base.encoder.layer if hasattr(base, "encoder") else base.layers
for index, block in enumerate(blocks, 1):
    own = block.attention.attention if hasattr(block.attention, "attention") else block.attention
    if hasattr(own, "query"):
        parts = [own.query, own.key, own.value], block.attention.output.dense, block.intermediate.dense, block.output.dense
    else:
        parts = [own.q_proj, own.k_proj, own.v_proj], own.o_proj, block.mlp.fc1, block.mlp.fc2
    weights |= encoder_weights(index, parts[0], parts[1], block.layernorm_before, parts[2], parts[3], block.layernorm_after)
picture = torch.randn(2, 3, 8, 8)
case("transformers' ViT", {"model": "vit: { patch: 4, layers: 2, heads: 2, size: 8, ffn: 12 }", "classes": 5}, weights, picture, vit(picture).logits)

shapes = [[name, list(weight.shape)] for name, weight in numbered(resnet18()).items()]
path = Path(__file__).parent / "layers.json"
path.write_text(json.dumps({"cases": cases, "resnet18": shapes}, separators=(",", ":")) + "\n")
print(len(cases), path.stat().st_size)
