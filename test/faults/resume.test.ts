import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256, writeSmallData } from '../cli/bytes.js';
import { finish, run, start, temporaryFolder, untilWritten } from '../cli/process.js';

const flags = [
  ...['--dataset', 'mnist-mini', '--epochs', '6', '--batch-size', '7', '--momentum', '0.9'],
  ...['--weight-decay', '0.001', '--lr', '0.05', '--validation', '0.2', '--early-stop', '4'],
  ...['--init', 'xavier', '--seed', '11', '--lr-schedule', 'cosine', '--limit', '300'],
];

/** What each way of resuming is tried with. */
const NETWORKS = [
  ['without hidden layers', flags],
  ['with hidden layers', [...flags.with(flags.indexOf('xavier'), 'he'), '--hidden', '8,5']],
] as const;

const read = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8');

async function train(cwd: string, ...args: string[]) {
  const finished = await run('backprop-train', [...args, '-q'], { cwd });
  expect({ code: finished.code, stderr: finished.stderr }).toEqual({ code: 0, stderr: '' });
  return finished;
}

/** A file with one of its fields changed. */
function alter(folder: string, name: string, change: (saved: Record<string, unknown>) => void) {
  const saved = JSON.parse(read(folder, name));
  change(saved);
  writeFileSync(join(folder, name), JSON.stringify(saved));
}

/** A folder with the checkpoint of a finished run, which is made only once. */
let saved: string | undefined;
async function folderWithCheckpoint(): Promise<string> {
  const cwd = temporaryFolder();
  if (saved === undefined) {
    await train(cwd, ...flags, '--checkpoint', 'run.json');
    saved = read(cwd, 'run.json');
    rmSync(join(cwd, 'model.json'));
  }
  writeFileSync(join(cwd, 'run.json'), saved);
  return cwd;
}

test.each(NETWORKS)('%s saving checkpoints changes neither model nor history', async (_, flags) => {
  const cwd = temporaryFolder();
  await train(cwd, ...flags, '-o', 'a.json', '--history', 'a.csv');
  await train(cwd, ...flags, '-o', 'b.json', '--history', 'b.csv', '--checkpoint', 'run.json');
  expect(read(cwd, 'b.json')).toBe(read(cwd, 'a.json'));
  expect(read(cwd, 'b.csv')).toBe(read(cwd, 'a.csv'));
  expect(readdirSync(cwd)).toEqual(['a.csv', 'a.json', 'b.csv', 'b.json', 'run.json']);
});

test.each(NETWORKS)(
  '%s the checkpoint of a finished run gives the same files again, with one epoch shown',
  async (_, flags) => {
    const cwd = temporaryFolder();
    await train(cwd, ...flags, '-o', 'a.json', '--history', 'a.csv', '--checkpoint', 'run.json');
    const again = ['--resume', 'run.json', '-o', 'b.json', '--history', 'b.csv', '--json'];
    const { code, stdout, stderr } = await run('backprop-train', again, { cwd });
    expect(code).toBe(0);
    const events = stdout.trimEnd().split('\n');
    expect(events.map((line) => JSON.parse(line).event)).toEqual(['start', 'epoch', 'result']);
    expect(stderr).toMatch(/^resuming from run\.json: epoch \d\/6, step 35$/m);
    expect(read(cwd, 'b.json')).toBe(read(cwd, 'a.json'));
    expect(read(cwd, 'b.csv')).toBe(read(cwd, 'a.csv'));
    expect(JSON.parse(read(cwd, 'b.json')).training.resumedFrom).toBe(null);
  },
);

test('goes on with the kernel of the checkpoint, and with any number of threads', async () => {
  const cwd = temporaryFolder();
  const small = ['--dataset', 'mnist-mini', '--limit', '20', '-e', '4', '--kernel', 'reference'];
  await train(cwd, ...small, '-o', 'a.json', '--checkpoint', 'run.json', '--checkpoint-every', '3');
  await train(cwd, '--resume', 'run.json', '-o', 'b.json', '--threads', '2');
  expect(read(cwd, 'b.json')).toBe(read(cwd, 'a.json'));
});

test('takes flags that say the same as the checkpoint', async () => {
  const cwd = temporaryFolder();
  await train(cwd, ...flags, '-o', 'a.json', '--checkpoint', 'run.json');
  const same = flags.filter((flag, at) => flag !== '--init' && flags[at - 1] !== '--init');
  await train(cwd, ...same, '--resume', 'run.json', '-o', 'b.json');
  expect(read(cwd, 'b.json')).toBe(read(cwd, 'a.json'));
});

