/** The peers that Python has. Each is skipped by name where it is not installed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readModel, saveModel } from '../../../src/model/file.js';
import { temporaryFolder } from '../../dataset/idx-bytes.js';
import { difference, pixels, probabilities, trained } from './trained.js';

/** A Python with the peers: BACKPROP_PYTHON, Debian's, or any. */
const python = [process.env.BACKPROP_PYTHON, '/usr/bin/python3', 'python3'].find(
  (path) => path && spawnSync(path, ['-c', 'import numpy']).status === 0,
);
const finding =
  'import importlib.util as u; print([m for m in ["numpy", "torch", "safetensors", "onnx", "onnxruntime"] if u.find_spec(m)])';
const found = python === undefined ? '' : String(spawnSync(python, ['-c', finding]).stdout);
const has = (module: string): boolean => found.includes(`'${module}'`);
const script = fileURLToPath(new URL('peers.py', import.meta.url));

type Report = Record<
  'numpy' | 'torch' | 'onnx' | 'onnxruntime',
  { version: string; difference: number } | null
>;

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
    writeFileSync(join(folder, 'shape.json'), JSON.stringify({ widths, sides: [rows, columns] }));
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

  test.skipIf(!has('onnxruntime'))("ONNX Runtime's own build takes it (needs onnxruntime)", () => {
    expect(report.onnxruntime!.difference).toBeLessThan(1e-5);
  });
});

const readme = readFileSync(new URL('../../../src/model/README.md', import.meta.url), 'utf8');
const snippets = [
  ...readme.split('## Loading them elsewhere')[1]!.matchAll(/```python\n([\s\S]*?)```/g),
].map(([, code]) => ({
  code: code!,
  modules: [...code!.matchAll(/^(?:from|import) (\w+)/gm)].map(([, m]) => m!),
}));

test('the README has a program for each peer', () => {
  expect(snippets.map(({ modules }) => modules)).toEqual([
    ['torch', 'safetensors'],
    ['numpy'],
    ['onnxruntime'],
  ]);
});

for (const { code, modules } of snippets) {
  test.skipIf(!modules.every(has))(
    `the README's program runs and answers as the network does (needs ${modules.join(' and ')})`,
    async () => {
      const model = trained([32]);
      const folder = await temporaryFolder();
      for (const ending of ['safetensors', 'npz', 'onnx']) {
        await saveModel(join(folder, `model.${ending}`), model);
      }
      const first = new Uint8Array(pixels.slice(0, model.rows * model.columns).buffer);
      writeFileSync(join(folder, 'x.f32'), first);
      const before = "import numpy, json\nx = numpy.fromfile('x.f32', '<f4')\n";
      const after = '\nprint(json.dumps([float(value) for value in y]))';
      const args = ['-c', `${before}${code}${after}`];
      const { stdout, stderr } = spawnSync(python!, args, { cwd: folder, encoding: 'utf8' });
      if (stdout === '') throw new Error(stderr);
      expect(difference(probabilities(model).slice(0, 1), [JSON.parse(stdout)])).toBeLessThan(1e-5);
    },
    60_000,
  );
}
