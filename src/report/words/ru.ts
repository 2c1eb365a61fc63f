import { NUMBERS_RU, plural } from '../../text/numbers-ru.js';
import { html, type Markup, NOTHING } from '../html.js';
import type { PageWords } from './words.js';

const { decimal, grouped } = NUMBERS_RU;
const SETS: Readonly<Record<string, string>> = {
  test: 'тестовой',
  train: 'обучающей',
  own: 'собственной',
};
const images = (count: number): string =>
  plural(count, 'изображение', 'изображения', 'изображений');
/** After «из». */
const ofImages = (count: number): string =>
  plural(count, 'изображения', 'изображений', 'изображений');

export const PAGE_RU: PageWords = {
  language: 'ru',
  numbers: NUMBERS_RU,
  classNames: {
    'fashion-mnist': [
      'футболка',
      'брюки',
      'свитер',
      'платье',
      'пальто',
      'сандалия',
      'рубашка',
      'кроссовка',
      'сумка',
      'ботинок',
    ],
    kmnist: ['お', 'き', 'す', 'つ', 'な', 'は', 'ま', 'や', 'れ', 'を'],
  },

  contents: 'Содержание',
  links: {
    pad: 'Рисунок',
    curves: 'Обучение',
    weights: 'Веса',
    confusion: 'Матрица',
    mistakes: 'Ошибки',
    derivation: 'Вывод',
  },
  skip: 'Перейти к отчёту',
  needsScript: `Для изображений, вывода формул и рисования нужен JavaScript. Он уже есть в этом файле;
из сети ничего не загружается.`,
  footer: (
    program,
  ) => html`Отчёт создан командой <code>${program}</code>. Файл полный: он ничего не загружает,
ничего не отправляет и работает без сети.`,

  title: (parameters, dataset) =>
    `Чему ${plural(parameters, 'число научилось', 'числа научились', 'чисел научились')} на ${dataset}`,
  softmaxRegression: (
    math,
  ) => html`Softmax-регрессия, формула за формулой: из изображения ${math('xSymbol')} получаются оценки классов
${math('vSymbol')}, вероятности ${math('ySymbol')} и ответ.`,
  network: (
    math,
    hidden,
  ) => html`Сеть, в которой ${plural(hidden, 'скрытый слой', 'скрытых слоя', 'скрытых слоёв')}, формула за формулой: изображение
${math('xSymbol')} включает нейроны скрытых слоёв, ${listed(Array.from({ length: hidden }, (_, l) => math('hSymbol', l)))}, из них получаются оценки классов ${math('vSymbol', hidden)},
вероятности ${math('ySymbol')} и ответ.`,
  below: `Под полем для рисования показано, как росли эти числа, где они ошибаются и как их меняет одно
изображение.`,
  accuracy: 'доля верных ответов',
  onImages: (count, split) => `${images(count)} ${SETS[split] ?? split} выборки`,
  loss: 'потери',
  natsPerImage: 'нат на изображение',
  wrong: 'ошибки',
  ofAll: (count) => `из ${ofImages(count)}`,
  whichSign: (
    math,
  ) => html`<strong>О знаке.</strong> В выводе формул ${math('LSymbol')} — логарифм правдоподобия, он не больше
нуля; обучение его <em>увеличивает</em>. <em>Потери</em> на этой странице — среднее ${math('minusLSymbol')}, они не меньше нуля;
обучение их уменьшает. Все показанные градиенты — градиенты ${math('LSymbol')}.`,
  howTrained: 'Как обучали модель',
  modelAndFlags: 'Модель и параметры обучения',
  flags: {
    model: 'модель',
    network: 'сеть',
    networkOf(rows, columns, hidden, classes) {
      const units = hidden
        .map((count) => `${plural(count, 'нейрон', 'нейрона', 'нейронов')} → `)
        .join('');
      return `${rows}×${columns} пикселей → ${units}${plural(classes, 'класс', 'класса', 'классов')}`;
    },
    epochs: 'эпохи',
    epochsOf: (epochs, kept) => `${epochs}, веса взяты после эпохи ${kept}`,
    batchSize: 'размер мини-батча',
    learningRate: 'скорость обучения',
    momentum: 'момент',
    weightDecay: 'затухание весов',
    init: 'начальные веса',
    resumed: (from) => `модель ${from}`,
    heldOut: 'отложенная выборка',
    seed: 'seed',
    inFileOrder: (seed) => `${seed}, изображения в порядке файла`,
    trainedOn: 'обучена на',
    first: (name, limit) => `${name}, первые ${grouped(limit)}`,
    kernel: 'ядро вычислений',
    trained: 'обучена',
    byAnother: 'другой программой',
  },

  epoch: 'эпоха',
  batchesOfFirst: 'мини-батчи эпохи 1',
  howItLearned: 'Как шло обучение',
  noRecord: (path) => html`В файле ${path} нет записи об обучении: его создала другая программа.`,
  curvesLead: (
    held,
    testImages,
  ) => html`Потери уменьшаются, доля верных ответов растёт, и больше всего — за первые несколько мини-батчей.
Значение на обучающей выборке — среднее по изображениям после предыдущей точки, каждое оценивается <em>до</em> шага,
в котором участвует. Значение на тестовой выборке — по всем её изображениям (${grouped(testImages)}) в этот момент;
по нему ничего не выбирается. ${
    held
      ? html`Значение на отложенной выборке вычислено после эпохи`
      : html`Отложенной выборки не было: см. <code>--validation</code>`
  }. Нажмите на график, чтобы увидеть веса в этот момент.`,
  lossTitle: 'Потери: среднее −L, нат на изображение',
  accuracyTitle: 'Доля верных ответов',
  training: 'обучающая',
  validation: 'отложенная',
  test: 'тестовая',
  numbersBehind: 'Графики в числах',
  withoutHistory: (
    program,
    path,
  ) => html`Команда <code>${program}</code> получает готовую модель: в ${path} записаны последние значения, а не графики.
Графики строит <code>backprop-train --report</code>.`,
  figuresAt: (epoch) => `Значения в конце обучения, эпоха ${epoch}`,
  images: 'выборка',
  moment: 'момент',
  itsWeights: 'Веса в этот момент',
  momentByMoment: 'Момент за моментом, как на графиках',
  epochByEpoch: (shown, all) => `Эпоха за эпохой${all > shown ? `: ${shown} из ${all}` : ''}`,
  trainingLoss: 'потери на обучающей',
  validationLoss: 'потери на отложенной',
  testLoss: 'потери на тестовой',
  lastRate: 'скорость обучения',
  curveAt: (name, value, moment) => `${name}: ${value} (${moment})`,
  curveFrom: (name, first, from, last, to) => `${name}: от ${first} (${from}) до ${last} (${to})`,

  weightsHeading: (units) =>
    units ? 'Что ищет каждый нейрон скрытого слоя' : 'Что ищет каждый класс',
  weightsLead: (
    math,
    legend,
  ) => html`Строка ${math('iSymbol')} матрицы ${math('WSymbol', 0)} разложена так же, как изображение, на которое она умножается.
${legend} Масштаб у всех картинок общий.`,
  inkFor: (units) => `чернила в этом пикселе говорят за ${units ? 'нейрон' : 'класс'}`,
  inkAgainst: 'против него',
  legend: (positive, negative) => [`Оранжевый: ${positive}`, `синий: ${negative}`],
  weightsOf: (i) => `Веса класса ${i}`,
  oneMoment: (epoch) =>
    html`Файл модели хранит веса в один момент времени${
      epoch === undefined
        ? NOTHING
        : html`, здесь — после эпохи
${epoch}`
    }. Как они росли, показывает <code>backprop-train --report</code>.`,
  moveSlider: 'Двигайте ползунок, чтобы увидеть, как они росли.',
  slider: 'Момент',
  play: 'Показать',
  snapshots: (kept) =>
    html`Один мини-батч — один шаг SGD. В модели сохранены веса этого момента: ${kept}. Здесь они округлены.`,
  anyClass: 'любого класса',
  className: (name) => `класса ${name}`,
  unitWeights: (i) => `Веса нейрона ${i} скрытого слоя`,
  showAll: (count) => `Показать все ${grouped(count)}`,
  unitsOrder: 'Сначала нейроны, самые важные для',
  contribution: (
    math,
    hidden,
    count,
    all,
    split,
  ) => html`Важность нейрона ${math('iSymbol')} для класса — это то, что он прибавляет к оценке класса в среднем по ${count < all ? `первым ${grouped(count)}` : `всем ${grouped(count)}`}
изображениям ${SETS[split] ?? split} выборки: ${math('contributionSymbol', hidden)}, за класс или против него.`,
  unitsOff: (off, all) =>
    html` Ничего не прибавляют нейроны, которые не включает ни одно из этих изображений: ${grouped(off)} из ${grouped(all)}.`,

  whereItErrs: 'Где модель ошибается',
  confusionLead: `Строка — верный класс, столбец — ответ модели. Нажмите на клетку, чтобы увидеть её
изображения; стрелки на клавиатуре переводят от клетки к клетке.`,
  confusionMatrix: 'Матрица ошибок',
  trueAxis: 'верный класс',
  predictedAxis: 'ответ модели',
  logarithmic:
    'Чем больше изображений, тем сильнее цвет, по логарифму их числа: синий — верно, оранжевый — неверно.',
  kept: (
    wrong,
    right,
  ) => `В файле не больше ${plural(wrong, 'изображения', 'изображений', 'изображений')} каждой клетки, сначала самые уверенные ошибки;
на диагонали — не больше ${right}, первые в выборке; меньше, если файл стал бы слишком большим.`,
  classByClass: 'Класс за классом',
  figuresExplained: `Точность: доля изображений этого класса среди тех, что отнесены к нему. Полнота: доля найденных
среди всех изображений класса. F1: их среднее гармоническое.`,
  recognised: (i, count) => `${i}, распознано верно: ${images(count)}`,
  takenFor: (i, j, count) => `${i} принято за ${j}: ${images(count)}`,
  close: 'Закрыть',
  classFigures: 'Показатели каждого класса',
  classHeads: ['класс', 'точность', 'полнота', 'F1', 'число'],
  mean: 'среднее',
  mistakesHeading: 'Самые уверенные ошибки',
  mistakesLead: (any) =>
    any
      ? `Ответ неверен, а модель в нём уверена: сначала — наибольшая вероятность неверного класса. Нажмите на
изображение, чтобы проследить вывод формул для него.`
      : 'Ошибок нет: все ответы верны.',
  mistake: (index, label, predicted, share) =>
    `Изображение ${index}: ${label} принято за ${predicted}, вероятность ${share}. Проследить вывод формул`,
  mistakeText: (label, predicted) => html`<b>${label}</b> принято за <b>${predicted}</b>`,

  derivationHeading: 'Вывод формул с числами',
  derivationLead: (deep) =>
    deep
      ? `Обратный проход через все слои, шаг за шагом, в порядке и обозначениях семинара, с числами одного
изображения. Номер у буквы — номер её слоя. Классы и нейроны нумеруются с 0, пиксели — строка за строкой, тоже с 0.`
      : `Обратный проход из семинара, шаг за шагом, в его порядке и обозначениях, с числами одного
изображения. Классы нумеруются с 0, пиксели — строка за строкой, тоже с 0.`,
  choosePicture: 'Выберите изображение',
  yourDrawing: 'Ваш рисунок',
  unsure: 'Неуверенные',
  mistaken: 'Ошибочные',
  recognisedRow: 'Верные',
  pictureBehind: 'Можно выбрать и любое изображение из клеток матрицы ошибок.',
  choice: (index, label, predicted) =>
    `Изображение ${index}: ${label}${label === predicted ? '' : `, принято за ${predicted}`}`,
  whatToFollow: 'За чем следить',
  followClass: (math) => html`Следить за классом ${math('iSymbol')} =`,
  andPixel: 'и за пикселем',
  pressAny: `Другой класс выбирает строка таблицы, другой пиксель — любая картинка; можно пользоваться и
стрелками на клавиатуре.`,
  unitOf: (h) => html`нейрон ${h}`,
  forwardSeminar: 'Прямой проход: вычисление L и всех промежуточных значений',
  forward: (letters) => html`Прямой проход: вычисление ${andListed(letters, ' и ')}`,
  sumForUnits: (units) =>
    `Взвешенная сумма для каждого из ${plural(units, 'нейрона', 'нейронов', 'нейронов')}:`,
  unitIsOn:
    'Нейрон, у которого сумма больше 0, активен и передаёт её дальше; остальные неактивны и дают 0:',
  unitsOn: (place, units) => html`Активных нейронов для этого изображения: ${place} из ${units}.`,
  vOfLayer: (n) => `v скрытого слоя ${n}`,
  hOfLayer: (n) => `h скрытого слоя ${n}`,
  cellForUnit: (v) => html`${v}: клетка для каждого нейрона`,
  largestOfScore: 'Наибольшие слагаемые выбранной оценки',
  rowsBehind: (math) =>
    html`Строки изображения, одна за другой, образуют вектор ${math('uSymbol')}.`,
  sumForClasses: 'Взвешенная сумма для каждого класса:',
  scoresBecome: 'Из оценок классов получаются вероятности, сумма которых равна 1:',
  andL: (math) => html`Наконец, ${math('LSymbol')} — логарифм вероятности верного класса, в натах:`,
  picture: 'x, изображение',
  forwardTable: 'Прямой проход',
  classHead: 'класс',
  unitName: 'нейрон',
  pickPixel: (name) => `${name}: стрелки выбирают пиксель`,
  pickUnit: (name) => `${name}: стрелки выбирают нейрон`,
  pickEntry: (name) => `${name}: стрелки выбирают элемент`,

  dy: (
    math,
  ) => html`В ${math('LSymbol')} входит только вероятность верного класса. Чем она меньше, тем сильнее
помогло бы её небольшое увеличение.`,
  byY: 'Производная по y',
  jacobianWords: (
    K,
  ) => `Каждая оценка меняет все вероятности, потому что сумма в знаменателе у них общая: в матрице Якоби
для Softmax ${K}×${K} элементов.`,
  oneHot:
    'Если в labels единица стоит на месте верного класса, а остальное — нули, произведение сводится к разности:',
  bothWays: (place) => html`Здесь вычислено обоими способами; расхождение не больше
${place}.`,
  byVBothWays: 'Производная по v, двумя способами',
  jacobian: 'Матрица Якоби',
  jacobianCaption: (v) =>
    html`Матрица Якоби, в сотых долях: строка y<sub>i</sub>, столбец ${v}<sub>j</sub>`,
  dinput: (math, pixel, last) =>
    html`${pixel ? 'Пиксель' : 'Нейрон'} влияет на ${math('LSymbol')} через ${last ? 'все оценки: по одному слагаемому на класс' : 'все нейроны следующего слоя: по одному слагаемому на каждый активный'}.`,
  terms: (pixel, largest) =>
    `${largest ? 'Наибольшие слагаемые' : 'Слагаемые'} для выбранного ${pixel ? 'пикселя' : 'нейрона'} j`,
  byH: (n) => `Производная L по h скрытого слоя ${n}`,
  byV: (n) => `Производная L по v скрытого слоя ${n}`,
  byX: 'Производная L по x',
  byWeightsOf: (i) => `Производная L по весам класса ${i}`,
  byW: (n) => `Производная L по W слоя ${n}`,
  db: 'Смещение прибавляется только к своей оценке.',
  length: (place) => html`Длина всего градиента равна ${place}.`,
  raisingWeight: ['если увеличить этот вес, L вырастет', 'если уменьшить'],
  itself: (
    math,
    units,
  ) => html`Это само изображение, ${units ? 'по разу для каждого из нейронов с наибольшими производными' : 'по разу для каждого класса'}, умноженное на
${math('dviSymbol', 0)}.`,
  matrixCaption: (math, l, classes) =>
    html`${math('dWSymbol', l)}: строка для каждого ${classes ? 'класса' : 'нейрона'}, столбец для каждого нейрона ${math('inputSymbol', l)}. У неактивных нейронов столбец пустой.`,
  dW: (
    math,
    l,
  ) => html`Впрямую воспользоваться формулой с транспонированной матрицей Якоби не получится, так как ${math('WSymbol', l)} — матрица.
Поэлементно:`,
  allTogether: 'Все элементы вместе:',
  mask: `Активный нейрон передаёт производную без изменений. Неактивный её обнуляет: если его сумма станет чуть
больше или меньше, на выходе всё равно будет 0.`,
  dx: (math, legend) => html`Каждая компонента возвращается на своё место в изображении. ${legend}
Для обучения ${math('dxSymbol')} не нужна: она показывает, как пришлось бы изменить <em>изображение</em>.`,
  moreInk: ['если добавить здесь чернил, L вырастет', 'если убавить'],
  unitGradient: 'Градиент нейрона скрытого слоя',

  padHeading: 'Попробуйте: рисунок',
  padLead: (
    digits,
  ) => `Нарисуйте крупно ${digits ? 'одну цифру' : 'что-нибудь одно'} или перетащите сюда фотографию: рисунок превратится в такое же
изображение, как в обучающей выборке, и пройдёт через код самой программы.`,
  seen: 'Что видит сеть',
  seenCaption: 'что видит сеть: обрезано, приведено к размеру, помещено в центр',
  itSays: 'ответ сети:',
  padTable: 'Оценки и вероятности для вашего рисунка',
  padName: 'Поле для рисования',
  undo: 'Отменить',
  clear: 'Очистить',
  choosePhoto: 'Выбрать фото',
  followDrawing: 'Проследить вывод формул',
  keys: `На клавиатуре: стрелки двигают перо, пробел опускает и поднимает его, Backspace отменяет
последний штрих, Delete очищает поле.`,
  teach: 'Научите сеть',
  whatDrawn: 'Что вы нарисовали?',
  lesson: 'Градиент для вашего рисунка и то, что изменил бы один шаг обучения только на нём:',
  rate: (math) => html`Скорость обучения ${math('etaSymbol')}`,
  suggestRate: 'Подобрать скорость',
  gentleRate: (
    math,
  ) => html`Подобранная скорость увеличивает ${math('ySymbol')} верного класса на 10 процентных пунктов или на половину
того, чего не хватает до 100\u00a0%.`,
  usualRate: (rate, batchSize) =>
    `Обучение начиналось со скорости ${decimal(String(rate))}, но для среднего по ${plural(batchSize, 'изображению', 'изображениям', 'изображениям')}: для одного изображения это слишком большой шаг.`,
  oneStep: 'Один шаг SGD',
  before: 'до',
  after: 'после',
  raisedL: (math) => html`${math('LSymbol')}: растёт`,
  loweredLoss: (math) => html`потери ${math('minusLSymbol')}: падают`,
  answer: 'ответ сети',
  takeStep: 'Сделать шаг',
  othersRight: 'верные ответы на изображениях отчёта',
  changedCopy: 'Отвечает изменённая копия модели.',
  backToTrained: 'Вернуть обученную модель',
  copy: `Шаги меняют копию в памяти этой страницы. Файл модели остаётся прежним, а после перезагрузки
страницы изменения исчезнут.`,
  lessonTable: 'Градиент по классам и результат шага',
  yAfter: (math) => html`${math('ySymbol')} после`,
  added: (math, units, legend) =>
    html`Матрица ${math('dWSymbol', 0)}, умноженная на ${math('etaSymbol')}, прибавляется к весам${units ? '. Показаны нейроны, которые меняются сильнее всего' : ''}. ${legend}`,
  weightGrows: ['этот вес растёт', 'уменьшается'],
  changeOf: (i) => `Изменение весов класса ${i}`,

  script: {
    recognised: '{label}, распознано верно',
    takenFor: '{label} принято за {predicted}',
    firstOfSet: 'первые в выборке',
    mostConfident: 'сначала самые уверенные',
    someImages:
      'Показано изображений: {shown} из {all}, {which}. Нажмите на любое, чтобы проследить вывод.',
    oneImage: 'Одно изображение. Нажмите на него, чтобы проследить вывод.',
    allImages:
      'Показаны все изображения ({all}), {which}. Нажмите на любое, чтобы проследить вывод.',
    thumbnail: 'Изображение {index}, уверенность {share}: проследить вывод',
    drawing: 'Ваш рисунок: верный класс {label}, ответ сети {predicted} с вероятностью {share}.',
    drawingUnsaid:
      'Ваш рисунок: ответ сети {predicted} с вероятностью {share}. Вы не указали, что это; верным считается класс {label}.',
    chosen:
      'Изображение № {index}: верный класс {label}, ответ сети {predicted} с вероятностью {share}.',
    pixel: 'j = {j} (строка {row}, столбец {column})',
    savedAgain: 'Модель снова такая, как в файле.',
    steps: {
      one: 'Сделан {count} шаг.',
      few: 'Сделано {count} шага.',
      many: 'Сделано {count} шагов.',
      other: 'Сделано {count} шага.',
    },
    answer: '{answer} ({share})',
    sure: '{share}',
    noDigit: 'На бумаге ничего не видно.',
    pictureWarnings: {
      unlike: 'Не похоже на одну цифру',
      frame: 'рамка вокруг неё',
      pieces: 'несколько отдельных частей',
      edge: 'линии доходят до края',
      shape: 'форма не такая, как у цифр MNIST',
    },
    notAPicture: 'Браузер не может прочитать {name} как изображение.',
    badRate: 'Скорость обучения — число не меньше 0.',
    ofAll: '{count} из {all}',
    stepEffect: 'После шага исправятся ответы: {gained}; перестанут быть верными: {lost}.',
    penDown: 'Перо опущено.',
    penLifted: 'Перо поднято.',
    showFewer: 'Показать меньше',
    showAll: 'Показать все {count}',
    unitGradient: 'Градиент нейрона {i} скрытого слоя',
    moment: '{position}: потери на тестовой {loss}, верно {accuracy}',
    position: {
      start: 'до обучения',
      firstEpoch: 'мини-батч {batch}',
      afterEpoch: 'эпоха {epoch}',
      laterEpoch: 'эпоха {epoch}, мини-батч {batch}',
    },
    play: 'Показать',
    stop: 'Остановить',
    notANumber: 'не число',
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
