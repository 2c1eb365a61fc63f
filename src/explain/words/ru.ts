import { NUMBERS_RU, plural } from '../../text/numbers-ru.js';
import { EN } from './en.js';
import type { Words } from './words.js';

const { decimal, grouped, short } = NUMBERS_RU;
const sgd = (size: number, lr: number): string =>
  `мини-батчи по ${size}, lr ${decimal(String(lr))}`;
const SETS = { test: 'тестовой', train: 'обучающей' } as const;

export const RU: Words = {
  numbers: NUMBERS_RU,

  imageOf: (split, index, dataset, label) =>
    `изображение ${grouped(index)} из ${SETS[split]} выборки ${dataset}, верный класс ${label}`,
  untrained: (seed) => `необученные веса, seed ${seed}`,
  labelled: (label) => (label === undefined ? 'верный класс не указан' : `верный класс ${label}`),

  picture: 'x, изображение',
  colours: { plus: 'оранжевый', minus: 'синий' },
  marks: { answer: 'ответ', label: 'верный' },
  leftOut: (shown, all) =>
    `показаны ${plural(shown, 'наибольший', 'наибольших', 'наибольших')} из ${all} классов; все — с --json`,

  pictureWarnings: {
    unlike: 'внимание: это не похоже на одну цифру',
    frame: 'рамка вокруг неё',
    pieces: 'несколько отдельных частей',
    edge: 'линии доходят до края картинки',
    shape: 'форма не такая, как у цифр MNIST',
  },

  noLabel: 'Верный класс не указан, поэтому нет ни L, ни обратного прохода.',
  whichSign:
    'L — логарифм правдоподобия, он не больше нуля; обучение его увеличивает. Все градиенты здесь — ' +
    'градиенты L. Потери в других командах — это −L.',
  whatError: (tolerance) =>
    'Погрешность — наибольшее расхождение с центральными разностями относительно наибольшего элемента; ' +
    `верно, если она не больше ${tolerance}. Все вычисления — с двойной точностью.`,
  rowByRow: (formula) => `${formula}, строка за строкой`,
  range: (minimum, maximum) => `от ${short(minimum)} до ${short(maximum)}`,
  pixels: (mean, inked, all) => `среднее ${short(mean)}, ненулевых ${inked} из ${all}`,
  aNumber: 'число ≤ 0',
  nats: (value) => `${short(value)} нат`,
  moreLight: (plus, minus, scale) =>
    `${plus}: если сделать пиксель светлее, L вырастет; ${minus}: уменьшится. Полный цвет — при ` +
    `±${short(scale)}.`,
  differBy: (error) =>
    `Результаты двух способов расходятся на ${short(error)} от наибольшего элемента.`,
  underflow:
    'Одна из вероятностей округлилась до 0, поэтому labels / y — не число, как и всё, что из него ' +
    'вычислено. Формула labels − y верна; обратный проход продолжается от неё.',
  largest: (norm, what) =>
    `норма ${short(norm)}; наибольшие элементы и ${what === 'pixels' ? 'их пиксели' : 'что они связывают'}:`,
  pixelAt: (row, column) => `строка ${row}, столбец ${column}`,
  classRows: (plus, minus) =>
    `Строка i — это u, умноженный на ∂L/∂v_i (число над ней); ${plus}: > 0, ${minus}: < 0; масштаб общий.`,
  oneStep: (isDeep) => `Один шаг SGD${isDeep ? ' в каждом слое' : ''}`,
  stepped(before, after) {
    const rise = after - before;
    const risen = `${rise >= 0 ? 'больше' : 'меньше'} на ${short(Math.abs(rise))}`;
    return `L до шага ${short(before)}, после ${short(after)}: ${risen}`;
  },
  promised: (formula, promised) =>
    `Касательная обещает ${formula} = ${short(promised)}; чем меньше lr, тем точнее.`,
  error: (error, ok) => `погрешность ${decimal(error.toExponential(1))}${ok ? '' : ' НЕВЕРНО'}`,
  nothingToCheck: 'проверять нечего: не число',
  sampled: (entries, directions) =>
    `проверено: ${plural(entries, 'элемент', 'элемента', 'элементов')} и ` +
    `${plural(directions, 'направление, которое меняет', 'направления, которые меняют', 'направлений, которые меняют')} их все сразу`,
  kinks: (count) =>
    `${plural(count, 'элемент пропущен', 'элемента пропущены', 'элементов пропущены')}: излом ReLU`,

  mostActive: (count) =>
    count > 0
      ? `${plural(count, 'самый активный нейрон', 'самых активных нейрона', 'самых активных нейронов')}:`
      : 'ни один нейрон не активен',
  unitsOn: (on, all) => `активных нейронов: ${grouped(on)} из ${grouped(all)}`,
  nothingStopped: 'все нейроны активны: маска ничего не обнуляет',
  stopped: (letter, off) =>
    `0 там, где ${letter} ≤ 0: у ${plural(off, 'нейрона', 'нейронов', 'нейронов')}`,
  mostStopped: (formula, value) => `наибольшее, что обнулила маска: ${formula} = ${short(value)}`,
  unitPictures: (plus, minus) =>
    `W¹ самых активных нейронов; ${plus}: светлый пиксель увеличивает v¹_i, ${minus}: уменьшает; масштаб общий.`,
  unit: (i) => `нейрон ${i}`,
  unitRows: (plus, minus) =>
    'Строка i — это u, умноженный на ∂L/∂v¹_i (число над ней): 0 у неактивного нейрона. Сначала самые ' +
    `активные; ${plus}: > 0, ${minus}: < 0; масштаб общий.`,
  noUnitOn: 'Ни один нейрон не активен, поэтому все элементы равны 0.',
  toClass: (i, isLabel) => `класс ${i}${isLabel ? ' (верный)' : ''}`,
  joined: (to, from) => `${to}, от ${from}`,

  pixelsFor: (k) => `пиксели за ${k}`,
  total: 'сумма',
  whyTitle: (a, b, terms) => `почему ${a}, а не ${b}: ${terms} для каждого пикселя j`,
  speaksFor: (plus, a, minus, b) => `${plus}: говорит за ${a}; ${minus}: говорит за ${b}`,
  rounding: (error) =>
    `Два последних числа — одно и то же с точностью до округления (${short(error)}).`,
  verdict: (a, b, winner, ratio) =>
    `Из двух классов ${winner === undefined ? 'не выбран ни один' : `выбран ${winner}`}: ` +
    `y_${a} / y_${b} = exp(сумма) = ${short(ratio)}.`,
  effective(weights, on, biases) {
    const layers = on.map(([some, all]) => `${grouped(some)} из ${grouped(all)}`);
    return (
      'Равенство точное: пока ни один нейрон не включается и не выключается, сеть линейна. J — ' +
      `эффективные веса: произведение ${weights} по активным нейронам (${layers.join(', затем ')}). ` +
      `c — вклад смещений ${biases}.`
    );
  },

  right: 'верно   ',
  wrong: 'неверно ',
  whatCheckSays: 'Что говорит проверка градиентов',
  whatIsRight: (tolerance) => `верно: погрешность ≤ ${tolerance}`,
  whatTrainingShows: 'Что показывает обучение',
  trainedOn(training, hidden, test) {
    const from = hidden
      ? `веса вначале случайные, нейронов в скрытых слоях: ${hidden.join(' и ')}`
      : 'веса вначале нулевые';
    return (
      `${plural(training, 'изображение', 'изображения', 'изображений')} обучающей выборки, ${from}; ` +
      `верно — доля верных ответов на ${plural(test, 'изображении', 'изображениях', 'изображениях')} тестовой`
    );
  },
  whatToLearn: 'Чему это учит',
  verdicts: { notANumber: 'не число', kink: 'излом', right: 'верно', wrong: 'НЕВЕРНО' },
  epochs: {
    epoch: 'эпоха',
    loss: 'потери',
    accuracy: 'верно',
    right: 'верный код',
    broken: 'с ошибкой',
  },
  atStep: (step) => `шаг ${step}`,
  differentUnits: (right, broken) =>
    `Различных нейронов в первом скрытом слое после обучения: ${right}, с ошибкой — ${broken}.`,
  demonstration: {
    onePicture: 'на одном изображении',
    alike: (weight) => `на одном изображении, все веса ${decimal(String(weight))}`,
    shifted: (by) => `ко всем b_i прибавлено ${by}`,
    rightShifted: (by) => `верный код, ко всем b_i прибавлено ${by}`,
    batch: (count) => `на мини-батче из ${count}: b, а также W вместе с b вдоль прямой`,
    meanByB: 'среднее ∂L/∂b',
    onLine: 'среднее на прямой',
    batches: sgd,
    scaledPixels: (size, lr) => `пиксели / 255, ${sgd(size, lr)}`,
    rawPixels: (size, lr) => `пиксели от 0 до 255, ${sgd(size, lr)}`,
    trainedAlike: (weight, size, lr) => `все веса ${decimal(String(weight))}; ${sgd(size, lr)}`,
  },
  mistakes: {
    sign: {
      ...EN.mistakes.sign,
      lesson:
        'Погрешность 2 — признак неверного знака: |−g − g| = 2 |g|. Теперь каждый шаг уменьшает L: потери ' +
        'превышают log K, цену угадывания, и растут без конца; ответы не лучше случайных.',
    },
    'diagonal-jacobian': {
      right: EN.mistakes['diagonal-jacobian'].right,
      wrong: '∂y_i/∂v_j = y_i (1 − y_i) при i = j, иначе 0',
      lesson:
        'В ∂L/∂W остаётся только строка верного класса, остальные строки равны 0: оценка верного класса ' +
        'растёт, а оценки неверных не уменьшаются. Такой шаг всё же увеличивает L, поэтому сеть учится, ' +
        'сначала почти так же хорошо, а потом отстаёт. Сбоя нет; без проверки винили бы скорость обучения.',
    },
    'sum-not-mean': {
      ...EN.mistakes['sum-not-mean'],
      lesson:
        'На одном изображении ошибка не видна: при N = 1 сумма и среднее совпадают; на мини-батче из N ' +
        'погрешность равна 1 − 1/N. Это то же, что увеличить скорость обучения в N раз, поэтому ошибка ' +
        'растёт вместе с мини-батчем: среднее сохраняет смысл при любом N, а с суммой сеть учится при малых ' +
        'N и теряет устойчивость при больших. С lr / N вместо lr код был бы верным.',
    },
    'no-max-shift': {
      ...EN.mistakes['no-max-shift'],
      lesson:
        'На бумаге формулы равны, и при обычных оценках классов компьютер с этим согласен. Но при аргументе ' +
        'больше 709,78 функция exp даёт Infinity в двойной точности (в одинарной — больше 88,72), а Infinity / ' +
        'Infinity — не число. Достаточно прибавить ко всем оценкам одно и то же число или оставить пиксели ' +
        'от 0 до 255.',
    },
    'forget-bias': {
      right: EN.mistakes['forget-bias'].right,
      wrong: '∂L/∂b = 0, не вычисляется',
      lesson:
        'Потери почти не изменились, а доля верных ответов может даже совпасть: на этих изображениях веса ' +
        'заменяют b. Обучение этой ошибки не выдаёт, её находит только проверка.',
    },
    'relu-mask': {
      right: EN.mistakes['relu-mask'].right,
      wrong: '∂L/∂v¹ = ∂L/∂h¹, без маски',
      lesson:
        'Проверка указывает место: ∂L/∂h¹ верна, а ∂L/∂v¹ и всё, что из неё вычислено, — нет. Неактивный ' +
        'нейрон на ответ не повлиял, а его веса всё же меняются. Активные нейроны получают верный градиент, ' +
        'поэтому обучение хромает, но не падает: по его числам причину не узнать.',
    },
    'zero-init': {
      right: 'W¹ и W² вначале случайны, в пределах ±√(6 / число входов)',
      wrong: 'W¹ и W² вначале равны 0 или одному и тому же числу',
      lesson:
        'Не всякая ошибка — неверный градиент: проверке здесь возразить нечего. При нулевых весах ни один ' +
        'нейрон не активен, все градиенты, кроме градиента последнего b, действительно равны 0, и сеть ' +
        'только угадывает. (Излом: всюду v¹ = 0, а там у ReLU нет производной, с которой можно сравнить.) ' +
        'При одинаковых весах все нейроны на каждом шаге получают один и тот же градиент и вместе выучивают ' +
        'то, чему научился бы один. Различными их делает только случайное начало.',
    },
  },

  sheet: {
    worksheet: 'Задание',
    worksheets: 'Задания',
    key: 'Решение',
    name: 'Имя',
    student: (n) => `Студент ${n}`,
    given: 'Дано',
    network(pixels, hidden, classes, chain) {
      const parts = [
        plural(pixels, 'пиксель', 'пикселя', 'пикселей'),
        ...(hidden === undefined
          ? []
          : [`${plural(hidden, 'нейрон', 'нейрона', 'нейронов')} скрытого слоя`]),
        plural(classes, 'класс', 'класса', 'классов'),
      ];
      return `Сеть: ${parts.join(', ')}; ${chain}.`;
    },
    exact: (bias) =>
      `exp(n ln 2) = 2ⁿ, поэтому все ответы, кроме L и нового ${bias}, — дроби, некоторые с множителем ` +
      'ln 2 = 0,6931. Классы нумеруются с 0.',
    pictures: (first, second, lr) =>
      `x — изображение класса ${first}, x′ — класса ${second}; вместе они составляют мини-батч для двух ` +
      `последних вопросов. lr = ${lr}.`,
    find: 'Найдите по порядку',
    findNote: 'имя в файле, размер',
    questions: {
      u: () => 'Вектор u.',
      v: ({ v }) => `Оценки классов ${v}.`,
      h: ({ h }) => `Выходы ${h}. Какие нейроны активны?`,
      y: () => 'Вероятности y.',
      L: () => 'Логарифм правдоподобия L, десятичной дробью.',
      dL_dy: () => '∂L/∂y.',
      dy_dv: ({ v }) => `Матрица Якоби ∂y/∂${v}.`,
      dL_dv: ({ v }) =>
        `∂L/∂${v}: как произведение с матрицей Якоби и как labels − y. Совпадают ли результаты?`,
      dL_dh: ({ h }) => `∂L/∂${h}.`,
      dL_du: () => '∂L/∂u.',
      dL_db: ({ b }) => `∂L/∂${b}.`,
      dL_dW: ({ W, v }) => `∂L/∂${W}. Почему это не (∂${v}/∂${W})ᵀ ∂L/∂${v}?`,
      dL_dx: () => '∂L/∂x, того же размера, что и x.',
      batch_dL_db: ({ b }) => `Возьмите x и x′ как мини-батч из двух изображений: ∂L/∂${b} на нём.`,
      new_b: ({ b }) =>
        `Один шаг SGD на этом мини-батче: новый ${b}, десятичными дробями. В какую сторону шаг и почему?`,
    },
    questionsOfUnits: {
      v: ({ v }) => `Взвешенные суммы ${v} нейронов скрытого слоя.`,
      dL_dv: ({ v }) => `∂L/∂${v}. Что получает неактивный нейрон?`,
    },
    meanNotSum: (formula) => `среднее двух ${formula}, а не сумма`,
    upOnL: (formula) => `${formula} на мини-батче: L растёт, потери −L уменьшаются`,
    size([rows, columns]) {
      if (rows === undefined) return 'число';
      return columns === undefined
        ? plural(rows, 'число', 'числа', 'чисел')
        : `${rows}×${columns}, список строк`;
    },
    separator: '; ',
    toCheck: 'Как проверить ответы',
    advice:
      'Запишите ответы в файл, например answers.json. Число можно записать десятичной дробью (не меньше ' +
      'трёх знаков после точки) или текстом в кавычках: "-3/7", "5/14 ln 2", "ln(2/5)", "20%", "0,4". ' +
      'Где осталось null, ответа нет.',
    made: (sheets, folder) =>
      `${plural(sheets, 'задание', 'задания', 'заданий')} с бланками для ответов — в папке ${folder}; ` +
      'для печати — all-sheets.html.',
    madeKey: (file, seed) => `Решения: ${file}. Числа определяет --seed ${seed}.`,
    madeMarks: (command) => `Оценки: ${command}`,
  },

  grading: {
    verdicts: {
      right: 'верно',
      wrong: 'неверно',
      unreadable: 'не прочитано',
      missing: 'нет ответа',
    },
    followsFrom: (quantity) => `следует из ошибки в ${quantity}`,
    formulaIsRight: (quantity) => `формула верна; следует из ошибки в ${quantity}`,
    unknown: 'среди частых ошибок такой нет',
    firstAt: (place, given) => `первое неверное число: ${place}, дано ${short(given)}`,
    firstInCase: (number, error) =>
      `впервые в примере ${number}` +
      (error === null ? '' : `, погрешность ${decimal(error.toExponential(1))}`),

    follows: 'следует',
    fileNotRead: 'не прочитан',
    commonest: 'Самые частые ошибки: у скольких студентов и какие',

    notANumber: (forms, found) => `нужно число, например ${forms}; дано ${found}`,
    notARow: (found) => `нужна строка той же длины, что и первая; дано ${found}`,
    shape(expected, found) {
      const [n, isMatrix] = expected;
      const size = (shape: readonly number[]) => shape.join('×') || 'одно число';
      const needed =
        n === undefined || isMatrix !== undefined
          ? size(expected)
          : plural(n, 'число', 'числа', 'чисел');
      return `нужно ${needed}, дано ${size(found)}`;
    },
    shapeOfX(shape, from) {
      const numbers = from === undefined ? 'числа верны' : `числа следуют из ошибки в ${from}`;
      return `${numbers}, а размер неверен: нужен список строк, ${shape.join('×')}, как у x`;
    },
    notFinite: 'бесконечность или не число',

    inPlaceOf: (given, right) => `${given} вместо ${right}`,
    and: (one, other) => `${one}, и ${other}`,
    sign: 'неверный знак',
    signOfL: 'неверный знак: L — логарифм правдоподобия, он не больше нуля',
    signOfStep: 'неверный знак: такой шаг уменьшает L',
    signOffDiagonal: 'неверный знак вне диагонали',
    transposed: 'транспонировано',
    zero: 'всегда 0: не вычисляется',
    forgottenBias: 'забыто смещение',
    biasNotZero: (db, dv) => `забыто смещение: ${db} — это не 0, а ${dv}`,
    notTimesBias: (db, dv, b) => `${db} — это ${dv}, без умножения на ${b}`,
    withoutLn2: (...letters) => `${letters.join(' и ')} без множителя ln 2`,
    without: (product, factor) => `${product} без множителя ${factor}`,
    reluLeftOut: 'пропущена ReLU',
    mask: (v) => `потеряна маска: ∂L/∂${v} равна 0 там, где ${v} ≤ 0`,
    maskTurned: (v) => `маска наоборот: 0 там, где ${v} > 0`,
    softmaxLeftOut: (v) => `пропущен Softmax: ∂L/∂y вместо ∂L/∂${v}`,
    notNormalised: 'Softmax без деления на сумму',
    jacobian: 'потерян член матрицы Якоби: −y_i y_j вне диагонали',
    jacobianDiagonal: 'потерян член матрицы Якоби: 1[i = j]',
    labelsLeftOut: 'пропущены labels',
    naturalLogarithm: 'логарифм здесь натуральный',
    logarithmLeftOut: 'пропущен логарифм',
    from1: 'классы нумеруются с 0, а не с 1',
    meanOverClasses: 'разделено на число классов: нужна сумма по классам, а не среднее',
    sumForMean: 'сумма вместо среднего',
    firstOnly: 'только первое изображение',
    secondOnly: 'только второе изображение',
    lrLeftOut: 'пропущена скорость обучения lr',
    stepAlone: 'шаг без прежнего b',
    scaledDown: 'пиксели разделены на 255, а они и так от 0 до 1',
    scaledUp: 'пиксели умножены на 255, а они должны быть от 0 до 1',
    weightColumns: 'W прочитана по столбцам, а записана она по строкам',
    pictureColumns: 'x прочитано по столбцам, а u составляется по строкам',
  },
};
