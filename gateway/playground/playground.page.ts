// The playground's HTML: a bar, a root for GraphiQL, and as data what the page's script needs. No inline script.
import { parse, Kind } from 'graphql';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { schemaPath } from '../../subgraphs/kernel/base/schema-files.js';
import type { AssetUrls } from './playground.assets.js';

export interface PlaygroundContent {
  /**
   * Text of the variables editor (JSON, comments allowed) by operation name. The examples are the operations of
   * schema/operations: those named here first and in this order, the others after them without variables.
   */
  variables: Readonly<Record<string, string>>;
  /** Names of the examples that sign in and that renew a session from `{ input: { refreshToken } }`. */
  signIn: string;
  refresh: string;
  /** Offered as a list beside the first, with the variables of a sign-in. For synthetic accounts only: the page carries them. */
  accounts: readonly { label: string; variables: Record<string, unknown> }[];
}

export interface Example {
  name: string;
  query: string;
  variables: string;
}

/** @throws an Error when a file holds no named operation, or `content` names an operation no file holds. */
export function loadExamples(content: PlaygroundContent): Example[] {
  const folder = schemaPath('operations');
  const queries = new Map<string, string>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.graphql')).sort()) {
    const query = readFileSync(join(folder, file), 'utf8').trim();
    const operation = parse(query).definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    if (!operation?.name) throw new Error(`schema/operations/${file} holds no named operation.`);
    queries.set(operation.name.value, query);
  }
  const named = Object.keys(content.variables);
  for (const name of [...named, content.signIn, content.refresh]) {
    if (!queries.has(name)) throw new Error(`The playground names the operation ${name}, which schema/operations does not hold.`);
  }
  const names = [...named, ...[...queries.keys()].filter((name) => !named.includes(name))];
  return names.map((name) => ({ name, query: queries.get(name) ?? '', variables: content.variables[name] ?? '' }));
}

const text = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** JSON that cannot end the element it stands in. */
const data = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

function accountPicker(accounts: PlaygroundContent['accounts']): string {
  if (accounts.length === 0) return '';
  const options = accounts.map(({ label }, index) => `<option value="${index}">${text(label)}</option>`).join('');
  return `<label>Sign in as <select id="account" autocomplete="off"><option value="">a demo account …</option>${options}</select></label>`;
}

export function renderPage(content: PlaygroundContent, urls: AssetUrls, graphPath: string): string {
  const examples = loadExamples(content);
  const queryOf = (wanted: string): string | undefined => examples.find(({ name }) => name === wanted)?.query;
  const config = {
    graph: graphPath, bundle: urls.bundle, sockets: urls.sockets, accounts: content.accounts, examples,
    signIn: queryOf(content.signIn), refresh: queryOf(content.refresh),
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Switchboard playground</title>
<link rel="icon" href="${urls.icon}" type="image/svg+xml">
<link rel="stylesheet" href="${urls.bundle}ruru.css">
<link rel="stylesheet" href="${urls.style}">
<link rel="modulepreload" href="${urls.bundle}ruru.js">
<script type="application/json" id="playground-config">${data(config)}</script>
<script type="module" src="${urls.script}"></script>
</head>
<body>
<header id="bar">
<strong><img src="${urls.icon}" alt="">Switchboard</strong>
${accountPicker(content.accounts)}
<output id="session"></output>
<button type="button" id="sign-out" hidden>Sign out</button>
<button type="button" id="restore">Restore examples</button>
</header>
<main id="playground">Loading the playground …<noscript> It needs JavaScript.</noscript></main>
</body>
</html>
`;
}

const HOST = /^[a-z0-9.-]+(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/i;

/**
 * What the page may load, and why each word is there: the editor writes <style> elements and style attributes and draws its
 * squiggles and letters from data: images and fonts; its language services are module workers; browsers disagree whether 'self' covers a
 * WebSocket (https://github.com/w3c/webappsec-csp/issues/7), so that one is named. No inline script, no eval, no other origin.
 */
export function pagePolicy(host: string | undefined): string {
  const sockets = host && HOST.test(host) ? ` ws://${host} wss://${host}` : '';
  return [
    "default-src 'none'", "script-src 'self'", "worker-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "font-src 'self' data:",
    `connect-src 'self'${sockets}`, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].join('; ');
}
