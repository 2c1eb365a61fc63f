"""Reads lines of `backprop-explain --json` from stdin; prints the largest difference of every quantity from
what PyTorch's autograd makes of the same x, W and b in double precision, as one JSON object."""

import json
import sys

import torch


def numbers(values):
    """In double precision also where JSON wrote whole numbers."""
    return torch.tensor(values, dtype=torch.float64)


def listed(value, deep):
    """With hidden layers a list with an entry for each layer, without them the entry alone."""
    return value if deep else [value]


worst = {}
for line in sys.stdin:
    given = json.loads(line)
    rows, columns, K = given["rows"], given["columns"], given["classes"]
    deep = "hidden" in given
    x = numbers(given["x"]).reshape(rows, columns).requires_grad_()
    b = [numbers(values).requires_grad_() for values in listed(given["b"], deep)]
    W = [
        numbers(values).reshape(len(biases), -1).requires_grad_()
        for values, biases in zip(listed(given["W"], deep), b)
    ]
    u = x.reshape(-1)
    v, h = [], []
    for weight, bias in zip(W, b):
        if v:
            h.append(torch.relu(v[-1]))
        v.append(weight @ (h[-1] if h else u) + bias)
    y = torch.softmax(v[-1], 0)
    labels = torch.nn.functional.one_hot(torch.tensor(given["label"]), K)
    L = (labels * torch.log(y)).sum()
    for tensor in (u, *v, *h, y):
        tensor.retain_grad()
    L.backward()

    def grads(tensors):
        return [tensor.grad for tensor in tensors]

    expected = {
        "u": [u], "y": [y], "L": [L], "dL_dy": [y.grad], "dL_dv_by_jacobian": [v[-1].grad],
        "dL_du": [u.grad], "dL_dx": [x.grad], "v": v, "dL_dv": grads(v), "dL_db": grads(b), "dL_dW": grads(W),
        "dy_dv": [torch.autograd.functional.jacobian(lambda t: torch.softmax(t, 0), v[-1].detach())],
        "h": h, "dL_dh": grads(h),
    }  # fmt: skip
    layered = ("v", "h", "dL_dv", "dL_dh", "dL_db", "dL_dW")
    for name, tensors in expected.items():
        if not tensors:
            continue
        found = listed(given[name], deep and name in layered)
        assert len(found) == len(tensors), name
        for values, tensor in zip(found, tensors):
            difference = numbers(values).reshape(-1) - tensor.detach().reshape(-1)
            worst[name] = max(worst.get(name, 0.0), difference.abs().max().item())
print(json.dumps(worst))
