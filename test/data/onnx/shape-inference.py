"""Makes shape-inference.json: types that Python's onnx infers for single nodes, to compare ours with.

Needs onnx: python test/data/onnx/shape-inference.py
A case: [operator, attributes, inputs, number of outputs, opset 20]. An input is [type, dims] or
[type, dims, values] for one that is constant, or null for an absent one. Expected dims: a number, a symbol, or null
where onnx does not know.
"""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, shape_inference

TYPES = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64, "bool": TensorProto.BOOL, "int32": TensorProto.INT32,
         "float64": TensorProto.DOUBLE, "uint8": TensorProto.UINT8, "int8": TensorProto.INT8, "float16": TensorProto.FLOAT16}
NAMES = {code: name for name, code in TYPES.items()}


def f(*dims):
    return ["float32", list(dims)]


def i(*dims):
    return ["int64", list(dims)]


def c(*values):
    return ["int64", [len(values)], list(values)]


def s(value, type="int64"):
    return [type, [], [value]]


CASES = []


def case(op, inputs, outputs=1, **attributes):
    CASES.append([op, attributes, inputs, outputs])


B = "batch"
for op in ["Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Exp", "Floor", "Log", "Reciprocal",
           "Round", "Sin", "Sinh", "Sqrt", "Tan", "Abs", "Neg", "Sign", "Identity", "Relu", "LeakyRelu", "Elu", "Selu",
           "Celu", "ThresholdedRelu", "HardSigmoid", "HardSwish", "Softplus", "Softsign", "Mish", "Gelu", "Sigmoid",
           "Tanh", "Erf", "Softmax", "LogSoftmax", "Hardmax", "IsNaN", "IsInf", "Shrink", "LpNormalization"]:
    case(op, [f(B, 3)])
for op in ["Add", "Sub", "Mul", "Div", "Pow", "Mod", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "PRelu"]:
    case(op, [f(B, 3, 4), f(3, 1)])
    case(op, [f(2, 3, 4), f()])
for op in ["And", "Or", "Xor"]:
    case(op, [["bool", [B, 3]], ["bool", [1, 3]]])
case("Not", [["bool", [B]]])
for op in ["Sum", "Mean", "Max", "Min"]:
    case(op, [f(B, 3), f(3), f(1, 1)])
    case(op, [f(2, 3)])
case("Pow", [f(B, 2), s(2)])
case("Where", [["bool", [B, 1]], f(1, 4), f()])
case("Clip", [f(B, 3), s(0.0, "float32"), s(6.0, "float32")])
case("Clip", [f(B, 3), None, s(6.0, "float32")])
case("Cast", [f(B, 3)], to=7)
case("Cast", [i(B, 3)], to=1)
case("CastLike", [f(B, 3), i(1)])
case("Gemm", [f(B, 4), f(4, 5), f(5)])
case("Gemm", [f(B, 4), f(5, 4)], transB=1, alpha=0.5)
case("Gemm", [f(4, B), f(4, 5)], transA=1)
for a, b in [((B, 4), (4, 5)), ((B, 2, 3, 4), (4, 5)), ((2, 1, 3, 4), (5, 4, 6)), ((4,), (4, 5)), ((B, 4), (4,)), ((4,), (4,))]:
    case("MatMul", [f(*a), f(*b)])
x = f(B, 4, 9, 11)
for attributes in [{}, {"pads": [1, 1, 1, 1]}, {"strides": [2, 3]}, {"dilations": [2, 1], "pads": [0, 1, 2, 1]},
                   {"auto_pad": "SAME_UPPER", "strides": [2, 2]}, {"auto_pad": "SAME_LOWER"}, {"auto_pad": "VALID", "strides": [2, 1]}]:
    case("Conv", [x, f(6, 4, 3, 3), f(6)], **attributes)
    case("ConvTranspose", [x, f(4, 6, 3, 3), f(6)], **attributes)
    pool = dict(attributes)
    for op in ["MaxPool", "AveragePool", "LpPool"]:
        for ceil in [0, 1]:
            # onnx defines no size for a SAME pool with ceil_mode; it is that of floor.
            if ceil and "auto_pad" in pool:
                continue
            case(op, [x], kernel_shape=[3, 3], ceil_mode=ceil, **pool)
