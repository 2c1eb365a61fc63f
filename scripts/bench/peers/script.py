"""What the two whole scripts share: verified data, evaluation, a model in JSON."""

import hashlib
import json
import sys

import numpy as np

SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
# The defaults of backprop-train. The learning rate falls linearly to 0.
EPOCHS, BATCH, LR = 5, 16, 0.4


def load(folder):
    """Train images, train labels, test images, test labels: writable arrays of bytes."""
    arrays = []
    for name, expected in SHA256.items():
        with open(f"{folder}/{name}", "rb") as file:
            data = bytearray(file.read())
        if hashlib.sha256(data).hexdigest() != expected:
            sys.exit(f"{name}: wrong SHA-256")
        images = "images" in name
        array = np.frombuffer(data, np.uint8, offset=16 if images else 8)
        arrays.append(array.reshape(-1, 784) if images else array)
    return arrays


def save(path, layers, scores, labels):
    """layers: (W, b) each, W with a row per output; scores v of the test images, 10 a row."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    loss = (np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]).mean()
    accuracy = (scores.argmax(axis=1) == labels).mean()
    print(f"test loss {loss:.4f}, accuracy {accuracy:.4f}")
    training = {"epochs": EPOCHS, "batchSize": BATCH, "learningRate": LR,
                "learningRateSchedule": "linear"}
    layers = [{"weight": w.ravel().tolist(), "bias": b.tolist()} for w, b in layers]
    model = {"layers": layers, "training": training, "loss": float(loss),
             "accuracy": float(accuracy)}
    with open(path, "w") as file:
        json.dump(model, file)
