/** Formats that are programs themselves, or run in one: each must answer as the network does. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { pixelsAt } from '../../../src/images.js';
import { argmax } from '../../../src/layers/floats.js';
import { saveModel } from '../../../src/model/file.js';
import { temporaryFolder } from '../../dataset/idx-bytes.js';
import { hasChromium, launchChromium } from '../../report/browser.js';
import { difference, images, pixels, probabilities, trained } from './trained.js';

const D = images.rows * images.columns;
const imageAt = (n: number): number[] => Array.from(pixelsAt(images, n), (byte) => byte / 255);
const hasCompiler = spawnSync('gcc', ['--version']).status === 0;

/** y of each image, cut from one array. */
function rows(all: ArrayLike<number>, classes: number): number[][] {
  return Array.from({ length: images.count }, (_, n) =>
    Array.from({ length: classes }, (_, k) => all[n * classes + k]!),
  );
}

describe.each([{ hidden: [] }, { hidden: [32] }, { hidden: [16, 12] }])(
  'hidden layers $hidden',
  ({ hidden }) => {
    const model = trained(hidden);
    const expected = probabilities(model);
    const K = model.classes;

    test('.onnx in ONNX Runtime, compiled to WebAssembly', async () => {
      const path = join(await temporaryFolder(), 'model.onnx');
      await saveModel(path, model);
      const session = await InferenceSession.create(readFileSync(path), { logSeverityLevel: 3 });
      expect(session.inputNames).toEqual(['image']);
      expect(session.outputNames).toEqual(['scores', 'probabilities']);
      const shape = [images.count, 1, images.rows, images.columns];
      const result = await session.run({ image: new Tensor('float32', pixels, shape) });
      const got = rows((await result.probabilities!.getData()) as Float32Array, K);
      expect(difference(expected, got)).toBeLessThan(1e-5);
      const scores = rows((await result.scores!.getData()) as Float32Array, K);
      expect(scores.map(argmax)).toEqual(expected.map(argmax));
    });

    test.skipIf(!hasCompiler)('.h compiled as C99 (needs gcc)', async () => {
      const folder = await temporaryFolder();
      await saveModel(join(folder, 'model.h'), model);
      writeFileSync(join(folder, 'main.c'), MAIN);
      const strict = ['-std=c99', '-pedantic', '-Wall', '-Wextra', '-Werror', '-O2'];
      const compiled = spawnSync('gcc', [...strict, 'main.c', '-o', 'main', '-lm'], {
        cwd: folder,
      });
      expect(String(compiled.stderr)).toBe('');
      const { stdout, status } = spawnSync(join(folder, 'main'), {
        input: new Uint8Array(pixels.buffer),
        maxBuffer: 2 ** 26,
      });
      expect(status).toBe(0);
      const floats = new Float32Array(new Uint8Array(stdout).buffer);
      // A line of output is the class and its probabilities.
      const lines = Array.from({ length: images.count }, (_, n) => [
        ...floats.subarray(n * (K + 1), (n + 1) * (K + 1)),
      ]);
      expect(lines.map(([best]) => best)).toEqual(expected.map(argmax));
      expect(
        difference(
          expected,
          lines.map(([, ...y]) => y),
        ),
      ).toBeLessThan(1e-5);
    });

    test('.mjs in this Node', async () => {
      const path = join(await temporaryFolder(), 'model.mjs');
      await saveModel(path, model);
      expect(readFileSync(path, 'utf8')).not.toMatch(/import|require/);
      const { predict, ...others } = await import(pathToFileURL(path).href);
      expect(others).toEqual({});
      const got = expected.map((_, n) => predict(imageAt(n)));
      expect(difference(expected, got)).toBeLessThan(1e-12);
      expect(() => predict([1, 2, 3])).toThrow(new RangeError(`x: expected ${D} pixels, got 3`));
    });
  },
);

test.skipIf(!hasChromium)('.mjs in Chromium (needs Chromium)', async () => {
  const model = trained([32]);
  const expected = probabilities(model);
  const path = join(await temporaryFolder(), 'model.mjs');
  await saveModel(path, model);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const address = `data:text/javascript;base64,${readFileSync(path).toString('base64')}`;
    const first = Array.from({ length: 100 }, (_, n) => imageAt(n));
    // A text, as vitest would make its own import of one in a function.
    const got = await page.evaluate<number[][]>(
      `import('${address}').then(({ predict }) => ${JSON.stringify(first)}.map((x) => predict(x)))`,
    );
    expect(difference(expected.slice(0, 100), got)).toBeLessThan(1e-12);
  } finally {
    await browser.close();
  }
});

const readme = readFileSync(new URL('../../../src/model/README.md', import.meta.url), 'utf8');
/** The README's program in this language. */
const snippet = (language: string): string =>
  readme.split('## Loading them elsewhere')[1]!.split(`\`\`\`${language}\n`)[1]!.split('```')[0]!;

test("the README's program in JavaScript runs", async () => {
  const folder = await temporaryFolder();
  await saveModel(join(folder, 'model.mjs'), trained([32]));
  const code = `const x = Array(784).fill(0);\n${snippet('js')}console.log(y.length);\n`;
  writeFileSync(join(folder, 'main.mjs'), code);
  const { stdout, stderr } = spawnSync(process.execPath, ['main.mjs'], { cwd: folder });
  expect({ stdout: String(stdout), stderr: String(stderr) }).toEqual({
    stdout: '10\n',
    stderr: '',
  });
});

test.skipIf(!hasCompiler)("the README's program in C is compiled (needs gcc)", async () => {
  const folder = await temporaryFolder();
  await saveModel(join(folder, 'model.h'), trained([32]));
  writeFileSync(join(folder, 'main.c'), snippet('c'));
  const args = ['-std=c99', '-pedantic', '-Wall', '-Wextra', '-Werror', '-c', 'main.c'];
  const { stderr, status } = spawnSync('gcc', args, { cwd: folder });
  expect({ stderr: String(stderr), status }).toEqual({ stderr: '', status: 0 });
});

/** Reads images, writes for each its class and its probabilities, all as float. */
const MAIN = `#include <stdio.h>
#include "model.h"
#include "model.h"

int main(void) {
  float x[BACKPROP_INPUTS], line[1 + BACKPROP_CLASSES];
  while (fread(x, sizeof x, 1, stdin) == 1) {
    line[0] = (float)backprop_predict(x, line + 1);
    if (fwrite(line, sizeof line, 1, stdout) != 1) return 1;
  }
  return 0;
}
`;
