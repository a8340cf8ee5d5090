// How fast an upload goes, over the last few seconds: steady enough to read, quick enough to be true.

/** Samples older than this are forgotten, milliseconds. */
const WINDOW_MS = 5_000;
/** Under this much time nothing is said, milliseconds. */
const SPAN_MS_MIN = 500;

/** Measures one upload. */
export class RateMeter {
  private samples: { atMs: number; bytes: number }[] = [];

  /** So many bytes are there at this time (monotonic milliseconds). */
  note(bytes: number, atMs: number): void {
    const last = this.samples.at(-1);
    // A retry begins behind what had been sent.
    if (last && bytes < last.bytes) this.samples = [];
    this.samples.push({ atMs, bytes });
    while (this.samples.length > 2 && atMs - this.samples[0]!.atMs > WINDOW_MS) this.samples.shift();
  }

  /** Bytes per second; null while unknown. */
  get rate(): number | null {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last || last.atMs - first.atMs < SPAN_MS_MIN) return null;
    return ((last.bytes - first.bytes) / (last.atMs - first.atMs)) * 1000;
  }

  /** Forgets everything: after a pause. */
  reset(): void {
    this.samples = [];
  }
}