test.each([[], ['--hidden', '6']])(
  'a run that went on from a model keeps that in its checkpoint: %j',
  async (...hidden) => {
    const cwd = temporaryFolder();
    const mini = ['--dataset', 'mnist-mini', '-e', '2', '--lr', '0.1'];
    await train(cwd, ...mini, ...hidden, '-o', 'first.json');
    await train(cwd, ...mini, '--resume', 'first.json', '-o', 'a.json', '--checkpoint', 'run.json');
    await train(cwd, '--resume', 'run.json', '-o', 'b.json');
    expect(read(cwd, 'b.json')).toBe(read(cwd, 'a.json'));
    const { resumedFrom } = JSON.parse(read(cwd, 'b.json')).training;
    expect(resumedFrom).toBe(sha256(readFileSync(join(cwd, 'first.json'))));
  },
);

describe.skipIf(process.platform === 'win32')('a signal', () => {
  test.each([
    ['SIGINT', 130, []],
    ['SIGTERM', 143, []],
    ['SIGTERM', 143, ['--hidden', '5', '--lr', '0.01']],
  ] as const)(
    '%s saves a checkpoint, says so, and ends with %i: %j',
    async (signal, expected, more) => {
      const cwd = temporaryFolder();
      const long = ['--dataset', 'mnist-mini', '--limit', '100', '--epochs', '3000', ...more];
      // Seldom enough that only the signal can have saved it.
      const saving = [
        '--checkpoint',
        'run.json',
        '--checkpoint-every',
        '2999',
        '--history',
        'h.csv',
      ];
      const child = start('backprop-train', [...long, ...saving], { cwd });
      const finished = finish(child);
      await untilWritten(child.stderr!, 'epoch 2/');
      child.kill(signal);
      const { code, stdout, stderr } = await finished;
      expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
      expect(stderr).toMatch(
        new RegExp(
          '\\nsaved run\\.json: epoch \\d+, step \\d+ {2}resume with --resume run\\.json\\n' +
            `error: interrupted by ${signal}\\.\\n$`,
        ),
      );
      expect(readdirSync(cwd)).toEqual(['h.csv', 'run.json']);
      const soFar = read(cwd, 'h.csv');
      await train(cwd, '--resume', 'run.json', '-o', 'b.json', '--history', 'h.csv');
      await train(cwd, ...long, '-o', 'a.json', '--history', 'a.csv');
      expect(read(cwd, 'b.json')).toBe(read(cwd, 'a.json'));
      expect(read(cwd, 'h.csv')).toBe(read(cwd, 'a.csv'));
      expect(soFar).toMatch(/\n$/);
      expect(read(cwd, 'a.csv').startsWith(soFar)).toBe(true);
    },
  );

  test('saves one for a reader of stdout that goes away too, quietly', async () => {
    const cwd = temporaryFolder();
    const long = ['--dataset', 'mnist-mini', '--epochs', '100000', '--json'];
    const saving = ['--checkpoint', 'run.json', '--checkpoint-every', '99999'];
    const child = start('backprop-train', [...long, ...saving], { cwd });
    const finished = finish(child);
    await untilWritten(child.stdout!, '"event":"epoch"');
    child.stdout!.destroy();
    const { code, stderr } = await finished;
    expect(code).toBe(141);
    expect(stderr).not.toMatch(/error|EPIPE/);
    expect(JSON.parse(read(cwd, 'run.json')).format).toBe('backprop-checkpoint');
  });
});

test('a run that diverges leaves its last checkpoint as it was', async () => {
  const cwd = temporaryFolder();
  const mini = ['--dataset', 'mnist-mini', '--checkpoint', 'run.json'];
  await train(cwd, ...mini, '-e', '1');
  const before = read(cwd, 'run.json');
  const diverging = [...mini, '-e', '9', '--lr', '1e39'];
  const { code } = await run('backprop-train', diverging, { cwd });
  expect(code).toBe(6);
  expect(read(cwd, 'run.json')).toBe(before);
});