case("Conv", [f(B, 4, 9), f(8, 2, 3)], group=2)
case("Conv", [f(B, 4, 9, 9, 9), f(8, 1, 3, 2, 1)], group=4)
case("ConvTranspose", [x, f(4, 3, 3, 3)], group=2, strides=[2, 2], output_padding=[1, 1], pads=[1, 1, 1, 1])
case("ConvTranspose", [x, f(4, 3, 3, 3)], strides=[2, 2], output_shape=[18, 22])
case("MaxPool", [x], 2, kernel_shape=[2, 2], strides=[2, 2])
case("MaxUnpool", [f(B, 4, 4, 5), i(B, 4, 4, 5)], kernel_shape=[2, 2], strides=[2, 2])
for op in ["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"]:
    case(op, [x])
norm = [f(B, 4, 8, 8), f(4), f(4), f(4), f(4)]
case("BatchNormalization", norm)
case("BatchNormalization", norm, 3, training_mode=1)
case("LayerNormalization", [f(B, 6, 8), f(8), f(8)], 3)
case("LayerNormalization", [f(B, 6, 8), f(6, 8)], 1, axis=1)
case("InstanceNormalization", norm[:3])
case("GroupNormalization", [x, f(2), f(2)], num_groups=2)
case("LRN", [x], size=3)
case("Dropout", [x], 2)
case("Dropout", [x, s(0.5, "float32"), s(True, "bool")], 2)
for shape in [[0, -1], [-1, 3, 2], [2, 0, 0, -1], [-1]]:
    case("Reshape", [f(2, 3, 4), c(*shape)])
case("Reshape", [f(B, 3, 4), c(0, 12)])
case("Reshape", [f(B, 3, 4), c(0, -1)])
for axis in [0, 1, 2, 3, -1]:
    case("Flatten", [f(2, 3, 4)], axis=axis)
case("Flatten", [f(B, 3, 4)])
case("Transpose", [f(B, 3, 4)])
case("Transpose", [f(B, 3, 4)], perm=[1, 0, 2])
case("Squeeze", [f(B, 1, 4, 1), c(1, -1)])
case("Squeeze", [f(2, 1, 4, 1)])
case("Unsqueeze", [f(B, 4), c(0, -1)])
case("Concat", [f(B, 4), f(B, 5), f(B, 6)], axis=1)
case("Concat", [f(2, 4), f(3, 4)], axis=-2)
case("Split", [f(B, 10)], 3, axis=1, num_outputs=3)
case("Split", [f(10, B), c(2, 3, 5)], 3, axis=0)
for bounds in [(c(1), c(3)), (c(-3), c(-1)), (c(0), c(2**62)), (c(2), c(1)), (c(-100), c(100))]:
    case("Slice", [f(B, 7), *bounds, c(1)])
    case("Slice", [f(B, 7), *bounds, c(-1), c(2)])
