"""Weights from a formula that script and test share, so that no weights are stored.

Element i of the tensor `name` is a hash of (name, i) in [-1, 1), scaled by the tensor's role. The TypeScript twin is
test/unit/nn/import/formula.ts; both work in 32-bit integers and round to float32 once.
"""

import numpy as np


def fnv(name):
    value = 0x811C9DC5
    for byte in name.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def noise(name, count):
    """float64 in [-1, 1), multiples of 2^-23: exact in float32."""
    with np.errstate(over="ignore"):
        x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(fnv(name))
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)).astype(np.float64) / 2**23 - 1


def weight(name, dims):
    """float32: a matrix or kernel U(-1, 1) * sqrt(3 / fan_in); scales and variances around 1; biases and means around 0."""
    values = noise(name, int(np.prod(dims)))
    if name.endswith("running_var"):
        values = 1 + 0.25 * values
    elif len(dims) <= 1:
        values = 0.125 * values + (1 if name.endswith("weight") else 0)
    elif "embed" in name or "wte" in name or "wpe" in name:
        values = 0.5 * values
    else:
        fan_in = int(np.prod(dims[1:])) if "c_attn" not in name and "c_proj" not in name and "c_fc" not in name else dims[0]
        # A power of two near sqrt(3 / fan_in), so that the product is exact.
        values = values * 2.0 ** np.round(np.log2(np.sqrt(3 / fan_in)))
    return values.astype(np.float32).reshape(dims)
