import { counted, grouped, NUMBERS_EN } from '../../text/numbers.js';
import { html, type Markup, NOTHING } from '../html.js';
import type { PageWords } from './words.js';

export const PAGE_EN: PageWords = {
  language: 'en',
  numbers: NUMBERS_EN,
  classNames: {
    'fashion-mnist': [
      'T-shirt/top',
      'Trouser',
      'Pullover',
      'Dress',
      'Coat',
      'Sandal',
      'Shirt',
      'Sneaker',
      'Bag',
      'Ankle boot',
    ],
    kmnist: ['お', 'き', 'す', 'つ', 'な', 'は', 'ま', 'や', 'れ', 'を'],
  },

  contents: 'Contents',
  links: {
    pad: 'Draw',
    curves: 'Curves',
    weights: 'Weights',
    confusion: 'Confusion',
    mistakes: 'Mistakes',
    derivation: 'Derivation',
  },
  skip: 'Skip to the contents',
  needsScript: `The pictures, the derivation and the pad need JavaScript. It is inside this
file; nothing is fetched.`,
  footer: (
    program,
  ) => html`Made by <code>${program}</code>. This file is complete: it loads nothing, sends
nothing and works without a network.`,

  title: (parameters, dataset) => `What ${grouped(parameters)} numbers learned from ${dataset}`,
  softmaxRegression: (
    math,
  ) => html`Softmax regression, formula by formula: a picture ${math('xSymbol')} becomes scores
${math('vSymbol')}, probabilities ${math('ySymbol')} and an answer.`,
  network: (
    math,
    hidden,
  ) => html`A network with ${hidden === 1 ? 'a hidden layer' : `${hidden} hidden layers`}, formula by formula: a picture
${math('xSymbol')} turns hidden units on, ${listed(Array.from({ length: hidden }, (_, l) => math('hSymbol', l)))}, these give scores ${math('vSymbol', hidden)},
probabilities ${math('ySymbol')} and an answer.`,
  below: `Below the pad: how the numbers grew, where they
fail and how one picture changes them.`,
  accuracy: 'accuracy',
  onImages: (count, split) => `on ${grouped(count)} ${split} images`,
  loss: 'loss',
  natsPerImage: 'nats per image',
  wrong: 'wrong',
  ofAll: (count) => `of ${grouped(count)}`,
  whichSign: (
    math,
  ) => html`<strong>Which sign.</strong> The derivation’s ${math('LSymbol')} is a log-likelihood, at most
0: training <em>raises</em> it. Every <em>loss</em> on this page is the mean of ${math('minusLSymbol')}, at least 0:
training lowers it. Every gradient shown is that of ${math('LSymbol')}.`,
  howTrained: 'How it was trained',
  modelAndFlags: 'Model and flags',
  flags: {
    model: 'model',
    network: 'network',
    networkOf(rows, columns, hidden, classes) {
      const units = hidden.map((count) => `${count} hidden units → `).join('');
      return `${rows}×${columns} pixels → ${units}${classes} classes`;
    },
    epochs: 'epochs',
    epochsOf: (epochs, kept) => `${epochs}, weights kept from epoch ${kept}`,
    batchSize: 'batch size',
    learningRate: 'learning rate',
    momentum: 'momentum',
    weightDecay: 'weight decay',
    init: 'initial weights',
    resumed: (from) => `model ${from}`,
    heldOut: 'images held out',
    seed: 'seed',
    inFileOrder: (seed) => `${seed}, images in file order`,
    trainedOn: 'trained on',
    first: (name, limit) => `${name}, first ${limit}`,
    kernel: 'kernel',
    trained: 'trained',
    byAnother: 'by another program',
  },

  epoch: 'epoch',
  batchesOfFirst: 'batches of epoch 1',
  howItLearned: 'How it learned',
  noRecord: (path) => html`${path} has no record of its training: another program made it.`,
  curvesLead: (
    held,
    testImages,
  ) => html`Loss falls, accuracy rises, most of it in the first few batches. A training figure is the mean over
the images since the point before, each taken <em>before</em> the step it was part of; a test figure is of all
${grouped(testImages)} test images at that moment, and only shown: nothing is chosen by it. ${
    held
      ? html`A validation figure is taken after an epoch, on images held out`
      : html`No images were held out for validation: see <code>--validation</code>`
  }. Press on a curve to see the weights of that moment.`,
  lossTitle: 'Loss: mean negative log-likelihood, nats per image',
  accuracyTitle: 'Accuracy: share of images classified correctly',
  training: 'training',
  validation: 'validation',
  test: 'test',
  numbersBehind: 'The numbers behind the curves',
  withoutHistory: (
    program,
    path,
  ) => html`<code>${program}</code> sees a model that is ready: ${path} keeps its last figures, not its curves.
<code>backprop-train --report</code> draws them.`,
  figuresAt: (epoch) => `Figures at the end of training, epoch ${epoch}`,
  images: 'images',
  moment: 'moment',
  itsWeights: 'The weights of this moment',
  momentByMoment: 'Moment by moment, as on the curves',
  epochByEpoch: (shown, all) => `Epoch by epoch${all > shown ? `: ${shown} of ${all}` : ''}`,
  trainingLoss: 'training loss',
  validationLoss: 'validation loss',
  testLoss: 'test loss',
  lastRate: 'last rate',
  curveAt: (name, value, moment) => `${name}: ${value}, ${moment}`,
  curveFrom: (name, first, from, last, to) => `${name}: from ${first}, ${from}, to ${last}, ${to}`,

  weightsHeading: (units) =>
    units ? 'What each hidden unit looks for' : 'What each class looks for',
  weightsLead: (
    math,
    legend,
  ) => html`Row ${math('iSymbol')} of ${math('WSymbol', 0)} laid out like the picture it is multiplied with.
${legend} All pictures share one scale.`,
  inkFor: (units) => `a pixel with ink there speaks for the ${units ? 'unit' : 'class'}`,
  inkAgainst: 'against it',
  legend: (positive, negative) => [`Orange: ${positive}`, `blue: ${negative}`],
  weightsOf: (i) => `Weights of class ${i}`,
  oneMoment: (epoch) =>
    html`A model file holds the weights of one moment${
      epoch === undefined
        ? NOTHING
        : html`, here of epoch
${epoch}`
    }. <code>backprop-train --report</code> shows how they grew.`,
  moveSlider: 'Move the slider to see them grow.',
  slider: 'Moment',
  play: 'Play',
  snapshots: (kept) =>
    html`A batch is one step of SGD. The model keeps the weights of ${kept}. Here they are rounded.`,
  anyClass: 'any class',
  className: (name) => `class ${name}`,
  unitWeights: (i) => `Weights of hidden unit ${i}`,
  showAll: (count) => `Show all ${grouped(count)}`,
  unitsOrder: 'First the units that matter most to',
  contribution: (
    math,
    hidden,
    count,
    all,
    split,
  ) => html`How much unit ${math('iSymbol')} matters to a class is what it adds to the class’s score on average over ${count < all ? `the first ${grouped(count)}` : `all ${grouped(count)}`}
${split} images, ${math('contributionSymbol', hidden)}, for it or against it.`,
  unitsOff: (off, all) =>
    html` ${grouped(off)} of ${grouped(all)} units add nothing: none of these images turns them on.`,

  whereItErrs: 'Where it errs',
  confusionLead: `Row: what the image is; column: what the model took it for. Press a cell to see its
pictures; arrow keys move from cell to cell.`,
  confusionMatrix: 'Confusion matrix',
  trueAxis: 'true class',
  predictedAxis: 'predicted class',
  logarithmic:
    'The more images, the stronger the colour, by the logarithm of their number: blue right, orange wrong.',
  kept: (
    wrong,
    right,
  ) => `At most ${wrong} pictures of a cell are in this file, the most confident ones first; on
the diagonal ${right}, the first of the set; fewer where the file would grow too large.`,
  classByClass: 'Class by class',
  figuresExplained: `Precision: of the images taken for the class, the share that are. Recall: of the images of the class,
the share found. F1: their harmonic mean.`,
  recognised: (i, count) => `${i} recognised: ${counted(count, 'image')}`,
  takenFor: (i, j, count) => `${i} taken for ${j}: ${counted(count, 'image')}`,
  close: 'Close',
  classFigures: 'Figures of each class',
  classHeads: ['class', 'precision', 'recall', 'F1', 'images'],
  mean: 'mean',
  mistakesHeading: 'Its most confident mistakes',
  mistakesLead: (any) =>
    any
      ? `Wrong, and sure of it: the highest probability of a wrong class first. Press a picture to follow
it through the derivation.`
      : 'There is none: every image was classified correctly.',
  mistake: (index, label, predicted, share) =>
    `Image ${index}: a ${label} taken for ${predicted} with ${share}. Follow it through the derivation`,
  mistakeText: (label, predicted) => html`<b>${label}</b> taken for <b>${predicted}</b>`,

  derivationHeading: 'The derivation, with numbers',
  derivationLead: (deep) =>
    deep
      ? `The backward pass through every layer, step by step, in the seminar’s order and letters, with the
numbers of one picture. Each letter has its layer’s number. Classes and units count from 0, pixels row by row from 0.`
      : `The seminar’s backward pass, step by step, in its order and letters, with the numbers of
one picture. Classes count from 0, pixels row by row from 0.`,
  choosePicture: 'Choose a picture',
  yourDrawing: 'Your drawing',
  unsure: 'Unsure',
  mistaken: 'Mistaken',
  recognisedRow: 'Recognised',
  pictureBehind: 'Every picture behind a cell of the confusion matrix can be followed too.',
  choice: (index, label, predicted) =>
    `Image ${index}, ${label === predicted ? `a ${label}` : `a ${label} taken for ${predicted}`}`,
  whatToFollow: 'What to follow',
  followClass: (math) => html`Follow class ${math('iSymbol')} =`,
  andPixel: 'and pixel',
  pressAny: `Press a row of a table for another class, any picture for another pixel, or move with the
arrow keys.`,
  unitOf: (h) => html`unit of ${h}`,
  forwardSeminar: 'Forward: L and everything on the way',
  forward: (letters) => html`Forward: ${andListed(letters, ' and ')}`,
  sumForUnits: (units) => `A weighted sum for each of ${units} units:`,
  unitIsOn: 'A unit whose sum is above 0 is on and gives it; the others are off and give 0:',
  unitsOn: (place, units) => html`${place} of ${units} units are on for this picture.`,
  vOfLayer: (n) => `v of hidden layer ${n}`,
  hOfLayer: (n) => `h of hidden layer ${n}`,
  cellForUnit: (v) => html`${v}, a cell for each unit`,
  largestOfScore: 'The largest terms of the followed score',
  rowsBehind: (math) =>
    html`The picture’s rows, one behind the other, become the vector ${math('uSymbol')}.`,
  sumForClasses: 'A weighted sum for each class:',
  scoresBecome: 'Scores become probabilities that sum to 1:',
  andL: (math) =>
    html`And ${math('LSymbol')} is the logarithm of the right class’s probability, in nats:`,
  picture: 'x, the picture',
  forwardTable: 'Forward',
  classHead: 'class',
  unitName: 'unit',
  pickPixel: (name) => `${name}: arrow keys choose a pixel`,
  pickUnit: (name) => `${name}: arrow keys choose a unit`,
  pickEntry: (name) => `${name}: arrow keys choose an entry`,

  dy: (
    math,
  ) => html`Only the right class’s probability is in ${math('LSymbol')}. The smaller it is, the more a
little more of it would help.`,
  byY: 'Derivative by y',
  jacobianWords: (
    K,
  ) => `A score moves every probability, for they share one sum: softmax’s Jacobian has
${K}×${K} entries.`,
  oneHot: 'For one-hot labels the product comes down to a difference:',
  bothWays: (place) => html`Both ways are computed here; they differ by at most
${place}.`,
  byVBothWays: 'Derivative by v, both ways',
  jacobian: 'Jacobian',
  jacobianCaption: (v) => html`Jacobian, in hundredths: row y<sub>i</sub>, column ${v}<sub>j</sub>`,
  dinput: (math, pixel, last) =>
    html`A ${pixel ? 'pixel' : 'unit'} reaches ${math('LSymbol')} through every ${last ? 'score: one term a class' : 'unit of the layer above: one term for each that is on'}.`,
  terms: (pixel, largest) =>
    `The ${largest ? 'largest ' : ''}terms for the chosen ${pixel ? 'pixel' : 'unit'} j`,
  byH: (n) => `Derivative of L by h of hidden layer ${n}`,
  byV: (n) => `Derivative of L by v of hidden layer ${n}`,
  byX: 'Derivative of L by x',
  byWeightsOf: (i) => `Derivative of L by the weights of class ${i}`,
  byW: (n) => `Derivative of L by W of layer ${n}`,
  db: 'A bias is added to its own score and to nothing else.',
  length: (place) => html`The whole gradient has length ${place}.`,
  raisingWeight: ['raising this weight raises L', 'lowering it does'],
  itself: (
    math,
    units,
  ) => html`The picture itself, once for each ${units ? 'of the units with the largest derivatives, as strong as that unit’s' : 'class, as strong as that class’s'}
${math('dviSymbol', 0)}.`,
  matrixCaption: (math, l, classes) =>
    html`${math('dWSymbol', l)}: a row for each ${classes ? 'class' : 'unit'}, a column for each unit of ${math('inputSymbol', l)}. Units that are off have an empty column.`,
  dW: (
    math,
    l,
  ) => html`${math('WSymbol', l)} is a matrix, so the formula with the transposed Jacobian does not apply.
Entry by entry:`,
  allTogether: 'All together:',
  mask: `A unit that is on passes its derivative on as it is. One that is off stops it: a little more or
less of its sum still gives 0.`,
  dx: (math, legend) => html`Each component goes back to its place in the picture. ${legend}
Training does not need ${math('dxSymbol')}: it says how the <em>picture</em> would have to change.`,
  moreInk: ['more ink here raises L', 'less ink does'],
  unitGradient: 'A hidden unit’s gradient',

  padHeading: 'Try it: draw',
  padLead: (
    digits,
  ) => `Draw one ${digits ? 'digit' : 'thing of a class'}, large, or drop a photo of one: it is made into a picture like the training images
and goes through the program’s own code.`,
  seen: 'What the network sees',
  seenCaption: 'what it sees: cropped, scaled, centred',
  itSays: 'it says',
  padTable: 'Scores and probabilities of your drawing',
  padName: 'Drawing pad',
  undo: 'Undo',
  clear: 'Clear',
  choosePhoto: 'Choose a photo',
  followDrawing: 'Follow it through the derivation',
  keys: `With keys: arrows move the pen, Space puts it down or lifts it, Backspace takes
back a stroke, Delete clears.`,
  teach: 'Teach it',
  whatDrawn: 'What did you draw?',
  lesson: 'The gradient for your drawing, and what one step of training on it alone would change:',
  rate: (math) => html`Learning rate ${math('etaSymbol')}`,
  suggestRate: 'Suggest a rate',
  gentleRate: (
    math,
  ) => html`The suggested rate raises the label’s ${math('ySymbol')} by 10 percentage points, or by half of
what it lacks to 100 %.`,
  usualRate: (rate, batchSize) =>
    `Training began with a rate of ${rate}, for the mean of ${counted(batchSize, 'picture')}: on one picture alone that is a leap.`,
  oneStep: 'One step',
  before: 'before',
  after: 'after',
  raisedL: (math) => html`${math('LSymbol')}, raised`,
  loweredLoss: (math) => html`loss ${math('minusLSymbol')}, lowered`,
  answer: 'answer',
  takeStep: 'Take this step',
  othersRight: 'pictures in this page right',
  changedCopy: 'A changed copy of the model answers.',
  backToTrained: 'Back to the trained model',
  copy: `Steps change a copy in this page’s memory. The model file stays as it is, and a reload
forgets them.`,
  lessonTable: 'The gradient by class, and the step’s effect',
  yAfter: (math) => math('yAfterSymbol'),
  added: (math, units, legend) =>
    html`${math('dWSymbol', 0)}, times ${math('etaSymbol')} what is added to the weights${units ? html`, of the units that change most` : NOTHING}. ${legend}`,
  weightGrows: ['this weight grows', 'it shrinks'],
  changeOf: (i) => `Change of the weights of class ${i}`,

  script: {
    recognised: '{label}, recognised',
    takenFor: '{label} taken for {predicted}',
    firstOfSet: 'the first ones of the set',
    mostConfident: 'the most confident first',
    someImages: '{shown} of {all} images, {which}. Press one to follow it.',
    oneImage: 'One image. Press one to follow it.',
    allImages: 'All {all} images, {which}. Press one to follow it.',
    thumbnail: 'Image {index}, {share} sure: follow it',
    drawing: 'Your drawing: a {label}, taken for {predicted} with {share}.',
    drawingUnsaid:
      'Your drawing, taken for {predicted} with {share}. You have not said what it is: it is followed as a {label}.',
    chosen: 'Image № {index}: a {label}, taken for {predicted} with {share}.',
    pixel: 'j = {j} (row {row}, column {column})',
    savedAgain: 'The model is the saved one again.',
    steps: { one: '{count} step taken.', other: '{count} steps taken.' },
    answer: '{answer} with {share}',
    sure: 'with {share}',
    noDigit: 'Nothing stands out from the paper.',
    pictureWarnings: {
      unlike: 'Does not look like one digit',
      frame: 'a frame around it',
      pieces: 'several pieces of ink',
      edge: 'ink up to the edge',
      shape: 'a shape unlike any of MNIST’s',
    },
    notAPicture: 'This browser cannot read {name} as a picture.',
    badRate: 'The learning rate has to be a number, 0 or more.',
    ofAll: '{count} of {all}',
    stepEffect: 'The step makes {gained} more of them right and {lost} wrong that were right.',
    penDown: 'Pen down.',
    penLifted: 'Pen lifted.',
    showFewer: 'Show fewer',
    showAll: 'Show all {count}',
    unitGradient: 'The gradient of hidden unit {i}',
    moment: '{position}: test loss {loss}, accuracy {accuracy}',
    position: {
      start: 'before training',
      firstEpoch: 'batch {batch}',
      afterEpoch: 'epoch {epoch}',
      laterEpoch: 'epoch {epoch}, batch {batch}',
    },
    play: 'Play',
    stop: 'Stop',
    notANumber: 'not a number',
  },
};

function listed(pieces: readonly Markup[]): Markup[] {
  return pieces.map((piece, at) => (at === 0 ? piece : html`, ${piece}`));
}

/** With another text before the last one. */
function andListed(pieces: readonly Markup[], and: string): Markup[] {
  const last = pieces.length - 1;
  return pieces.map((piece, at) => (at === 0 ? piece : html`${at === last ? and : ', '}${piece}`));
}
