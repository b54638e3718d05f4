"""Writes the node tests of the installed package onnx into a folder, as the specification's repository stores them.

    python export-tests.py FOLDER
"""

import os
import sys
import warnings

from onnx import TensorProto, numpy_helper
from onnx.backend.test.case.node import collect_testcases

warnings.filterwarnings("ignore")


def proto_of(value, info):
    kind = info.type.WhichOneof("value")
    if kind == "sequence_type":
        return numpy_helper.from_list(value, info.name)
    if kind == "optional_type":
        return numpy_helper.from_optional(value, info.name)
    return value if isinstance(value, TensorProto) else numpy_helper.from_array(value, info.name)


def write(path, proto):
    with open(path, "wb") as file:
        file.write(proto.SerializeToString())


for case in collect_testcases(None):
    if case.model is None or not case.data_sets:
        continue
    folder = os.path.join(sys.argv[1], case.name)
    os.makedirs(folder)
    write(os.path.join(folder, "model.onnx"), case.model)
    for number, (inputs, outputs) in enumerate(case.data_sets):
        data = os.path.join(folder, f"test_data_set_{number}")
        os.makedirs(data)
        for kind, values, infos in (
            ("input", inputs, case.model.graph.input),
            ("output", outputs, case.model.graph.output),
        ):
            for index, (value, info) in enumerate(zip(values, infos)):
                write(os.path.join(data, f"{kind}_{index}.pb"), proto_of(value, info))
