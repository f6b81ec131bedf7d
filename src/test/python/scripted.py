#!/usr/bin/env python3
"""Writes small TorchScript modules from 5 features to 3 classes, and some that do not fit, to a folder."""

import sys

import torch
from torch import nn


class Frozen(nn.Module):
    """Its first layer stays as it is."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(5, 8)
        self.last = nn.Linear(8, 3)
        self.first.requires_grad_(False)

    def forward(self, x):
        return self.last(torch.relu(self.first(x)))


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(5, 3)

    def forward(self, x):
        return self.last(x), x


def main(folder):
    torch.manual_seed(1)
    modules = {
        "plain": nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3)),
        "wide": nn.Sequential(nn.Linear(6, 3)),
        "binary": nn.Sequential(nn.Linear(5, 2)),
        "norm": nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3)),
        "layernorm": nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 3)),
        "dropout": nn.Sequential(nn.Linear(5, 8), nn.Dropout(0.5), nn.Linear(8, 3)),
        "frozen": Frozen(),
        "pair": Pair(),
        "double": nn.Sequential(nn.Linear(5, 3)).double(),
        "nothing": nn.Sequential(nn.Softmax(1)),
    }
    for name, module in modules.items():
        torch.jit.script(module).save(f"{folder}/{name}.pt")
    torch.save(modules["plain"].state_dict(), f"{folder}/state.pt")
    torch.save(modules["plain"].state_dict(), f"{folder}/pickle.pt", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main(sys.argv[1])
