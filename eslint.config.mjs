// What the linter asks of every file. The two rules that need types, about lost promises, are asked by oxlint (.oxlintrc.json), in a quarter of the time.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { house } from './ops/lint/house-rules.mjs';

const PRODUCTION = ['gateway/**/*.ts', 'subgraphs/**/*.ts', 'workers/**/*.ts', 'ops/**/*.ts'];
const TESTS = ['**/*.test.ts', '**/*.fixture.ts', 'test/**/*.ts'];

export default tseslint.config(
  { ignores: ['dist*/', 'coverage/', 'node_modules/', 'ops/lint/fixtures/', '.switchboard/', 'schema/'] },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    plugins: { house },
    rules: {
      'house/header': 'error',
      'house/file-name': 'error',
      'max-lines': ['error', { max: 300 }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'], location: 'anywhere' }],
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Export by name.' }],
      'no-console': 'error',
      'prefer-const': 'error',
      'no-var': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    rules: {
      // The compiler reports unused names and undefined ones.
      'no-unused-vars': 'off',
      'no-undef': 'off',
      '@typescript-eslint/no-unused-vars': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true, 'ts-ignore': true, 'ts-nocheck': true }],
      // Decorator metadata needs the value even where the source only names a type.
      '@typescript-eslint/consistent-type-imports': 'off',
      // `export {}` and marker interfaces of GraphQL types.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
    },
  },
  { files: PRODUCTION, ignores: TESTS, rules: { 'house/no-environment': 'error' } },
  {
    // The kernel's reader, and the embedded server, which hands a reduced environment to PostgreSQL's own programs.
    files: ['subgraphs/kernel/base/config.ts', 'ops/postgres/**/*.ts'],
    rules: { 'house/no-environment': 'off' },
  },
  { files: ['ops/cli/**', 'test/bench/**', 'test/prove/**', 'test/**/*.mjs', 'ops/**/*.mjs', 'ops/**/*.cjs'], rules: { 'no-console': 'off' } },
  { files: ['**/migrations/*.ts', 'test/fixtures/**'], rules: { 'max-lines': 'off' } },
  // Tools and jest take their configuration as a default export.
  { files: ['*.config.mjs', 'test/prove/*.config.mjs', 'test/kit/postgres.*.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', Buffer: 'readonly', setTimeout: 'readonly', clearTimeout: 'readonly' } },
  },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs', globals: { module: 'writable', require: 'readonly' } } },
);
