#!/usr/bin/env python3
"""What a user would write instead of Counterweight where events are JSON: the tuned recipe.

Consumes JSON events (features f0, f1, ... and a label) from Kafka, parses each with json.loads,
gathers windows, draws rebalanced mini-batches (vectorised, as many as twice the rarest class) and
trains an MLP (PyTorch).

usage: peer_json.py BOOTSTRAP TOPIC EVENTS FEATURES CLASSES tuned
"""
import json
import sys
import time
import uuid

import numpy as np
import torch
from confluent_kafka import Consumer
from sklearn.utils.class_weight import compute_class_weight

WINDOW, BATCH = 65536, 256


def main(bootstrap, topic, events, features, classes):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    names = [f"f{i}" for i in range(features)]
    model = torch.nn.Sequential(
        torch.nn.Linear(features, 64), torch.nn.ReLU(),
        torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, classes))
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, foreach=True)
    loss_fn = torch.nn.CrossEntropyLoss()  # the draws balance already
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": str(uuid.uuid4()),
        "auto.offset.reset": "earliest", "enable.auto.commit": False,
        "fetch.message.max.bytes": 4 << 20, "queued.max.messages.kbytes": 1 << 18})
    consumer.subscribe([topic])
    seen, trained, start = 0, 0, None
    rows, labels = [], []
    while seen + len(rows) < events:
        messages = consumer.consume(min(10000, WINDOW - len(rows)), 5.0 if start else 30.0)
        if not messages:
            break
        start = start or time.perf_counter()
        for message in messages:
            if not message.error():
                event = json.loads(message.value())
                rows.append([event[name] for name in names])
                labels.append(int(event["label"]))
        if len(rows) < WINDOW and seen + len(rows) < events:
            continue
        x, ids = torch.tensor(rows, dtype=torch.float32), np.array(labels)
        y = torch.from_numpy(ids)
        seen += len(rows)
        rows, labels = [], []
        present = np.unique(ids)
        weights = np.ones(classes, np.float32)
        weights[present] = compute_class_weight("balanced", classes=present, y=ids)
        rarest = np.bincount(ids, minlength=classes)[present].min()
        draws = int(max(BATCH, min(len(y), classes * rarest)))
        drawn = torch.multinomial(torch.from_numpy(weights)[y], draws, replacement=True)
        for i in drawn.split(BATCH):
            optimizer.zero_grad()
            loss_fn(model(x[i]), y[i]).backward()
            optimizer.step()
            trained += len(i)
    seconds = time.perf_counter() - start
    print(f"tuned events={seen} trained={trained} seconds={seconds:.2f} events_per_s={seen / seconds:.0f}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]))
