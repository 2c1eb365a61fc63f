/** Programs to begin with, for `check --starter`: they read the cases and give u; the rest is to be written. */
export const STARTERS = {
  python: `# Start it with: npx backprop-explain check -- python3 network.py
import json
import sys

for line in sys.stdin:
    case = json.loads(line)
    x = case["x"]            # a list of rows, pixels 0 to 1
    labels = case["labels"]  # one-hot
    W = case.get("W")        # K rows of D numbers; with --hidden W1, W2, ...
    b = case.get("b")        # K numbers; with --hidden b1, b2, ...
    batch = case["batch"]    # three pictures with their labels, x the first of them

    u = [pixel for row in x for pixel in row]

    # Write on from here, and add what you have: v, y, L, dL_dy, dy_dv, dL_dv, dL_du,
    # dL_db, dL_dW, dL_dx, and as means over the batch batch_dL_db and batch_dL_dW.
    # L is the log-likelihood, at most 0.
    print(json.dumps({"u": u}), flush=True)
    # To see what goes on: print(..., file=sys.stderr)
`,
  javascript: `// Start it with: npx backprop-explain check -- node network.mjs
import { createInterface } from 'node:readline';

for await (const line of createInterface({ input: process.stdin })) {
  // x: a list of rows, pixels 0 to 1; labels: one-hot; W: K rows of D numbers; b: K numbers (with
  // --hidden W1, b1, W2, b2, ...); batch: three pictures with their labels, x the first of them.
  const { x, labels, W, b, batch } = JSON.parse(line);

  const u = x.flat();

  // Write on from here, and add what you have: v, y, L, dL_dy, dy_dv, dL_dv, dL_du, dL_db, dL_dW,
  // dL_dx, and as means over the batch batch_dL_db and batch_dL_dW. L is the log-likelihood, at most 0.
  console.log(JSON.stringify({ u }));
  // To see what goes on: console.error(...)
}
`,
  c: `/* Start it with: cc -O1 -o network network.c -lm && npx backprop-explain check -- ./network */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What stands behind the next field of this name, such as "W". */
static const char *field(const char *at, const char *name) {
  char quoted[32];
  snprintf(quoted, sizeof quoted, "\\"%s\\":", name);
  at = at ? strstr(at, quoted) : NULL;
  return at ? at + strlen(quoted) : NULL;
}

/* The numbers there, row by row, whatever the brackets; returns how many. */
static int numbers(const char *at, double *out, int most) {
  int n = 0, depth = 0;
  while (at) {
    if (*at == '[') { depth++; at++; continue; }
    if (*at == ']') { at++; if (--depth == 0) return n; continue; }
    if (*at == ',') { if (depth == 0) return n; at++; continue; }
    char *end;
    double value = strtod(at, &end);
    if (end == at) return n;
    if (n < most) out[n++] = value;
    at = end;
  }
  return n;
}

static void list(const char *name, const double *values, int n, const char *after) {
  printf("\\"%s\\": [", name);
  for (int i = 0; i < n; i++) printf("%s%.17g", i ? ", " : "", values[i]);
  printf("]%s", after);
}

enum { BATCH = 3, CLASSES = 256, PIXELS = 9999, MOST = CLASSES * PIXELS };
static char line[1 << 26];
static double x[PIXELS], labels[CLASSES], W[MOST], b[MOST];
static double batch_x[BATCH][PIXELS], batch_labels[BATCH][CLASSES];

int main(void) {
  while (fgets(line, sizeof line, stdin)) {
    int D = numbers(field(line, "x"), x, PIXELS);            /* pixels 0 to 1, row by row: this is u */
    int K = numbers(field(line, "labels"), labels, CLASSES); /* one-hot */
    numbers(field(line, "W"), W, MOST);                      /* W[i * D + j]; with --hidden W1, W2, ... */
    numbers(field(line, "b"), b, MOST);                      /* K numbers; with --hidden b1, b2, ... */
    const char *at = field(line, "batch");                   /* three pictures, x the first of them */
    for (int n = 0; n < BATCH; n++) {
      numbers(at = field(at, "x"), batch_x[n], PIXELS);
      numbers(at = field(at, "labels"), batch_labels[n], CLASSES);
    }
    (void)K;

    /* Write on from here, and add what you have: v, y, L, dL_dy, dy_dv (rows), dL_dv, dL_du, dL_db,
       dL_dW (rows), dL_dx (rows), and as means over the batch batch_dL_db and batch_dL_dW (rows).
       L is the log-likelihood, at most 0. */
    printf("{");
    list("u", x, D, "}\\n");
    fflush(stdout);
  }
  return 0;
}
`,
} as const;

export const STARTER_NAMES = Object.keys(STARTERS) as (keyof typeof STARTERS)[];