case("Slice", [f(B, 7), c(-1), c(-(2**62)), c(1), c(-1)])
case("Slice", [f(B, 7), c(5), c(1), c(1), c(-2)])
case("Slice", [f(6, 7), c(1, 2), c(3, 6)])
case("Pad", [f(B, 7), c(0, 1, 0, 2)])
case("Pad", [f(B, 7), c(1, 2), None, c(1)], mode="reflect")
case("Pad", [f(5, 7), c(0, -2, 0, -1)])
case("Expand", [f(3, 1), c(2, 1, 6)])
case("Tile", [f(B, 3), c(1, 4)])
case("Gather", [f(10, B, 4), i(2, 3)])
case("Gather", [f(10, B, 4), s(1)], axis=-1)
case("GatherElements", [f(B, 4), i(B, 2)], axis=1)
case("GatherND", [f(2, 3, 4), i(5, 2)])
case("GatherND", [f(2, 3, 4), i(2, 1)], batch_dims=1)
case("ScatterND", [f(B, 3), i(5, 1), f(5, 3)])
case("ScatterElements", [f(B, 4), i(B, 2), f(B, 2)], axis=1)
case("Shape", [f(B, 3, 4)])
case("Shape", [f(B, 3, 4)], start=1)
case("Shape", [f(B, 3, 4)], start=-2, end=-1)
case("Size", [f(B, 3)])
case("ConstantOfShape", [c(2, 3)])
case("Range", [s(0), s(10), s(3)])
case("Range", [s(10), s(0), s(-4)])
case("Range", [s(0.0, "float32"), s(1.0, "float32"), s(0.25, "float32")])
case("OneHot", [i(B, 3), s(7), f(2)])
case("OneHot", [i(B, 3), s(7), f(2)], axis=1)
case("Trilu", [f(B, 4, 4)], upper=0)
case("CumSum", [f(B, 4), s(1)])
case("DepthToSpace", [f(B, 8, 3, 3)], blocksize=2)
case("SpaceToDepth", [f(B, 2, 6, 4)], blocksize=2)
case("TopK", [f(B, 9), c(3)], 2)
case("TopK", [f(8, 9), c(3)], 2, axis=0)
for op in ["ArgMax", "ArgMin"]:
    case(op, [f(B, 9)], axis=-1)
    case(op, [f(B, 9)], axis=1, keepdims=0)
for op in ["L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare"]:
    case("Reduce" + op, [f(B, 3, 4)])
    case("Reduce" + op, [f(B, 3, 4)], keepdims=0)
    case("Reduce" + op, [f(B, 3, 4), c(1, -1)])
    case("Reduce" + op, [f(B, 3, 4), c(-2)], keepdims=0)
    case("Reduce" + op, [f(B, 3, 4)], noop_with_empty_axes=1)
case("SoftmaxCrossEntropyLoss", [f(B, 10), i(B)], 2)
case("SoftmaxCrossEntropyLoss", [f(B, 10, 4), i(B, 4)], reduction="none")
case("NegativeLogLikelihoodLoss", [f(B, 10), i(B)], reduction="sum")
case("NonZero", [f(B, 3)])
case("Compress", [f(B, 3), ["bool", [3]]], axis=1)
case("EyeLike", [f(3, 4)], dtype=7)
case("ReverseSequence", [f(5, B), i(B)])
for op, gates, states in [("RNN", 1, 1), ("GRU", 3, 1), ("LSTM", 4, 2)]:
    case(op, [f(7, B, 2), f(1, gates * 3, 2), f(1, gates * 3, 3)], 1 + states, hidden_size=3)
    case(op, [f("time", B, 2), f(2, gates * 3, 2), f(2, gates * 3, 3), f(2, gates * 6), ["int32", [B]], f(2, B, 3)],
         1 + states, hidden_size=3, direction="bidirectional")
    case(op, [f(B, 7, 2), f(1, gates * 3, 2), f(1, gates * 3, 3)], 1 + states, hidden_size=3, layout=1)

image = f(B, 3, 6, 8)
for attributes in [{}, {"mode": "linear", "coordinate_transformation_mode": "align_corners"}]:
    case("Resize", [image, None, ["float32", [4], [1.0, 1.0, 2.0, 1.5]]], **attributes)
    case("Resize", [f(2, 3, 6, 8), None, None, c(2, 3, 5, 4)], **attributes)
case("Resize", [image, None, ["float32", [2], [0.3, 1.7]]], axes=[2, 3])
case("Resize", [image, None, None, c(9, 9)], axes=[3, 2])
for policy in ["stretch", "not_larger", "not_smaller"]:
    case("Resize", [image, None, None, c(9, 4)], axes=[2, 3], keep_aspect_ratio_policy=policy)
