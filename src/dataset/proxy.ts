/** First versions whose fetch can use the proxy variables, by major version; all from 25 on can. */
const firstWithProxy: Readonly<Record<number, number>> = { 22: 21, 24: 0 };

/**
 * What a user behind a proxy has to do, as the start of a hint: Node's fetch ignores the proxy
 * variables unless it is told otherwise when Node starts. Empty where that is not the trouble.
 */
export function proxyHint(
  env: Readonly<Record<string, string | undefined>> = process.env,
  version: string = process.versions.node,
): string {
  const name = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].find((key) => env[key]);
  if (name === undefined) return '';
  if (!canUseProxy(version)) {
    return `${name} is set, but Node ${version} cannot use it (22.21, 24 or later can); `;
  }
  const flags = `${env.NODE_OPTIONS} ${process.execArgv.join(' ')}`;
  if (env.NODE_USE_ENV_PROXY === '1' || flags.includes('--use-env-proxy')) return '';
  return `${name} is set, but Node uses it only with NODE_USE_ENV_PROXY=1; `;
}

/** Whether this version's fetch knows NODE_USE_ENV_PROXY. */
export function canUseProxy(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major >= 25 || minor >= (firstWithProxy[major] ?? Number.POSITIVE_INFINITY);
}
