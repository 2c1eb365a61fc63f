"""The work of `backprop-train --hidden 128 --epochs 5` as a NumPy script:
numpy_deep_script.py DATA_DIR OUT THREADS. Each step as in numpy_deep_peer.py.
"""

import os
import sys

os.environ["OPENBLAS_NUM_THREADS"] = sys.argv[3]

import numpy as np  # noqa: E402  (after the environment is set)
from script import BATCH, EPOCHS, LR, load, save  # noqa: E402

images, labels, test_images, test_labels = load(sys.argv[1])
HIDDEN, SCALE = 128, np.float32(1 / 255)
random = np.random.default_rng(1)
one_hot = np.eye(10, dtype=np.float32)[labels]


def he(outputs, inputs):
    return random.standard_normal((outputs, inputs), np.float32) * np.float32((2 / inputs) ** 0.5)


w1, b1 = he(HIDDEN, 784), np.zeros((HIDDEN, 1), np.float32)
w2, b2 = he(10, HIDDEN), np.zeros((10, 1), np.float32)
bytes_buffer, u_buffer = np.empty((BATCH, 784), np.uint8), np.empty((BATCH, 784), np.float32)
h_buffer, dh_buffer = np.empty(HIDDEN * BATCH, np.float32), np.empty(HIDDEN * BATCH, np.float32)
v_buffer = np.empty(10 * BATCH, np.float32)
g1, g2 = np.empty_like(w1), np.empty_like(w2)
steps = EPOCHS * -(-len(images) // BATCH)
t = 0
for epoch in range(EPOCHS):
    total = 0.0
    order = random.permutation(len(images))
    for start in range(0, len(order), BATCH):
        batch = order[start : start + BATCH]
        n = len(batch)
        u, v = u_buffer[:n], v_buffer[: 10 * n].reshape(10, n)
        h, dh = (buffer[: HIDDEN * n].reshape(HIDDEN, n) for buffer in (h_buffer, dh_buffer))
        np.copyto(u, images.take(batch, axis=0, out=bytes_buffer[:n], mode="clip"))
        target = one_hot.take(batch, axis=0, mode="clip").T
        np.dot(w1, u.T, out=h)
        h *= SCALE
        h += b1
        np.maximum(h, 0, out=h)
        np.dot(w2, h, out=v)
        v += b2
        v -= np.maximum.reduce(v, axis=0)
        np.exp(v, out=v)
        v /= np.add.reduce(v, axis=0)
        total -= np.log(np.maximum((v * target).sum(axis=0), 1e-30)).sum()
        v -= target
        v *= np.float32(LR * (1 - t / steps) / n)
        np.dot(w2.T, v, out=dh)
        dh *= h > 0
        np.subtract(w2, np.dot(v, h.T, out=g2), out=w2)
        b2 -= np.add.reduce(v, axis=1, keepdims=True)
        b1 -= np.add.reduce(dh, axis=1, keepdims=True)
        dh *= SCALE
        np.subtract(w1, np.dot(dh, u, out=g1), out=w1)
        t += 1
    print(f"epoch {epoch + 1}: loss {total / len(order):.4f}", file=sys.stderr)

h = np.maximum(test_images.astype(np.float32) @ w1.T * SCALE + b1[:, 0], 0)
save(sys.argv[2], [(w1, b1[:, 0]), (w2, b2[:, 0])], h @ w2.T + b2[:, 0], test_labels)
