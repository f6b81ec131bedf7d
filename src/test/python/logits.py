"""Raw scores of a checkpoint's model, from numpy alone.

usage: logits.py MODEL.safetensors ROWS.f32 > SCORES.f32
ROWS: little-endian float32, row by row, as many a row as the model has features; SCORES likewise.
"""

import json
import struct
import sys

import numpy as np


def read(blob):
    (n,) = struct.unpack("<Q", blob[:8])
    header = json.loads(blob[8 : 8 + n])
    header.pop("__metadata__", None)
    data = blob[8 + n :]
    return {
        name: np.frombuffer(data[slice(*t["data_offsets"])], "<f4").reshape(t["shape"])
        for name, t in header.items()
    }


def inputs(model, rows):
    """What the first layer sees: features standardised and, with quantiles, their copies by rank."""
    x = np.clip((rows - model["normalizer.mean"]) / model["normalizer.std"], -10, 10)
    if "normalizer.quantiles" not in model:
        return x
    quantiles = model["normalizer.quantiles"]
    scale = np.linspace(-1.7, 1.7, quantiles.shape[1])
    copies = [
        np.interp(rows[:, f], q, scale) if q[0] < q[-1] else np.zeros(len(rows))
        for f, q in enumerate(quantiles)
    ]
    return np.concatenate([x, np.stack(copies, 1)], 1)


def logits(model, rows):
    x = inputs(model, rows)
    layers = sorted(int(name[:-7]) for name in model if name.endswith(".weight"))
    for layer in layers:
        if layer != layers[0]:
            x = np.maximum(x, 0)
        x = x @ model[f"{layer}.weight"].T + model[f"{layer}.bias"]
    return x


if __name__ == "__main__":
    model = read(open(sys.argv[1], "rb").read())
    features = len(model["normalizer.mean"])
    rows = np.fromfile(sys.argv[2], "<f4").reshape(-1, features)
    sys.stdout.buffer.write(logits(model, rows).astype("<f4").tobytes())
