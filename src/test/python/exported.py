"""What an exported TorchScript file tells of rows: one JSON object to standard output.

usage: exported.py MODEL.pt INPUTS.json
INPUTS: {feature: {"type": "float32" or "int64", "values": nested lists}}; null is NaN.
"""

import json
import sys

import torch

model = torch.jit.load(sys.argv[1])
with open(sys.argv[2]) as file:
    inputs = json.load(file)


def tensor(given):
    if given["type"] == "int64":
        return torch.tensor(given["values"], dtype=torch.int64)
    return torch.tensor([float("nan") if v is None else v for v in given["values"]], dtype=torch.float32)


probabilities, decision = model({name: tensor(given) for name, given in inputs.items()})
print(
    json.dumps(
        {
            "features": model.features,
            "classes": model.classes,
            "about": model.about,
            "probabilities": probabilities.tolist(),
            "decision": decision.tolist(),
        }
    )
)
