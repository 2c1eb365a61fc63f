/** A piece of HTML that is safe as it stands. Made by `html` and by `markup`. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * MathML by the names of `PAGE_FORMULAS`: with a layer, from 0, the formula whose letters have its number.
 * Without hidden layers none has one.
 */
export type Typeset = (name: string, layer?: number) => Markup;

/** What may stand between the braces of an `html` template. */
export type Insertion = string | number | Markup | readonly Markup[];

/**
 * A template of HTML: texts and numbers that are put into it are escaped, for elements and for quoted
 * attributes alike; only other Markup goes in as it is.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Insertion[]): Markup {
  let text = parts[0]!;
  for (const [at, value] of values.entries()) text += inserted(value) + parts[at + 1]!;
  return new Markup(text);
}

/** Trusts a text that this program made itself, such as MathML from the build. */
export function markup(text: string): Markup {
  return new Markup(text);
}

/** Pieces one behind the other. */
export function joined(pieces: readonly Markup[]): Markup {
  return new Markup(pieces.map(({ text }) => text).join(''));
}

/** Nothing. */
export const NOTHING: Markup = new Markup('');

/** & < > " ' as entities. */
export function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (sign) => entities[sign]!);
}

/**
 * Data as the content of a `<script type="application/json">`: with `<` escaped nothing in it can end
 * the element or open a comment, and JSON.parse reads the same value.
 */
export function jsonForScript(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replaceAll('<', '\\u003c'));
}

function inserted(value: Insertion): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return joined(value).text;
  return escaped(String(value));
}
