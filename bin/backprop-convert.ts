#!/usr/bin/env node
import { run } from '../src/cli/run.js';

await run('convert');
