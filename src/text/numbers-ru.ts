import * as english from './numbers.js';

const WHOLE = new Intl.NumberFormat('ru', { maximumFractionDigits: 0 });
const COMMA = new Intl.NumberFormat('ru')
  .formatToParts(0.5)
  .find(({ type }) => type === 'decimal')!;
const PLURALS = new Intl.PluralRules('ru');

/** As Russian writes them: 60 000, 92,38 %, 0,1234. */
export const NUMBERS_RU: english.Numbers = {
  decimal,
  grouped: (value) => WHOLE.format(value),
  percent: (share, places) => decimal(english.percent(share, places)).replace(' ', '\u00a0'),
  nats: (loss) => decimal(english.nats(loss)),
  short: (value) => decimal(english.short(value)),
  typeset: (text) => decimal(english.typeset(text)).replace('not a number', 'не число'),
};

function decimal(text: string): string {
  return text.replace('.', COMMA.value);
}

/** `1 шаг`, `2 шага`, `5 шагов`: the forms for 1, 2 and 5. */
export function plural(count: number, one: string, few: string, many: string): string {
  const rule = PLURALS.select(count);
  return `${WHOLE.format(count)} ${rule === 'one' ? one : rule === 'few' ? few : many}`;
}
