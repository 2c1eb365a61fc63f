"""PyTorch, tensors in memory, float32.

--step manual (autograd, weights updated by hand) is the fastest that still uses autograd; optim and
foreach are torch.optim.SGD. closed writes the gradient out and leaves autograd idle. --dataloader
shows what the usual tutorial loop costs; it draws an order of its own.
"""

from protocol import evaluate, initial, learning_rate, load, milliseconds, orders, parse, report

options = parse(
    ("--step", {"choices": ["optim", "foreach", "manual", "closed"], "default": "manual"}),
    ("--dataloader", {"action": "store_true"}),
)

import torch  # noqa: E402  (after the environment is set)
import torch.nn.functional as F  # noqa: E402

torch.manual_seed(0)
torch.set_num_threads(options.threads)
images, labels, test_images, test_labels = load(options)
BATCH = options.batch_size


def prepare():
    return torch.from_numpy(images.copy()).float().div_(255), torch.from_numpy(labels.copy()).long()


prepare_ms, (x, y) = milliseconds(prepare)
layers = [
    (torch.from_numpy(weight).requires_grad_(), torch.from_numpy(bias).requires_grad_())
    for weight, bias in initial(options)
]
parameters = [parameter for layer in layers for parameter in layer]
optimizer = torch.optim.SGD(parameters, lr=options.lr, foreach=options.step == "foreach")


def forward(u):
    """The input of each linear layer, and the last one's output."""
    inputs = [u]
    for weight, bias in layers[:-1]:
        inputs.append(torch.relu(F.linear(inputs[-1], weight, bias)))
    return inputs, F.linear(inputs[-1], *layers[-1])


def step(u, target, lr):
    if options.step == "closed":  # the gradient written out, no autograd at all
        with torch.no_grad():
            inputs, v = forward(u)
            d = torch.softmax(v, dim=1)
            d[torch.arange(len(u)), target] -= 1
            for (weight, bias), h in zip(reversed(layers), reversed(inputs)):
                below = (d @ weight).mul_(h > 0) if h is not u else None
                weight.addmm_(d.t(), h, alpha=-lr / len(u))
                bias.add_(d.sum(dim=0), alpha=-lr / len(u))
                d = below
        return
    loss = F.cross_entropy(forward(u)[1], target)
    if options.step == "manual":
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients):
                parameter.add_(gradient, alpha=-lr)
    else:
        optimizer.param_groups[0]["lr"] = lr
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


def batches(index):
    if options.dataloader:  # draws its own order
        yield from loader
    elif index is None:
        yield from zip(x.split(BATCH), y.split(BATCH))
    else:
        for batch in torch.from_numpy(index).split(BATCH):
            yield x.index_select(0, batch), y.index_select(0, batch)


def train(epoch, index):
    steps = -(-(len(y) if index is None else len(index)) // BATCH)
    for t, (u, target) in enumerate(batches(index)):
        step(u, target, learning_rate(options, epoch, t, steps))


if options.dataloader:
    dataset = torch.utils.data.TensorDataset(x, y)
    loader = torch.utils.data.DataLoader(dataset, batch_size=BATCH, shuffle=bool(options.order))

epochs_ms = [
    milliseconds(lambda: train(epoch, index))[0]
    for epoch, index in enumerate(orders(options, len(labels)))
]
trained = [(weight.detach().numpy(), bias.detach().numpy()) for weight, bias in layers]
report(
    "pytorch" + ("-dataloader" if options.dataloader else "-closed" if options.step == "closed" else ""),
    torch.__version__,
    options,
    epochsMs=epochs_ms,
    prepareMs=prepare_ms,
    **evaluate(test_images, test_labels, *trained),
)
