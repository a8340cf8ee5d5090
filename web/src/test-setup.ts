// Runs before each test file: an IndexedDB (happy-dom has none) and a clean document after each test.

import 'fake-indexeddb/auto';
import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';

afterEach(() => {
  cleanup();
});
