/** What is wrong with a saved file's contents, in one line. */
import type { core } from 'zod';
import { ModelError } from '../errors.js';
import { DAMAGED_HINT, fieldName } from './json-structure.js';

/** One line for the schema's first complaint. */
export function describe(issue: core.$ZodIssue, root: unknown): string {
  const field = fieldName(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return `${fieldName([...issue.path, issue.keys[0]!])}: unknown field`;
  }
  let found = root;
  for (const part of issue.path) found = (found as Record<PropertyKey, unknown>)[part];
  return `${field}: expected ${expectation(issue)}, found ${show(found)}`;
}

function expectation(issue: core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_NAMES[issue.expected] ?? `a ${issue.expected}`;
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ');
    case 'invalid_format':
      return '64 lower-case hexadecimal digits';
    case 'too_small':
      return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${unit(issue.origin)}`;
    default:
      return 'another value';
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  object: 'an object',
  array: 'a list',
  tuple: 'a list',
  nonoptional: 'a value',
};

function unit(origin: string): string {
  if (origin === 'array') return ' entries';
  return origin === 'string' ? ' characters' : '';
}

/** A value in at most one short line. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  // JSON writes Infinity, which 1e400 becomes, as null.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

export function fail(file: string, message: string): never {
  throw new ModelError(`${file}: ${message}`, {
    hint: DAMAGED_HINT,
  });
}
