"""The work of `backprop-train --epochs 5` as a PyTorch script: pytorch_script.py DATA_DIR OUT

Read four IDX files, verify their SHA-256, 5 epochs of batch 16, learning rate 0.4 falling linearly
to 0, evaluate, save. Tensors in memory and weights updated by hand, which is faster than DataLoader
and torch.optim; one thread, which even at a batch of 64 is as fast as two and does not collapse on a
busy machine.
"""

import sys

import torch
import torch.nn.functional as F
from script import BATCH, EPOCHS, LR, load, save

images, labels, test_images, test_labels = load(sys.argv[1])
torch.set_num_threads(1)
torch.manual_seed(1)
x, y = torch.from_numpy(images).float().div_(255), torch.from_numpy(labels).long()
weight = torch.zeros(10, 784, requires_grad=True)
bias = torch.zeros(10, requires_grad=True)
parameters = [weight, bias]
steps = EPOCHS * -(-len(x) // BATCH)
t = 0
for epoch in range(EPOCHS):
    total = torch.zeros(())
    for batch in torch.randperm(len(x)).split(BATCH):
        loss = F.cross_entropy(F.linear(x.index_select(0, batch), weight, bias), y.index_select(0, batch))
        gradients = torch.autograd.grad(loss, parameters)
        lr = LR * (1 - t / steps)
        with torch.no_grad():
            total += loss * len(batch)
            for parameter, gradient in zip(parameters, gradients):
                parameter.add_(gradient, alpha=-lr)
        t += 1
    print(f"epoch {epoch + 1}: loss {total / len(x):.4f}", file=sys.stderr)

with torch.no_grad():
    scores = F.linear(torch.from_numpy(test_images).float().div_(255), weight, bias)
    save(sys.argv[2], [(weight.numpy(), bias.numpy())], scores.numpy(), test_labels)
