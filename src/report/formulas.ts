import { letter, type Quantity, quantitiesOf } from '../quantities.js';
import { MOST_HIDDEN } from '../sgd.js';

/**
 * The page's formulas in TeX, in the seminar's letters. The build turns them into MathML with temml
 * (`scripts/build-page.mjs`), so that neither the package nor the page carries it.
 *
 * `\class{slot-NAME}{…}` is a place that the page's script fills with the chosen picture's number or
 * index; what stands in it is a dummy.
 *
 * What hangs on a linear layer is here once without a number, for the network that has only one, and
 * once for each layer of a deeper one: `linear`, and `linear1` to `linear5`. A page takes what it needs.
 */
export const PAGE_FORMULAS: Readonly<Record<string, string>> = {
  ...generalFormulas(),
  ...layerFormulas(0, 0),
  ...lastFormulas(0),
  ...numbered(),
};

function numbered(): Record<string, string> {
  const formulas: Record<string, string> = {};
  for (let l = 0; l <= MOST_HIDDEN; l++) {
    const ofLayer = {
      ...layerFormulas(l, MOST_HIDDEN),
      ...(l < MOST_HIDDEN && hiddenFormulas(l)),
      ...(l > 0 && lastFormulas(l)),
    };
    for (const [name, tex] of Object.entries(ofLayer)) {
      // The index below the number and not behind it.
      formulas[`${name}${l + 1}`] = tex.replace(/\{(\w\^\{\d\})\}(?=_)/g, '$1');
    }
  }
  return formulas;
}

/** Without a letter that belongs to a linear layer. Names that end in Symbol are set inline. */
function generalFormulas(): Record<string, string> {
  return {
    xSymbol: 'x',
    uSymbol: 'u',
    ySymbol: 'y',
    LSymbol: 'L',
    iSymbol: 'i',
    etaSymbol: String.raw`\eta`,
    labelsSymbol: String.raw`\mathit{labels}`,
    minusLSymbol: '-L',
    dySymbol: String.raw`\partial L / \partial y`,
    dxSymbol: String.raw`\partial L / \partial x`,
    differenceSymbol: String.raw`\mathit{labels} - y`,
    yAfterSymbol: String.raw`y \text{ after}`,
    reshape: tex(0, 'u'),
    reshapeNumbers: String.raw`u_{\class{slot-j}{0}} = x_{\class{slot-row}{0},\class{slot-column}{0}} = \class{slot-uj}{0}`,
    likelihood: tex(0, 'L'),
    likelihoodNumbers: String.raw`L = \log y_{\class{slot-label}{0}} = \log \class{slot-ylabel}{0} = \class{slot-L}{0}`,
    dy: tex(0, 'dL_dy'),
    dyNumbers: String.raw`\frac{\partial L}{\partial y_{\class{slot-label}{0}}} = \frac{1}{\class{slot-ylabel}{0}} = \class{slot-dylabel}{0}`,
    dx: tex(0, 'dL_dx'),
    dxNumbers: String.raw`\frac{\partial L}{\partial x_{\class{slot-row}{0},\class{slot-column}{0}}} = \frac{\partial L}{\partial u_{\class{slot-j}{0}}} = \class{slot-duj}{0}`,
  };
}

/** Of linear layer `l`, counted from 0, of so many hidden layers: v = W u + b, or W h + b of the h below. */
function layerFormulas(l: number, hiddenLayers: number): Record<string, string> {
  const { v, w, W, b, n } = letters(l, hiddenLayers);
  // The layer's input, the index of the component that is followed, its value and its derivative.
  const [u, j, uj, duj] =
    l === 0
      ? ['u', slot('j'), slot('uj'), slot('duj')]
      : [letters(l - 1, hiddenLayers).h, slot(`i${l}`), slot(`hi${l}`), slot(`dhi${l}`)];
  const [i, dvi] = [slot(`i${n}`), slot(`dvi${n}`)];
  return {
    vSymbol: v,
    WSymbol: W,
    wijSymbol: `${w}_{i,j}`,
    inputSymbol: u,
    dinputSymbol: String.raw`\partial L / \partial ${u}`,
    dvSymbol: String.raw`\partial L / \partial ${v}`,
    dviSymbol: String.raw`\partial L / \partial ${v}_i`,
    dWSymbol: String.raw`\partial L / \partial ${W}`,
    dbSymbol: String.raw`\partial L / \partial ${b}`,
    termSymbol: String.raw`${w}_{i,j} \cdot \partial L / \partial ${v}_i`,
    forwardTermSymbol: String.raw`${w}_{i,j} \cdot ${u}_j`,
    inputJSymbol: `${u}_j`,
    linear: tex(hiddenLayers, 'v', l),
    linearNumbers: `${v}_{${i}} = ${slot(`wu${n}`)} + (${slot(`bi${n}`)}) = ${slot(`vi${n}`)}`,
    dinput: tex(hiddenLayers, l === 0 ? 'dL_du' : 'dL_dh', l === 0 ? undefined : l - 1),
    dinputNumbers: String.raw`\frac{\partial L}{\partial ${u}_{${j}}} = \sum_i ${w}_{i,${j}} \frac{\partial L}{\partial ${v}_i} = ${duj}`,
    db: tex(hiddenLayers, 'dL_db', l),
    dbNumbers: String.raw`\frac{\partial L}{\partial ${b}_{${i}}} = ${dvi}`,
    dw: String.raw`\frac{\partial L}{\partial ${w}_{i,j}} = \sum_k \frac{\partial L}{\partial ${v}_k} \frac{\partial ${v}_k}{\partial ${w}_{i,j}} = \frac{\partial L}{\partial ${v}_i} ${u}_j`,
    dwOuter: tex(hiddenLayers, 'dL_dW', l),
    dwNumbers: String.raw`\frac{\partial L}{\partial ${w}_{${i},${j}}} = (${dvi}) \cdot ${uj} = ${slot(`dwij${n}`)}`,
    step: String.raw`${W} \leftarrow ${W} + \eta \frac{\partial L}{\partial ${W}}, \qquad ${b} \leftarrow ${b} + \eta \frac{\partial L}{\partial ${b}}`,
  };
}

