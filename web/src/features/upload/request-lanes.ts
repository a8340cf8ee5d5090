// The two requests that all uploads of this page share. A browser opens six connections to a server over HTTP/1.1; film
// segments, live events and everything else need theirs. Whoever has waited longest since its last turn goes next, so
// that a small file is not stuck behind a large one.

/** Upload requests at once, over all uploads of the page. */
export const REQUESTS_AT_ONCE_MAX = 2;

interface Waiter {
  owner: string;
  give: (release: () => void) => void;
}

/** Turns for requests. */
export class RequestLanes {
  private running = 0;
  private waiting: Waiter[] = [];
  /** When each owner last got a turn, counted in turns. */
  private readonly lastTurn = new Map<string, number>();
  private turn = 0;

  constructor(private readonly atOnceMax = REQUESTS_AT_ONCE_MAX) {}

  /** Waits for a turn; what it answers with must be called when the request is over. Null: given up while waiting. */
  take(owner: string, signal: AbortSignal): Promise<(() => void) | null> {
    return new Promise((done) => {
      if (signal.aborted) {
        done(null);
        return;
      }
      const leave = () => {
        this.waiting = this.waiting.filter((one) => one !== waiter);
        done(null);
      };
      const waiter: Waiter = {
        owner,
        give: (release) => {
          signal.removeEventListener('abort', leave);
          done(release);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.waiting.push(waiter);
      this.pump();
    });
  }

  /** An upload is over: its turns are forgotten. */
  forget(owner: string): void {
    this.lastTurn.delete(owner);
  }

  private pump(): void {
    while (this.running < this.atOnceMax) {
      const next = this.waiting.reduce<Waiter | null>((best, one) => (best === null || this.turnOf(one) < this.turnOf(best) ? one : best), null);
      if (next === null) return;
      this.waiting = this.waiting.filter((one) => one !== next);
      this.running += 1;
      this.turn += 1;
      this.lastTurn.set(next.owner, this.turn);
      let over = false;
      next.give(() => {
        if (over) return;
        over = true;
        this.running -= 1;
        this.pump();
      });
    }
  }

  private turnOf(waiter: Waiter): number {
    return this.lastTurn.get(waiter.owner) ?? 0;
  }
}

/** Those of this page. */
export const lanes = new RequestLanes();
