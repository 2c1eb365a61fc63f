import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validJpegs } from '../../image/jpeg-bytes.js';
import { run } from '../process.js';

const cwd = mkdtempSync(join(tmpdir(), 'backprop explain image '));

beforeAll(async () => {
  // A thick, upright stroke, black on white: a one.
  const [width, height] = [60, 80];
  const data = new Uint8Array(width * height).fill(255);
  for (let y = 10; y < 70; y++) data.fill(0, y * width + 26, y * width + 34);
  writeFileSync(join(cwd, 'one.png'), encode({ width, height, data, channels: 1, depth: 8 }));
  for (let y = 10; y < 70; y++) {
    data.fill(255, y * width + 26, y * width + 34);
    for (const x of [18, 38]) data.fill(0, y * width + x, y * width + x + 6);
  }
  writeFileSync(join(cwd, 'eleven.png'), encode({ width, height, data, channels: 1, depth: 8 }));
  writeFileSync(join(cwd, 'seven.jpg'), validJpegs.get('baseline')!);
  await run('backprop-train', ['--dataset', 'mnist-mini', '-q', '-o', 'model.json'], { cwd });
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe('backprop-explain --image', () => {
  const show = (...args: string[]) =>
    run('backprop-explain', ['model.json', '--image', 'one.png', ...args], { cwd });

  it('explains the picture as the model takes it, with the label that the user gives', async () => {
    const { code, stdout } = await show('--label', '1', '--json');
    expect(code).toBe(0);
    const numbers = JSON.parse(stdout);
    expect(numbers).toMatchObject({ label: 1, predicted: 1, image: 'one.png' });
    expect(numbers.x).toHaveLength(784);
    expect(Math.max(...numbers.x)).toBe(1);
    expect(numbers.L).toBeCloseTo(Math.log(numbers.y[1]), 12);
    expect(numbers.dL_dv[1]).toBeCloseTo(1 - numbers.y[1], 12);
  });

  it('shows the way forward, and no gradients, without a label', async () => {
    const { code, stdout } = await show();
    expect(code).toBe(0);
    expect(stdout).toContain('y = softmax(v)');
    expect(stdout).toContain('No label');
    expect(stdout).not.toContain('∂L/∂W');
  });

  it.each([
    ['en', 'this does not look like one digit: several separate pieces of ink'],
    ['ru', 'это не похоже на одну цифру: несколько отдельных частей'],
  ])('says of what is not one digit that it is not: %s', async (lang, sentence) => {
    const show = (...args: string[]) =>
      run('backprop-explain', ['model.json', '--image', 'eleven.png', ...args], { cwd });
    const { code, stdout } = await show('--lang', lang);
    expect(code).toBe(0);
    expect(stdout.replaceAll('\n', ' ')).toContain(sentence);
    expect(JSON.parse((await show('--json')).stdout).warnings).toContain('pieces');
  });

  it('explains a JPEG', async () => {
    const args = ['model.json', '--image', 'seven.jpg', '--json'];
    const { code, stdout } = await run('backprop-explain', args, { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ predicted: 7, image: 'seven.jpg', warnings: [] });
  });

  it('says which pixels speak for a class', async () => {
    const { code, stdout } = await show('--why', '1,7');
    expect(code).toBe(0);
    expect(stdout).toContain('v_1 − v_7');
  });

  it.each([
    [['--label', '10'], 2, 'expected a class from 0 to 9'],
    [['--index', '3'], 2, '--index'],
    [['--break', 'sign'], 2, '--break'],
  ] as const)('refuses %j', async (args, expected, message) => {
    const { code, stderr } = await show(...args);
    expect(code).toBe(expected);
    expect(stderr).toContain(message);
  });

  it('needs a model, and a picture that can be read', async () => {
    const without = await run('backprop-explain', ['--image', 'one.png'], { cwd });
    expect(without.code).toBe(2);
    expect(without.stderr).toContain('--image needs a model');
    const none = await run('backprop-explain', ['model.json', '--image', 'two.png'], { cwd });
    expect(none.code).toBe(4);
    expect(none.stderr).toContain('two.png');
  });
});
