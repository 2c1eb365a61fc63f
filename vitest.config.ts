import { defineConfig } from 'vitest/config';

// Where `.ci/run` wants the counts.
const json = process.env.VITEST_JSON;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // On two processors the default is one worker, which leaves one of them idle.
    maxWorkers: '100%',
    reporters: json ? ['default', ['json', { outputFile: json }]] : ['default'],
  },
});
