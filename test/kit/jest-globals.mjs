// What tests import from '@jest/globals': the runner puts it on the global object instead.
export const { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } = globalThis;
