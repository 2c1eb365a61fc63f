"""PyTorch, tensors in memory, float32.

--step manual (autograd, weights updated by hand) is the fastest that still uses autograd; optim and
foreach are torch.optim.SGD. closed writes the gradient out and leaves autograd idle. --dataloader
shows what the usual tutorial loop costs; it draws an order of its own.
"""

from protocol import evaluate, load, milliseconds, orders, parse, report

options = parse(
    ("--step", {"choices": ["optim", "foreach", "manual", "closed"], "default": "manual"}),
    ("--dataloader", {"action": "store_true"}),
)

import torch  # noqa: E402  (after the environment is set)
import torch.nn.functional as F  # noqa: E402

torch.manual_seed(0)
torch.set_num_threads(options.threads)
images, labels, test_images, test_labels = load(options)
BATCH, LR = options.batch_size, options.lr


def prepare():
    return torch.from_numpy(images.copy()).float().div_(255), torch.from_numpy(labels.copy()).long()


prepare_ms, (x, y) = milliseconds(prepare)
model = torch.nn.Linear(784, 10)
with torch.no_grad():
    model.weight.zero_()
    model.bias.zero_()
parameters = [model.weight, model.bias]
optimizer = torch.optim.SGD(parameters, lr=LR, foreach=options.step == "foreach")


def step(u, target):
    if options.step == "closed":  # the gradient written out, no autograd at all
        with torch.no_grad():
            d = torch.softmax(F.linear(u, model.weight, model.bias), dim=1)
            d[torch.arange(len(u)), target] -= 1
            model.weight.addmm_(d.t(), u, alpha=-LR / len(u))
            model.bias.add_(d.sum(dim=0), alpha=-LR / len(u))
        return
    loss = F.cross_entropy(F.linear(u, model.weight, model.bias), target)
    if options.step == "manual":
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients):
                parameter.add_(gradient, alpha=-LR)
    else:
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


def epoch(index):
    if options.dataloader:  # draws its own order
        for u, target in loader:
            step(u, target)
    elif index is None:
        for u, target in zip(x.split(BATCH), y.split(BATCH)):
            step(u, target)
    else:
        for batch in torch.from_numpy(index).split(BATCH):
            step(x.index_select(0, batch), y.index_select(0, batch))


if options.dataloader:
    dataset = torch.utils.data.TensorDataset(x, y)
    loader = torch.utils.data.DataLoader(dataset, batch_size=BATCH, shuffle=bool(options.order))

epochs_ms = [milliseconds(lambda: epoch(index))[0] for index in orders(options, len(labels))]
weight, bias = (parameter.detach().numpy() for parameter in parameters)
report(
    "pytorch" + ("-dataloader" if options.dataloader else "-closed" if options.step == "closed" else ""),
    torch.__version__,
    options,
    epochsMs=epochs_ms,
    prepareMs=prepare_ms,
    **evaluate(test_images, test_labels, weight, bias),
)
