// What the page of jobs asks the server for.

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { CreateToken, JobList, JobWord, TokenView } from '../protocol/types';
import { api, ApiError, seg } from './client';

/** Jobs under way are asked for again after this, milliseconds. */
const BUSY_FRESH_MS = 1_000;
/** With nothing under way, milliseconds. */
const IDLE_FRESH_MS = 5_000;

const jobsKey = ['jobs'] as const;
const tokensKey = ['tokens'] as const;

/** Jobs of a state (null: all), newest first, page by page. */
export const useJobs = (state: JobWord | null) => useInfiniteQuery({
  queryKey: [...jobsKey, state] as const,
  queryFn: ({ pageParam, signal }) => {
    const search = new URLSearchParams();
    if (state !== null) search.set('state', state);
    if (pageParam !== null) search.set('cursor', pageParam);
    return api.get<JobList>(`/jobs?${search.toString()}`, signal);
  },
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
  refetchInterval: (query) => {
    if (query.state.error instanceof ApiError && !query.state.error.retryable) return false;
    const counts = query.state.data?.pages[0]?.counts ?? [];
    const busy = counts.some((one) => one.state === 'running' && one.count > 0);
    return busy ? BUSY_FRESH_MS : IDLE_FRESH_MS;
  },
});

/** A step with one job, by its id. */
function useJobStep(step: 'retry' | 'cancel') {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (job: string) => api.post(`/jobs/${seg(job)}/${step}`),
    onSettled: () => client.invalidateQueries({ queryKey: jobsKey }),
  });
}

/** Tries a dead job again. */
export const useRetryAnyJob = () => useJobStep('retry');
/** Stops the preparation that a job belongs to. */
export const useCancelJob = () => useJobStep('cancel');

/** Tokens of programs. */
export const useTokens = () => useQuery({
  queryKey: tokensKey,
  queryFn: ({ signal }) => api.get<TokenView[]>('/tokens', signal),
});

export function useCreateToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateToken) => api.post<TokenView>('/tokens', body),
    onSuccess: () => client.invalidateQueries({ queryKey: tokensKey }),
  });
}

export function useWithdrawToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => api.delete(`/tokens/${seg(token)}`),
    onSettled: () => client.invalidateQueries({ queryKey: tokensKey }),
  });
}
