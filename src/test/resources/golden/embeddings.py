"""Writes embeddings.json: steps of small models with embeddings, as PyTorch makes them.

usage: python3 embeddings.py > embeddings.json

A row has two numbers, a category (nn.Embedding) and up to three categories of another kind, whose
vectors are averaged (nn.EmbeddingBag). Both are sparse and updated by SparseAdam or SGD, at the
learning rate over the root of their width where they are inputs; the layers by Adam, AdamW or SGD. Clipping is clip_grad_norm_'s over all of them.
"""

import json

import torch

BUCKETS, WIDTH = (7, 5), (3, 2)
CLASSES, ROWS, STEPS, ITEMS = 3, 8, 25, 3
RUNS = {
    "mlp-adam": dict(hidden=6, dense=lambda p: torch.optim.Adam(p, lr=0.01)),
    "mlp-adam-clipped": dict(hidden=6, dense=lambda p: torch.optim.Adam(p, lr=0.01), clip=0.3),
    "mlp-adamw": dict(hidden=6, dense=lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.05)),
    "mlp-sgd": dict(hidden=6, dense=lambda p: torch.optim.SGD(p, lr=0.05), rows=torch.optim.SGD),
    "linear-adam": dict(hidden=0, dense=lambda p: torch.optim.Adam(p, lr=0.01)),
    "linear-sgd-clipped": dict(
        hidden=0, dense=lambda p: torch.optim.SGD(p, lr=0.05), rows=torch.optim.SGD, clip=0.3),
}


def batch():
    numbers = torch.randn(ROWS, 2)
    one = torch.randint(0, BUCKETS[0], (ROWS,))
    counts = torch.randint(1, ITEMS + 1, (ROWS,))
    many = [torch.randint(0, BUCKETS[1], (int(n),)) for n in counts]
    return numbers, one, many, torch.randint(0, CLASSES, (ROWS,))


def columns(numbers, one, many):
    """The rows as a job has them: numbers, row of the category, rows of the others and -1."""
    return [
        x + [float(a)] + [float(b) for b in bs] + [-1.0] * (ITEMS - len(bs))
        for x, a, bs in zip(numbers.tolist(), one, many)
    ]


def clip(parameters, most):
    grads = [p.grad.coalesce() if p.grad.is_sparse else p.grad for p in parameters]
    values = [g.values() if g.is_sparse else g for g in grads]
    norm = torch.norm(torch.stack([torch.norm(v, 2) for v in values]), 2)
    if most:
        share = torch.clamp(most / (norm + 1e-6), max=1.0)
        for p, g in zip(parameters, grads):
            p.grad = g * share
    return norm.item()


def run(name, batches, hidden, dense, rows=None, clip_at=0.0):
    torch.manual_seed(2)
    widths = WIDTH if hidden else (CLASSES, CLASSES)
    one = torch.nn.Embedding(BUCKETS[0], widths[0], sparse=True)
    many = torch.nn.EmbeddingBag(BUCKETS[1], widths[1], mode="mean", sparse=True)
    sizes = [2 + sum(WIDTH), hidden, CLASSES] if hidden else [2, CLASSES]
    layers = []
    for i in range(len(sizes) - 1):
        layers += ([torch.nn.ReLU()] if i else []) + [torch.nn.Linear(sizes[i], sizes[i + 1])]
    net = torch.nn.Sequential(*layers)
    tables = [one.weight, many.weight]
    parts = lambda: {
        "embedding.one.weight": one.weight.tolist(),
        "embedding.many.weight": many.weight.tolist(),
        **{n: t.tolist() for n, t in net.state_dict().items()},
    }
    init, losses, norms = parts(), [], []
    by_layer = dense(net.parameters())
    lr = 0.05 if rows else 0.01
    less = [t.shape[1] ** 0.5 if hidden else 1 for t in tables]
    groups = [dict(params=[t], lr=lr / d) for t, d in zip(tables, less)]
    by_row = (rows or torch.optim.SparseAdam)(groups, lr=lr)
    for numbers, a, bs, labels in batches:
        starts = torch.tensor([0] + [len(b) for b in bs[:-1]]).cumsum(0)
        vectors = [one(a), many(torch.cat(bs), starts)]
        scores = net(torch.cat([numbers, *vectors], 1)) if hidden else net(numbers) + sum(vectors)
        loss = torch.nn.functional.cross_entropy(scores, labels)
        by_layer.zero_grad()
        by_row.zero_grad()
        loss.backward()
        norms.append(clip([*net.parameters(), *tables], clip_at))
        by_layer.step()
        by_row.step()
        losses.append(loss.item())
    state = {}
    if not rows:
        for table, weight in zip(("one", "many"), tables):
            for moment in ("exp_avg", "exp_avg_sq"):
                state[f"embedding.{table}.weight.{moment}"] = by_row.state[weight][moment].tolist()
    return dict(name=name, clip=clip_at, init=init, losses=losses, norms=norms, final=parts(), state=state)


torch.manual_seed(1)
BATCHES = [batch() for _ in range(STEPS)]
print(
    json.dumps(
        dict(
            source=f"PyTorch {torch.__version__}, by embeddings.py",
            buckets=BUCKETS,
            width=WIDTH,
            items=ITEMS,
            rows=[columns(*b[:3]) for b in BATCHES],
            labels=[b[3].tolist() for b in BATCHES],
            runs=[
                run(name, BATCHES, r["hidden"], r["dense"], r.get("rows"), r.get("clip", 0.0))
                for name, r in RUNS.items()
            ],
        )
    )
)
