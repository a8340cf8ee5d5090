// The networks that the goals are stated for, and some in which one thing is wrong.

import type { Path } from '../../e2e/support/delay-proxy';

/** A network, the same kind for every client; each has a proxy and a seed of its own. */
export interface Network extends Path {
  name: string;
  words: string;
}

export const NETWORKS: readonly Network[] = [
  { name: 'near', words: 'round trip 50 ± 5 ms', rttMs: 50, jitterMs: 5 },
  { name: 'far', words: 'round trip 200 ± 100 ms, 1 % lost', rttMs: 200, jitterMs: 100, loss: 0.01 },
  {
    name: 'rough', words: 'round trip wandering from 50 to 500 ms, ± 250 ms, 2 % lost',
    rttMs: 50, rttMaxMs: 500, wanderEveryMs: 10_000, jitterMs: 250, loss: 0.02,
  },
];

/** For what is tried on one network only. */
export const STEADY: Network = { name: 'steady', words: 'round trip 100 ms', rttMs: 100, jitterMs: 0 };
