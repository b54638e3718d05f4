"""Operators of the image and per-example normalisation families, for oracle.py: (attributes, *inputs) to output."""
import math
import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator


def group_norm(a, x, scale, bias):
    """Scale and bias by group, as opsets 18 to 20 have it."""
    groups = a['num_groups']
    grouped = F.group_norm(x, groups, eps=a.get('epsilon', 1e-5)).reshape(x.shape[0], groups, -1)
    return (grouped * scale[:, None] + bias[:, None]).reshape(x.shape)


def mean_variance(a, x):
    axes = a.get('axes', [0, 2, 3])
    centred = x - x.mean(axes, keepdim=True)
    return centred / (centred.square().mean(axes, keepdim=True).sqrt() + 1e-9)


def lrn(a, x):
    size, channels = a['size'], x.shape[1]
    squares = torch.stack([
        x[:, max(0, c - (size - 1) // 2):min(channels, c + math.ceil((size - 1) / 2) + 1)].square().sum(1)
        for c in range(channels)
    ], 1)
    return x / (a.get('bias', 1.0) + a.get('alpha', 1e-4) / size * squares) ** a.get('beta', 0.75)


def linear_in_x(run, x):
    """What a linear operator of the specification's reference implementation gives: its matrix, times x."""
    basis = np.eye(x.numel()).reshape(x.numel(), *x.shape)
    columns = [run(b) for b in basis]
    matrix = torch.tensor(np.stack([c.reshape(-1) for c in columns], 1), dtype=torch.float64)
    return (matrix @ x.reshape(-1)).reshape(columns[0].shape)


def reference(op, version, attributes, feeds):
    """One node on onnx.reference, in float64."""
    def typed(value):
        return {'f': TensorProto.DOUBLE, 'i': TensorProto.INT64}[value.dtype.kind]

    names = [n for n, v in feeds if v is not None]
    node = helper.make_node(op, [n if v is not None else '' for n, v in feeds], ['y'], **attributes)
    graph = helper.make_graph(
        [node], 'g',
        [helper.make_tensor_value_info(n, typed(v), v.shape) for n, v in feeds if v is not None],
        [helper.make_tensor_value_info('y', TensorProto.DOUBLE, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', version)])
    evaluator = ReferenceEvaluator(model)
    return lambda x: evaluator.run(None, {n: (x if n == names[0] else v) for n, v in feeds if v is not None})[0]


def array(t, kind):
    return None if t is None else t.detach().numpy().astype(kind)


def resize(a, x, roi=None, scales=None, sizes=None):
    a = {**a, 'extrapolation_value': 0.0}
    if 'axes' in a:
        # The reference implementation takes no negative ones.
        a['axes'] = [axis % x.dim() for axis in a['axes']]
    feeds = [('x', array(x, 'float64')), ('roi', array(roi, 'float64')), ('scales', array(scales, 'float64')),
             ('sizes', array(sizes, 'int64'))]
    return linear_in_x(reference('Resize', 19, a, feeds), x)


def grid_sample(a, x, grid):
    mode = {'linear': 'bilinear', 'cubic': 'bicubic', 'nearest': 'nearest'}[a.get('mode', 'linear')]
    return F.grid_sample(x, grid, mode=mode, padding_mode=a.get('padding_mode', 'zeros'),
                         align_corners=bool(a.get('align_corners', 0)))


def affine_grid(a, theta, size):
    return F.affine_grid(theta, [int(s) for s in size.tolist()], align_corners=bool(a.get('align_corners', 0)))


def roi_align(a, x, rois, batch):
    boxes = torch.cat([batch[:, None], rois], 1).detach()
    return torchvision.ops.roi_align(
        x, boxes, (a['output_height'], a['output_width']), spatial_scale=a['spatial_scale'],
        sampling_ratio=a['sampling_ratio'], aligned=a['coordinate_transformation_mode'] == 'half_pixel')


def col2im(a, x, image, block):
    sizes, kernel = [[int(v) for v in t.tolist()] for t in (image, block)]
    n = len(kernel)
    pads = a.get('pads', [0] * 2 * n)
    padded = [s + pads[k] + pads[k + n] for k, s in enumerate(sizes)]
    full = F.fold(x, padded, kernel, dilation=a.get('dilations', 1), stride=a.get('strides', 1))
    return full[:, :, pads[0]:pads[0] + sizes[0], pads[1]:pads[1] + sizes[1]]


def center_crop_pad(a, x, shape):
    axes = a.get('axes', list(range(x.dim())))
    for axis, size in zip(axes, [int(v) for v in shape.tolist()]):
        axis %= x.dim()
        have = x.shape[axis]
        if have > size:
            x = x.narrow(axis, (have - size) // 2, size)
        elif have < size:
            around = [0] * 2 * x.dim()
            begin = (size - have) // 2
            around[2 * (x.dim() - 1 - axis)] = begin
            around[2 * (x.dim() - 1 - axis) + 1] = size - have - begin
            x = F.pad(x, around)
    return x


def window_of(a, x):
    """Begins and ends of pads by spatial axis."""
    kernel = a['kernel_shape']
    n = len(kernel)
    strides, dilations = a.get('strides', [1] * n), a.get('dilations', [1] * n)
    if a.get('auto_pad', 'NOTSET').startswith('SAME'):
        totals = [max(0, (math.ceil(s / st) - 1) * st + (k - 1) * d + 1 - s)
                  for s, st, k, d in zip(x.shape[2:], strides, kernel, dilations)]
        small = [t // 2 for t in totals]
        large = [t - t // 2 for t in totals]
        upper = a['auto_pad'] == 'SAME_UPPER'
        return (small, large) if upper else (large, small)
    pads = a.get('pads', [0] * 2 * n)
    return pads[:n], pads[n:]


def window_sum(a, value, begins, ends):
    """Sums over the windows, by a convolution with ones."""
    kernel = a['kernel_shape']
    around = [p for pair in reversed(list(zip(begins, ends))) for p in pair]
    padded = F.pad(value, around)
    flat = padded.reshape(-1, 1, *padded.shape[2:])
    conv = [F.conv1d, F.conv2d, F.conv3d][len(kernel) - 1]
    total = conv(flat, torch.ones([1, 1, *kernel], dtype=value.dtype), stride=a.get('strides', 1),
                 dilation=a.get('dilations', 1))
    return total.reshape(*value.shape[:2], *total.shape[2:])


def lp_pool(a, x):
    p = a.get('p', 2)
    return window_sum(a, x.abs() ** p, *window_of(a, x)) ** (1 / p)


def dilated_average_pool(a, x):
    """Without ceil_mode."""
    begins, ends = window_of(a, x)
    counted = torch.ones_like(x)
    if a.get('count_include_pad', 0):
        return window_sum(a, x, begins, ends) / math.prod(a['kernel_shape'])
    return window_sum(a, x, begins, ends) / window_sum(a, counted, begins, ends)


OPERATORS = {
    'InstanceNormalization': lambda a, x, scale, bias: F.instance_norm(
        x, weight=scale, bias=bias, eps=a.get('epsilon', 1e-5)),
    'GroupNormalization': group_norm,
    'MeanVarianceNormalization': mean_variance,
    'LRN': lrn,
    'Resize': resize, 'GridSample': grid_sample, 'AffineGrid': affine_grid, 'RoiAlign': roi_align,
    'Col2Im': col2im, 'CenterCropPad': center_crop_pad, 'LpPool': lp_pool,
    'GlobalLpPool': lambda a, x: (x.abs() ** a.get('p', 2)).sum(list(range(2, x.dim())), keepdim=True) ** (1 / a.get('p', 2)),
    'Det': lambda a, x: torch.linalg.det(x),
}