describe('refuses, in one line and before any work', () => {
  test.each([
    [2, ['--epochs', '7'], '--epochs 7 contradicts run.json, whose run has --epochs 6.'],
    [2, ['--batch-size', '8'], '--batch-size 8 contradicts run.json, whose run has --batch-size 7'],
    [2, ['--lr', '0.06'], '--lr 0.06 contradicts run.json, whose run has --lr 0.05'],
    [2, ['--lr-schedule', 'linear'], 'whose run has --lr-schedule cosine'],
    [2, ['--momentum', '0'], '--momentum 0 contradicts run.json, whose run has --momentum 0.9'],
    [2, ['--weight-decay', '0'], 'whose run has --weight-decay 0.001'],
    [2, ['--seed', '1'], '--seed 1 contradicts run.json, whose run has --seed 11'],
    [2, ['--no-shuffle'], '--no-shuffle contradicts run.json, whose run has no --no-shuffle'],
    [2, ['--hidden', '16'], '--hidden 16 contradicts run.json, whose run has no --hidden'],
    [2, ['--limit', '20'], '--limit 20 contradicts run.json, whose run has --limit 300'],
    [2, ['--validation', '0.1'], 'whose run has --validation 0.2'],
    [2, ['--early-stop', '3'], 'whose run has --early-stop 4'],
    [
      2,
      ['--kernel', 'reference'],
      '--kernel reference contradicts run.json, whose run has --kernel',
    ],
    [
      2,
      ['--dataset', 'kmnist'],
      '--dataset kmnist contradicts run.json, whose run has --dataset mn',
    ],
    [2, ['--init', 'zeros'], 'cannot be used with'],
    [2, ['--checkpoint-every', '2'], '--checkpoint-every needs --checkpoint, found none'],
    [2, ['--checkpoint', 'model.json'], '--checkpoint and --out are the same file, model.json'],
    [2, ['--checkpoint', 'h.csv', '--history', './h.csv'], 'are the same file'],
    [2, ['--checkpoint', 'x', '--checkpoint-every', '0'], 'a whole number from 1 to 100000'],
    [5, ['--checkpoint', 'no/run.json'], 'cannot write no/run.json: ENOENT'],
    [5, ['--checkpoint', '.'], 'the path is a folder'],
    [3, ['--data-dir', 'other'], "run.json: the run's data are mnist-mini with SHA-256"],
  ])('%i: %j', async (expected, more, message) => {
    const cwd = await folderWithCheckpoint();
    writeSmallData(join(cwd, 'other'));
    const before = readdirSync(cwd);
    const { code, stdout, stderr } = await run(
      'backprop-train',
      ['--resume', 'run.json', ...more],
      {
        cwd,
      },
    );
    expect(stderr).toMatch(/^error: [^\n]*\n$/);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(readdirSync(cwd)).toEqual(before);
  });

  test('4: a checkpoint that was damaged, naming the field', async () => {
    const cwd = await folderWithCheckpoint();
    const resume = () => run('backprop-train', ['--resume', 'run.json'], { cwd });
    alter(cwd, 'run.json', (saved) => Object.assign(saved, { step: 36 }));
    expect((await resume()).stderr).toContain(
      'run.json: step: expected at most 35 (240 images in steps of 7), found 36',
    );
    alter(cwd, 'run.json', (saved) => Object.assign(saved, { step: 35, correct: 241 }));
    expect((await resume()).stderr).toContain(
      'run.json: correct: expected at most 240 (images visited in 35 steps), found 241',
    );
    alter(cwd, 'run.json', (saved) => Object.assign(saved, { step: 2, correct: 14 }));
    expect((await resume()).code).toBe(0);
    alter(cwd, 'run.json', (saved) => Object.assign(saved, { correct: 15 }));
    expect((await resume()).stderr).toContain(
      'run.json: correct: expected at most 14 (images visited in 2 steps), found 15',
    );
    alter(cwd, 'run.json', (saved) => Object.assign(saved, { correct: 14, lossSum: 1e300 }));
    expect((await resume()).stderr).toMatch(/run\.json: lossSum: expected at most 9\.\d+e\+39 \(/);
    alter(cwd, 'run.json', (saved) => Object.assign(saved, { step: '36' }));
    const { code, stderr } = await resume();
    expect(code).toBe(4);
    expect(stderr).toMatch(/^error: run\.json: step: expected a number, found "36"/);
  });

  test('2: data from a folder that is not named again', async () => {
    const cwd = temporaryFolder();
    writeSmallData(join(cwd, 'own'));
    await train(cwd, '--data-dir', 'own', '-e', '2', '--checkpoint', 'run.json', '-o', 'a.json');
    const { code, stderr } = await run('backprop-train', ['--resume', 'run.json'], { cwd });
    const message = 'run.json was made with data from a folder. Name the same folder';
    expect({ code, stderr }).toEqual({ code: 2, stderr: `error: ${message} with --data-dir.\n` });
    await train(cwd, '--data-dir', 'own', '--resume', 'run.json', '-o', 'b.json');
    expect(read(cwd, 'b.json')).toBe(read(cwd, 'a.json'));
  });
});
