// Types of the lint rules, for the test that holds them to their word.
import type { ESLint } from 'eslint';

export const house: ESLint.Plugin;
