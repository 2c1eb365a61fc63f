# A student's network in plain Python, with the mistake that is named on the command line.
import json
import math
import sys

mistake = sys.argv[1] if len(sys.argv) > 1 else "none"


def linear(W, b, u):
    return [sum(w * x for w, x in zip(row, u)) + (0 if mistake == "bias" else bi) for row, bi in zip(W, b)]


def backward(W, dv):
    return [sum(row[j] * g for row, g in zip(W, dv)) for j in range(len(W[0]))]


def outer(dv, u):
    return [[g * x for x in u] for g in dv]


def gradients(x, labels, layers):
    last = len(layers)
    name = (lambda key, l: key) if last == 1 else (lambda key, l: f"{key}{l}")
    scale = 1 / 255 if mistake == "pixels" else 1
    answer = {"u": [pixel * scale for row in x for pixel in row]}
    if mistake == "columns":
        answer["u"] = [x[i][j] for j in range(len(x[0])) for i in range(len(x))]
    inputs, scores = [answer["u"]], []
    for l, (W, b) in enumerate(layers, 1):
        v = linear(W, b, inputs[-1])
        scores.append(v)
        answer[name("v", l)] = v
        if l < last:
            h = v if mistake == "relu" else [max(0, vi) for vi in v]
            answer[f"h{l}"] = h
            inputs.append(h)
    e = [math.exp(vi) for vi in scores[-1]]
    y = e if mistake == "sum" else [ei / sum(e) for ei in e]
    K = len(y)
    if mistake == "from1":
        labels = labels[1:] + [0] if labels[0] == 0 else labels
    L = sum(math.log(yi) for yi, p in zip(y, labels) if p)
    dy = [p / yi for p, yi in zip(labels, y)]
    dydv = [[y[i] * ((i == j) - y[j]) for j in range(K)] for i in range(K)]
    if mistake == "diagonal":
        dydv = [[y[i] * (1 - y[i]) if i == j else 0 for j in range(K)] for i in range(K)]
    dv = [sum(dydv[i][j] * dy[i] for i in range(K)) for j in range(K)]
    if mistake == "sign":
        dv = [-g for g in dv]
    if mistake == "classes":
        dv = [g / K for g in dv]
    if mistake == "softmax":
        dv = dy
    answer.update({"y": y, "L": -L if mistake == "loss" else L, "dL_dy": dy, "dy_dv": dydv})
    for l in range(last, 0, -1):
        W, b = layers[l - 1]
        answer[name("dL_dv", l)] = dv
        answer[name("dL_db", l)] = [0 for _ in dv] if mistake == "zero" else dv
        dW = outer(dv, inputs[l - 1])
        if mistake == "transposed":
            dW = [list(column) for column in zip(*dW)]
        answer[name("dL_dW", l)] = dW
        du = backward(W, dv)
        if l > 1:
            answer[f"dL_dh{l - 1}"] = du
            on = [True if mistake in ("mask", "relu") else vi > 0 for vi in scores[l - 2]]
            dv = [g if o else 0 for g, o in zip(du, on)]
    answer["dL_du"] = du
    columns = len(x[0])
    answer["dL_dx"] = du if mistake == "flat" else [du[r : r + columns] for r in range(0, len(du), columns)]
    return answer


for line in sys.stdin:
    case = json.loads(line)
    if "W" in case:
        layers = [(case["W"], case["b"])]
    else:
        layers = [(case[f"W{l}"], case[f"b{l}"]) for l in range(1, 9) if f"W{l}" in case]
    answer = gradients(case["x"], case["labels"], layers)
    if len(layers) == 1:
        each = [gradients(one["x"], one["labels"], layers)["dL_db"] for one in case["batch"]]
        n = 1 if mistake == "batch" else len(each)
        each = each[:1] if mistake == "first" else each
        n = 1 if mistake == "first" else n
        answer["batch_dL_db"] = [sum(column) / n for column in zip(*each)]
    if mistake == "nan":
        answer["L"] = float("nan")
    print(json.dumps(answer))
