// Measurements in real browsers, run by `cargo xtask bench sync`; never part of the tests.

import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: '*.bench.ts',
  timeout: 30 * 60_000,
  workers: 1,
  retries: 0,
  reporter: [['list']],
  use: { trace: 'off', actionTimeout: 30_000 },
});