/** Of ReLU behind linear layer `l`. */
function hiddenFormulas(l: number): Record<string, string> {
  const { v, h, n } = letters(l, MOST_HIDDEN);
  const i = slot(`i${n}`);
  return {
    hSymbol: h,
    dhSymbol: String.raw`\partial L / \partial ${h}`,
    relu: tex(MOST_HIDDEN, 'h', l),
    reluNumbers: String.raw`${h}_{${i}} = \max(0, ${slot(`vi${n}`)}) = ${slot(`hi${n}`)}`,
    dvRelu: tex(MOST_HIDDEN, 'dL_dv', l),
    dvReluNumbers: String.raw`\frac{\partial L}{\partial ${v}_{${i}}} = (${slot(`dhi${n}`)}) \cdot ${slot(`on${n}`)} = ${slot(`dvi${n}`)}`,
  };
}

/** Of softmax behind linear layer `l`, and the whole chain up to it. */
function lastFormulas(l: number): Record<string, string> {
  const { v, n } = letters(l, l);
  const [i, yi] = [slot(`i${n}`), slot('yi')];
  // Of the first hidden layer.
  const h = `${letters(0, l).h}_i`;
  return {
    network: chain(l),
    contributionSymbol:
      l === 1
        ? String.raw`${letters(1, l).w}_{k,i} \cdot ${h}`
        : String.raw`${h} \cdot \partial ${v}_k / \partial ${h}`,
    productSymbol: String.raw`(\partial y / \partial ${v})^T \, \partial L / \partial y`,
    softmax: tex(l, 'y'),
    softmaxNumbers: String.raw`y_{${i}} = \frac{e^{${slot(`vi${n}`)}}}{\sum_k e^{${v}_k}} = ${yi}`,
    jacobian: tex(l, 'dy_dv'),
    dv: String.raw`${tex(l, 'dL_dv_by_jacobian')} = \mathit{labels} - y`,
    dvNumbers: String.raw`\frac{\partial L}{\partial ${v}_{${i}}} = ${slot('labeli')} - ${yi} = ${slot(`dvi${n}`)}`,
  };
}

/** x → u → v → y → L, with v¹ → h¹ → … between. */
function chain(last: number): string {
  let text = String.raw`x \xrightarrow{\text{reshape}} u`;
  let input = 'u';
  for (let l = 0; l <= last; l++) {
    const { v, h, W, b } = letters(l, last);
    text += String.raw` \xrightarrow{${W} ${input} + ${b}} ${v}`;
    if (l < last) text += String.raw` \xrightarrow{\text{ReLU}} ${h}`;
    input = h;
  }
  return String.raw`${text} \xrightarrow{\text{softmax}} y \rightarrow L`;
}

/** TeX of a layer's letters, and what stands behind the names of its slots. */
function letters(l: number, hiddenLayers: number) {
  const tex = (name: string): string => letter(name, l, hiddenLayers)[1];
  const n = hiddenLayers === 0 ? '' : String(l + 1);
  return { v: tex('v'), h: tex('h'), w: tex('w'), W: tex('W'), b: tex('b'), n };
}

function slot(name: string): string {
  return String.raw`\class{slot-${name}}{0}`;
}

function tex(hiddenLayers: number, key: Quantity['key'], layer?: number): string {
  const rows = quantitiesOf(hiddenLayers).filter((quantity) => quantity.key === key);
  return (rows.find((row) => row.layer === layer) ?? rows[0]!).tex;
}
