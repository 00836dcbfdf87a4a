// The playground's page: GraphiQL over this origin, with the example operations as tabs and one remembered session.
const { Worker, document, fetch, location, sessionStorage } = globalThis;
const byId = (id) => document.getElementById(id);
const config = JSON.parse(byId('playground-config').textContent);

// Everything typed here lasts as long as the browser's tab: variables of a sign-in hold a password, which must not stay on a disk.
const storage = sessionStorage;
const SESSION_KEY = 'playground:session';
const REFRESH_BEFORE_MS = 30_000;

const WORKERS = { json: 'jsonWorker.js', graphql: 'graphqlWorker.js' };
globalThis.MonacoEnvironment = {
  getWorker: (_, label) => new Worker(`${config.bundle}${WORKERS[label] ?? 'editorWorker.js'}`, { type: 'module' }),
};

let session = JSON.parse(storage.getItem(SESSION_KEY) ?? 'null');
let refreshing = null;

function show(message) {
  byId('session').textContent = message ?? (session
    ? `Signed in as ${session.who}`
    : 'Not signed in: run the first tab, or put an Authorization header in the Headers tab.');
  byId('session').dataset.state = session ? 'in' : 'out';
  byId('sign-out').hidden = !session;
  const picker = byId('account');
  if (picker) picker.value = String(config.accounts.findIndex(({ label }) => label === session?.who)).replace('-1', '');
}

function remember(next, message) {
  session = next;
  if (next) storage.setItem(SESSION_KEY, JSON.stringify(next));
  else storage.removeItem(SESSION_KEY);
  show(message);
}

/** One GraphQL request over HTTP. A response that is no JSON becomes an error that says so. */
async function send(body, headers = {}) {
  const response = await fetch(config.graph, {
    method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`The server answered ${response.status} and no JSON: ${text.slice(0, 200)}`);
  }
}

/** The session in a payload of whichever mutation signs in or refreshes. */
const sessionIn = (result) =>
  Object.values(result?.data ?? {}).map((payload) => payload?.session).find((found) => typeof found?.accessToken === 'string');

async function refresh() {
  const { refreshToken, who } = session;
  const next = sessionIn(await send({ query: config.refresh, variables: { input: { refreshToken } } }));
  remember(next ? { ...next, who } : null, next ? undefined : 'The session has ended: sign in again.');
}

/** The header of the remembered session, renewed shortly before its token ends. */
async function bearer() {
  if (session && config.refresh && Date.parse(session.accessTokenExpiresAt) - Date.now() < REFRESH_BEFORE_MS) {
    await (refreshing ??= refresh().finally(() => { refreshing = null; }));
  }
  return session ? `Bearer ${session.accessToken}` : undefined;
}

const refused = (result) => !result.data && result.errors?.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED');

/** A header typed by hand wins over the remembered session. */
async function execute(params, headers) {
  const typed = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  const remembered = typed ? undefined : await bearer();
  let result = await send(params, remembered ? { ...headers, authorization: remembered } : headers);
  if (remembered && refused(result)) {
    // A session that is gone must not keep its owner from signing in again, nor from reading the schema.
    remember(null, 'The session has ended: sign in again.');
    result = await send(params, headers);
  }
  const next = sessionIn(result);
  if (next) remember({ ...next, who: params.variables?.input?.email ?? session?.who ?? 'the owner of the token' });
  return result;
}

const readable = (error) =>
  'code' in error && 'wasClean' in error ? { message: `The connection was closed (${error.code} ${error.reason || 'without a reason'}).` } : error;

/** A subscription over graphql-transport-ws, with the credentials in `connection_init`. */
async function observe(params, headers) {
  const { createClient } = await import(config.sockets);
  const typed = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  const authorization = typed ?? await bearer();
  const url = new URL(config.graph, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const client = createClient({ url: url.href, connectionParams: authorization ? { authorization } : {}, retryAttempts: 0 });
  return {
    subscribe: (sink) => ({
      unsubscribe: client.subscribe(params, {
        next: (value) => sink.next(value), error: (error) => sink.error(readable(error)), complete: () => sink.complete(),
      }),
    }),
  };
}

// Operations as people and the editor write them: at the start of a line.
const OPERATION = /^(query|mutation|subscription)\b\s*(\w*)/gm;

/** What is run. For a moment after a change of tabs the editor still names, and hands over parsed, what the tab before held. */
function operationOf({ query, operationName }, documentAST) {
  const written = [...query.matchAll(OPERATION)].map(([, kind, name]) => ({ kind, name: name || undefined }));
  const parsed = documentAST?.definitions.find(({ kind, name }) => kind === 'OperationDefinition' && (!operationName || name?.value === operationName));
  return written.find(({ name }) => name === operationName) ?? (written.length === 1 ? written[0] : { kind: parsed?.operation, name: operationName });
}

function fetcher(params, { headers = {}, documentAST } = {}) {
  const { kind, name } = operationOf(params, documentAST);
  const asked = { ...params, operationName: name };
  return kind === 'subscription' ? observe(asked, headers) : execute(asked, headers);
}

function wireBar() {
  byId('account')?.addEventListener('change', async ({ target }) => {
    const account = config.accounts[Number(target.value)];
    if (target.value === '' || !account) return;
    show(`Signing in as ${account.label} …`);
    try {
      const result = await send({ query: config.signIn, variables: account.variables });
      const next = sessionIn(result);
      const refusal = Object.values(result.data ?? {})[0]?.userErrors?.[0]?.message ?? result.errors?.[0]?.message;
      remember(next ? { ...next, who: account.label } : null, next ? undefined : `${account.label}: ${refusal ?? 'no session came back'}`);
    } catch (error) {
      show(`${account.label}: ${error.message}`);
    }
  });
  byId('sign-out').addEventListener('click', () => remember(null));
  byId('restore').addEventListener('click', () => {
    for (const key of Object.keys(storage)) if (key.startsWith('graphiql:')) storage.removeItem(key);
    location.reload();
  });
  show();
}

async function start() {
  wireBar();
  const { React, Ruru, createRoot } = await import(`${config.bundle}ruru.js`);
  const first = storage.getItem('graphiql:tabState') === null;
  createRoot(byId('playground')).render(React.createElement(Ruru, {
    fetcher, storage, endpoint: config.graph,
    defaultTabs: config.examples.map(({ query, variables }) => ({ query, variables })),
    // The editor does not take the first tab's variables from the tab, and would add a tab for them on a later visit.
    ...(first ? { initialVariables: config.examples[0]?.variables } : {}),
    defaultQuery: '', defaultEditorToolsVisibility: 'variables', shouldPersistHeaders: false, showPersistHeadersSettings: false,
  }));
}

start().catch((error) => { byId('playground').textContent = `The playground could not start: ${error.message}`; });
