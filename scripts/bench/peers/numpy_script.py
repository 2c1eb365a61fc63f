"""The work of `backprop-train --epochs 5` as a NumPy script: numpy_script.py DATA_DIR OUT

As pytorch_script.py; each step as in numpy_peer.py.
"""

import sys

import numpy as np
from script import BATCH, EPOCHS, LR, load, save

images, labels, test_images, test_labels = load(sys.argv[1])
random = np.random.default_rng(1)
one_hot = np.eye(10, dtype=np.float32)[labels]
weight, bias = np.zeros((10, 784), np.float32), np.zeros((10, 1), np.float32)
bytes_buffer = np.empty((BATCH, 784), np.uint8)
u_buffer, v_buffer = np.empty((BATCH, 784), np.float32), np.empty(10 * BATCH, np.float32)
gradient = np.empty((10, 784), np.float32)
SCALE = np.float32(1 / 255)
steps = EPOCHS * -(-len(images) // BATCH)
t = 0
for epoch in range(EPOCHS):
    total = 0.0
    order = random.permutation(len(images))
    for start in range(0, len(order), BATCH):
        batch = order[start : start + BATCH]
        n = len(batch)
        u, v = u_buffer[:n], v_buffer[: 10 * n].reshape(10, n)
        np.copyto(u, images.take(batch, axis=0, out=bytes_buffer[:n], mode="clip"))
        target = one_hot.take(batch, axis=0, mode="clip").T
        np.dot(weight, u.T, out=v)
        v *= SCALE
        v += bias
        v -= np.maximum.reduce(v, axis=0)
        np.exp(v, out=v)
        v /= np.add.reduce(v, axis=0)
        total -= np.log(np.maximum((v * target).sum(axis=0), 1e-30)).sum()
        v -= target
        v *= np.float32(LR * (1 - t / steps) / n)
        bias -= np.add.reduce(v, axis=1, keepdims=True)
        v *= SCALE
        np.subtract(weight, np.dot(v, u, out=gradient), out=weight)
        t += 1
    print(f"epoch {epoch + 1}: loss {total / len(order):.4f}", file=sys.stderr)

scores = test_images.astype(np.float32) @ weight.T * SCALE + bias[:, 0]
save(sys.argv[2], [(weight, bias[:, 0])], scores, test_labels)
