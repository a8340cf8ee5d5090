// Which frame is on the screen, by the frame callback: the only source that does not guess.

import type { Fraction } from '../protocol/types';
import { frameOfS } from './timeline';

/** Watches one element. */
export class ShownFrame {
  private mediaTimeS: number | null = null;
  private handle: number | null = null;

  constructor(private readonly video: HTMLVideoElement) {
    this.ask();
  }

  /** The frame shown last; none before the first or where the browser has no frame callback. */
  frame(rate: Fraction): number | null {
    return this.mediaTimeS === null ? null : frameOfS(this.mediaTimeS, rate);
  }

  /** The source changes. */
  forget(): void {
    this.mediaTimeS = null;
  }

  stop(): void {
    if (this.handle !== null) this.video.cancelVideoFrameCallback(this.handle);
    this.handle = null;
  }

  private ask(): void {
    if (!('requestVideoFrameCallback' in this.video)) return;
    this.handle = this.video.requestVideoFrameCallback((_, { mediaTime }) => {
      this.mediaTimeS = mediaTime;
      this.ask();
    });
  }
}
