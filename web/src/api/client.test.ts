import { afterEach, describe, expect, it, vi } from 'vitest';
import { api, explained, type ApiError } from './client';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  vi.stubGlobal('fetch', vi.fn(async () => new Response(body === null ? null : JSON.stringify(body), { status, headers })));

const refused = async (): Promise<ApiError> => api.get('/x').then(() => { throw new Error('was not refused'); }, (error: unknown) => error as ApiError);

afterEach(() => vi.unstubAllGlobals());

describe('the door to the API', () => {
  it('a problem document becomes a sentence with its code and the wait', async () => {
    answer(429, { type: 'urn:genlock:code:1006', title: 'Too many tries. Wait a little and try again.', status: 429, detail: null, code: 1006, field: null }, { 'retry-after': '12' });
    const error = await refused();
    expect(error).toMatchObject({ code: 1006, status: 429, retryAfter: 12, retryable: true, offline: false });
    expect(error.sentence).toBe('Too many tries. Wait a little and try again. Try again in 12 seconds. (1006)');
  });

  it('what exactly is wrong comes first, then what to do', () => {
    expect(explained('it is one of the most common passwords', 'Choose a password of 10 to 128 characters that is not a common one.'))
      .toBe('It is one of the most common passwords. Choose a password of 10 to 128 characters that is not a common one.');
    expect(explained('the database does not answer', 'The server is not ready. Try again in a moment.'))
      .toBe('The database does not answer. Try again in a moment.');
  });

  it('an answer that is none of ours still has a code', async () => {
    answer(502, null);
    expect(await refused()).toMatchObject({ code: 5002, status: 502, retryable: true });
  });

  it('no answer is offline, without a code in the words', async () => {
    vi.stubGlobal('fetch', vi.fn(async () => { throw new TypeError('failed to fetch'); }));
    const error = await refused();
    expect(error.offline).toBe(true);
    expect(error.sentence).not.toContain('(');
  });

  it('no content is no body', async () => {
    answer(204, null);
    await expect(api.delete('/x')).resolves.toBeUndefined();
  });
});
