/** The peers that Python has. Each is skipped by name where it is not installed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readModel, saveModel } from '../../../src/model/file.js';
import { difference, pixels, probabilities, trained } from './trained.js';

/** A Python with the peers: BACKPROP_PYTHON, Debian's, or any. */
const python = [process.env.BACKPROP_PYTHON, '/usr/bin/python3', 'python3'].find(
  (path) => path && spawnSync(path, ['-c', 'import numpy']).status === 0,
);
const finding =
  'import importlib.util as u; print([m for m in ["numpy", "torch", "onnx"] if u.find_spec(m)])';
const found = python === undefined ? '' : String(spawnSync(python, ['-c', finding]).stdout);
const has = (module: string): boolean => found.includes(`'${module}'`);
const script = fileURLToPath(new URL('peers.py', import.meta.url));

type Report = Record<'numpy' | 'torch' | 'onnx', { version: string; difference: number } | null>;

describe.each([{ hidden: [] }, { hidden: [32] }])('hidden layers $hidden', ({ hidden }) => {
  const model = trained(hidden);
  const { parameters, rows, columns, classes } = model;
  let folder: string;
  let report: Report;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'backprop-peers-'));
    for (const ending of ['safetensors', 'npz', 'onnx']) {
      await saveModel(join(folder, `model.${ending}`), model);
    }
    const y = Float64Array.from(probabilities(model).flat());
    writeFileSync(join(folder, 'images.f32'), new Uint8Array(pixels.buffer));
    writeFileSync(join(folder, 'probabilities.f64'), new Uint8Array(y.buffer));
    const widths = [rows * columns, ...hidden, classes];
    writeFileSync(join(folder, 'shape.json'), JSON.stringify({ widths }));
    if (python === undefined) return;
    const { stdout, stderr } = spawnSync(python, [script, folder], { encoding: 'utf8' });
    if (stdout === '') throw new Error(stderr);
    report = JSON.parse(stdout);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.skipIf(!has('numpy'))('NumPy loads .npz without pickle (needs numpy)', () => {
    expect(report.numpy!.difference).toBeLessThan(1e-5);
  });

  test.skipIf(!has('numpy')).each([
    ['savez', 'numpy.npz'],
    ['savez_compressed, in float64', 'compressed.npz'],
    ['savez of arrays in Fortran order', 'fortran.npz'],
  ])('what NumPy saves by %s is read (needs numpy)', async (_, name) => {
    const { model: read } = await readModel(join(folder, name));
    expect(read).toEqual({ rows, columns, classes, hidden, parameters });
  });

  test.skipIf(!has('torch'))('PyTorch takes .safetensors by load_state_dict (needs torch)', () => {
    expect(report.torch!.difference).toBeLessThan(1e-5);
  });

  test.skipIf(!has('torch')).each(['f32', 'f64', 'f16', 'bf16'])(
    'an nn.Sequential saved by PyTorch in %s is read to the bit (needs torch)',
    async (name) => {
      const { model: read } = await readModel(join(folder, `${name}.safetensors`));
      const bytes = new Uint8Array(readFileSync(join(folder, `${name}.f32`)));
      expect(read).toEqual({
        rows,
        columns,
        classes,
        hidden,
        parameters: new Float32Array(bytes.buffer),
      });
      if (name === 'f32') expect(read.parameters).toEqual(parameters);
      expect(difference([[...parameters]], [read.parameters])).toBeLessThan(0.02);
    },
  );

  test.skipIf(!has('onnx'))('onnx.checker takes .onnx in full (needs onnx)', () => {
    expect(report.onnx).toMatchObject({ difference: 0 });
  });
});
