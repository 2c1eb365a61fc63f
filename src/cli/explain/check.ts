import { type ChildProcess, spawn } from 'node:child_process';
import { BackpropError, ExitCode, UsageError } from '../../errors.js';
import {
  type CodeCase,
  type CodeMark,
  codeNames,
  createCases,
  type Found,
  type FoundAnswers,
  markCode,
} from '../../explain/own-code.js';
import { wordsIn } from '../../explain/words/language.js';
import type { GradingWords } from '../../explain/words/words.js';
import type { WorksheetSize } from '../../explain/worksheet.js';
import { show } from '../../files/json.js';
import type { NetworkShape } from '../../network.js';
import { type Page, widest, wrap } from '../../text/page.js';
import { type Context, pageFor } from '../context.js';
import type { LanguageOptions } from '../options.js';
import { printable, printLines } from '../output.js';

/** The flags of `backprop-explain check`. */
export interface CheckFlags extends LanguageOptions {
  readonly cases: number;
  readonly size: WorksheetSize;
  readonly hidden?: readonly number[] | undefined;
  readonly seed: number;
  /** In seconds, for all cases together. */
  readonly timeout: number;
  /** Quantities that have to be there. */
  readonly require?: readonly string[] | undefined;
  readonly json?: true | undefined;
  readonly color: boolean;
}

/** What a program said, and what was wrong with it itself. */
interface Run {
  readonly answers: readonly FoundAnswers[];
  /** In one line; empty where it answered every case. */
  readonly problem: string;
  /** The end of its stderr. */
  readonly stderr: string;
}

const MOST_OUTPUT = 2 ** 26;
const STDERR_KEPT = 2000;
/** A program's last words after it ended, and the time that its children may hold its output open. */
const GRACE_MS = 500;
const MOST_SHOWN = 300;

/**
 * Runs a student's program on some cases and says of each quantity what it is.
 * @throws UsageError if it cannot be started; BackpropError (exit 7), after the marks, unless all that
 *   it gave is right
 */
