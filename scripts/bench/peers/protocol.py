"""What every Python peer shares: options, data, timing, the one JSON line.

Options must be read before NumPy or PyTorch is imported: OpenBLAS takes its number of threads from
the environment, once.
"""

import argparse
import json
import os
import time


def parse(*extra):
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--schedule-epochs", type=int, default=0,
                        help="the learning rate falls linearly to 0 over so many; 0: it is constant")
    parser.add_argument("--hidden", type=int, default=0, help="units of the hidden layer; 0: there is none")
    parser.add_argument("--init", help="float32, each layer's W row by row, then its b; all 0 without")
    parser.add_argument("--order", help="uint32 little-endian indices, all epochs one after another")
    for name, settings in extra:
        parser.add_argument(name, **settings)
    options = parser.parse_args()
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = str(options.threads)
    # Where these two are set they choose OpenBLAS kernels for older processors.
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(name, None)
    return options


def load(options):
    """Bytes as in the files: train images, train labels, test images, test labels."""
    import numpy as np

    def read(name, skip):
        return np.fromfile(os.path.join(options.data_dir, name), dtype=np.uint8)[skip:]

    return (
        read("train-images-idx3-ubyte", 16).reshape(-1, 784),
        read("train-labels-idx1-ubyte", 8),
        read("t10k-images-idx3-ubyte", 16).reshape(-1, 784),
        read("t10k-labels-idx1-ubyte", 8),
    )


def orders(options, count):
    """One array of indices an epoch, or None for file order."""
    import numpy as np

    if not options.order:
        return [None] * options.epochs
    return np.fromfile(options.order, dtype="<u4").astype(np.int64).reshape(options.epochs, -1)


def initial(options):
    """Each linear layer's (W, b), W with a row per output, in float32."""
    import numpy as np

    sizes = [784, options.hidden, 10] if options.hidden else [784, 10]
    layers, first = [], 0
    count = sum(outputs * (inputs + 1) for inputs, outputs in zip(sizes, sizes[1:]))
    flat = np.fromfile(options.init, "<f4") if options.init else np.zeros(count, np.float32)
    for inputs, outputs in zip(sizes, sizes[1:]):
        middle, end = first + outputs * inputs, first + outputs * (inputs + 1)
        layers.append((flat[first:middle].reshape(outputs, inputs).copy(), flat[middle:end].copy()))
        first = end
    return layers


def learning_rate(options, epoch, step, steps):
    """Of one step of an epoch of so many."""
    if not options.schedule_epochs:
        return options.lr
    return options.lr * (1 - (epoch * steps + step) / (options.schedule_epochs * steps))


def milliseconds(work):
    begin = time.perf_counter()
    result = work()
    return (time.perf_counter() - begin) * 1e3, result


def evaluate(images, labels, *layers):
    """Mean negative log-likelihood and accuracy, float64; layers are (W, b), W with a row per output."""
    import numpy as np

    h = images / 255.0
    for weight, bias in layers:
        v = h @ np.asarray(weight, np.float64).T + np.asarray(bias, np.float64)
        h = np.maximum(v, 0)
    shifted = v - v.max(axis=1, keepdims=True)
    loss = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(v)), labels]
    return {"testLoss": loss.mean(), "testAccuracy": (v.argmax(axis=1) == labels).mean()}


def blas():
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return "unknown: python3-threadpoolctl is not installed"
    found = [f"{p['internal_api']} {p['version']} {p['architecture']}, {p['num_threads']} threads"
             for p in threadpool_info() if p["user_api"] == "blas"]
    return "; ".join(found) or "none found"


def report(peer, version, options, **values):
    values = {"peer": peer, "version": version, "threads": options.threads,
              "batchSize": options.batch_size, **values, "blas": blas()}
    print(json.dumps(values, default=float))  # NumPy's numbers
