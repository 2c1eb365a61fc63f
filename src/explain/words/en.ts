import { counted, grouped, NUMBERS_EN, short } from '../../text/numbers.js';
import type { Words } from './words.js';

export const EN: Words = {
  numbers: NUMBERS_EN,

  imageOf: (split, index, dataset, label) =>
    `${split} image ${grouped(index)} of ${dataset}, label ${label}`,
  untrained: (seed) => `untrained weights, seed ${seed}`,
  labelled: (label) => (label === undefined ? 'no label' : `label ${label}`),

  picture: 'x, the picture',
  colours: { plus: 'orange', minus: 'blue' },
  marks: { answer: 'answer', label: 'label' },
  leftOut: (shown, all) => `the ${shown} largest of ${all} classes; all of them with --json`,

  pictureWarnings: {
    unlike: 'warning: this does not look like one digit',
    frame: 'a frame around it',
    pieces: 'several separate pieces of ink',
    edge: 'ink up to the edge of the picture',
    shape: 'a shape unlike any digit of MNIST',
  },

  noLabel: 'No label, so no L, and no backward pass from it.',
  whichSign:
    'L is the log-likelihood, at most 0: training raises it, and every gradient here is one of L. ' +
    'The loss of the other commands is −L.',
  whatError: (tolerance) =>
    `error: the largest difference from central differences, relative to the quantity's largest entry; ` +
    `right is at most ${tolerance}. All in double precision.`,
  rowByRow: (formula) => `${formula}, row by row`,
  range: (minimum, maximum) => `from ${short(minimum)} to ${short(maximum)}`,
  pixels: (mean, inked, all) => `mean ${short(mean)}, ${inked} of ${all} not 0`,
  aNumber: 'a number ≤ 0',
  nats: (value) => `${short(value)} nats`,
  moreLight: (plus, minus, scale) =>
    `${plus}: more light there would raise L; ${minus}: it would lower L. Full at ±${short(scale)}.`,
  differBy: (error) => `The two differ by ${short(error)} of the largest entry.`,
  underflow:
    'A probability has underflowed to 0, so labels / y is not a number, and neither is what is made ' +
    'of it. labels − y is right; the backward pass continues from there.',
  largest: (norm, what) =>
    `norm ${short(norm)}; its largest entries, and ${what === 'pixels' ? 'their pixels' : 'what they join'}:`,
  pixelAt: (row, column) => `row ${row}, column ${column}`,
  classRows: (plus, minus) =>
    `Row i is u times ∂L/∂v_i, the number above it; ${plus}: > 0, ${minus}: < 0; one scale.`,
  oneStep: (isDeep) => `One step${isDeep ? ' in every layer' : ''}`,
  stepped(before, after) {
    const rise = after - before;
    const risen = `${rise >= 0 ? 'raised' : 'lowered'} by ${short(Math.abs(rise))}`;
    return `L before ${short(before)}, after ${short(after)}: ${risen}`;
  },
  promised: (formula, promised) =>
    `The tangent promises ${formula} = ${short(promised)}; the smaller lr, the nearer.`,
  error: (error, ok) => `error ${error.toExponential(1)}${ok ? '' : ' WRONG'}`,
  nothingToCheck: 'no number to check',
  sampled: (entries, directions) =>
    `checked: ${grouped(entries)} entries, and ${directions} directions that move them all`,
  kinks: (count) => `${grouped(count)} left out: on a kink of ReLU`,

  mostActive: (count) => (count > 0 ? `the ${count} most active units:` : 'no unit is on'),
  unitsOn: (on, all) => `${grouped(on)} of ${grouped(all)} units are on`,
  nothingStopped: 'every unit is on: the mask keeps nothing back',
  stopped: (letter, off) => `0 where ${letter} ≤ 0, at ${counted(off, 'unit')}`,
  mostStopped: (formula, value) => `the largest that it keeps back: ${formula} = ${short(value)}`,
  unitPictures: (plus, minus) =>
    `W¹ of the most active units; ${plus}: light raises v¹_i, ${minus}: lowers it; one scale.`,
  unit: (i) => `unit ${i}`,
  unitRows: (plus, minus) =>
    `Row i is u times ∂L/∂v¹_i, the number above it: 0 for a unit that is off. The most active ` +
    `units first; ${plus}: > 0, ${minus}: < 0; one scale.`,
  noUnitOn: 'No unit is on, so every entry is 0.',
  toClass: (i, isLabel) => `class ${i}${isLabel ? ', the label' : ''}`,
  joined: (to, from) => `${to}, from ${from}`,

  pixelsFor: (k) => `pixels for ${k}`,
  total: 'total',
  whyTitle: (a, b, terms) => `why ${a} and not ${b}: ${terms} for each pixel j`,
  speaksFor: (plus, a, minus, b) => `${plus}: speaks for ${a}; ${minus}: speaks for ${b}`,
  rounding: (error) => `The last two are one number, to rounding (${short(error)}).`,
  verdict: (a, b, winner, ratio) =>
    `Of the two it is ${winner ?? 'neither'}: y_${a} / y_${b} = exp(total) = ${short(ratio)}.`,
  effective(weights, on, biases) {
    const layers = on.map(([some, all]) => `${grouped(some)} of ${grouped(all)}`);
    return (
      `Exact: as long as no unit goes on or off, the network is linear. J: the effective weights, ` +
      `${weights} multiplied through the units that are on (${layers.join(', then ')}). c: what ${biases} add.`
    );
  },

  right: 'right',
  wrong: 'wrong',
  whatCheckSays: 'What the gradient check says',
  whatIsRight: (tolerance) => `right: error ≤ ${tolerance}`,
  whatTrainingShows: 'What training shows',
  trainedOn(training, hidden, test) {
    const from = hidden
      ? `from random weights, ${hidden.join(' and ')} hidden units`
      : 'from zero weights';
    return `${grouped(training)} training images ${from}, accuracy on ${grouped(test)} test images`;
  },
  whatToLearn: 'What to learn from it',
  verdicts: { notANumber: 'not a number', kink: 'kink', right: 'right', wrong: 'WRONG' },
  epochs: {
    epoch: 'epoch',
    loss: 'loss',
    accuracy: 'accuracy',
    right: 'right code',
    broken: 'with the mistake',
  },
  atStep: (step) => `at step ${step}`,
  differentUnits: (right, broken) =>
    `Different units in the first hidden layer at the end: ${right}, with the mistake ${broken}.`,
  demonstration: {
    onePicture: 'on one picture',
    alike: (weight) => `on one picture, all weights ${weight}`,
    shifted: (by) => `with every b_i + ${by}`,
    rightShifted: (by) => `the right code, with every b_i + ${by}`,
    batch: (count) => `on a batch of ${count}: b, and W with b along a line`,
    meanByB: 'mean ∂L/∂b',
    onLine: 'mean, on a line',
    batches: (size, lr) => `batches of ${size}, lr ${lr}`,
    scaledPixels: (size, lr) => `pixels / 255, batches of ${size}, lr ${lr}`,
    rawPixels: (size, lr) => `pixels from 0 to 255, batches of ${size}, lr ${lr}`,
    trainedAlike: (weight, size, lr) => `all weights ${weight}; batches of ${size}, lr ${lr}`,
  },
  mistakes: {
    sign: {
      right: '∂L/∂v = labels − y',
      wrong: '∂L/∂v = y − labels',
      lesson:
        'An error of 2 is the mark of a sign: |−g − g| = 2 |g|. Every step now goes downhill on L: the ' +
        'loss climbs past log K, what guessing costs, and on without end; the answers are no better than ' +
        'guesses.',
    },
    'diagonal-jacobian': {
      right: '∂y_i/∂v_j = y_i (1[i = j] − y_j)',
      wrong: '∂y_i/∂v_j = y_i (1 − y_i) if i = j, else 0',
      lesson:
        "Every row of ∂L/∂W but the right class's is left at 0: the right class is raised and no wrong " +
        'one is lowered. Such a step still raises L, so training learns, at first almost as well, and then ' +
        'stays behind. Nothing crashes; without the check one would blame the learning rate.',
    },
    'sum-not-mean': {
      right: 'g = (1/N) Σ_n ∂L_n/∂W',
      wrong: 'g = Σ_n ∂L_n/∂W',
      lesson:
        'One picture cannot show it: for N = 1 sum and mean are the same; a batch of N errs by ' +
        '1 − 1/N. It is a learning rate N times too large, so it grows with the batch: the mean keeps ' +
        'its meaning at every N, the sum trains at small N and is thrown about at large ones. With ' +
        'lr / N in place of lr it would be the right code.',
    },
    'no-max-shift': {
      right: 'y_i = exp(v_i − max v) / Σ_k exp(v_k − max v)',
      wrong: 'y_i = exp(v_i) / Σ_k exp(v_k)',
      lesson:
        'On paper the two are equal, and at ordinary scores the computer agrees. Above 709.78 exp is ' +
        'Infinity in double precision (above 88.72 in single), and Infinity / Infinity is not a ' +
        'number. A change of all scores by the same amount, or pixels left at 0 to 255, is enough.',
    },
    'forget-bias': {
      right: '∂L/∂b = ∂L/∂v',
      wrong: '∂L/∂b = 0, never computed',
      lesson:
        'The loss is hardly worse, the accuracy may even be the same: on these pictures the weights ' +
        'make up for b. Training does not betray this mistake, only the check does.',
    },
    'relu-mask': {
      right: '∂L/∂v¹ = ∂L/∂h¹ ⊙ 1[v¹ > 0]',
      wrong: '∂L/∂v¹ = ∂L/∂h¹, without the mask',
      lesson:
        'The check names the place: ∂L/∂h¹ is right, ∂L/∂v¹ and all that is made of it is not. A unit that is ' +
        'off did nothing for this picture, and yet its weights are moved. The units that are on still get ' +
        'the right gradient, so training limps and does not fall: nothing in its figures says why.',
    },
    'zero-init': {
      right: 'W¹ and W² begin at random, within ±√(6 / inputs)',
      wrong: 'W¹ and W² begin at 0, or all at one other number',
      lesson:
        'Not every fault is a wrong gradient: the check has nothing to say against it. From weights 0 no ' +
        'unit is ever on, every gradient but that of the last b is truly 0, and the answers stay guesses. ' +
        '(Kink: v¹ = 0 everywhere, where ReLU has no derivative to compare with.) From weights that are all ' +
        'alike every unit gets the same gradient at every step, so many units learn what one could. Only ' +
        'a start at random lets them part.',
    },
  },

  sheet: {
    worksheet: 'Worksheet',
    worksheets: 'Worksheets',
    key: 'Key',
    name: 'Name',
    student: (n) => `Student ${n}`,
    given: 'Given',
    network(pixels, hidden, classes, chain) {
      const units = hidden === undefined ? '' : `, ${hidden} hidden units`;
      return `A network of ${pixels} pixels${units} and ${classes} classes, ${chain}.`;
    },
    exact: (bias) =>
      `exp(n ln 2) = 2ⁿ, so all but L and the new ${bias} are fractions, some times ln 2 = 0.6931. ` +
      'Classes count from 0.',
    pictures: (first, second, lr) =>
      `x is of class ${first}; x′ is of class ${second} and makes up the batch at the end. lr = ${lr}.`,
    find: 'Find, in this order',
    findNote: 'name in the file, shape',
    questions: {
      u: () => 'The vector u.',
      v: ({ v }) => `The scores ${v}.`,
      h: ({ h }) => `The outputs ${h}. Which units are on?`,
      y: () => 'The probabilities y.',
      L: () => 'The log-likelihood L, a decimal.',
      dL_dy: () => '∂L/∂y.',
      dy_dv: ({ v }) => `The Jacobian ∂y/∂${v}.`,
      dL_dv: ({ v }) =>
        `∂L/∂${v}: as a product with the Jacobian, and as labels − y. Do they agree?`,
      dL_dh: ({ h }) => `∂L/∂${h}.`,
      dL_du: () => '∂L/∂u.',
      dL_db: ({ b }) => `∂L/∂${b}.`,
      dL_dW: ({ W, v }) => `∂L/∂${W}. Why is it not (∂${v}/∂${W})ᵀ ∂L/∂${v}?`,
      dL_dx: () => '∂L/∂x, of the shape of x.',
      batch_dL_db: ({ b }) => `Take x and x′ as a batch of two: ∂L/∂${b} of the batch.`,
      new_b: ({ b }) =>
        `One SGD step on that batch: the new ${b}, in decimals. In which direction does it go, and why?`,
    },
    questionsOfUnits: {
      v: ({ v }) => `The weighted sums ${v} of the hidden units.`,
      dL_dv: ({ v }) => `∂L/∂${v}. What does a unit get that is off?`,
    },
    meanNotSum: (formula) => `the mean of both ${formula}, not the sum`,
    upOnL: (formula) => `${formula} of the batch: up on L, down on the loss −L`,
    size([rows, columns]) {
      if (rows === undefined) return 'a number';
      return columns === undefined ? `${rows} numbers` : `${rows}×${columns}, a list of rows`;
    },
    separator: ', ',
    toCheck: 'To have it checked',
    advice:
      'Write the answers into a file such as answers.json. A number is a decimal with 3 places or more, ' +
      'or a text: "-3/7", "5/14 ln 2", "ln(2/5)", "20%". What stays null is not answered.',
    made: (sheets, folder) =>
      `${counted(sheets, 'sheet')} and forms in ${folder}, all-sheets.html to print them at once.`,
    madeKey: (file, seed) => `The key: ${file}. Made from --seed ${seed}.`,
    madeMarks: (command) => `Marks: ${command}`,
  },

  grading: {
    verdicts: { right: 'right', wrong: 'wrong', unreadable: 'unreadable', missing: 'missing' },
    followsFrom: (quantity) => `follows from ${quantity}`,
    formulaIsRight: (quantity) => `the formula is right; follows from ${quantity}`,
    unknown: 'no common mistake',
    firstAt: (place, given) => `first at ${place}, ${short(given)}`,
    firstInCase: (number, error) =>
      `first in case ${number}${error === null ? '' : `, error ${error.toExponential(1)}`}`,

    follows: 'follows',
    fileNotRead: 'not read',
    commonest: 'The commonest mistakes, and how many made them',

    notANumber: (forms, found) => `expected a number such as ${forms}, found ${found}`,
    notARow: (found) => `expected a row as long as the first, found ${found}`,
    shape(expected, found) {
      const numbers = expected.length === 1 ? ' numbers' : '';
      return `expected ${expected.join('×') || 'one number'}${numbers}, found ${found.join('×') || 'one number'}`;
    },
    shapeOfX(shape, from) {
      const numbers = from === undefined ? 'are right' : `follow from ${from}`;
      return `the numbers ${numbers}, the shape is wrong: a list of rows, ${shape.join('×')} as x is`;
    },
    notFinite: 'not a finite number',

    inPlaceOf: (given, right) => `${given} in place of ${right}`,
    and: (one, other) => `${one}, and ${other}`,
    sign: 'sign',
    signOfL: 'sign: L is the log-likelihood, at most 0',
    signOfStep: 'sign: this step goes down on L',
    signOffDiagonal: 'sign off the diagonal',
    transposed: 'transposed',
    zero: 'always 0: not computed',
    forgottenBias: 'forgotten bias',
    biasNotZero: (db, dv) => `forgotten bias: ${db} is not 0 but ${dv}`,
    notTimesBias: (db, dv, b) => `${db} is ${dv}, not times ${b}`,
    withoutLn2: (...letters) =>
      `${letters.join(' and ')} without ${letters.length > 1 ? 'their' : 'its'} ln 2`,
    without: (product, factor) => `${product} without ${factor}`,
    reluLeftOut: 'ReLU left out',
    mask: (v) => `missing mask: ∂L/∂${v} is 0 where ${v} ≤ 0`,
    maskTurned: (v) => `the mask turned round: 0 where ${v} > 0`,
    softmaxLeftOut: (v) => `softmax left out: ∂L/∂y in place of ∂L/∂${v}`,
    notNormalised: 'softmax not divided by the sum',
    jacobian: 'missing Jacobian term: −y_i y_j off the diagonal',
    jacobianDiagonal: 'missing Jacobian term: 1[i = j]',
    labelsLeftOut: 'labels left out',
    naturalLogarithm: 'the logarithm is the natural one',
    logarithmLeftOut: 'logarithm left out',
    from1: 'classes counted from 1: they count from 0',
    meanOverClasses: 'divided by the number of classes: a sum over the classes, not their mean',
    sumForMean: 'sum for mean',
    firstOnly: 'only the first picture',
    secondOnly: 'only the second picture',
    lrLeftOut: 'lr left out',
    stepAlone: 'the step without the old b',
    scaledDown: 'pixels divided by 255: they are 0 to 1 already',
    scaledUp: 'pixels multiplied by 255: they are 0 to 1 already',
    weightColumns: 'W read by columns: it comes row by row',
    pictureColumns: 'x read by columns: u goes row by row',
  },
};
