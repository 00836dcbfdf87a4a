// The verifier of exports for whoever holds one: the very file of this installation, for everybody.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../kernel/base/schema-files.js';
import type { RouteResponse } from '../../kernel/base/subgraph-port.js';

const MAX_AGE = 3_600;

export const serveVerifier = async (): Promise<RouteResponse> => ({
  status: 200,
  headers: {
    'content-type': 'text/javascript; charset=utf-8', 'content-disposition': 'attachment; filename="verify-audit.mjs"', 'x-content-type-options': 'nosniff',
    'cache-control': `public, max-age=${MAX_AGE}`,
  },
  body: await readFile(join(projectRoot, 'ops/verify-audit.mjs')),
});
