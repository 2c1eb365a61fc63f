import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { hasPython, run, temporaryFolder } from '../process.js';

const python = fileURLToPath(new URL('student.py', import.meta.url));
const javascript = fileURLToPath(new URL('student.mjs', import.meta.url));
const compiler = 'cc';
const hasCompiler = spawnSync(compiler, ['--version']).status === 0;

interface Said {
  readonly quantity: string;
  readonly verdict: string;
  readonly likely: string;
  readonly from: string | null;
}

async function check(flags: string[], command: string[]) {
  const { code, stdout, stderr } = await run(
    'backprop-explain',
    ['check', ...flags, '--json', '--', ...command],
    {},
  );
  const { marks, ...line } = JSON.parse(stdout);
  const wrong = (marks as Said[]).filter(({ verdict }) => verdict === 'wrong');
  const own = wrong.filter(({ from }) => from === null);
  return { code, stderr, line, marks: marks as Said[], wrong, own };
}

describe.skipIf(!hasPython)('a program in Python', () => {
  test.each([
    [[]],
    [['--hidden', '5']],
    [['--hidden', '4,3', '--seed', '9']],
    [['--size', '10x784', '--cases', '2']],
    [['--size', '2x1']],
  ])('that is right is right with %j', async (flags) => {
    const { code, stderr, line, wrong } = await check(flags, ['python3', python]);
    expect(wrong).toEqual([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(line.right).toBe(line.of);
    expect(line.of).toBeGreaterThan(11);
  });

  // The mistake, where it is made, and what is said of it; all else that is wrong follows from there.
  const plain: [string, string[], string][] = [
    ['bias', ['v'], 'forgotten bias'],
    ['pixels', ['u'], 'pixels divided by 255'],
    ['columns', ['u'], 'x read by columns'],
    ['sum', ['y'], 'softmax not divided by the sum'],
    ['from1', ['L', 'dL_dy'], 'classes counted from 1'],
    ['diagonal', ['dy_dv'], 'missing Jacobian term'],
    ['sign', ['dL_dv'], 'sign'],
    ['classes', ['dL_dv'], 'divided by the number of classes'],
    ['softmax', ['dL_dv'], 'softmax left out'],
    ['loss', ['L'], 'sign'],
    ['zero', ['dL_db'], 'always 0'],
    ['transposed', ['dL_dW'], 'transposed'],
    ['flat', ['dL_dx'], 'expected 2×2, found 4'],
    ['batch', ['batch_dL_db'], 'sum for mean'],
    ['first', ['batch_dL_db'], 'only the first picture'],
    ['nan', ['L'], 'not a finite number'],
  ];

  test.each(plain)('with the mistake %s', async (mistake, places, likely) => {
    const { code, own, wrong } = await check([], ['python3', python, mistake]);
    expect(code).toBe(7);
    const named = own.filter(({ quantity }) => !quantity.startsWith('batch_'));
    const relevant = mistake === 'batch' || mistake === 'first' ? own : named;
    expect(relevant.map(({ quantity }) => quantity)).toEqual(expect.arrayContaining(places));
    expect(relevant[0]!.likely).toContain(likely);
    for (const { likely } of own) expect(likely).not.toContain('no common mistake');
    for (const { from, likely } of wrong) {
      if (from !== null) expect(likely).toContain(`follows from ${from}`);
    }
  });

  const deep: [string, string, string][] = [
    ['relu', 'h1', 'ReLU left out'],
    ['mask', 'dL_dv1', 'missing mask'],
    ['bias', 'v1', 'forgotten bias'],
    ['sign', 'dL_dv2', 'sign'],
    ['transposed', 'dL_dW2', 'transposed'],
  ];

  test.each(deep)('with a hidden layer and the mistake %s', async (mistake, place, likely) => {
    const { code, own } = await check(['--hidden', '5'], ['python3', python, mistake]);
    expect(code).toBe(7);
    expect(own[0]).toMatchObject({ quantity: place });
    expect(own[0]!.likely).toContain(likely);
    for (const { likely } of own) expect(likely).not.toContain('no common mistake');
  });
});

describe('a program in JavaScript', () => {
  const command = (mistake: string) => [process.execPath, javascript, mistake];

  test('that is right, with only what it gives', async () => {
    const { code, line, marks } = await check(['--cases', '3'], command('none'));
    expect({ code, right: line.right, of: line.of }).toEqual({ code: 0, right: 7, of: 7 });
    expect(marks.filter(({ verdict }) => verdict === 'missing')).toHaveLength(6);
    const needed = await check(['--require', 'L,dL_dx'], command('none'));
    expect(needed.code).toBe(7);
    expect(needed.stderr).toBe('error: not given: dL_dx.\n');
  });

  test.each([
    ['bias', 'v', 'forgotten bias'],
    ['sign', 'dL_dv', 'sign'],
    ['W', 'dL_du', 'no common mistake'],
    ['quiet bias', 'dL_dW', 'forgotten bias'],
  ])('with the mistake %s', async (mistake, place, likely) => {
    const { code, own } = await check([], command(mistake));
    expect(code).toBe(7);
    expect(own).toHaveLength(1);
    expect(own[0]).toMatchObject({ quantity: place });
    expect(own[0]!.likely).toContain(likely);
  });

  test('a text for people: what is wrong, what follows, in 80 columns', async () => {
    const { code, stdout } = await run('backprop-explain', ['check', '--', ...command('sign')], {});
    expect(code).toBe(7);
    expect(stdout).toMatch(/^v +3 +right$/m);
    expect(stdout).toMatch(/^dL_dv +3 +wrong +sign; first in case 1, error 2\.0e\+0$/m);
    expect(stdout.replace(/\s+/g, ' ')).toContain('the formula is right; follows from dL_dv');
    expect(Math.max(...stdout.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(80);
  });
});

describe('nothing of a program stops the checker', () => {
  const script = (text: string) => [process.execPath, '-e', text];
  test.each([
    [
      'a crash',
      script('throw new Error("my mistake")'),
      /crashed with exit code 1 after 0 of 5.*my mistake/,
    ],
    ['a hang', script('setInterval(() => {}, 1000)'), /gave 0 of 5 lines in 2 s and was stopped/],
    ['a signal', script('process.kill(process.pid, "SIGKILL")'), /ended by SIGKILL after 0 of 5/],
    ['an early end', script('console.log("{\\"L\\": 1}")'), /ended after 1 of 5 lines/],
    [
      'no JSON',
      script('console.log("L = 1\\u001b[2J")'),
      /line 1 of its output is no JSON: "L = 1/,
    ],
    ['a list', script('console.log("[1]")'), /line 1 of its output is no JSON object/],
    ['a typo', script('console.log("{\\"dLdW\\": 1}")'), /unknown field "dLdW"; known are u, v/],
    [
      'words',
      script('console.log("{\\"L\\": \\"1\\"}")'),
      /has no numbers, or rows of them, in "L"/,
    ],
    ['brackets', script('console.log("[".repeat(1e6))'), /line 1 of its output is no JSON/],
    [
      'a flood',
      script('const s = "x".repeat(1e6); const f = () => process.stdout.write(s, f); f()'),
      /wrote more than 64 MB|lines in 2 s/,
    ],
    [
      'a child that keeps its output open',
      script(
        'require("child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], {stdio: "inherit"}); process.exit(3)',
      ),
      /crashed with exit code 3 after 0 of 5/,
    ],
  ])('%s', async (_, command, message) => {
    const { code, stderr, line } = await check(['--timeout', '2'], command);
    expect(code).toBe(7);
    expect(stderr).toMatch(/^error: [^\n]*\n$/);
    expect(stderr).toMatch(message);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not come through
    expect(stderr).not.toMatch(/\u001b/);
    expect(line.problem).not.toBe('');
  });

  test('one that cannot be started, and none at all, are usage errors', async () => {
    const none = await run('backprop-explain', ['check', '--', 'no-such-program'], {});
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('no-such-program cannot be started (ENOENT)');
    expect(await run('backprop-explain', ['check'], {})).toMatchObject({ code: 2 });
  });
});

describe('--starter', () => {
  const starters: [string, string, string[], boolean][] = [
    ['python', 'network.py', ['python3', 'network.py'], hasPython],
    ['javascript', 'network.mjs', [process.execPath, 'network.mjs'], true],
    ['c', 'network.c', ['./network'], hasCompiler],
  ];
  /** The starter as a file; one in C compiled. */
  async function written(
    language: string,
    file: string,
    cwd: string,
    goOn = (text: string) => text,
  ) {
    const { stdout } = await run('backprop-explain', ['check', '--starter', language], { cwd });
    writeFileSync(join(cwd, file), goOn(stdout));
    if (language !== 'c') return;
    const options = ['-Wall', '-Wextra', '-Werror', '-o', 'network', file, '-lm'];
    expect(String(spawnSync(compiler, options, { cwd }).stderr)).toBe('');
  }

  for (const [language, file, command, can] of starters) {
    test.skipIf(!can)(`${language}: a program that runs and gives u`, async () => {
      const cwd = temporaryFolder();
      await written(language, file, cwd);
      for (const size of ['3x4', '10x784']) {
        const args = ['check', '--size', size, '--', ...command];
        const { code, stdout } = await run('backprop-explain', args, { cwd });
        expect({ code, stdout }).toEqual({
          code: 0,
          stdout: expect.stringMatching(/^u +\d+ +right\n$/),
        });
      }
    });
  }

  // What a student adds: the mean over the batch of labels − softmax(W u + b).
  const added: Record<string, readonly [printed: string, program: string]> = {
    python: [
      '    print(json.dumps({"u": u}), flush=True)\n',
      `    from math import exp
    def db(x, labels):
        u = [pixel for row in x for pixel in row]
        e = [exp(sum(w * uj for w, uj in zip(row, u)) + bi) for row, bi in zip(W, b)]
        return [p - ei / sum(e) for p, ei in zip(labels, e)]
    each = [db(**one) for one in batch]
    print(json.dumps({"u": u, "batch_dL_db": [sum(g) / len(each) for g in zip(*each)]}), flush=True)
`,
    ],
    javascript: [
      '  console.log(JSON.stringify({ u }));\n',
      `  const each = batch.map(({ x, labels }) => {
    const e = W.map((row, i) => Math.exp(row.reduce((v, w, j) => v + w * x.flat()[j], b[i])));
    return labels.map((p, i) => p - e[i] / e.reduce((sum, ei) => sum + ei));
  });
  const batch_dL_db = b.map((_, i) => each.reduce((sum, g) => sum + g[i], 0) / each.length);
  console.log(JSON.stringify({ u, batch_dL_db }));
`,
    ],
    c: [
      '    printf("{");\n    list("u", x, D, "}\\n");\n',
      `    double db[256] = {0}, e[256];
    for (int n = 0; n < BATCH; n++) {
      double sum = 0;
      for (int i = 0; i < K; i++) {
        double v = b[i];
        for (int j = 0; j < D; j++) v += W[i * D + j] * batch_x[n][j];
        sum += e[i] = exp(v);
      }
      for (int i = 0; i < K; i++) db[i] += (batch_labels[n][i] - e[i] / sum) / BATCH;
    }
    printf("{");
    list("u", x, D, ", ");
    list("batch_dL_db", db, K, "}\\n");
`,
    ],
  };

  for (const [language, file, command, can] of starters) {
    test.skipIf(!can)(`${language}: written on, with the batch that it reads`, async () => {
      const cwd = temporaryFolder();
      const [printed, program] = added[language]!;
      await written(language, file, cwd, (text) => {
        expect(text).toContain(printed);
        const whole = text.replace(printed, () => program);
        return language === 'c' ? `#include <math.h>\n${whole}` : whole;
      });
      const args = ['check', '--size', '3x4', '--require', 'batch_dL_db', '--', ...command];
      const { code, stdout, stderr } = await run('backprop-explain', args, { cwd });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^batch_dL_db +3 +right$/m);
    });
  }
});
