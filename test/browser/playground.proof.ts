// The playground in Chromium with no network but loopback, over the whole running product.
import { afterAll, beforeAll, beforeEach, afterEach, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { createPlayground } from '../../gateway/playground/playground.js';
import { DEMO_CONTACT } from '../../ops/demo/demo.facts.js';
import { playgroundContent } from '../../ops/playground.content.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { when } from '../kit/when.js';

const ARGS = [
  '--no-sandbox', '--headless', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
  // Every name but loopback resolves to nothing: the network is cut.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

interface Watch { requests: string[]; sockets: string[]; faults: string[] }

/** Everything the page and its workers ask for, and everything that goes wrong there. */
function watch(page: Page): Watch {
  const seen: Watch = { requests: [], sockets: [], faults: [] };
  page.on('request', (request) => seen.requests.push(request.url()));
  page.on('websocket', (socket) => seen.sockets.push(socket.url()));
  page.on('requestfailed', (request) => {
    // A reload aborts what is still on its way.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') seen.faults.push(`failed: ${request.url()}`);
  });
  page.on('response', (response) => { if (response.status() >= 400) seen.faults.push(`${response.status()}: ${response.url()}`); });
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) seen.faults.push(`console: ${message.text()}`); });
  page.on('pageerror', (error) => seen.faults.push(`thrown: ${error.message}`));
  return seen;
}

