"""A client of the Open Inference Protocol (version 2, REST), written to the protocol's text alone.

usage: inference.py URL MODEL ROWS.json

Asks a server all that the protocol has, demands that each answer has what the protocol says it has,
and prints the outputs of inference over ROWS, an array of arrays, as JSON; sent flat, nested, and by
feature. Some 38 bad requests must each be refused in between.
"""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request

import numpy as np

DATATYPES = {
    "BOOL": np.bool_,
    "UINT8": np.uint8,
    "UINT16": np.uint16,
    "UINT32": np.uint32,
    "UINT64": np.uint64,
    "INT8": np.int8,
    "INT16": np.int16,
    "INT32": np.int32,
    "INT64": np.int64,
    "FP32": np.float32,
    "FP64": np.float64,
    "BYTES": np.object_,
}


class Refused(Exception):
    """An answer with the protocol's error object."""

    def __init__(self, status, message):
        super().__init__(f"{status}: {message}")
        self.status = status


class Client:
    def __init__(self, url):
        self.url = url.rstrip("/")

    def _ask(self, path, body=None, headers=None):
        request = urllib.request.Request(self.url + "/" + path, data=body)
        if body is not None:
            request.add_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                assert response.status == 200
                assert response.headers["Content-Type"] == "application/json"
                return json.loads(response.read())
        except urllib.error.HTTPError as e:
            error = json.loads(e.read())
            assert isinstance(error["error"], str) and error["error"], error
            raise Refused(e.code, error["error"]) from None

    @staticmethod
    def _model(name, version=None):
        path = "v2/models/" + urllib.parse.quote(name, safe="")
        return path if version is None else path + "/versions/" + urllib.parse.quote(version, safe="")

    def live(self):
        return self._ask("v2/health/live")["live"] is True

    def ready(self):
        return self._ask("v2/health/ready")["live"] is True

    def server(self):
        answer = self._ask("v2")
        assert isinstance(answer["name"], str) and isinstance(answer["version"], str)
        assert all(isinstance(e, str) for e in answer["extensions"])
        return answer

    def model(self, name, version=None):
        answer = self._ask(self._model(name, version))
        assert answer["name"] == name and isinstance(answer["platform"], str)
        assert all(isinstance(v, str) for v in answer["versions"])
        for tensor in answer["inputs"] + answer["outputs"]:
            assert isinstance(tensor["name"], str) and tensor["datatype"] in DATATYPES
            assert all(isinstance(d, int) and d >= -1 for d in tensor["shape"])
        return answer

    def model_ready(self, name, version=None):
        answer = self._ask(self._model(name, version) + "/ready")
        assert answer["name"] == name
        return answer["ready"] is True

    def infer(self, name, inputs, outputs=None, request_id=None, version=None, nested=False):
        """Arrays by name, of arrays by name."""
        request = {
            "inputs": [
                {
                    "name": tensor,
                    "shape": list(array.shape),
                    "datatype": next(d for d, t in DATATYPES.items() if array.dtype == t),
                    "data": (array if nested else array.flatten()).tolist(),
                }
                for tensor, array in inputs.items()
            ]
        }
        if request_id is not None:
            request["id"] = request_id
        if outputs is not None:
            request["outputs"] = [{"name": o} for o in outputs]
        answer = self._ask(self._model(name, version) + "/infer", json.dumps(request).encode())
        assert answer["model_name"] == name and isinstance(answer["model_version"], str)
        assert answer.get("id") == request_id
        arrays = {}
        for tensor in answer["outputs"]:
            array = np.array(tensor["data"], dtype=DATATYPES[tensor["datatype"]])
            arrays[tensor["name"]] = array.reshape(tensor["shape"])
        return arrays


def refused(client, model, columns):
    """How many of these requests are refused, each by a status of 4xx and the error object."""
    tensor = {"name": "input", "shape": [1, columns], "datatype": "FP32", "data": [0.0] * columns}
    bad = [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"inputs"',
        b"{}",
        b"\xff\xfe",
        json.dumps({"inputs": []}).encode(),
        json.dumps({"inputs": {}}).encode(),
        json.dumps({"inputs": [tensor, tensor]}).encode(),
        json.dumps({"inputs": [tensor], "id": 1}).encode(),
        json.dumps({"inputs": [tensor], "outputs": [{"name": "none"}]}).encode(),
        json.dumps({"inputs": [tensor], "parameters": {"p": {}}}).encode(),
    ]
    changes = [
        {"name": "none"},
        {"name": None},
        {"name": 1},
        {"shape": [1]},
        {"shape": [columns]},
        {"shape": [1, -1]},
        {"shape": [1, columns, 1]},
        {"shape": "1"},
        {"shape": [2, columns]},
        {"datatype": "FP16"},
        {"datatype": "BYTES"},
        {"datatype": "INT8"},
        {"datatype": "BOOL"},
        {"datatype": None},
        {"data": None},
        {"data": 1.0},
        {"data": []},
        {"data": [0.0] * (columns + 1)},
        {"data": ["a"] * columns},
        {"data": [[0.0], 1.0]},
        {"data": [1e300] * columns},
        {"parameters": {"binary_data_size": 4 * columns}},
    ]
    bad += [json.dumps({"inputs": [{**tensor, **change}]}).encode() for change in changes]
    count = 0
    for body in bad:
        try:
            client._ask(client._model(model) + "/infer", body)
            raise AssertionError(body)
        except Refused as e:
            assert 400 <= e.status < 500, (body, e)
            count += 1
    for path in ("v2/models/none", "v2/models/none/infer", client._model(model, "none")):
        try:
            client._ask(path, b"{}" if path.endswith("infer") else None)
            raise AssertionError(path)
        except Refused as e:
            assert e.status == 404, e
            count += 1
    return count


def main():
    url, model, file = sys.argv[1:]
    client = Client(url)
    rows = np.array(json.load(open(file)), dtype=np.float32)
    assert client.live() and client.ready() and client.model_ready(model)
    client.server()
    about = client.model(model)
    assert [t["name"] for t in about["inputs"]] == ["input"]
    assert about["inputs"][0]["shape"] == [-1, rows.shape[1]]
    version = about["versions"][0]
    assert client.model_ready(model, version)
    client.model(model, version)

    flat = client.infer(model, {"input": rows}, request_id="42")
    nested = client.infer(model, {"input": rows.astype(np.float64)}, nested=True, version=version)
    only = client.infer(model, {"input": rows}, outputs=["decision"])
    assert list(only) == ["decision"] and list(flat) == ["probabilities", "decision"]
    assert (only["decision"] == flat["decision"]).all()
    assert (nested["probabilities"] == flat["probabilities"]).all()
    assert flat["probabilities"].dtype == np.float32
    assert np.allclose(flat["probabilities"].sum(axis=1), 1, atol=1e-6)
    by_name = {name: rows[:, f].copy() for f, name in enumerate(about["features"])}
    assert (client.infer(model, by_name)["probabilities"] == flat["probabilities"]).all()

    count = refused(client, model, rows.shape[1])
    assert client.infer(model, {"input": rows})["decision"].tolist() == flat["decision"].tolist()
    print(
        json.dumps(
            {
                "probabilities": flat["probabilities"].tolist(),
                "decision": flat["decision"].tolist(),
                "refused": count,
            }
        )
    )


if __name__ == "__main__":
    main()
