"""scikit-learn: MLPClassifier with one hidden layer, or none, is this very model, and with alpha=0,
momentum=0, shuffle=False its partial_fit over the whole set is one epoch of this very SGD, last
short batch included. (SGDClassifier is ten one-against-rest models; LogisticRegression's solvers do
other work.) It draws initial weights itself, so they are set to the given ones after a first call on
ten images. Its optimizer knows no linear schedule, so each step's learning rate is set from here. A visiting order means one copy of the set an epoch, which is timed.
"""

from protocol import evaluate, initial, learning_rate, load, milliseconds, orders, parse, report

options = parse()

import numpy as np  # noqa: E402  (after the environment is set)
import sklearn  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402

images, labels, test_images, test_labels = load(options)
prepare_ms, x = milliseconds(lambda: images.astype(np.float32) / np.float32(255))
copy = x.copy() if options.order else None  # written to, so that its pages are there


def epoch(index):
    if index is None:
        model.partial_fit(x, labels)
    elif len(index) == len(x):  # into memory that is there already: half the time of x[index]
        model.partial_fit(np.take(x, index, axis=0, out=copy, mode="clip"), labels[index])
    else:
        model.partial_fit(x[index], labels[index])


model = MLPClassifier(
    hidden_layer_sizes=(options.hidden,) if options.hidden else (),
    solver="sgd",
    alpha=0,
    momentum=0,
    nesterovs_momentum=False,
    learning_rate_init=options.lr,
    batch_size=options.batch_size,
    shuffle=False,
)
ten = [int(np.argmax(labels == digit)) for digit in range(10)]
model.set_params(batch_size=10).partial_fit(x[ten], labels[ten], classes=np.arange(10))
model.set_params(batch_size=options.batch_size)
for weight, bias, (first, second) in zip(model.coefs_, model.intercepts_, initial(options)):
    weight[...], bias[...] = first.T, second  # in place: the optimizer holds the same arrays
optimizer = model._optimizer
for velocity in optimizer.velocities:
    velocity[...] = 0
steps = 0
update = optimizer.update_params


def scheduled_update(*arguments):
    global steps
    optimizer.learning_rate = learning_rate(options, 0, steps, steps_per_epoch)
    steps += 1
    update(*arguments)


if options.schedule_epochs:
    optimizer.update_params = scheduled_update

all_orders = orders(options, len(labels))
per_epoch = len(labels) if all_orders[0] is None else len(all_orders[0])
steps_per_epoch = -(-per_epoch // options.batch_size)
epochs_ms = [milliseconds(lambda: epoch(index))[0] for index in all_orders]
trained = [(weight.T, bias) for weight, bias in zip(model.coefs_, model.intercepts_)]
report(
    "sklearn",
    sklearn.__version__,
    options,
    epochsMs=epochs_ms,
    prepareMs=prepare_ms,
    **evaluate(test_images, test_labels, *trained),
    note="MLPClassifier, one partial_fit an epoch",
)
