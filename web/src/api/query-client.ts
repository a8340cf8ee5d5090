// One cache of answers for the whole page.

import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './client';

/** Tries after a failed read; refusals that will not change are not asked again. */
const TRIES_MAX = 2;

/** A read that failed is tried again after this, milliseconds. */
const COMES_BACK_MS = 5_000;

/** The cache. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < TRIES_MAX && error instanceof ApiError && error.retryable,
      // A page that could not be loaded comes back by itself once the server does.
      refetchInterval: (query) =>
        query.state.status === 'error' && query.state.error instanceof ApiError && query.state.error.retryable ? COMES_BACK_MS : false,
      // Reads are tried even when the browser believes to be offline: a server on this machine still answers.
      networkMode: 'always',
      refetchOnWindowFocus: true,
    },
    mutations: { networkMode: 'always', retry: false },
  },
});
