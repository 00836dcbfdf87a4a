// Every file the playground's page may ask for, by exact URL: the prebuilt GraphiQL of ruru, the socket client, our own.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { getStaticFile } from 'ruru/static';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';

export const ASSETS_PATH = '/playground/assets/';

/** One file in one encoding, as it is sent. */
export interface Representation {
  content: Buffer;
  headers: Readonly<Record<string, string>>;
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const digest = (...parts: (string | Buffer)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('base64url').slice(0, 22);
};

/** A file of ours in both encodings, each with an ETag of its own. */
export class OwnFile {
  readonly #plain: Representation;
  #brotli: Representation | null = null;

  constructor(name: string, private readonly content: Buffer) {
    const type = TYPES[extname(name)];
    if (!type) throw new Error(`The playground has no content type for ${name}.`);
    this.#plain = { content, headers: { 'content-type': type, etag: `"${digest(content)}"` } };
  }

  as(brotli: boolean): Representation {
    if (!brotli) return this.#plain;
    const { headers } = this.#plain;
    return (this.#brotli ??= {
      content: brotliCompressSync(this.content),
      headers: { ...headers, etag: `"${digest(this.content)}-br"`, 'content-encoding': 'br' },
    });
  }
}

const packages = createRequire(import.meta.url);

interface Installed {
  /** Of the entry that was resolved. */
  folder: string;
  version: string;
}

/** An installed package, found through one of its published entries. */
function installed(name: string, entry: string): Installed {
  const folder = dirname(packages.resolve(`${name}/${entry}`));
  const { version } = JSON.parse(readFileSync(join(folder, '../package.json'), 'utf8')) as { version: string };
  return { folder, version };
}

/** URLs of the page's parts. Each names a version or a hash, so what it names never changes. */
export interface AssetUrls {
  /** Folder of the prebuilt GraphiQL; ends in a slash. */
  bundle: string;
  sockets: string;
  script: string;
  style: string;
  icon: string;
}

export class PlaygroundAssets {
  readonly urls: AssetUrls;
  readonly #files = new Map<string, OwnFile>();

  constructor() {
    const sockets = installed('graphql-ws', 'client');
    const socketsPath = `${ASSETS_PATH}graphql-ws-${sockets.version}/`;
    for (const name of readdirSync(sockets.folder)) {
      if (/^(client|common-.+)\.js$/.test(name)) this.#files.set(`${socketsPath}${name}`, new OwnFile(name, readFileSync(join(sockets.folder, name))));
    }
    const folder = join(projectRoot, 'gateway/playground/assets');
    const own = readdirSync(folder).sort().map((name) => ({ name, content: readFileSync(join(folder, name)) }));
    const ownPath = `${ASSETS_PATH}page-${digest(...own.map(({ content }) => content))}/`;
    for (const { name, content } of own) this.#files.set(`${ownPath}${name}`, new OwnFile(name, content));
    this.urls = {
      bundle: `${ASSETS_PATH}ruru-${installed('ruru', 'static').version}/`,
      sockets: `${socketsPath}client.js`,
      script: `${ownPath}playground.page.mjs`, style: `${ownPath}playground.css`, icon: `${ownPath}playground.svg`,
    };
    for (const url of [this.urls.sockets, this.urls.script, this.urls.style, this.urls.icon]) {
      if (!this.#files.has(url)) throw new Error(`The playground lacks its file ${url}.`);
    }
  }

  /** Looked up, never composed into a path of the file system. */
  async find(path: string, brotli: boolean): Promise<Representation | null> {
    const own = this.#files.get(path);
    if (own) return own.as(brotli);
    const { bundle } = this.urls;
    if (!path.startsWith(bundle)) return null;
    const file = await getStaticFile({ staticPath: bundle, urlPath: path, acceptEncoding: brotli ? 'br' : '', disallowDevAssets: true });
    if (!file || brotli) return file;
    return { content: file.content, headers: { ...file.headers, etag: file.headers['etag']?.replace(/"$/, '-plain"') ?? '' } };
  }
}