export async function checkProgram(
  command: readonly string[],
  flags: CheckFlags,
  context: Context,
): Promise<void> {
  const shape = shapeOf(flags);
  const unknown = flags.require?.find((name) => !codeNames(shape).includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--require ${unknown} is no quantity`, {
      hint: `they are ${codeNames(shape).join(', ')}`,
    });
  }
  const { grading } = await wordsIn(flags.lang);
  const cases = createCases(flags.seed, shape, flags.cases);
  const { answers, problem, stderr } = await runProgram(command, cases, flags, context);
  const marks = markCode(cases, answers, grading);
  const given = marks.filter(({ verdict }) => verdict !== 'missing');
  const wrong = given.filter(({ verdict }) => verdict === 'wrong').length;
  const missing = marks.filter(
    ({ quantity, verdict }) => verdict === 'missing' && flags.require?.includes(quantity),
  );
  const event = { event: 'check', ...shape, seed: flags.seed, cases: flags.cases };
  const said = { right: given.length - wrong, of: given.length, marks, problem, stderr };
  const lines = flags.json
    ? [JSON.stringify({ ...event, answered: answers.length, ...said })]
    : checkText(marks, flags.require ?? [], pageFor(context, flags.color), grading);
  printLines(context.stdout, lines);
  const faults = [
    ...(problem === '' ? [] : [problem]),
    ...(wrong > 0 ? [`${wrong} of ${given.length} quantities are wrong`] : []),
    ...(missing.length > 0
      ? [`not given: ${missing.map(({ quantity }) => quantity).join(', ')}`]
      : []),
    ...(given.length === 0 && problem === '' ? ['no quantity was given'] : []),
  ];
  if (faults.length === 0) return;
  throw new BackpropError(faults.join('; '), {
    code: 'ERR_NOT_RIGHT',
    exitCode: ExitCode.belowMinimum,
    hint: problem === '' || stderr === '' ? undefined : `its stderr ends: ${lastWords(stderr)}`,
  });
}

/** As nearly square a picture as so many pixels allow. */
function shapeOf({ size: { classes, inputs }, hidden }: CheckFlags): NetworkShape {
  let rows = Math.floor(Math.sqrt(inputs));
  while (inputs % rows !== 0) rows--;
  return { rows, columns: inputs / rows, classes, ...(hidden ? { hidden } : {}) };
}

function lastWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => printable(line).trim());
  const said = lines.filter((line) => line !== '');
  // The error's own line; Node's stands above its stack, Python's below.
  const error = said.findLast((line) => /^[\w.]*(?:error|exception)\b|panicked|error:/i.test(line));
  return (error ?? said.slice(-2).join(' | ')).slice(-MOST_SHOWN);
}

/** Starts the program, writes the cases, reads a line for each, and ends it whatever it does. */
async function runProgram(
  [program, ...args]: readonly string[],
  cases: readonly CodeCase[],
  { timeout }: CheckFlags,
  { env, signal }: Context,
): Promise<Run> {
  // A group of its own, so that what the program starts ends with it.
  const isGroup = process.platform !== 'win32';
  const child = spawn(program!, args, { stdio: 'pipe', detached: isGroup, env, windowsHide: true });
  const answers: FoundAnswers[] = [];
  const names = codeNames(cases[0]!.shape);
  let [problem, stderr, line, size] = ['', '', '', 0];
  const { promise: done, resolve: finish, reject } = promiseWithResolvers();
  const stop = (why: string): void => {
    problem ||= why;
    finish();
  };
  const gave = () => `${answers.length} of ${cases.length} lines`;
  const take = (text: string): void => {
    const read = readLine(text, names);
    if (typeof read === 'string') stop(`line ${answers.length + 1} of its output ${read}`);
    else answers.push(read);
    if (answers.length === cases.length) finish();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    size += text.length;
    if (size > MOST_OUTPUT) return stop('it wrote more than 64 MB and was stopped');
    const parts = text.split('\n');
    line += parts[0];
    for (const next of parts.slice(1)) {
      if (problem === '' && answers.length < cases.length && line.trim() !== '') take(line);
      line = next;
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
  });
  // A program may end without reading all of its input.
  child.stdin.on('error', () => {});
  child.on('error', (cause: NodeJS.ErrnoException) => {
    reject(
      new UsageError(`${program} cannot be started (${cause.code ?? cause.message})`, {
        hint: 'write the command behind --, as you would start it yourself',
        cause,
      }),
    );
  });
  const ended = (code: number | null, by: string | null): void => {
    if (problem === '' && answers.length < cases.length && line.trim() !== '') take(line);
    if (answers.length === cases.length) {
      finish();
      return;
    }
    const how =
      by !== null ? `was ended by ${by}` : code === 0 ? 'ended' : `crashed with exit code ${code}`;
    stop(`the program ${how} after ${gave()}`);
  };
  child.on('close', ended);
  child.on('exit', (code, by) => setTimeout(() => ended(code, by), GRACE_MS).unref());
  const limit = setTimeout(
    () => stop(`the program gave ${gave()} in ${timeout} s and was stopped`),
    timeout * 1000,
  );
  const interrupt = (): void => reject(signal.reason);
  signal.addEventListener('abort', interrupt);
  try {
    if (signal.aborted) interrupt();
    child.stdin.end(
      cases.map((given, n) => `${JSON.stringify(caseJson(given, n + 1))}\n`).join(''),
    );
    await done;
    // What it still has to say about a wrong line.
    if (problem !== '' && child.exitCode === null) await sleep(GRACE_MS / 5);
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', interrupt);
    end(child, isGroup);
  }
  return { answers, problem, stderr };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function promiseWithResolvers() {
  let [resolve, reject]: [() => void, (reason: unknown) => void] = [() => {}, () => {}];
  const promise = new Promise<void>((done, fail) => {
    [resolve, reject] = [done, fail];
  });
  return { promise, resolve, reject };
}

/** Ends a program with all that it started, and lets go of its pipes, which something may still hold. */
function end(child: ChildProcess, isGroup: boolean): void {
  try {
    if (isGroup && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // It has gone by itself.
  }
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
  child.unref();
}

/** A case as the program reads it. */
function caseJson({ shape, parameters, batch }: CodeCase, number: number): object {
  const last = shape.hidden?.length ?? 0;
  const pictures = batch.map(({ x: { rows, columns, values }, labels }) => ({
    x: rowsOf(values, rows, columns),
    labels: [...labels],
  }));
  const layers = parameters.linear.flatMap(({ weight, bias }, l) => {
    const n = last === 0 ? '' : l + 1;
    const W = rowsOf(weight, bias.length, weight.length / bias.length);
    return [
      [`W${n}`, W],
      [`b${n}`, [...bias]],
    ];
  });
  return { case: number, ...pictures[0], ...Object.fromEntries(layers), batch: pictures };
}

function rowsOf(values: Float64Array, rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, (_, r) => [
    ...values.subarray(r * columns, (r + 1) * columns),
  ]);
}

/** A line of the program's as numbers, or what is wrong with it. */
function readLine(line: string, names: readonly string[]): FoundAnswers | string {
  let value: unknown;
  try {
    // Python writes these for what is not finite; none of the fields is a text that may hold the words.
    value = JSON.parse(line.replace(/-?\b(?:NaN|Infinity)\b/g, '1e999'));
  } catch {
    return `is no JSON: ${show(printable(line.trim()))}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `is no JSON object: ${show(value)}`;
  }
  const answers = new Map<string, Found>();
  for (const [name, given] of Object.entries(value)) {
    if (given === null || name === 'case') continue;
    const quoted = JSON.stringify(printable(name.slice(0, 40)));
    if (!names.includes(name)) {
      return `has an unknown field ${quoted}; known are ${names.join(', ')}`;
    }
    const found = readNumbers(given);
    if (found) answers.set(name, found);
    else return `has no numbers, or rows of them, in ${quoted}: ${show(given)}`;
  }
  return answers;
}

