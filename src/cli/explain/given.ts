import type { Quantity } from '../../explain/answers.js';
import type { Worksheet, WorksheetPicture } from '../../explain/worksheet.js';
import { heading, type Page, table, wrap } from '../../text/page.js';

/** What is asked, with the formula that answers it. */
export const QUESTIONS: Readonly<Record<Quantity, readonly [question: string, formula: string]>> = {
  u: ['The vector u.', 'u = reshape(x), row by row'],
  v: ['The scores v.', 'v = W u + b'],
  y: ['The probabilities y.', 'y = softmax(v)'],
  L: ['The log-likelihood L, a decimal.', 'L = Σ labels_i log y_i'],
  dL_dy: ['∂L/∂y.', '∂L/∂y = labels / y'],
  dy_dv: ['The Jacobian ∂y/∂v.', '∂y_i/∂v_j = y_i (1[i = j] − y_j)'],
  dL_dv: [
    '∂L/∂v: as a product with the Jacobian, and as labels − y. Do they agree?',
    '∂L/∂v = (∂y/∂v)ᵀ ∂L/∂y = labels − y',
  ],
  dL_du: ['∂L/∂u.', '∂L/∂u = Wᵀ ∂L/∂v'],
  dL_db: ['∂L/∂b.', '∂L/∂b = ∂L/∂v'],
  dL_dW: ['∂L/∂W. Why is it not (∂v/∂W)ᵀ ∂L/∂v?', '∂L/∂W = ∂L/∂v uᵀ'],
  dL_dx: ['∂L/∂x, of the shape of x.', '∂L/∂x = reshape⁻¹(∂L/∂u)'],
  batch_dL_db: [
    'Take x and x′ as a batch of two: ∂L/∂b of the batch.',
    'the mean of both ∂L/∂b, not the sum',
  ],
  new_b: [
    'One SGD step on that batch: the new b, in decimals. In which direction does it go, and why?',
    'b + lr · ∂L/∂b of the batch: up on L, down on the loss −L',
  ],
};

/** The network and the pictures. */
export function givenText(sheet: Worksheet, page: Page): string[] {
  const { M, c, shape, pictures, lr, seed } = sheet;
  const { rows, columns, classes: K } = shape;
  const D = rows * columns;
  const [first, second] = pictures;
  const matrix = (name: string, lines: string[]): string[] => {
    const wide = name.length + 1 + lines[0]!.length > page.width;
    if (wide) return [name, ...lines.map((line) => `    ${line}`)];
    return lines.map((line, r) => `${r === 0 ? name : ' '.repeat(name.length)} ${line}`);
  };
  const rowsOf = (values: ArrayLike<string>, width: number): string[] =>
    table(
      Array.from({ length: values.length / width }, (_, r) => [
        '[',
        ...Array.from({ length: width }, (_, j) => values[r * width + j]!),
        ']',
      ]),
      1,
    );
  const half = (value: number): string => (value === 0.5 ? '1/2' : String(value));
  const picture = ({ x }: WorksheetPicture): string[] =>
    rowsOf(Array.from(x.values, half), columns);
  const hint =
    'exp(n ln 2) = 2ⁿ, so all but L and the new b are fractions, some times ln 2 = 0.6931. ' +
    'Classes count from 0.';
  return [
    ...wrap(
      `Worksheet ${seed}: a network of ${D} pixels and ${K} classes, x → u → v → y → L.`,
      page.width,
    ),
    ...wrap(hint, page.width),
    ...heading(page, 'Given', `W ${K}×${D}, b ${K}, x ${rows}×${columns}`),
    ...matrix('  W = ln 2 ·', rowsOf(M.map(String), D)),
    '',
    ...matrix('  b = ln 2 ·', rowsOf(c.map(String), K)),
    '',
    ...matrix('  x  =', picture(first)),
    `  its class: ${first.label}`,
    '',
    ...matrix('  x′ =', picture(second)),
    ...wrap(
      `its class: ${second.label}, for the batch at the end; lr = ${half(lr)}`,
      page.width,
      '  ',
    ),
  ];
}

/** `3 numbers`, `3×4, a list of rows` */
export function sizeInWords(shape: readonly number[]): string {
  if (shape.length === 0) return 'a number';
  return shape.length === 1 ? `${shape[0]} numbers` : `${shape.join('×')}, a list of rows`;
}
