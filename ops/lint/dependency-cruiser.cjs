// Who may import whom: the authority behind the table in ARCHITECTURE.md. Each rule has a violation fixture beside it.
const TEST_FILE = '(^test/|\\.(test|fixture)\\.tsx?$)';
const npm = (...names) => `(^|/)node_modules/(${names.join('|')})(/|$)`;
const inside = (...layers) => `^subgraphs/kernel/(${layers.join('|')})/`;

/** A layer of the kernel and the layers it may use. */
const layer = (name, ...below) => ({
  name: `kernel-${name}-stays-in-its-layer`,
  comment: `kernel/${name} imports npm packages${below.length > 0 ? ` and kernel/${below.join(', kernel/')}` : ''} only.`,
  severity: 'error',
  from: { path: inside(name), pathNot: TEST_FILE },
  to: { path: '^subgraphs/kernel/', pathNot: inside(name, ...below) },
});

const forbidden = [
  layer('base'),
  layer('data', 'base'),
  layer('messaging', 'base', 'data'),
  layer('crypto', 'base', 'data'),
  layer('storage'),
  layer('graphql', 'base', 'data', 'messaging', 'crypto'),
  {
    name: 'kernel-crypto-knows-the-database-by-type-only',
    comment: 'kernel/crypto gets its transaction from its caller: of kernel/data it may name types, not load code.',
    severity: 'error',
    from: { path: inside('crypto'), pathNot: TEST_FILE },
    to: { path: inside('data'), dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'kernel-knows-no-room',
    comment: 'The kernel is shared mechanics: it knows no subgraph, gateway, worker or operator tool.',
    severity: 'error',
    from: { path: '^subgraphs/kernel/', pathNot: TEST_FILE },
    to: { path: '^(gateway|workers|ops|schema|subgraphs/(?!kernel/))' },
  },
  {
    name: 'gateway-knows-ports-only',
    comment: "The gateway knows kernel/base and kernel/messaging's bus. It imports no subgraph and no other room.",
    severity: 'error',
    from: { path: '^gateway/', pathNot: TEST_FILE },
    to: { path: '^(subgraphs|workers|ops)/', pathNot: '^subgraphs/kernel/(base/|messaging/bus[^/]*$)' },
  },
  {
    name: 'gateway-has-no-database',
    comment: 'The gateway holds no data: no ORM, query builder or database driver.',
    severity: 'error',
    from: { path: '^gateway/', pathNot: TEST_FILE },
    to: { path: npm('@mikro-orm', 'kysely', 'pg', 'pg-[^/]+') },
  },
  {
    name: 'subgraph-never-imports-subgraph',
    comment: 'Between subgraphs: entity keys for reading, events for reacting. Not even a type is shared, not even by a test.',
    severity: 'error',
    from: { path: '^subgraphs/(?!kernel/)([^/]+)/' },
    to: { path: '^subgraphs/', pathNot: '^subgraphs/($1|kernel)/' },
  },
  {
    name: 'subgraph-knows-no-other-room',
    comment: 'A subgraph imports itself and the kernel.',
    severity: 'error',
    from: { path: '^subgraphs/(?!kernel/)', pathNot: TEST_FILE },
    to: { path: '^(gateway|workers|ops)/' },
  },
  {
    name: 'slice-never-imports-sibling-resolver',
    comment: "Sibling slices use each other's service, never each other's resolver.",
    severity: 'error',
    from: { path: '^subgraphs/([^/]+)/([^/]+)/' },
    to: { path: '^subgraphs/$1/.+\\.resolver\\.ts$', pathNot: '^subgraphs/$1/$2/' },
  },
  {
    name: 'resolver-holds-no-transaction',
    comment: 'Only services, loaders and kernel/data hold an EntityManager: a resolver asks them.',
    severity: 'error',
    from: { path: '\\.resolver\\.ts$' },
    to: { path: `^subgraphs/kernel/data/|${npm('@mikro-orm', 'kysely', 'pg')}` },
  },
  {
    name: 'workers-use-the-doors',
    comment: 'Of a subgraph, workers know public.ts and jobs.ts; of the other rooms nothing.',
    severity: 'error',
    from: { path: '^workers/', pathNot: TEST_FILE },
    to: { path: '^(subgraphs|gateway|ops)/', pathNot: '^subgraphs/(kernel/|[^/]+/(public|jobs)\\.ts$)' },
  },
  {
    name: 'only-the-queue-loads-bullmq',
    comment: 'workers/queue*.ts is the only place that knows which queue it is.',
    severity: 'error',
    from: { path: '^(gateway|subgraphs|workers|ops|test)/', pathNot: '^workers/queue[^/]*\\.ts$' },
    to: { path: npm('bullmq') },
  },
  {
    name: 'only-shield-loads-shield',
    comment: 'graphql-shield and graphql-middleware need a shim that lives in kernel/graphql/shield.ts.',
    severity: 'error',
    from: { path: '^(gateway|subgraphs|workers|ops|test)/', pathNot: '^subgraphs/kernel/graphql/shield\\.ts$' },
    to: { path: npm('graphql-shield', 'graphql-middleware') },
  },
  {
    name: 'only-the-bucket-loads-its-client',
    comment: "kernel/storage/s3.bucket.ts is the only place that knows the object store's client.",
    severity: 'error',
    from: { path: '^(gateway|subgraphs|workers|ops|test)/', pathNot: '^subgraphs/kernel/(storage/s3\\.bucket|crypto/master-key\\.kms)\\.ts$' },
    to: { path: npm('@aws-sdk', '@smithy') },
  },
  {
    name: 'the-bucket-is-loaded-when-used',
    comment: 'The client is large: whoever starts without an object store does not load it.',
    severity: 'error',
    from: { path: '^(gateway|subgraphs|workers|ops)/', pathNot: TEST_FILE },
    to: { path: '^subgraphs/kernel/storage/s3\\.bucket\\.ts$', dependencyTypesNot: ['dynamic-import', 'type-only'] },
  },
  {
    name: 'production-never-imports-test',
    comment: 'What is shipped does not depend on tests, their kit or their fixtures.',
    severity: 'error',
    from: { path: '^(gateway|subgraphs|workers|ops)/', pathNot: TEST_FILE },
    to: { path: TEST_FILE },
  },
  {
    name: 'no-circles',
    comment: 'No circular imports, not even of types.',
    severity: 'error',
    from: { path: '^(gateway|subgraphs|workers|ops|test)/' },
    to: { circular: true },
  },
  {
    name: 'everything-resolves',
    comment: 'An import the guard cannot resolve is one it cannot judge.',
    severity: 'error',
    from: { path: '^(gateway|subgraphs|workers|ops|test)/' },
    to: { couldNotResolve: true },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden,
  options: {
    // Imports of types count: a wall with a window for types is no wall.
    tsPreCompilationDeps: true,
    detectJSDocImports: false,
    combinedDependencies: false,
    doNotFollow: { path: '(^|/)node_modules/' },
    exclude: { path: '^(dist|coverage|ops/lint/fixtures)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.d.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