/** A number, a list or a list of rows. */
function readNumbers(value: unknown): Found | undefined {
  const isNumber = (one: unknown): one is number => typeof one === 'number';
  if (isNumber(value)) return { shape: [], values: [value] };
  if (!Array.isArray(value)) return undefined;
  if (value.every(isNumber)) return { shape: [value.length], values: value };
  const columns = Array.isArray(value[0]) ? value[0].length : -1;
  const rows = value.every(
    (row) => Array.isArray(row) && row.length === columns && row.every(isNumber),
  );
  if (!rows) return undefined;
  return { shape: [value.length, columns], values: value.flat() };
}

function checkText(
  marks: readonly CodeMark[],
  required: readonly string[],
  { width, style }: Page,
  { verdicts, firstInCase }: GradingWords,
): string[] {
  const verdictWidth = widest([verdicts.right, verdicts.wrong, verdicts.missing]);
  const names = widest(marks.map(({ quantity }) => quantity));
  const shapes = widest(marks.map(({ shape }) => shape.join('×')));
  return marks.flatMap((mark) => {
    const { quantity, shape, verdict, error, likely } = mark;
    if (verdict === 'missing' && !required.includes(quantity)) return [];
    const colour = verdict === 'right' ? 'green' : verdict === 'wrong' ? 'red' : 'yellow';
    const start = `${quantity.padEnd(names)}  ${shape.join('×').padEnd(shapes)}  `;
    const where = mark.case === null ? '' : `; ${firstInCase(mark.case, error)}`;
    const indent = ' '.repeat(start.length + verdictWidth + 2);
    const said = verdicts[verdict];
    const [first = '', ...rest] =
      likely === '' ? [''] : wrap(likely + where, width - indent.length);
    const head = start + style(colour, said) + ' '.repeat(verdictWidth + 2 - said.length) + first;
    return [head.trimEnd(), ...rest.map((line) => indent + line)];
  });
}