case("GridSample", [image, f(B, 5, 7, 2)])
case("GridSample", [f(2, 3, 4, 5, 6), f(2, 7, 8, 9, 3)], mode="nearest")
case("AffineGrid", [f(2, 2, 3), c(2, 3, 5, 6)])
case("AffineGrid", [f(2, 3, 4), c(2, 3, 4, 5, 6)], align_corners=1)
case("RoiAlign", [image, f(7, 4), i(7)], output_height=3, output_width=5)
case("RoiAlign", [image, f("rois", 4), i("rois")])
case("Col2Im", [f(B, 27, 24), c(6, 8), c(3, 3)], pads=[1, 1, 0, 0])
case("Col2Im", [f(2, 12, 12), c(6, 8), c(2, 2)], strides=[2, 2])
case("CenterCropPad", [f(2, 3, 7), c(2, 5, 4)])
case("CenterCropPad", [image, c(4, 9)], axes=[2, -1])
case("Det", [f(B, 4, 4)])
case("Det", [f(3, 3)])
case("MeanVarianceNormalization", [image], axes=[0, 2, 3])
for zero in ["uint8", "int8"]:
    case("QuantizeLinear", [f(B, 3), f(), [zero, []]])
    case("DequantizeLinear", [[zero, [B, 3]], f(3), [zero, [3]]], axis=1)
case("QuantizeLinear", [f(B, 3), f(3)], axis=-1)
case("DequantizeLinear", [["int32", [B, 3]], f()])
case("DynamicQuantizeLinear", [f(B, 3)], 3)
case("RandomNormalLike", [f(B, 3)])
case("RandomNormalLike", [i(B, 3)], dtype=1)
for op in ["BitwiseAnd", "BitwiseOr", "BitwiseXor"]:
    case(op, [["int32", [B, 3]], ["int32", [1, 3]]])
case("BitwiseNot", [["uint8", [B, 3]]])
case("BitShift", [["uint8", [B, 3]], ["uint8", []]], direction="LEFT")


def symbol(name):
    return None if name == "" or name.startswith("unk__") else name


def infer(op, attributes, inputs, outputs):
    names, values, initializers = [], [], []
    for n, given in enumerate(inputs):
        names.append("" if given is None else f"in{n}")
        if given is None:
            continue
        if len(given) == 3:
            dtype = helper.tensor_dtype_to_np_dtype(TYPES[given[0]])
            array = np.array(given[2], dtype).reshape(given[1])
            initializers.append(numpy_helper.from_array(array, f"in{n}"))
        else:
            values.append(helper.make_tensor_value_info(f"in{n}", TYPES[given[0]], given[1]))
    out = [f"out{n}" for n in range(outputs)]
    graph = helper.make_graph([helper.make_node(op, names, out, **attributes)], "case", values,
                              [onnx.ValueInfoProto(name=name) for name in out], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    result = []
    for value in inferred.graph.output:
        tensor = value.type.tensor_type
        dims = None
        if tensor.HasField("shape"):
            dims = [d.dim_value if d.HasField("dim_value") else symbol(d.dim_param) for d in tensor.shape.dim]
        result.append([NAMES[tensor.elem_type], dims])
    return result


cases = []
for op, attributes, inputs, outputs in CASES:
    try:
        expected = infer(op, attributes, inputs, outputs)
    except Exception as error:
        print(op, attributes, inputs, error)
        continue
    cases.append({"op": op, "attributes": attributes, "inputs": inputs, "expected": expected})
path = Path(__file__).with_name("shape-inference.json")
lines = ",\n".join(json.dumps(entry) for entry in cases)
path.write_text(f'{{"onnx": "{onnx.__version__}", "cases": [\n{lines}\n]}}\n')
print(len(cases), "cases")
