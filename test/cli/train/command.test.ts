import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../bytes.js';
import { finish, run, start, temporaryFolder, untilWritten } from '../process.js';

const mini = ['--dataset', 'mnist-mini', '-e', '2'];

const read = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8');

test('trains, shows the result on stdout and a line an epoch on stderr, without escape codes', async () => {
  const cwd = temporaryFolder();
  const { code, stdout, stderr } = await run('backprop-train', mini, { cwd });
  expect(code).toBe(0);
  expect(stderr.split('\n')).toEqual([
    'mnist-mini: 400 training and 100 test images  28×28  10 classes  bundled',
    expect.stringMatching(/^epoch 1\/2 {2}loss \d\.\d{4} {2}accuracy [\d.]+ % {2}\S+ images\/s$/),
    expect.stringMatching(/^epoch 2\/2 /),
    '',
  ]);
  const hash = sha256(readFileSync(join(cwd, 'model.json')));
  expect(stdout).toMatch(/^epoch 2\/2 +accuracy +loss\ntest +[\d.]+ % +[\d.]+\ntraining /);
  expect(stdout).toContain(`sha256      ${hash}\n`);
  expect(stdout + stderr).not.toContain('\u001b');
  expect(readdirSync(cwd)).toEqual(['model.json']);
});

test('the same flags give the same bytes, another seed gives others', async () => {
  const cwd = temporaryFolder();
  const flags = [
    ...mini,
    '--init',
    'xavier',
    '--validation',
    '0.1',
    '--momentum',
    '0.9',
    '--lr',
    '0.1',
  ];
  const names = ['a', 'b', 'c'];
  const seeds = ['7', '7', '8'];
  await Promise.all(
    names.map((name, i) =>
      run(
        'backprop-train',
        [...flags, '--seed', seeds[i]!, '-o', name, '--history', `${name}.csv`],
        { cwd },
      ),
    ),
  );
  const [a, b, c] = names.map((name) => read(cwd, name));
  expect(b).toBe(a);
  expect(c).not.toBe(a);
  expect(read(cwd, 'b.csv')).toBe(read(cwd, 'a.csv'));
  expect(a).not.toContain(cwd);
});

