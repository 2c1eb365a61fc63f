import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explain } from '../../../src/explain/explanation.js';
import { MISTAKE_NAMES, MISTAKES } from '../../../src/explain/mistakes.js';
import { EN } from '../../../src/explain/words/en.js';
import { readModel } from '../../../src/model/file.js';
import { QUANTITIES, quantitiesOf } from '../../../src/quantities.js';
import { initialParameters } from '../../../src/sgd.js';
import { distance } from '../../explain/cases.js';
import { writeSmallData } from '../bytes.js';
import { hasPython, run, runOnTerminal } from '../process.js';

const cwd = mkdtempSync(join(tmpdir(), 'backprop explain '));
const mini = ['--dataset', 'mnist-mini'];
const ESCAPE = '\u001b';

beforeAll(async () => {
  writeSmallData(join(cwd, 'own data'));
  const own = ['--data-dir', 'own data', '-b', '5', '-e', '20', '-q', '--out=own.json'];
  await Promise.all([
    run('backprop-train', [...mini, '-e', '3', '-q', '-o', 'model.json'], { cwd }),
    run('backprop-train', own, { cwd }),
  ]);
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const show = (...args: string[]) => run('backprop-explain', args, { cwd });

/**
 * The widest line on the screen; every character of this program's output is one column wide. A
 * spinner, there while data load if it is quick enough, goes back to the first column.
 */
function widest(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what it looks for
  const lines = text.split(/\n|\r|\u001b\[\d*G/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what it looks for
  const plain = lines.map((line) => line.replace(/\u001b\[[?\d;]*[A-Za-z]/g, ''));
  return Math.max(...plain.map((line) => [...line].length));
}

describe('help', () => {
  test.each([
    ['backprop-explain', []],
    ['backprop-explain-worksheet', ['worksheet']],
    ['backprop-explain-grade', ['grade']],
    ['backprop-explain-check', ['check']],
  ])('%s', async (name, command) => {
    const { code, stdout, stderr } = await show(...command, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await expect(stdout).toMatchFileSnapshot(`../help/${name}.txt`);
    expect(widest(stdout)).toBeLessThanOrEqual(80);
  });
});

describe('the chain', () => {
  test('in the order and the letters of the seminar, 80 columns wide, plain in a pipe', async () => {
    const { code, stdout, stderr } = await show('model.json', ...mini, '--index', '3');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain(ESCAPE);
    expect(widest(stdout)).toBe(80);
    const order = [
      ...['test image 3 of mnist-mini, label', 'L is the log-likelihood', 'x, the picture'],
      ...['u = reshape(x)', 'v = W u + b', 'y = softmax(v)', 'L = Σ labels_i log y_i'],
      ...['∂L/∂y = labels / y', '∂y_i/∂v_j = y_i (1[i = j] − y_j)', '∂L/∂v = (∂y/∂v)ᵀ ∂L/∂y'],
      ...['∂L/∂v = labels − y', '∂L/∂u = Wᵀ ∂L/∂v', '∂L/∂b = ∂L/∂v', '∂L/∂W = ∂L/∂v uᵀ'],
      ...['∂L/∂x = reshape⁻¹(∂L/∂u)', 'One step: W ← W + lr ∂L/∂W'],
    ];
    const places = order.map((text) => stdout.indexOf(`\n${text}`));
    expect(places.slice(1)).toEqual([...places.slice(1)].sort((a, b) => a - b));
    expect(stdout.startsWith(order[0]!)).toBe(true);
    expect(places.slice(1)).not.toContain(-1);
    expect(stdout.match(/error \d\.\de-\d+$/gm)).toHaveLength(8);
    expect(stdout).not.toContain('WRONG');
    expect(stdout).toMatch(/L before -[\d.e-]+, after -[\d.e-]+: raised by/);
  });

  test('--json gives every quantity, as the library has it', async () => {
    const { stdout } = await show('model.json', ...mini, '--index', '5', '--json', '--lr', '0.5');
    const line = JSON.parse(stdout);
    expect(stdout.trimEnd()).not.toContain('\n');
    expect(line).toMatchObject({ event: 'explanation', index: 5, dataset: { name: 'mnist-mini' } });
    const { model } = await readModel(join(cwd, 'model.json'));
    const x = { rows: 28, columns: 28, values: Float64Array.from(line.x as number[]) };
    const subject = { x, label: line.label };
    const backward = explain(model, model.parameters, subject, 0.5).backward!;
    for (const { key, values } of QUANTITIES) {
      const expected = [...values(backward)];
      expect(line[key], key).toEqual(key === 'L' ? expected[0] : expected);
    }
    expect(line.step).toEqual(backward.step);
    expect(distance(line.W, model.parameters.subarray(0, 7840))).toBe(0);
  });

  test('without a model: untrained weights from the seed', async () => {
    const { stdout } = await show(...mini, '--seed', '7', '--split', 'train', '--json');
    const { W, b, seed, model, dataset } = JSON.parse(stdout);
    const shape = { rows: 28, columns: 28, classes: 10 };
    expect([...W, ...b]).toEqual([...initialParameters(shape, { init: 'xavier', seed: 7 })]);
    expect({ seed, model, split: dataset.split }).toEqual({ seed: 7, model: null, split: 'train' });
  });

  test('data of other sides and classes', async () => {
    const { code, stdout } = await show('own.json', '--data-dir', 'own data');
    expect(code).toBe(0);
    expect(stdout).toContain('3×6, error');
    expect(widest(stdout)).toBeLessThanOrEqual(80);
  });
});

describe('without hidden layers all is as it was before there were any', () => {
  // An error is rounding noise, whose digits a processor may choose.
  const steady = (text: string): string => text.replace(/\d\.\de-\d+/g, '#');
  test.each([
    ['chain', [...mini, '--seed', '7', '--index', '3']],
    ['why', [...mini, '--seed', '7', '--why', '4,9']],
    ['worksheet', ['worksheet', '--seed', '3']],
    ['worksheet--answers', ['worksheet', '--seed', '3', '--answers']],
    ['worksheet-5x9', ['worksheet', '--seed', '12', '--size', '5x9', '--answers']],
  ])('%s', async (name, args) => {
    const { stdout } = await show(...args);
    await expect(steady(stdout)).toMatchFileSnapshot(`plain/${name}.txt`);
  });

  test('--json has its fields in their order, and no field more', async () => {
    const line = JSON.parse((await show(...mini, '--json')).stdout);
    expect(Object.keys(line).join(' ')).toBe(
      'event rows columns classes label predicted x W b u v y L dL_dy dy_dv dL_dv_by_jacobian dL_dv ' +
        'dL_du dL_db dL_dW dL_dx check step index dataset model seed',
    );
  });
});

describe('--hidden', () => {
  test('the whole chain forward and back, 80 columns wide', async () => {
    const { code, stdout, stderr } = await show(...mini, '--hidden', '16', '--index', '3');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(widest(stdout)).toBe(80);
    const order = [
      ...['test image 3 of mnist-mini, label', 'x, the picture', 'u = reshape(x)'],
      ...['v¹ = W¹ u + b¹, W¹ 16×784', 'h¹ = ReLU(v¹)', 'v² = W² h¹ + b², W² 10×16'],
      ...[
        'y = softmax(v²) = exp(v²)',
        'L = Σ',
        '∂L/∂y =',
        '∂y_i/∂v²_j',
        '∂L/∂v² = (∂y/∂v²)ᵀ ∂L/∂y',
      ],
      ...['∂L/∂v² = labels − y', '∂L/∂h¹ = W²ᵀ ∂L/∂v²', '∂L/∂b² =', '∂L/∂W² = ∂L/∂v² h¹ᵀ'],
      ...['∂L/∂v¹ = ∂L/∂h¹ ⊙ 1[v¹ > 0]', '∂L/∂u = W¹ᵀ ∂L/∂v¹', '∂L/∂b¹ =', '∂L/∂W¹ = ∂L/∂v¹ uᵀ'],
      ...['∂L/∂x =', 'One step in every layer'],
    ];
    const places = order.map((text) => `\n${stdout}`.indexOf(`\n${text}`));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(stdout.match(/error \d\.\de-\d+$/gm)).toHaveLength(12);
    expect(stdout).not.toContain('WRONG');
    expect(stdout).toMatch(/\n {2}\d+ of 16 units are on\n/);
    expect(stdout).toMatch(/0 where v¹ ≤ 0, at \d+ units/);
    expect(stdout).toMatch(/after -[\d.e-]+: raised by/);
  });

  test.each(['128', '256,128', '40,30,20,10'])(
    '%s: as short as that of few units',
    async (hidden) => {
      const { code, stdout } = await show(...mini, '--hidden', hidden);
      expect(code).toBe(0);
      expect(widest(stdout)).toBeLessThanOrEqual(80);
      expect(stdout.split('\n').length).toBeLessThan(200 + 50 * hidden.split(',').length);
      expect(stdout).not.toContain('WRONG');
    },
  );

  test('--json: lists with an entry for each layer, from the picture on', async () => {
    const { stdout } = await show(...mini, '--hidden', '6,5', '--seed', '4', '--json');
    const line = JSON.parse(stdout);
    const shape = { rows: 28, columns: 28, classes: 10, hidden: [6, 5] };
    expect(line).toMatchObject({ ...shape, seed: 4, model: null });
    const parameters = initialParameters(shape, { init: 'he', seed: 4 });
    const flat = [0, 1, 2].flatMap((l) => [...line.W[l], ...line.b[l]]);
    expect(flat).toEqual([...parameters]);
    const x = { rows: 28, columns: 28, values: Float64Array.from(line.x as number[]) };
    const backward = explain(shape, parameters, { x, label: line.label }, 0.01).backward!;
    for (const { key, layer, sign, values } of quantitiesOf(2)) {
      const found = layer === undefined ? line[key] : line[key][layer];
      expect(key === 'L' ? [found] : found, sign).toEqual([...values(backward)]);
    }
    const lengths = ['W', 'b', 'v', 'dL_dv', 'dL_db', 'dL_dW', 'h', 'dL_dh'];
    expect(lengths.map((key) => line[key].length)).toEqual([3, 3, 3, 3, 3, 3, 2, 2]);
    expect(line.check).toHaveLength(16);
  });

  test('--why: exact, with what it is made of', async () => {
    const args = [...mini, '--hidden', '12,9', '--why', '4,9'];
    const { pixels, bias, difference } = JSON.parse((await show(...args, '--json')).stdout);
    const sum = pixels.reduce((so: number, pixel: number) => so + pixel, bias);
    expect(Math.abs(sum - difference)).toBeLessThan(1e-9);
    const { stdout } = await show(...args);
    expect(stdout).toContain('v³_4 − v³_9 = Σ_j J_j u_j + c');
    const words = stdout.replace(/\s+/g, ' ');
    expect(words).toMatch(
      /through the units that are on \(\d+ of 12, then \d+ of 9\)\. c: what b¹, b², b³ add\./,
    );
    expect(widest(stdout)).toBeLessThanOrEqual(80);
  });
});

describe('--why', () => {
  test('the total is v_a − v_b', async () => {
    const args = ['model.json', ...mini, '--index', '2', '--why', '4,9'];
    const { stdout } = await show(...args, '--json');
    const { pixels, bias, total, difference, a, b } = JSON.parse(stdout);
    expect([a, b]).toEqual([4, 9]);
    const sum = pixels.reduce((so: number, pixel: number) => so + pixel, bias);
    expect(sum).toBeCloseTo(difference, 10);
    expect(total).toBeCloseTo(difference, 10);
    const text = await show(...args);
    expect(text.stdout).toMatch(new RegExp(`total +\\+?${total.toFixed(6)}\\n +v_4 − v_9 `));
    expect(widest(text.stdout)).toBeLessThanOrEqual(80);
  });
});

test('in Russian with --lang ru or BACKPROP_LANG, whatever the locale', async () => {
  const { stdout } = await show('--lang', 'ru', ...mini);
  expect(stdout).toContain('L — логарифм правдоподобия, он не больше нуля');
  expect(widest(stdout)).toBeLessThanOrEqual(80);
  const inEnvironment = (env: Record<string, string>, ...args: string[]) =>
    run('backprop-explain', [...mini, ...args], { cwd, env });
  expect((await inEnvironment({ BACKPROP_LANG: 'ru' })).stdout).toBe(stdout);
  const english = await show(...mini);
  const locale = { LANG: 'ru_RU.UTF-8', LC_ALL: 'ru_RU.UTF-8' };
  expect((await inEnvironment(locale)).stdout).toBe(english.stdout);
  expect((await inEnvironment({ BACKPROP_LANG: 'ru' }, '--lang', 'en')).stdout).toBe(
    english.stdout,
  );
  const other = await inEnvironment({ BACKPROP_LANG: 'de' });
  expect(other.code).toBe(2);
  expect(other.stderr).toContain('BACKPROP_LANG');
});

describe('--break', () => {
  test.each(MISTAKE_NAMES)('%s: formula, check, training, lesson', async (name) => {
    const { code, stdout } = await show('--break', name, ...mini);
    expect(code).toBe(0);
    const { caught } = MISTAKES[name];
    const { right, wrong } = EN.mistakes[name];
    for (const text of [right, wrong]) expect(stdout).toContain(text);
    const first = stdout.split(/on one picture.*\n/)[1]!.split(/\n(?! {2})/)[0]!;
    expect(first.match(/^ +\S.*?(?= {2}.*WRONG$)/gm)?.map((one) => one.trim()) ?? []).toEqual(
      caught,
    );
    expect(stdout).toContain('What to learn from it');
    expect(widest(stdout)).toBeLessThanOrEqual(80);
    expect(stdout).not.toContain(ESCAPE);
  });

  test('--json', async () => {
    const { stdout } = await show('--break', 'no-max-shift', ...mini, '--json');
    const { event, name, checks, trainings } = JSON.parse(stdout);
    expect([event, name]).toEqual(['break', 'no-max-shift']);
    expect(checks).toHaveLength(3);
    expect(trainings[1].broken.diverged).toEqual({ epoch: 1, step: 2 });
  });
});

describe('exercises', () => {
  test('a worksheet is the same for the same seed, and its key is another text', async () => {
    const sheet = await show('worksheet', '--seed', '3');
    expect(sheet.code).toBe(0);
    expect(await show('worksheet', '--seed', '3', '--size', '3x4')).toEqual(sheet);
    const key = await show('worksheet', '--seed', '3', '--answers');
    expect(key.stdout).toContain('ln 2');
    expect(sheet.stdout).toContain('\nbackprop-explain grade answers.json\n');
    for (const { stdout } of [sheet, key]) expect(widest(stdout)).toBeLessThanOrEqual(80);
    expect(sheet.stdout).not.toContain('4/5 ln 2');
    const [, form] = /^(\{\n[\s\S]*?^\})/m.exec(sheet.stdout) ?? [];
    writeFileSync(join(cwd, 'empty.json'), form!);
    const { code, stdout } = await show('grade', 'empty.json');
    expect(code).toBe(7);
    expect(JSON.parse((await show('worksheet', '--seed', '3', '--form')).stdout)).toEqual(
      JSON.parse(form!),
    );
    const other = await show('grade', 'empty.json', '--seed', '4');
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/^error: empty\.json answers a worksheet with seed 3, not 4\./);
    expect(stdout.match(/missing$/gm)).toHaveLength(13);
  });

  test('a hidden layer asks for more, and a missing mask is named', async () => {
    const flags = ['--seed', '3', '--hidden', '2'];
    const sheet = await show('worksheet', ...flags);
    expect(sheet.stdout).toContain('x → u → v¹ →\nh¹ → v² → y → L.');
    expect(sheet.stdout).toContain('"seed": 3,\n  "size": "3x4",\n  "hidden": 2,');
    const { stdout } = await show('worksheet', ...flags, '--answers', '--json');
    const { answers, W, b, hidden } = JSON.parse(stdout);
    expect({ hidden, W: W.length, b: b.length }).toEqual({ hidden: [2], W: 2, b: 2 });
    writeFileSync(join(cwd, 'key.json'), JSON.stringify(answers));
    expect(await show('grade', 'key.json', ...flags)).toMatchObject({ code: 0, stderr: '' });
    writeFileSync(join(cwd, 'slip.json'), JSON.stringify({ ...answers, dL_dv1: answers.dL_dh1 }));
    const bad = await show('grade', 'slip.json', ...flags);
    expect(bad.code).toBe(7);
    expect(bad.stdout).toMatch(/^dL_dv1 +wrong +missing mask: ∂L\/∂v¹ is 0 where v¹ ≤ 0/m);
    expect(bad.stderr).toMatch(/^error: 1 of 19 answers are not right/);
    for (const { stdout } of [sheet, bad]) expect(widest(stdout)).toBeLessThanOrEqual(80);
    const other = await show('grade', 'key.json', '--seed', '3');
    expect(other.code).toBe(4);
    expect(other.stderr).toContain('unknown field "v1"');
  });

  test.each([
    [['--seed', '3']],
    [['--seed', '12', '--size', '5x9']],
    [['--seed', '1', '--size', '2x2']],
  ])('the key of %j is graded as right, one slip as its mistake', async (flags) => {
    const { stdout } = await show('worksheet', ...flags, '--answers', '--json');
    const { answers } = JSON.parse(stdout);
    // With a byte-order mark, as some editors write it.
    writeFileSync(join(cwd, 'key.json'), `\uFEFF${JSON.stringify(answers)}`);
    const good = await show('grade', 'key.json', ...flags);
    expect(good).toMatchObject({ code: 0, stderr: '' });
    answers.dL_dv = answers.dL_dv.map((g: number) => -g);
    writeFileSync(join(cwd, 'slip.json'), JSON.stringify(answers));
    const bad = await show('grade', 'slip.json', ...flags);
    expect(bad.code).toBe(7);
    expect(bad.stdout).toMatch(/^dL_dv +wrong +sign: y − labels/m);
    expect(bad.stdout.match(/right$/gm)).toHaveLength(12);
    expect(bad.stderr).toMatch(/^error: 1 of 13 answers are not right\. .*\n$/);
    expect(widest(bad.stdout)).toBeLessThanOrEqual(80);
    const { stdout: json } = await show('grade', 'slip.json', ...flags, '--json');
    expect(JSON.parse(json)).toMatchObject({ event: 'grade', right: 12, of: 13 });
  });
});

test('empty lists are wrong answers, not a crash', async () => {
  writeFileSync(join(cwd, 'hollow.json'), '{"v": [], "y": [[]], "dy_dv": [[], []]}');
  const { code, stdout } = await show('grade', 'hollow.json', '--seed', '1');
  expect(code).toBe(7);
  expect(stdout).toMatch(/^v +wrong +expected 3 numbers, found 0$/m);
  expect(stdout).toMatch(/^y +wrong +expected 3 numbers, found 1×0$/m);
  expect(stdout).toMatch(/^dy_dv +wrong +expected 3×3, found 2×0$/m);
});

describe('exit codes, each with one line that says why', () => {
  test.each([
    [2, ['--index', '100', ...mini], 'expected 0 to 99, for the 100 test images of mnist-mini'],
    [2, ['--index', '-1', ...mini], 'expected a whole number'],
    [2, ['--index', '1e1', ...mini], 'expected a whole number'],
    [2, ['--why', '4', ...mini], 'two different classes'],
    [2, ['--why', '4,4', ...mini], 'two different classes'],
    [2, ['--why', '4,10', ...mini], 'expected classes 0 to 9'],
    [2, ['--break', 'all', ...mini], 'Allowed choices are sign'],
    [2, ['--break', 'sign', '--why', '1,2', ...mini], 'cannot be used with'],
    [2, ['--lr', '0', ...mini], 'expected a number above 0'],
    [4, ['--hidden', '2000,2000', ...mini], 'expected at most'],
    [2, ['--hidden', '0', ...mini], 'expected 1 to 4 whole numbers from 1 to 4096'],
    [2, ['own.json', '--hidden', '4', ...mini], '--hidden is for untrained weights'],
    [2, ['worksheet', '--hidden', '4'], 'expected a whole number from 2 to 3'],
    [2, ['worksheet', '--size', '6x4'], 'from 2x2 to 5x9'],
    [2, ['worksheet', '--seed', '0x1'], 'expected a whole number'],
    [2, ['worksheet', 'more'], 'too many arguments'],
    [2, ['--lang', 'ru', 'worksheet'], '--lang stands before worksheet'],
    [2, ['--no-color', 'check', '--', 'x'], '--no-color stands before check'],
    [2, ['grade'], "missing required argument 'file'"],
    [3, ['--data-dir', 'nowhere'], 'nowhere'],
    [4, ['nothing.json', ...mini], 'found nothing there'],
    [4, ['own.json', ...mini], 'for images of 2×3 in 3 classes, but mnist-mini'],
    [4, ['grade', 'nothing.json'], 'found nothing there'],
    [4, ['grade', '.'], 'found a folder'],
    [4, ['grade', 'model.json'], 'at most 65536 bytes'],
    [4, ['grade', 'own.json', '--seed', '1'], 'own.json: unknown field "format"'],
  ])('%i: %j', async (expected, args, message) => {
    const { code, stdout, stderr } = await show(...args);
    expect(stderr).toMatch(/^error: .*[.?]\n$/);
    expect(stderr.toLowerCase()).toContain(message.toLowerCase());
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
  });

  test.skipIf(process.platform === 'win32')('4: a pipe that nobody writes to', async () => {
    expect(spawnSync('mkfifo', [join(cwd, 'pipe')]).status).toBe(0);
    const { code, stderr } = await show('grade', 'pipe');
    expect(code).toBe(4);
    expect(stderr).toContain('found a pipe or device');
  });
});

describe.skipIf(!hasPython)('on a pseudo-terminal (made by python3)', () => {
  const on = (columns: number, env: Record<string, string>, ...args: string[]) =>
    runOnTerminal('backprop-explain', args, { columns, cwd, env });

  test('pictures are half blocks, in 24-bit or in 256 colours', async () => {
    const direct = await on(80, { COLORTERM: 'truecolor' }, ...mini);
    expect(direct.stdout).toContain(`${ESCAPE}[38;2;`);
    expect(direct.stdout).toContain('▀');
    const cube = await on(80, { TERM: 'xterm-256color' }, ...mini);
    expect(cube.stdout).toContain(`${ESCAPE}[38;5;`);
    expect(cube.stdout).not.toContain('38;2;');
    for (const { stdout } of [direct, cube]) expect(widest(stdout)).toBe(80);
  });

  const plain: Record<string, string>[] = [{ NO_COLOR: '1' }, { CI: 'true' }, { TERM: 'dumb' }];
  test.each(plain)('no escape codes with %j', async (env) => {
    const { code, stdout } = await on(80, { COLORTERM: 'truecolor', ...env }, ...mini);
    expect(code).toBe(0);
    expect(stdout).not.toContain(ESCAPE);
    expect(stdout).not.toContain('▀');
  });

  const commands = [mini, [...mini, '--why', '4,9'], [...mini, '--break', 'sum-not-mean']];
  test.each([
    ...commands.map((args) => [40, args] as const),
    [40, [...mini, '--hidden', '24,4']] as const,
    [40, [...mini, '--hidden', '24,4', '--why', '4,9']] as const,
    [40, ['worksheet', '--size', '5x9']] as const,
    [40, ['worksheet', '--hidden', '3', '--answers']] as const,
    [40, ['worksheet', '--answers']] as const,
    [40, ['worksheet', '--size', '5x9', '--answers']] as const,
    [80, ['worksheet', '--size', '5x9', '--answers']] as const,
    [40, ['worksheet', '--hidden', '3', '--lang', 'ru']] as const,
    [40, ['worksheet', '--size', '5x9', '--answers', '--lang', 'ru']] as const,
    [33, mini] as const,
  ])('%i columns are enough for %j', async (columns, args) => {
    for (const name of args === mini ? ['COLORTERM', 'NO_COLOR'] : ['NO_COLOR']) {
      const env = { [name]: 'truecolor' };
      const { code, stdout } = await on(columns, env, ...args);
      expect(code).toBe(0);
      expect(widest(stdout)).toBeLessThanOrEqual(columns);
    }
  });

  test.each([0, 1, 10])('%i columns: ends, with little output', async (columns) => {
    const { code, stdout } = await on(columns, {}, ...mini);
    expect(code).toBe(0);
    expect(stdout.length).toBeLessThan(60_000);
  });
});

test('the bin is in the package', () => {
  const { bin } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  expect(bin['backprop-explain']).toBe('dist/bin/backprop-explain.js');
});
