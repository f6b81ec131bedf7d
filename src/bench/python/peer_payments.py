#!/usr/bin/env python3
"""What a user would write instead of Counterweight for the payments of `demo payments`: PyTorch's recipe.

Reads the stream that PeerPayments exports, in order of time. Each payment is scored when it arrives. Its label
comes when it is charged back, or after two weeks as ok; a later chargeback comes as a label of its own. Once a day
the labels known so far, of the newest 50,000 payments that have one, are drawn from with a WeightedRandomSampler, as
many rows as there were payments in that day times DRAWS, and a network of the demo's size is trained on, with Adam.
Numbers are standardised by what the first two weeks of labels had, log(amount) and log(age) as people do; countries
and categories are one-hot columns, merchants and devices are hashed into embeddings, as in the demo. Probabilities are
brought back from balanced draws to the stream's odds.

usage: peer_payments.py STREAM SCORES [SEED [LAG_DAYS]]   labels are learnt from LAG_DAYS (3) after they came
"""
import heapq
import json
import math
import sys
import zlib

import numpy as np
import torch
from torch.utils.data import WeightedRandomSampler

DAY, WAIT = 86_400_000, 14 * 86_400_000
BATCH, DRAWS, KEPT = 64, 4, 50_000
BUCKETS, WIDTH = 1024, 16


class Net(torch.nn.Module):
    def __init__(self, columns):
        super().__init__()
        self.merchant = torch.nn.Embedding(BUCKETS, WIDTH)
        self.device = torch.nn.Embedding(BUCKETS, WIDTH)
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(columns + 2 * WIDTH, 64), torch.nn.ReLU(),
            torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))

    def forward(self, x, ids):
        return self.layers(torch.cat([x, self.merchant(ids[:, 0]), self.device(ids[:, 1])], 1)).squeeze(1)


class Encoder:
    """Columns of a payment: six numbers, two that say what is missing, and one-hot places that grow up to a bound."""
    NUMBERS, PLACES = 7, 40

    def __init__(self):
        self.places = {}
        self.columns = self.NUMBERS + self.PLACES

    def row(self, p):
        x = np.zeros(self.columns, np.float32)
        day = p["at"] / DAY * 2 * math.pi
        age = p["device_age"]
        x[:self.NUMBERS] = (
            (math.log(p["amount"]) - 3.3) / 1.0, p["last_hour"], 0 if age is None else (math.log(age) - 5.5) / 1.3,
            age is None, math.sin(day), math.cos(day), math.sin(day / 7))
        for name in ("country", "category"):
            place = self.places.setdefault((name, p[name]), min(len(self.places), self.PLACES - 1))
            x[self.NUMBERS + place] = 1
        ids = [zlib.crc32(p["merchant"].encode()) % BUCKETS,
               0 if p["device"] is None else 1 + zlib.crc32(p["device"].encode()) % (BUCKETS - 1)]
        return x, ids


def train(net, optimizer, xs, ids, ys, draws):
    weights = np.where(ys > 0, 0.5 / max(1, ys.sum()), 0.5 / max(1, (1 - ys).sum()))
    drawn = np.fromiter(WeightedRandomSampler(weights, draws), np.int64, draws)
    for at in range(0, draws, BATCH):
        rows = drawn[at:at + BATCH]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            net(torch.from_numpy(xs[rows]), torch.from_numpy(ids[rows])), torch.from_numpy(ys[rows]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def main(stream, scores, seed, lag_days):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    encoder = Encoder()
    net = Net(encoder.columns)
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    rows, told, due, labels, waiting = {}, {}, [], {}, []
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
            xs = np.stack([rows[n][0] for n in labels])
            ids = np.array([rows[n][1] for n in labels], np.int64)
            train(net, optimizer, xs, ids, ys, DRAWS * payments)
            return float(ys.mean())
        return None

    lag, payments = int(lag_days * DAY), 0
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
                x, ids = rows[number]
                logit = net(torch.from_numpy(x[None]), torch.tensor([ids])).item() + math.log(prior / (1 - prior))
            out.write(f"{number},{1 / (1 + math.exp(-max(-40, min(40, logit)))):.9g}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int((sys.argv + [1])[3]) if len(sys.argv) > 3 else 1,
         float(sys.argv[4]) if len(sys.argv) > 4 else 3.0)