when('chromium', 'the playground in Chromium', (executablePath) => {
  let platform: TestPlatform;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let seen: Watch;

  const tab = (name: string): Locator => page.getByRole('tab', { name, exact: true });
  const result = (text: string): Locator => page.locator('.result-window').filter({ hasText: text });
  const session = (text: string): Locator => page.locator('#session').filter({ hasText: text });
  /** Runs the open tab and waits for what must come. A busy editor may miss a click, so it is given again, as a person would. */
  const play = async (outcome: Locator): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      await page.getByRole('button', { name: 'Execute query' }).click();
      if (await outcome.waitFor({ timeout: 10_000 }).then(() => true, () => false)) return;
      if (tries === 3) throw new Error(`The page never showed ${String(outcome)}.`);
    }
  };
  const run = async (name: string, outcome: Locator): Promise<void> => {
    await tab(name).click();
    await play(outcome);
  };
  const setVariables = async (value: unknown): Promise<void> => {
    await page.locator('.graphiql-editors .graphiql-editor-tool .monaco-editor:visible').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText(JSON.stringify(value));
  };
  const screenshot = async (name: string): Promise<void> => {
    const folder = process.env['SWITCHBOARD_SCREENSHOTS'];
    if (folder) await page.screenshot({ path: join(folder, `${name}.png`) });
  };

  beforeAll(async () => {
    platform = await bootPlatform({ playground: createPlayground({ content: playgroundContent(true), logger: silentLogger }) });
    browser = await chromium.launch({ executablePath, args: ARGS });
  });
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    context.setDefaultTimeout(30_000);
    page = await context.newPage();
    seen = watch(page);
    // As a person comes: by the address of the graph.
    await page.goto(`${platform.url}/graphql`);
    await tab('SessionRefresh').waitFor();
  });
  afterEach(() => context.close());

  const expectOnlyOurs = (): void => {
    expect(seen.faults).toEqual([]);
    expect(seen.requests.filter((url) => !/^(data|blob):/.test(url) && new URL(url).origin !== platform.url)).toEqual([]);
    expect(seen.requests.filter((url) => url.includes('Worker.js')).length).toBeGreaterThan(0);
    expect(seen.sockets.filter((url) => url !== platform.wsUrl)).toEqual([]);
  };

  it('signs in, reads, follows the feed live, and asks nobody but this origin', async () => {
    await session('Not signed in').waitFor();
    await play(result('accessTokenExpiresAt'));
    await session('Signed in as agent@demo.test').waitFor();
    await run('Viewer', result('Trattoria Aurora'));

    await run('MessageFeed', page.getByRole('button', { name: 'Stop query' }));
    const text = 'Is the terrace open tonight?';
    // The page cannot tell when its subscription is live, so the message is sent until one arrives.
    for (let sent = 0; sent < 10; sent += 1) {
      expect((await platform.deliver(text)).status).toBe(200);
      if (await result(text).waitFor({ timeout: 1_500 }).then(() => true, () => false)) break;
    }
    await result('"__typename": "MessageAdded"').waitFor();
    await result(text).waitFor();
    await result(DEMO_CONTACT.name).waitFor();
    expect(seen.sockets).toEqual([platform.wsUrl]);
    await screenshot('playground-feed');
    await page.getByRole('button', { name: 'Stop query' }).click();

    await run('ConversationList', result('lastActivityAt'));
    await screenshot('playground-list');
    expectOnlyOurs();
  });

  it('shows the user error of a wrong password, then takes the right one', async () => {
    await setVariables({ input: { email: 'agent@demo.test', password: 'wrong' } });
    await play(result('INVALID_CREDENTIALS'));
    await session('Not signed in').waitFor();
    await screenshot('playground-refused');
    await run('Viewer', result('UNAUTHENTICATED'));
    await tab('Login').click();
    await setVariables({ input: { email: 'viewer@demo.test', password: 'switchboard-demo-only' } });
    await play(session('Signed in as viewer@demo.test'));
    expectOnlyOurs();
  });

  it('acts as the account picked from the list, keeps it and the tabs over a reload, and forgets it on request', async () => {
    await page.locator('#account').selectOption('owner@rival.test');
    await session('Signed in as owner@rival.test').waitFor();
    await run('Viewer', result('Bistro Rival'));
    const tabs = await page.getByRole('tab').count();
    await page.reload();
    await session('Signed in as owner@rival.test').waitFor();
    await tab('SessionRefresh').waitFor();
    expect(await page.getByRole('tab').count()).toBe(tabs);
    expect(await page.locator('#account option:checked').textContent()).toBe('owner@rival.test');
    await play(result('Bistro Rival'));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await session('Not signed in').waitFor();
    await play(result('UNAUTHENTICATED'));
    expectOnlyOurs();
  });

  it('renews a session whose token ends, and says so when it cannot', async () => {
    const stored = (change: Record<string, string>): Promise<string> => page.evaluate(`(() => {
      const key = 'playground:session';
      const before = sessionStorage.getItem(key);
      sessionStorage.setItem(key, JSON.stringify({ ...JSON.parse(before), ...${JSON.stringify(change)} }));
      return JSON.parse(before).refreshToken;
    })()`);
    const reload = async (): Promise<void> => {
      await page.reload();
      await tab('SessionRefresh').waitFor();
    };
    await play(session('Signed in as agent@demo.test'));
    const first = await stored({ accessTokenExpiresAt: new Date(0).toISOString() });
    await reload();
    await run('Viewer', result('agent@demo.test'));
    expect(await stored({ accessToken: 'of nobody' })).not.toBe(first);
    await reload();
    await session('The session has ended: sign in again.').waitFor();
    await run('Login', session('Signed in as agent@demo.test'));
  });

  it('explains the schema', async () => {
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByRole('link', { name: 'Subscription' }).or(page.locator('.graphiql-plugin a', { hasText: 'Subscription' })).first().click();
    await page.locator('.graphiql-plugin').filter({ hasText: 'messageFeed' }).waitFor();
    await screenshot('playground-docs');
    expectOnlyOurs();
  });

  it('would notice a request to another origin', async () => {
    await page.evaluate('fetch("https://example.com/").catch(() => undefined)');
    await page.evaluate('new Promise((resolve) => { const image = new Image(); image.onerror = resolve; image.src = "https://example.com/x.png"; })');
    expect(seen.faults.join('\n')).toMatch(/violates the following Content Security Policy directive/);
    expect(expectOnlyOurs).toThrow();
  });
});
