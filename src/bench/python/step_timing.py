#!/usr/bin/env python3
"""Holds a training step of the trainer against the same step in PyTorch eager: one thread each, fresh
data each step, in turns, the best round of each.

    python3 src/bench/python/step_timing.py "$(cat target/classpath.txt):target/classes:target/test-classes"

Needs PyTorch for this python3 with a fast BLAS (Debian: python3-torch and libopenblas0-pthread;
BLAS_INFO=generic with Debian's reference BLAS is ten times slower on matrix products and no measure)."""

import os
import subprocess
import sys
import time

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import torch
from torch import nn

TURNS = 3
POOL = 64


def ours(classpath):
    """{(widths, rows): (step, floor)} in microseconds."""
    java = ["java", "-Xmx2g", "-cp", classpath, "dev.counterweight.learning.StepTiming"]
    lines = subprocess.run(java, check=True, capture_output=True, text=True).stdout.splitlines()
    cells = [line.split() for line in lines if line[:1].isdigit() and len(line.split()) == 4]
    return {(w, int(b)): (float(s), float(f)) for w, b, s, f in cells}


def theirs(widths, rows):
    """Microseconds a step: Adam with foreach, clipping by norm as the trainer does."""
    sizes = [int(w) for w in widths.split("-")]
    layers = [m for i in range(len(sizes) - 1) for m in (nn.Linear(sizes[i], sizes[i + 1]), nn.ReLU())]
    model = nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, betas=(0.5, 0.999), foreach=True)
    loss = nn.CrossEntropyLoss()
    x = torch.randn(POOL, rows, sizes[0])
    y = torch.randint(0, sizes[-1], (POOL, rows))
    steps = 1000 if sizes[0] < 100 else 40
    best = {}
    for clip in (False, True):
        for _ in range(2):
            start = time.perf_counter()
            for i in range(steps):
                optimizer.zero_grad()
                loss(model(x[i % POOL]), y[i % POOL]).backward()
                if clip:
                    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
            us = (time.perf_counter() - start) * 1e6 / steps
            best[clip] = min(us, best.get(clip, us))
    return best[False], best[True]


def main():
    torch.set_num_threads(1)
    figures = {}
    for _ in range(TURNS):
        for case, (step, floor) in ours(sys.argv[1]).items():
            plain, clipped = theirs(*case)
            seen = figures.get(case, (step, floor, plain, clipped))
            figures[case] = tuple(map(min, seen, (step, floor, plain, clipped)))
    print("microseconds a step; ratio = PyTorch eager / trainer; floor = the matrix products alone")
    for (widths, rows), (step, floor, plain, clipped) in figures.items():
        print(
            f"{widths} batch {rows}: trainer {step:.0f} (floor {floor:.0f}), PyTorch {plain:.0f}, "
            f"with clipping {clipped:.0f}; ratio {plain / step:.2f}, with clipping {clipped / step:.2f}"
        )


if __name__ == "__main__":
    main()
