"""NumPy + OpenBLAS with a hidden layer of ReLU, float32, every array of a step allocated once.

As numpy_peer.py: images stay bytes until a batch is gathered, classes and units are rows, and 1/255 is
multiplied into the small products.
"""

from protocol import evaluate, initial, learning_rate, load, milliseconds, orders, parse, report

options = parse()

import numpy as np  # noqa: E402  (after the environment is set)

images, labels, test_images, test_labels = load(options)
BATCH, HIDDEN = options.batch_size, options.hidden
SCALE = np.float32(1 / 255)


def prepare():
    one_hot = np.zeros((len(labels), 10), np.float32)
    one_hot[np.arange(len(labels)), labels] = 1
    return np.ascontiguousarray(images), one_hot


prepare_ms, (pixels, one_hot) = milliseconds(prepare)
(w1, b1), (w2, b2) = initial(options)
b1, b2 = b1[:, None], b2[:, None]
byte_buffer = np.empty((BATCH, 784), np.uint8)
u_buffer = np.empty((BATCH, 784), np.float32)
h_buffer, dh_buffer = np.empty(HIDDEN * BATCH, np.float32), np.empty(HIDDEN * BATCH, np.float32)
v_buffer = np.empty(10 * BATCH, np.float32)
label_buffer = np.empty((BATCH, 10), np.float32)
mask_buffer = np.empty(HIDDEN * BATCH, bool)
row_buffer = np.empty(BATCH, np.float32)
g1, g2 = np.empty_like(w1), np.empty_like(w2)


def step(batch, lr):
    n = len(batch)
    u, row, target = u_buffer[:n], row_buffer[:n], label_buffer[:n]
    h, dh, mask = (b[: HIDDEN * n].reshape(HIDDEN, n) for b in (h_buffer, dh_buffer, mask_buffer))
    v = v_buffer[: 10 * n].reshape(10, n)
    one_hot.take(batch, axis=0, out=target, mode="clip")
    np.copyto(u, pixels.take(batch, axis=0, out=byte_buffer[:n], mode="clip"))
    np.dot(w1, u.T, out=h)
    h *= SCALE
    h += b1
    np.maximum(h, 0, out=h)
    np.dot(w2, h, out=v)
    v += b2
    v -= np.maximum.reduce(v, axis=0, out=row)
    np.exp(v, out=v)
    v /= np.add.reduce(v, axis=0, out=row)
    v -= target.T
    v *= np.float32(lr / n)  # 10 numbers an image, not a weight's gradient
    np.dot(w2.T, v, out=dh)
    dh *= np.greater(h, 0, out=mask)
    np.subtract(w2, np.dot(v, h.T, out=g2), out=w2)
    np.subtract(b2, np.add.reduce(v, axis=1, keepdims=True), out=b2)
    np.subtract(b1, np.add.reduce(dh, axis=1, keepdims=True), out=b1)
    dh *= SCALE
    np.subtract(w1, np.dot(dh, u, out=g1), out=w1)


def train(epoch, index):
    steps = -(-len(index) // BATCH)
    for t in range(steps):
        step(index[t * BATCH : (t + 1) * BATCH], learning_rate(options, epoch, t, steps))


epochs_ms = [
    milliseconds(lambda: train(epoch, np.arange(len(labels)) if index is None else index))[0]
    for epoch, index in enumerate(orders(options, len(labels)))
]
report(
    "numpy",
    np.__version__,
    options,
    epochsMs=epochs_ms,
    prepareMs=prepare_ms,
    **evaluate(test_images, test_labels, (w1, b1[:, 0]), (w2, b2[:, 0])),
)
