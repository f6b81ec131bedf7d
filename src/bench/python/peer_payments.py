#!/usr/bin/env python3
"""What a user would write instead of Counterweight for the payments of `demo payments`: PyTorch's recipe.

Reads the stream that PeerPayments exports, in order of time. Each payment is scored when it arrives. Its label
comes when it is charged back, or after ten days as ok, as the demo's joiner writes it; a later chargeback comes as a
label of its own. Once a day the labels known so far, of the newest 50,000 payments that have one, are drawn from with a
WeightedRandomSampler, as many rows as there were payments in that day times DRAWS, and a model is trained on, with
Adam: a logistic regression (linear), or the network of Counterweight's defaults (mlp). Columns are those of the demo's
jobs: numbers standardised, log(amount) and log(age) as people do; countries and categories one-hot. Probabilities are
brought back from balanced draws to the stream's odds.

usage: peer_payments.py linear|mlp STREAM SCORES [SEED [LAG_DAYS]]   labels are learnt from LAG_DAYS (3) after they came
"""
import heapq
import json
import math
import sys

import numpy as np
import torch
from torch.utils.data import WeightedRandomSampler

DAY, WAIT = 86_400_000, 10 * 86_400_000
BATCH, DRAWS, KEPT = 64, 4, 50_000


def network(kind, columns):
    if kind == "linear":
        return torch.nn.Linear(columns, 1)
    return torch.nn.Sequential(
        torch.nn.Linear(columns, 64), torch.nn.ReLU(), torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))


class Encoder:
    """Columns of a payment: seven numbers, one of them whether an age is missing, and one-hot places up to a bound."""
    NUMBERS, PLACES = 7, 40

    def __init__(self):
        self.places = {}
        self.columns = self.NUMBERS + self.PLACES

    def row(self, p):
        x = np.zeros(self.columns, np.float32)
        day = p["at"] / DAY * 2 * math.pi
        age = p["device"] and p["device"]["age_days"]
        x[:self.NUMBERS] = (
            (math.log(p["amount"]) - 3.3) / 1.0, p["card"]["last_hour"], 0 if age is None else (math.log(age) - 5.5) / 1.3,
            age is None, math.sin(day), math.cos(day), math.sin(day / 7))
        for name in (p["card"]["country"], p["merchant"]["category"]):
            place = self.places.setdefault(name, min(len(self.places), self.PLACES - 1))
            x[self.NUMBERS + place] = 1
        return x


def train(net, optimizer, xs, ys, draws):
    weights = np.where(ys > 0, 0.5 / max(1, ys.sum()), 0.5 / max(1, (1 - ys).sum()))
    drawn = np.fromiter(WeightedRandomSampler(weights, draws), np.int64, draws)
    for at in range(0, draws, BATCH):
        rows = drawn[at:at + BATCH]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            net(torch.from_numpy(xs[rows])).squeeze(1), torch.from_numpy(ys[rows]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def main(kind, stream, scores, seed=1, lag_days=3):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    encoder = Encoder()
    net = network(kind, encoder.columns)
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    rows, told, due, labels, waiting = {}, {}, [], {}, []
    lag, payments = int(lag_days * DAY), 0
    start, today, prior, made = None, 0, 0.5, 0

    def learn(now, payments):
        while due and due[0][0] <= now:
            at, number = heapq.heappop(due)
            if number not in told:
                heapq.heappush(waiting, (at + lag, number, 0.0))
        while waiting and waiting[0][0] <= now:
            _, number, y = heapq.heappop(waiting)
            if number in rows:
                labels.pop(number, None)
                labels[number] = y
        for number in list(labels)[:max(0, len(labels) - KEPT)]:
            del labels[number], rows[number]
        ys = np.array(list(labels.values()), np.float32)
        if 0 < ys.sum() < len(ys) and payments:
            train(net, optimizer, np.stack([rows[n] for n in labels]), ys, DRAWS * payments)
            return float(ys.mean())
        return None

    with open(stream) as source, open(scores, "w") as out, torch.no_grad():
        for line in source:
            event = json.loads(line)
            start = start or event["at"]
            if (event["at"] - start) // DAY > today:
                today = (event["at"] - start) // DAY
                with torch.enable_grad():
                    share = learn(start + today * DAY, payments)
                prior, payments = share or prior, 0
                made += share is not None
            if "of" in event:
                told[event["of"]] = event["fraud"]
                heapq.heappush(waiting, (event["at"] + lag, event["of"], float(event["fraud"])))
                continue
            payments += 1
            number = event["number"]
            rows[number] = encoder.row(event)
            heapq.heappush(due, (event["at"] + WAIT, number))
            logit = -5.5
            if made:
                logit = net(torch.from_numpy(rows[number][None])).item() + math.log(prior / (1 - prior))
            out.write(f"{number},{1 / (1 + math.exp(-max(-40, min(40, logit)))):.9g}\n")


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:5]), *map(float, sys.argv[5:6]))
