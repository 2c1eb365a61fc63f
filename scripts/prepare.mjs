// npm's `prepare` step: builds after `npm ci`, before `npm pack`, and in a clone fetched by npm.
// npx runs it too, each time that it starts a command of the package it stands in: then what is built
// already is left as it is, and the command starts at once.
import { execSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const startedByNpx = process.env.npm_command === 'exec';
const isBuilt = existsSync('dist/bin/backprop-train.js');

if (!startedByNpx || !isBuilt) execSync('npm run build', { stdio: 'inherit' });