test('--json writes an object a line: start, gradients, epochs, result', async () => {
  const cwd = temporaryFolder();
  const flags = [
    ...mini,
    '--json',
    '--validation',
    '0.25',
    '--history',
    'h.jsonl',
    '-o',
    'ä b.json',
  ];
  const { code, stdout } = await run('backprop-train', flags, { cwd });
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(code).toBe(0);
  expect(events.map(({ event }) => event)).toEqual(['start', 'epoch', 'epoch', 'result']);
  expect(events[0]).toMatchObject({ dataset: { name: 'mnist-mini', rows: 28 }, testImages: 100 });
  expect(events[2]).toMatchObject({
    epoch: 2,
    epochs: 2,
    validation: { loss: expect.any(Number) },
  });
  const bytes = readFileSync(join(cwd, 'ä b.json'));
  expect(events[3].model).toEqual({ path: 'ä b.json', sha256: sha256(bytes), bytes: bytes.length });
  const { metrics } = JSON.parse(bytes.toString());
  const { test, train, validation, epoch } = events[3];
  expect({ test, train, validation, epoch }).toEqual(metrics);
  const history = read(cwd, 'h.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(history[1]).toMatchObject({ epoch: 2, validationLoss: events[2].validation.loss });
});

test('--history and --json grow by whole lines while the run goes on, and what is killed keeps them', async () => {
  const cwd = temporaryFolder();
  const flags = ['--dataset', 'mnist-mini', '--limit', '50', '--history', 'h.csv', '--json'];
  const child = start('backprop-train', [...flags, '-e', '100000'], { cwd });
  const finished = finish(child);
  await untilWritten(child.stdout!, '"epoch":3,');
  const seen = read(cwd, 'h.csv');
  child.kill('SIGKILL');
  const { stdout } = await finished;
  expect(seen).toMatch(/^epoch,learningRate,[^\n]*\n1,[^\n]*\n2,[^\n]*\n/);
  expect(read(cwd, 'h.csv').startsWith(seen)).toBe(true);
  expect(read(cwd, 'h.csv')).toMatch(/\n$/);
  for (const line of stdout.slice(0, stdout.lastIndexOf('\n')).split('\n')) JSON.parse(line);
  // The next run's first epoch puts its own in the place of these.
  await run('backprop-train', [...flags, '-e', '2'], { cwd });
  expect(read(cwd, 'h.csv').split('\n')).toHaveLength(4);
});

test.skipIf(!existsSync('/dev/stdout'))(
  '--history into a pipe comes whole, at the end',
  async () => {
    const cwd = temporaryFolder();
    symlinkSync('/dev/stdout', join(cwd, 'pipe.csv'));
    const flags = [...mini, '--json', '--history'];
    const [piped] = await Promise.all([
      run('backprop-train', [...flags, 'pipe.csv', '-o', 'a.json'], { cwd }),
      run('backprop-train', [...flags, 'h.csv', '-o', 'b.json'], { cwd }),
    ]);
    const [start, first, second, ...end] = piped!.stdout.split('\n');
    expect([start, first, second].map((line) => JSON.parse(line!).event)).toEqual([
      'start',
      'epoch',
      'epoch',
    ]);
    expect(end.slice(0, 3).join('\n')).toBe(read(cwd, 'h.csv').trimEnd());
  },
);

test('--history writes CSV with a header, and empty cells where nothing was held out', async () => {
  const cwd = temporaryFolder();
  await run('backprop-train', [...mini, '--history', 'h.csv'], { cwd });
  const [header, first, second, end] = read(cwd, 'h.csv').split('\n');
  expect(header).toBe(
    'epoch,learningRate,trainLoss,trainAccuracy,validationLoss,validationAccuracy',
  );
  expect(first).toMatch(/^1,[\d.]+,[\d.]+,[\d.]+,,$/);
  expect([second?.slice(0, 2), end]).toEqual(['2,', '']);
});

test('--quiet leaves only the result', async () => {
  const cwd = temporaryFolder();
  const text = await run('backprop-train', [...mini, '-q'], { cwd });
  expect(text.stderr).toBe('');
  expect(text.stdout).toMatch(/^epoch 2\/2 .*\ntest /);
  const json = await run('backprop-train', [...mini, '-q', '--json'], { cwd });
  expect(json.stderr).toBe('');
  expect(JSON.parse(json.stdout)).toMatchObject({ event: 'result', epochsRun: 2 });
});

test('--resume goes on from a model and records its hash', async () => {
  const cwd = temporaryFolder();
  await run('backprop-train', [...mini, '-q', '-o', 'first.json'], { cwd });
  const flags = ['--resume', 'first.json', '--json', '-o', 'second.json'];
  const { stdout } = await run('backprop-train', [...mini, ...flags], { cwd });
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const [first, second] = ['first.json', 'second.json'].map((name) => JSON.parse(read(cwd, name)));
  expect(events[1].train.loss).toBeLessThan(first.metrics.train.loss);
  expect(second.training.resumedFrom).toBe(sha256(readFileSync(join(cwd, 'first.json'))));
});

test('--hidden trains that network, and --resume takes it from the model', async () => {
  const cwd = temporaryFolder();
  const deep = [...mini, '--hidden', '8,5', '--lr', '0.1', '-q', '-o', 'deep.json'];
  expect(await run('backprop-train', deep, { cwd })).toMatchObject({ code: 0, stderr: '' });
  const first = JSON.parse(read(cwd, 'deep.json'));
  expect(first).toMatchObject({ version: 2, training: { hidden: [8, 5], init: 'he' } });
  const types = first.layers.map(({ type, outputs }: { type: string; outputs?: number }) =>
    outputs === undefined ? type : `${type} ${outputs}`,
  );
  expect(types.join(', ')).toBe('reshape 784, linear 8, relu, linear 5, relu, linear 10, softmax');
  const resume = [...mini, '--lr', '0.1', '-q', '--resume', 'deep.json'];
  for (const more of [[], ['--hidden', '8,5']]) {
    expect(await run('backprop-train', [...resume, ...more], { cwd })).toMatchObject({ code: 0 });
    const { training, metrics } = JSON.parse(read(cwd, 'model.json'));
    expect(training.hidden).toEqual([8, 5]);
    expect(training.resumedFrom).toBe(sha256(readFileSync(join(cwd, 'deep.json'))));
    expect(metrics.train.loss).toBeLessThan(first.metrics.train.loss);
  }
  const other = await run('backprop-train', [...resume, '--hidden', '8'], { cwd });
  expect(other).toMatchObject({ code: 2, stdout: '' });
  expect(other.stderr).toMatch(
    /^error: --hidden 8 contradicts deep\.json, whose network has --hidden 8,5\. Leave [^\n]*\n$/,
  );
});

test.each([
  [[], ['∂L/∂y', '∂y/∂v', '∂L/∂v', '∂L/∂u', '∂L/∂b', '∂L/∂W', '∂L/∂x']],
  [
    ['--hidden', '3'],
    ['∂L/∂y', '∂y/∂v²', '∂L/∂h¹', '∂L/∂W²', '∂L/∂v¹', '∂L/∂W¹', '∂L/∂x'],
  ],
])(
  '--check-gradients %j shows a verdict for each quantity, then trains',
  async (more, quantities) => {
    const cwd = temporaryFolder();
    const args = [...mini, ...more, '--check-gradients', '-q'];
    const { code, stdout } = await run('backprop-train', args, { cwd });
    expect(code).toBe(0);
    for (const quantity of quantities) {
      expect(stdout).toMatch(new RegExp(`^${quantity} .* right$`, 'm'));
    }
    // The steps of the check leave no trace.
    const checked = read(cwd, 'model.json');
    await run('backprop-train', [...mini, ...more, '-q'], { cwd });
    expect(read(cwd, 'model.json')).toBe(checked);
  },
);

describe('exit codes, each with one line that says why, and no file', () => {
  const long = ['--dataset', 'mnist-mini', '-e', '100000'];
  test.each([
    [2, [...long, '--batch-size', '401'], 'batch size 401 is larger than the 400 training images'],
    [
      2,
      [...long, '--epochs', '5abc'],
      "'5abc' is invalid: expected a whole number from 1 to 100000.",
    ],
    [2, [...long, '--lr', '-1'], "'-1' is invalid: expected a number above 0."],
    [
      2,
      [...long, '--epoch', '5'],
      "unknown option '--epoch' (Did you mean --epochs?). See --help.",
    ],
    [2, [...long, 'mnist'], 'too many arguments'],
    [2, [...long, '--early-stop', '2'], '--early-stop needs images held out'],
    [2, [...long, '--data-dir', '.'], "'--dataset <name>' cannot be used with option '--data-dir"],
    [2, [...long, '--hidden', '8', '--init', 'zeros'], 'all units of a layer would stay the same'],
    [2, [...long, '--hidden', '8,0'], 'expected 1 to 4 whole numbers from 1 to 4096'],
    [2, [...long, '--hidden', '1,2,3,4,5'], 'expected 1 to 4 whole numbers'],
    [4, [...long, '--hidden', '4096'], 'at most 256 classes and 2000000 parameters'],
    [2, [...long, '--resume', 'x', '--init', 'zeros'], 'cannot be used with'],
    [2, [...long, '-o', 'x.csv', '--history', './x.csv'], 'are the same file'],
    [3, ['--data-dir', 'nowhere'], 'nowhere'],
    [3, ['--dataset', 'kmnist', '--offline'], 'no copy of kmnist'],
    [4, [...long, '--resume', 'nothing.json'], 'nothing.json'],
    [5, [...long, '-o', 'no/such/folder/model.json'], 'cannot write no/such/folder/model.json'],
    [5, [...long, '-o', '.'], 'the path is a folder'],
    [5, [...long, '--history', 'no/h.csv'], 'cannot write no/h.csv'],
  ])('%i: %j', async (expected, args, message) => {
    const cwd = temporaryFolder();
    const { code, stdout, stderr } = await run('backprop-train', args, { cwd });
    expect(stderr).toMatch(/^(mnist-mini: .*\n)?error: .*[.?]\n$/);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('6: diverging leaves an older model as it was', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'model.json'), 'older');
    const { code, stderr } = await run('backprop-train', [...mini, '--lr', '1e39'], { cwd });
    expect(code).toBe(6);
    expect(stderr).toMatch(/error: training diverged: .* at epoch 1, step \d+\. Use a smaller/);
    expect(read(cwd, 'model.json')).toBe('older');
  });

  test('7: below --min-accuracy, with the model saved and the result shown', async () => {
    const cwd = temporaryFolder();
    const flags = [...mini, '-q', '--min-accuracy', '0.999'];
    const { code, stdout, stderr } = await run('backprop-train', flags, { cwd });
    expect(code).toBe(7);
    expect(stdout).toContain('model.json');
    expect(stderr).toMatch(
      /^error: accuracy [\d.]+ % is below --min-accuracy 0\.999 \(99\.90 %\)\.\n$/,
    );
    expect(readdirSync(cwd)).toEqual(['model.json']);
  });

  test.skipIf(!existsSync('/dev/full'))('5: a full disk at the end', async () => {
    const cwd = temporaryFolder();
    const model = await run('backprop-train', [...mini, '-q', '-o', '/dev/full'], { cwd });
    expect(model).toMatchObject({ code: 5, stdout: '' });
    expect(model.stderr).toMatch(/^error: cannot write \/dev\/full: ENOSPC.*\n$/);
  });
});

test('DEBUG=backprop shows the stack', async () => {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, 'folder'));
  const flags = ['-o', 'folder'];
  const { code, stderr } = await run('backprop-train', flags, { cwd, env: { DEBUG: 'backprop' } });
  expect(code).toBe(5);
  expect(stderr).toMatch(/^error: DiskError: cannot write folder: .*\n {4}at /);
});
