import { type Quantity, quantityOf } from '../quantities.js';

/**
 * The page's formulas in TeX, in the seminar's letters. The build turns them into MathML with temml
 * (`scripts/build-page.mjs`), so that neither the package nor the page carries it.
 *
 * `\class{slot-NAME}{…}` is a place that the page's script fills with the chosen picture's number or
 * index; what stands in it is a dummy.
 */
export const PAGE_FORMULAS: Readonly<Record<string, string>> = {
  ...symbols(),
  network: String.raw`x \xrightarrow{\text{reshape}} u \xrightarrow{W u + b} v \xrightarrow{\text{softmax}} y \rightarrow L`,
  reshape: tex('u'),
  reshapeNumbers: String.raw`u_{\class{slot-j}{0}} = x_{\class{slot-row}{0},\class{slot-column}{0}} = \class{slot-uj}{0}`,
  linear: tex('v'),
  linearNumbers: String.raw`v_{\class{slot-i}{0}} = \class{slot-wu}{0} + (\class{slot-bi}{0}) = \class{slot-vi}{0}`,
  softmax: tex('y'),
  softmaxNumbers: String.raw`y_{\class{slot-i}{0}} = \frac{e^{\class{slot-vi}{0}}}{\sum_k e^{v_k}} = \class{slot-yi}{0}`,
  likelihood: tex('L'),
  likelihoodNumbers: String.raw`L = \log y_{\class{slot-label}{0}} = \log \class{slot-ylabel}{0} = \class{slot-L}{0}`,
  dy: tex('dL_dy'),
  dyNumbers: String.raw`\frac{\partial L}{\partial y_{\class{slot-label}{0}}} = \frac{1}{\class{slot-ylabel}{0}} = \class{slot-dylabel}{0}`,
  jacobian: tex('dy_dv'),
  dv: String.raw`${tex('dL_dv_by_jacobian')} = \mathit{labels} - y`,
  dvNumbers: String.raw`\frac{\partial L}{\partial v_{\class{slot-i}{0}}} = \class{slot-labeli}{0} - \class{slot-yi}{0} = \class{slot-dvi}{0}`,
  du: tex('dL_du'),
  duNumbers: String.raw`\frac{\partial L}{\partial u_{\class{slot-j}{0}}} = \sum_i w_{i,\class{slot-j}{0}} \frac{\partial L}{\partial v_i} = \class{slot-duj}{0}`,
  db: tex('dL_db'),
  dbNumbers: String.raw`\frac{\partial L}{\partial b_{\class{slot-i}{0}}} = \class{slot-dvi}{0}`,
  dw: String.raw`\frac{\partial L}{\partial w_{i,j}} = \sum_k \frac{\partial L}{\partial v_k} \frac{\partial v_k}{\partial w_{i,j}} = \frac{\partial L}{\partial v_i} u_j`,
  dwOuter: tex('dL_dW'),
  dwNumbers: String.raw`\frac{\partial L}{\partial w_{\class{slot-i}{0},\class{slot-j}{0}}} = (\class{slot-dvi}{0}) \cdot \class{slot-uj}{0} = \class{slot-dwij}{0}`,
  dx: tex('dL_dx'),
  dxNumbers: String.raw`\frac{\partial L}{\partial x_{\class{slot-row}{0},\class{slot-column}{0}}} = \frac{\partial L}{\partial u_{\class{slot-j}{0}}} = \class{slot-duj}{0}`,
  step: String.raw`W \leftarrow W + \eta \frac{\partial L}{\partial W}, \qquad b \leftarrow b + \eta \frac{\partial L}{\partial b}`,
};

function tex(key: Quantity['key']): string {
  return quantityOf(key).tex;
}

/** Heads of columns and words in running text: their names end in Symbol and are set inline. */
function symbols(): Record<string, string> {
  return {
    xSymbol: 'x',
    uSymbol: 'u',
    vSymbol: 'v',
    ySymbol: 'y',
    LSymbol: 'L',
    WSymbol: 'W',
    iSymbol: 'i',
    etaSymbol: String.raw`\eta`,
    labelsSymbol: String.raw`\mathit{labels}`,
    minusLSymbol: '-L',
    wijSymbol: 'w_{i,j}',
    dySymbol: String.raw`\partial L / \partial y`,
    dvSymbol: String.raw`\partial L / \partial v`,
    duSymbol: String.raw`\partial L / \partial u`,
    dviSymbol: String.raw`\partial L / \partial v_i`,
    dWSymbol: String.raw`\partial L / \partial W`,
    dxSymbol: String.raw`\partial L / \partial x`,
    dbSymbol: String.raw`\partial L / \partial b`,
    productSymbol: String.raw`(\partial y / \partial v)^T \, \partial L / \partial y`,
    differenceSymbol: String.raw`\mathit{labels} - y`,
    termSymbol: String.raw`w_{i,j} \cdot \partial L / \partial v_i`,
    yAfterSymbol: String.raw`y \text{ after}`,
  };
}
