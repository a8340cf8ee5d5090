// End-to-end tests drive the Chromium of the machine: nothing is downloaded. `GENLOCK_E2E_URL` names a running
// instance; CHROMIUM_PATH another browser than the system's.

import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: './e2e',
  timeout: 60_000,
  // A machine that does other work too is slow, not wrong.
  expect: { timeout: 10_000 },
  fullyParallel: false,
  workers: 1,
  // A machine that others use at the same time can spoil a measurement; a fault spoils every attempt. Told as flaky.
  retries: process.env.CI ? 2 : 0,
  reporter: [['list']],
  use: {
    baseURL: process.env.GENLOCK_E2E_URL ?? 'http://127.0.0.1:8080',
    trace: 'retain-on-failure',
    actionTimeout: 20_000,
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'],
    },
  },
});
