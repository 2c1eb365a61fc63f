"""The work of `backprop-train --hidden 128 --epochs 5` as a PyTorch script:
pytorch_deep_script.py DATA_DIR OUT THREADS. As pytorch_script.py, with He's initial weights.
"""

import sys

import torch
import torch.nn.functional as F
from script import BATCH, EPOCHS, LR, load, save

images, labels, test_images, test_labels = load(sys.argv[1])
torch.set_num_threads(int(sys.argv[3]))
torch.manual_seed(1)
x, y = torch.from_numpy(images).float().div_(255), torch.from_numpy(labels).long()
layers = []
for inputs, outputs in [(784, 128), (128, 10)]:
    weight = torch.randn(outputs, inputs).mul_((2 / inputs) ** 0.5).requires_grad_()
    layers.append((weight, torch.zeros(outputs, requires_grad=True)))
parameters = [parameter for layer in layers for parameter in layer]


def forward(u):
    return F.linear(torch.relu(F.linear(u, *layers[0])), *layers[1])


steps = EPOCHS * -(-len(x) // BATCH)
t = 0
for epoch in range(EPOCHS):
    total = torch.zeros(())
    for batch in torch.randperm(len(x)).split(BATCH):
        loss = F.cross_entropy(forward(x.index_select(0, batch)), y.index_select(0, batch))
        gradients = torch.autograd.grad(loss, parameters)
        lr = LR * (1 - t / steps)
        with torch.no_grad():
            total += loss * len(batch)
            for parameter, gradient in zip(parameters, gradients):
                parameter.add_(gradient, alpha=-lr)
        t += 1
    print(f"epoch {epoch + 1}: loss {total / len(x):.4f}", file=sys.stderr)

with torch.no_grad():
    scores = forward(torch.from_numpy(test_images).float().div_(255))
    trained = [(weight.numpy(), bias.numpy()) for weight, bias in layers]
    save(sys.argv[2], trained, scores.numpy(), test_labels)
