// Jest's global tear-down: stops what the set-up started.
export { teardown as default } from './postgres.global.js';
