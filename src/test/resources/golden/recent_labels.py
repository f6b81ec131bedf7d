"""Writes recent_labels.json: what recent labels make of some rows, worked out by the formulas alone.

    python3 recent_labels.py > recent_labels.json
"""
import json

import numpy as np

RATES = np.array([1, 0.2, 0.03])
K, H, ROWS = 4, 3, 100
WEIGHTS = np.array([0.25, 2.5, 0.0, 60.0])  # the third class is served nothing
SCALE = (1 / WEIGHTS[WEIGHTS > 0]).sum() / K

rng = np.random.default_rng(7)
s = np.full((H, K), 1 / K, "f4")
theta, squares = np.array([1.0, 0, 0, 0]), np.ones(1 + H)
rows = []
label = 0
for _ in range(ROWS):
    if rng.random() < 0.2:
        label = int(rng.choice([0, 1, 3], p=[0.6, 0.3, 0.1]))
    score = rng.normal(size=K) + 1.5 * (np.arange(K) == label)
    q = np.where(WEIGHTS > 0, np.exp(score) / np.where(WEIGHTS > 0, WEIGHTS, 1), 0)
    q /= q.sum()
    ht = float(rng.integers(1, 4))

    trained = WEIGHTS > 0
    o = q * WEIGHTS / (q * WEIGHTS).sum()
    log_o = np.log(np.maximum(o[trained], 1e-6))
    g = (np.log(s.astype("f8") + 0.01) - np.log(1 / K))[:, trained]
    z = theta[0] * log_o + theta[1:] @ g
    balanced = np.exp(z - z.max())
    balanced /= balanced.sum()
    served = np.zeros(K)
    served[trained] = balanced / WEIGHTS[trained]
    served /= served.sum()
    rows.append({"q": q.tolist(), "shares": s.flatten().tolist(), "label": label, "weight": ht,
                 "served": served.tolist()})

    miss = balanced - (np.arange(K) == label)[trained]
    miss *= ht * min(WEIGHTS[label] * SCALE, 20)
    gradient = np.concatenate([[miss @ log_o], g @ miss])
    squares += gradient ** 2
    theta = theta - 0.05 * gradient / np.sqrt(squares)
    theta[0] = np.clip(theta[0], 0.2, 3)
    theta[1:] = np.clip(theta[1:], -4, 4)
    s = ((1 - RATES)[:, None] * s + RATES[:, None] * (np.arange(K) == label)).astype("f4")

print(json.dumps({"weights": WEIGHTS.tolist(), "rows": rows, "temperature": theta[0],
                  "slopes": theta[1:].tolist()}))
