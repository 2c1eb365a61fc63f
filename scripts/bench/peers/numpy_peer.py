"""NumPy + OpenBLAS, float32, every array of a step allocated once, as fast as we could make it.

Measured (one thread, batch 64, shuffled, OpenBLAS's AVX-512 kernels on Zen 4, ms an epoch):
  47  this: images stay bytes, 50 KB a batch are gathered and widened; classes are rows, so W u^T
      and d u are the two products that OpenBLAS is quickest at and softmax reduces along axis 0
  58  images as floats, take(out=)
  64  images as floats, fancy indexing
  90  bytes, W 784x10 and v with an image a row
A second thread changes nothing: the products are too small for OpenBLAS to share.
"""

from protocol import evaluate, learning_rate, load, milliseconds, orders, parse, report

options = parse(("--gather", {"choices": ["float", "byte", "fancy"], "default": "byte"}))

import numpy as np  # noqa: E402  (after the environment is set)

images, labels, test_images, test_labels = load(options)
BATCH = options.batch_size


def prepare():
    one_hot = np.zeros((len(labels), 10), np.float32)
    one_hot[np.arange(len(labels)), labels] = 1
    if options.gather == "byte":
        return np.ascontiguousarray(images), one_hot
    return images.astype(np.float32) / np.float32(255), one_hot


prepare_ms, (pixels, one_hot) = milliseconds(prepare)

weight = np.zeros((10, 784), np.float32)
bias = np.zeros((10, 1), np.float32)
# Everything a step writes is allocated once.
size = min(BATCH, len(labels))
byte_buffer = np.empty((size, 784), np.uint8)
u_buffer = np.empty((size, 784), np.float32)
v_buffer = np.empty(10 * size, np.float32)
label_buffer = np.empty((size, 10), np.float32)
row_buffer = np.empty(size, np.float32)
gradient = np.empty((10, 784), np.float32)
# 1/255 is multiplied into the small products, not into every pixel of the batch.
SCALE = np.float32(1 / 255) if options.gather == "byte" else np.float32(1)


def step(index, start, stop, lr):
    """One SGD step on the images index[start:stop], or start..stop in file order."""
    n = stop - start
    u, v, target, row = u_buffer[:n], v_buffer[: 10 * n].reshape(10, n), label_buffer[:n], row_buffer[:n]
    if index is None:
        target = one_hot[start:stop]
        if options.gather == "byte":
            np.copyto(u, pixels[start:stop])
        else:
            u = pixels[start:stop]
    else:
        batch = index[start:stop]
        # mode="clip": "raise" would go through a buffer.
        one_hot.take(batch, axis=0, out=target, mode="clip")
        if options.gather == "byte":
            np.copyto(u, pixels.take(batch, axis=0, out=byte_buffer[:n], mode="clip"))
        elif options.gather == "float":
            pixels.take(batch, axis=0, out=u, mode="clip")
        else:
            u = pixels[batch]
    np.dot(weight, u.T, out=v)
    v *= SCALE
    v += bias
    v -= np.maximum.reduce(v, axis=0, out=row)
    np.exp(v, out=v)
    v /= np.add.reduce(v, axis=0, out=row)
    v -= target.T
    v *= np.float32(lr / n)  # 10 numbers an image, not 7,840 weights
    np.subtract(bias, np.add.reduce(v, axis=1, keepdims=True), out=bias)
    v *= SCALE
    np.dot(v, u, out=gradient)
    np.subtract(weight, gradient, out=weight)


def train(epoch, index):
    count = len(labels) if index is None else len(index)
    steps = -(-count // BATCH)
    for start in range(0, count, BATCH):
        lr = learning_rate(options, epoch, start // BATCH, steps)
        step(index, start, min(start + BATCH, count), lr)


epochs_ms = [
    milliseconds(lambda: train(epoch, index))[0]
    for epoch, index in enumerate(orders(options, len(labels)))
]
report(
    "numpy",
    np.__version__,
    options,
    epochsMs=epochs_ms,
    prepareMs=prepare_ms,
    **evaluate(test_images, test_labels, (weight, bias[:, 0])),
)
