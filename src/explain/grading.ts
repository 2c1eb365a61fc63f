import {
  type Given,
  type GivenAnswers,
  type Suspect,
  signAndTransposed,
  suspectsOf,
  suspectsOnOwn,
  transpose,
} from './suspects.js';
import { EN } from './words/en.js';
import type { GradingWords } from './words/words.js';
import {
  type Answer,
  type AnswerName,
  agree,
  answerNames,
  answersOf,
  close,
  hiddenLayersOf,
  type Worksheet,
} from './worksheet.js';

/** What is to be said of one answer. */
export interface Mark {
  readonly quantity: AnswerName;
  readonly verdict: 'right' | 'wrong' | 'unreadable' | 'missing';
  /** The likely mistake, or that no common one fits, or what could not be read; else empty. */
  readonly likely: string;
  /** The first wrong entry, where the shape is right: its place and what was given. */
  readonly at: { readonly index: readonly number[]; readonly given: number } | null;
  /** The answer before it that it follows from correctly. */
  readonly from?: AnswerName | undefined;
}

/** Answers that were given and could not be read, each with what it was expected to be. */
export type Unreadable = Readonly<Partial<Record<AnswerName, string>>>;

/** Marks every answer. What follows correctly from a wrong answer before it is told apart. */
export function grade(
  sheet: Worksheet,
  given: GivenAnswers,
  unreadable: Unreadable = {},
  words: GradingWords = EN.grading,
): Mark[] {
  const right = answersOf(sheet);
  const suspects = suspectsOf(sheet, given);
  const isWrong = (name: AnswerName): boolean =>
    !agree(given[name]?.values ?? [], right[name]!.values);
  return answerNames(hiddenLayersOf(sheet)).map((quantity) => {
    const answer = given[quantity];
    const expected = right[quantity]!;
    const complaint = unreadable[quantity];
    if (complaint !== undefined) {
      return { quantity, verdict: 'unreadable', likely: complaint, at: null };
    }
    if (!answer) return { quantity, verdict: 'missing', likely: '', at: null };
    const fits = sameShape(answer, expected);
    if (fits && agree(answer.values, expected.values)) {
      if (!misshapen(quantity, answer)) return { quantity, verdict: 'right', likely: '', at: null };
      const likely = words.shapeOfX(expected.shape);
      return { quantity, verdict: 'wrong', likely, at: null };
    }
    // What follows from a wrong answer is not held against the student a second time.
    const known = suspects[quantity] ?? [];
    const following = known.filter(([, , from]) => from !== undefined && isWrong(from));
    const mistakes = known.filter(([, , from]) => from === undefined);
    const onOwn = (): Suspect[] => [
      ...following.flatMap(([, values]) =>
        signAndTransposed(Float64Array.from(values), expected.shape),
      ),
      ...suspectsOnOwn(sheet, given, quantity),
    ];
    const [likely, from] = diagnose(answer, expected, [...following, ...mistakes], words) ??
      diagnose(answer, expected, onOwn(), words) ?? [words.unknown];
    const at = fits ? firstWrong(answer, expected) : null;
    if (fits && from && misshapen(quantity, answer)) {
      return { quantity, verdict: 'wrong', likely: words.shapeOfX(expected.shape, from), at };
    }
    return { quantity, verdict: 'wrong', likely, at, ...(from ? { from } : {}) };
  });
}

/** ∂L/∂x is ∂L/∂u in another shape: there the shape is what is asked for. */
function misshapen(quantity: AnswerName, { shape }: Given): boolean {
  return quantity === 'dL_dx' && shape.length !== 2;
}

/** A matrix may be written flat. */
function sameShape(given: Given, { shape, values }: Answer): boolean {
  if (given.shape.length === 2) return String(given.shape) === String(shape);
  return given.values.length === values.length && (shape.length > 0 || given.shape.length === 0);
}

function firstWrong({ values }: Given, right: Answer): Mark['at'] {
  const p = values.findIndex((value, i) => !close(value, right.values[i]!));
  const columns = right.shape[1];
  const index = columns === undefined ? [p] : [Math.floor(p / columns), p % columns];
  return { index: right.shape.length === 0 ? [] : index, given: values[p]! };
}

/** The likely mistake, and where it comes from; undefined if no common one fits. */
function diagnose(
  given: Given,
  right: Answer,
  suspects: readonly Suspect[],
  words: GradingWords,
): readonly [likely: string, from?: AnswerName | undefined] | undefined {
  const { shape, values } = right;
  const [rows = 1, columns = 1] = shape;
  const flipped = shape.length === 2 ? transpose(values, rows, columns) : undefined;
  if (flipped && rows !== columns && String(given.shape) === `${columns},${rows}`) {
    const bases = suspects.filter(([, , from]) => from !== undefined);
    const carried = bases.map(([, base]) => transpose(Float64Array.from(base), rows, columns));
    const same = [flipped, ...carried].some((one) => agree(given.values, one));
    return [same ? words.transposed : words.shape(shape, given.shape)];
  }
  if (!sameShape(given, right)) return [words.shape(shape, given.shape)];
  const all = [...suspects, ...signAndTransposed(values, shape)];
  const found = all.find(([, wrong]) => agree(given.values, wrong));
  return found && [found[0](words), found[2]];
}
