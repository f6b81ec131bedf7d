"""The metrics of a job, worked out anew from its predictions topic, with numpy alone.

usage: metrics.py PREDICTIONS.jsonl CLASS,CLASS,... [WINDOW]
PREDICTIONS: the topic's values, a line each, in order; an event that came again counts once.
Prints the metrics by the names of the job's reports; those over the newest WINDOW rows under "window", those
of all rows, each counting FADING of itself with every row after it, under "fading".
"""

import json
import sys

import numpy as np

BINS = 15
MAX_LOSS = 52 * np.log(2)
FADING = 1 - 1 / 2048


def load(lines, classes):
    rows = {}
    for line in lines:
        p = json.loads(line)
        rows.setdefault((p["partition"], p["offset"]), p)
    rows = list(rows.values())
    at = {c: i for i, c in enumerate(classes)}
    return {
        "label": np.array([at[r["label"]] for r in rows]),
        "decision": np.array([at[r["decision"]] for r in rows]),
        "weight": np.array([r["weight"] for r in rows], float),
        "raw": np.array([r["raw"] for r in rows], float),
        "served": np.array([r["served"] for r in rows], float),
    }


def areas(scores, positive, weight):
    """ROC AUC and average precision; tied scores are one group."""
    order = np.argsort(-scores, kind="stable")
    s, p, w = scores[order], positive[order], weight[order]
    last = np.flatnonzero(np.append(s[1:] != s[:-1], True))
    hits = np.cumsum(w * p)[last]
    misses = np.cumsum(w * ~p)[last]
    if hits[-1] == 0:
        return None, None
    gained = np.diff(hits, prepend=0)
    precision = float((gained * hits / (hits + misses)).sum() / hits[-1])
    if misses[-1] == 0:
        return None, precision
    lost = np.diff(misses, prepend=0)
    roc = float((lost * (hits - gained / 2)).sum() / hits[-1] / misses[-1])
    return roc, precision


def calibration_error(probability, hit, weight):
    bin_of = np.clip(np.ceil(probability * BINS) - 1, 0, BINS - 1).astype(int)
    gap = np.bincount(bin_of, weight * (probability - hit), BINS)
    return float(np.abs(gap).sum() / weight.sum())


def wilson(share, n):
    z = 1.959963984540054
    middle = share + z * z / n / 2
    reach = z * np.sqrt(share * (1 - share) / n + z * z / n / n / 4)
    return [float((middle - reach) / (1 + z * z / n)), float((middle + reach) / (1 + z * z / n))]


def metrics(data, classes):
    y, d, w, served = data["label"], data["decision"], data["weight"], data["served"]
    k = len(classes)
    confusion = np.zeros((k, k))
    np.add.at(confusion, (y, d), w)
    actual, predicted, hits = confusion.sum(1), confusion.sum(0), confusion.diagonal()
    total = confusion.sum()
    seen = actual > 0
    recall = hits[seen] / actual[seen]
    out = {
        "gmean": float(np.prod(recall) ** (1 / seen.sum())),
        "gmean_classes": int(seen.sum()),
        "balanced_accuracy": float(recall.mean()),
        "accuracy": float(hits.sum() / total),
    }
    product = (predicted * actual).sum()
    spread = (total**2 - (predicted**2).sum()) * (total**2 - (actual**2).sum())
    if spread > 0:
        out["mcc"] = float((hits.sum() * total - product) / np.sqrt(spread))
    if total**2 > product:
        out["kappa"] = float((hits.sum() * total - product) / (total**2 - product))
    loss = np.minimum(-np.log(np.maximum(served[np.arange(len(y)), y], 1e-300)), MAX_LOSS)
    out["log_loss"] = float((w * loss).sum() / w.sum())
    top = served.argmax(1)
    out["ece"] = calibration_error(served.max(1), top == y, w)
    out["n_eff"] = float(w.sum() ** 2 / (w**2).sum())
    names = "recall precision f1 recall_interval class_ece roc_auc pr_auc raw_roc_auc raw_pr_auc evaluated"
    for name in names.split():
        out[name] = {}
    for i, c in enumerate(classes):
        mine = y == i
        out["evaluated"][c] = int(mine.sum())
        if actual[i] > 0:
            out["recall"][c] = float(hits[i] / actual[i])
            effective = w[mine].sum() ** 2 / (w[mine] ** 2).sum()
            out["recall_interval"][c] = wilson(hits[i] / actual[i], effective)
        if predicted[i] > 0:
            out["precision"][c] = float(hits[i] / predicted[i])
        if actual[i] + predicted[i] > 0:
            out["f1"][c] = float(2 * hits[i] / (actual[i] + predicted[i]))
        out["class_ece"][c] = calibration_error(served[:, i], mine, w)
        for scores, prefix in ((served, ""), (data["raw"], "raw_")):
            roc, precision = areas(scores[:, i], mine, w)
            if roc is not None:
                out[prefix + "roc_auc"][c] = roc
            if precision is not None:
                out[prefix + "pr_auc"][c] = precision
    return out


if __name__ == "__main__":
    classes = sys.argv[2].split(",")
    with open(sys.argv[1], encoding="utf-8") as lines:
        data = load(lines, classes)
    result = metrics(data, classes)
    window = int(sys.argv[3]) if len(sys.argv) > 3 else 4096
    result["window"] = metrics({name: values[-window:] for name, values in data.items()}, classes)
    age = np.arange(len(data["label"]))[::-1]
    result["fading"] = metrics({**data, "weight": data["weight"] * FADING**age}, classes)
    json.dump(result, sys.stdout)
