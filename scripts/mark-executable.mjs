// The last step of the build. npm marks a package's commands as executable when it installs them, but
// npx in this folder keeps links to dist/bin, and a build from scratch makes new files there.
import { chmodSync, readFileSync } from 'node:fs';

const { bin } = JSON.parse(readFileSync('package.json', 'utf8'));
for (const path of Object.values(bin)) chmodSync(path, 0o755);
