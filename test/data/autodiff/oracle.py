"""Float64 gradients by PyTorch for the operators that ONNX Runtime's CPU provider has no double kernel for.

Reads cases.json and cases-<set>.json (written by test/unit/autodiff/oracle.test.ts with WRITE_ORACLE_CASES=1), writes
values.json and values-<set>.json beside them: case name to input name to d(loss)/d(input), flat, where loss is the sum
over the used outputs of output times weight.
Made with PyTorch 2.15. Run: python oracle.py [set ...] (all sets by default; 'core' is cases.json)
"""
import json, math, pathlib, sys
import torch
import torch.nn.functional as F

import oracle_image

here = pathlib.Path(__file__).parent


def window(a, x, kernel):
    """Kernel, strides, dilations, begins, ends; auto_pad resolved as the ONNX specification says."""
    n = len(kernel)
    strides = a.get('strides', [1] * n)
    dilations = a.get('dilations', [1] * n)
    mode = a.get('auto_pad', 'NOTSET')
    if mode in ('SAME_UPPER', 'SAME_LOWER'):
        begins, ends = [], []
        for k, s, d, size in zip(kernel, strides, dilations, x.shape[2:]):
            total = max(0, (math.ceil(size / s) - 1) * s + (k - 1) * d + 1 - size)
            small, large = total // 2, total - total // 2
            begins.append(small if mode == 'SAME_UPPER' else large)
            ends.append(large if mode == 'SAME_UPPER' else small)
        return strides, dilations, begins, ends
    pads = a.get('pads', [0] * 2 * n)
    return strides, dilations, pads[:n], pads[n:]


def pad(x, begins, ends, value=0.0):
    around = []
    for b, e in reversed(list(zip(begins, ends))):
        around += [b, e]
    return F.pad(x, around, value=value)


def conv(a, x, w, b=None):
    kernel = list(w.shape[2:])
    strides, dilations, begins, ends = window(a, x, kernel)
    f = [F.conv1d, F.conv2d, F.conv3d][len(kernel) - 1]
    return f(pad(x, begins, ends), w, b, stride=strides, dilation=dilations, groups=a.get('group', 1))


