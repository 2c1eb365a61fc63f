"""Loads models in the formats that NumPy, PyTorch and onnx read, and writes some for backprop-train.

peers.py FOLDER with images.f32, probabilities.f64, shape.json and model.*; prints a line of JSON: the
versions, and how far each peer's probabilities are from the expected ones.
"""
import json
import struct
import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
shape = json.loads((folder / "shape.json").read_text())
widths = shape["widths"]  # inputs, hidden units, classes
x = np.fromfile(folder / "images.f32", "<f4").reshape(-1, widths[0])
y = np.fromfile(folder / "probabilities.f64", "<f8").reshape(-1, widths[-1])
layers = len(widths) - 1


def softmax(v):
    e = np.exp(v - v.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def numpy_peer():
    with np.load(folder / "model.npz") as z:  # allow_pickle is False
        record = json.loads(z["record"].item())
        assert record["training"]["hidden"] == widths[1:-1]
        h = x
        for n in range(1, layers + 1):
            w, b = z[f"W{n}"], z[f"b{n}"]
            assert w.dtype == b.dtype == np.float32
            h = h @ w.T + b
            if n < layers:
                h = np.maximum(h, 0)
        arrays = {name: z[name] for name in z.files if name != "record"}
    np.savez(folder / "numpy.npz", **arrays)
    np.savez_compressed(folder / "compressed.npz", **{k: v.astype(np.float64) for k, v in arrays.items()})
    np.savez(folder / "fortran.npz", **{k: np.asfortranarray(v) for k, v in arrays.items()})
    return np.abs(softmax(h) - y).max()


def load_safetensors(torch, path):
    try:
        from safetensors.torch import load_file

        return load_file(path)
    except ImportError:
        data = path.read_bytes()
        (length,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8 : 8 + length])
        assert header.pop("__metadata__")["format"] == "pt"
        tensors = {}
        for name, entry in header.items():
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            assert entry["dtype"] == "F32"
            tensors[name] = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float32).reshape(entry["shape"])
        return tensors


def save_safetensors(torch, tensors, path):
    """The format by hand: Debian has no python3-safetensors."""
    names = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
    header, data = {}, b""
    for name, tensor in sorted(tensors.items()):
        raw = tensor.contiguous().view(torch.uint8 if tensor.dtype is not torch.bfloat16 else torch.int16)
        raw = raw.numpy().tobytes()
        header[name] = {
            "dtype": names[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def torch_peer():
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            for n in range(1, layers + 1):
                setattr(self, f"fc{n}", nn.Linear(widths[n - 1], widths[n]))

        def forward(self, h):
            for n in range(1, layers + 1):
                h = getattr(self, f"fc{n}")(h)
                h = torch.relu(h) if n < layers else h
            return h

    net = nn.Linear(*widths) if layers == 1 else Net()
    tensors = load_safetensors(torch, folder / "model.safetensors")
    net.load_state_dict(tensors)  # strict
    with torch.no_grad():
        got = torch.softmax(net(torch.from_numpy(x)), 1).numpy()
    chain = [nn.Flatten()]
    for n in range(1, layers + 1):
        chain += [nn.Linear(widths[n - 1], widths[n])] + ([nn.ReLU()] if n < layers else [])
    sequential = nn.Sequential(*chain)
    for to, value in zip(sequential.state_dict().values(), net.state_dict().values()):
        to.copy_(value)
    for name, dtype in {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16}.items():
        state = {k: v.to(dtype) for k, v in sequential.state_dict().items()}
        save_safetensors(torch, state, folder / f"{name}.safetensors")
        flat = torch.cat([v.float().flatten() for v in state.values()])
        flat.numpy().astype("<f4").tofile(folder / f"{name}.f32")
    return np.abs(got - y).max()


def onnx_peer():
    import onnx

    model = onnx.load(str(folder / "model.onnx"))
    onnx.checker.check_model(model, full_check=True)
    assert model.ir_version == 7 and model.opset_import[0].version == 14
    assert [o.name for o in model.graph.output] == ["scores", "probabilities"]
    (record,) = model.metadata_props
    assert record.key == "backprop" and json.loads(record.value)["training"]["hidden"] == widths[1:-1]
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    sides = [d.dim_param or d.dim_value for d in inferred.graph.output[1].type.tensor_type.shape.dim]
    assert sides == ["N", widths[-1]], sides
    return 0.0


def onnxruntime_peer():
    import onnxruntime

    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    image = x.reshape(-1, 1, *shape["sides"])
    (got,) = session.run(["probabilities"], {"image": image})
    return np.abs(got - y).max()


report = {}
peers = {"numpy": numpy_peer, "torch": torch_peer, "onnx": onnx_peer, "onnxruntime": onnxruntime_peer}
for name, peer in peers.items():
    try:
        version = __import__(name).__version__
    except ImportError:
        report[name] = None
        continue
    report[name] = {"version": version, "difference": float(peer())}
print(json.dumps(report))
