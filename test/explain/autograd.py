"""Reads lines of `backprop-explain --json` from stdin; prints the largest difference of every quantity from
what PyTorch's autograd makes of the same x, W and b in double precision, as one JSON object."""

import json
import sys

import torch


def numbers(values):
    """In double precision also where JSON wrote whole numbers."""
    return torch.tensor(values, dtype=torch.float64)


worst = {}
for line in sys.stdin:
    given = json.loads(line)
    rows, columns, K = given["rows"], given["columns"], given["classes"]
    x = numbers(given["x"]).reshape(rows, columns).requires_grad_()
    W = numbers(given["W"]).reshape(K, rows * columns).requires_grad_()
    b = numbers(given["b"]).requires_grad_()
    u = x.reshape(-1)
    v = W @ u + b
    y = torch.softmax(v, 0)
    labels = torch.nn.functional.one_hot(torch.tensor(given["label"]), K)
    L = (labels * torch.log(y)).sum()
    for tensor in (u, v, y):
        tensor.retain_grad()
    L.backward()
    expected = {
        "u": u, "v": v, "y": y, "L": L, "dL_dy": y.grad, "dL_dv": v.grad, "dL_dv_by_jacobian": v.grad,
        "dL_du": u.grad, "dL_db": b.grad, "dL_dW": W.grad, "dL_dx": x.grad,
        "dy_dv": torch.autograd.functional.jacobian(lambda t: torch.softmax(t, 0), v.detach()),
    }  # fmt: skip
    for name, tensor in expected.items():
        difference = numbers(given[name]).reshape(-1) - tensor.detach().reshape(-1)
        worst[name] = max(worst.get(name, 0.0), difference.abs().max().item())
print(json.dumps(worst))