def conv_transpose(a, x, w, b=None):
    kernel = list(w.shape[2:])
    n = len(kernel)
    strides = a.get('strides', [1] * n)
    dilations = a.get('dilations', [1] * n)
    extra = a.get('output_padding', [0] * n)
    f = [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d][n - 1]
    full = f(x, w, b, stride=strides, dilation=dilations, groups=a.get('group', 1))
    # The output before pads are cut; output_padding makes room at the end, which holds the bias alone.
    sizes = [(i - 1) * s + (k - 1) * d + 1 for i, s, k, d in zip(x.shape[2:], strides, kernel, dilations)]
    shape = a.get('output_shape')
    if shape is None and a.get('auto_pad', 'NOTSET').startswith('SAME'):
        shape = [i * s for i, s in zip(x.shape[2:], strides)]
    if shape is None:
        pads = a.get('pads', [0] * 2 * n)
        begins, ends = pads[:n], pads[n:]
    else:
        totals = [max(0, size + e - out) for size, e, out in zip(sizes, extra, shape)]
        if a.get('auto_pad') == 'SAME_UPPER':
            begins = [t // 2 for t in totals]
        else:
            begins = [t - t // 2 for t in totals]
        ends = [t - c for t, c in zip(totals, begins)]
    for axis in range(n):
        stop = sizes[axis] + extra[axis] - ends[axis]
        reach = min(stop, sizes[axis])
        full = full.narrow(axis + 2, begins[axis], reach - begins[axis])
        if stop > reach:
            room = list(full.shape)
            room[axis + 2] = stop - reach
            tail = torch.zeros(room, dtype=full.dtype)
            if b is not None:
                tail = tail + b.reshape([1, -1] + [1] * n)
            full = torch.cat([full, tail], axis + 2)
    return full


def average_pool(a, x):
    """By its definition: a sum over each window divided by how many places it counts."""
    kernel = a['kernel_shape']
    n = len(kernel)
    strides, dilations, begins, ends = window(a, x, kernel)
    if any(d != 1 for d in dilations):
        return oracle_image.dilated_average_pool(a, x)
    include = a.get('count_include_pad', 0)
    counts = []
    for axis in range(n):
        size = x.shape[axis + 2]
        room = size + begins[axis] + ends[axis] - kernel[axis]
        out = (math.ceil if a.get('ceil_mode', 0) else math.floor)(room / strides[axis]) + 1
        if a.get('ceil_mode', 0) and (out - 1) * strides[axis] >= size + begins[axis]:
            out -= 1
        counts.append(out)
    over = [max(0, (o - 1) * s + k - x.shape[i + 2] - b) for i, (o, s, k, b) in enumerate(zip(counts, strides, kernel, begins))]
    value = pad(x, begins, over)
    counted = torch.ones([1, 1] + list(x.shape[2:]), dtype=x.dtype)
    if include:
        counted = pad(counted, begins, [min(o, e) for o, e in zip(over, ends)], 1.0)
        counted = pad(counted, [0] * n, [o - min(o, e) for o, e in zip(over, ends)])
    else:
        counted = pad(counted, begins, over)
    for axis in range(n):
        value = value.unfold(axis + 2, kernel[axis], strides[axis])
        counted = counted.unfold(axis + 2, kernel[axis], strides[axis])
    axes = list(range(n + 2, 2 * n + 2))
    index = (slice(None), slice(None)) + tuple(slice(0, c) for c in counts)
    return (value.sum(axes) / counted.sum(axes))[index]


def batch_norm(a, x, scale, bias, mean, variance):
    assert a.get('training_mode') == 1
    return F.batch_norm(x, None, None, scale, bias, training=True, eps=a.get('epsilon', 1e-5))


def layer_norm(a, x, scale, bias=None):
    return F.layer_norm(x, x.shape[a.get('axis', -1):], scale, bias, eps=a.get('epsilon', 1e-5))


def spatial(x):
    return list(range(2, x.dim()))


OPERATORS = {
    'Tan': lambda a, x: torch.tan(x), 'Asin': lambda a, x: torch.asin(x), 'Acos': lambda a, x: torch.acos(x),
    'Atan': lambda a, x: torch.atan(x), 'Sinh': lambda a, x: torch.sinh(x), 'Cosh': lambda a, x: torch.cosh(x),
    'Asinh': lambda a, x: torch.asinh(x), 'Acosh': lambda a, x: torch.acosh(x), 'Atanh': lambda a, x: torch.atanh(x),
    'Erf': lambda a, x: torch.erf(x),
    'Mean': lambda a, *xs: sum(xs) / len(xs),
    'LeakyRelu': lambda a, x: F.leaky_relu(x, a.get('alpha', 0.01)),
    'PRelu': lambda a, x, slope: torch.where(x > 0, x, slope * x),
    'Elu': lambda a, x: F.elu(x, a.get('alpha', 1.0)),
    'Selu': lambda a, x: F.selu(x),
    'Celu': lambda a, x: F.celu(x, a.get('alpha', 1.0)),
    'ThresholdedRelu': lambda a, x: F.threshold(x, a['alpha'], 0.0),
    'Shrink': lambda a, x: torch.where(x < -a['lambd'], x + a['bias'], torch.where(x > a['lambd'], x - a['bias'], 0 * x)),
    'HardSigmoid': lambda a, x: torch.clamp(0.2 * x + 0.5, 0, 1),
    'HardSwish': lambda a, x: F.hardswish(x),
    'Softplus': lambda a, x: torch.log1p(torch.exp(x)),
    'Softsign': lambda a, x: F.softsign(x),
    'Mish': lambda a, x: F.mish(x),
    'Gelu': lambda a, x: F.gelu(x, approximate=a.get('approximate', 'none')),
    'Conv': conv, 'ConvTranspose': conv_transpose,
    'AveragePool': average_pool,
    'GlobalAveragePool': lambda a, x: x.mean(spatial(x)),
    'GlobalMaxPool': lambda a, x: x.amax(spatial(x)),
    'BatchNormalization': batch_norm, 'LayerNormalization': layer_norm,
}

OPERATORS.update(oracle_image.OPERATORS)


def gradients(case):
    inputs = [
        None if i is None else torch.tensor(i['values'], dtype=torch.float64).reshape(i['dims']).requires_grad_()
        for i in case['inputs']
    ]
    output = OPERATORS[case['op']](case['attributes'], *inputs)
    weight = case['weights']['weight0']
    (output.reshape(weight['dims']) * torch.tensor(weight['values'], dtype=torch.float64).reshape(weight['dims'])).sum().backward()
    result = {}
    for name in case['wanted']:
        tensor = inputs[int(name.removeprefix('input'))]
        gradient = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
        result[name] = [float(f'{v:.12g}') for v in gradient.reshape(-1).tolist()]
    return result


for cases in sorted(here.glob('cases*.json')):
    name = cases.stem.removeprefix('cases').removeprefix('-') or 'core'
    if sys.argv[1:] and name not in sys.argv[1:]:
        continue
    result = {case['name']: gradients(case) for case in json.loads(cases.read_text())}
    values = here / cases.name.replace('cases', 'values')
    values.write_text(json.dumps(result, separators=(',', ':')) + '\n')
