// Whether I write, told once when it begins and once when it ends or no key has come for a while.

import type { SocketEnv } from './socket-env';

/** Time without a key after which nobody is told any longer that I write, milliseconds. */
export const TYPING_IDLE_MS = 4_000;

/** The sign of one open channel. */
export class TypingSign {
  private on = false;
  private timer: number | null = null;

  constructor(
    private readonly env: Pick<SocketEnv, 'setTimer' | 'clearTimer'>,
    private readonly tell: (on: boolean) => void,
  ) {}

  /** Called with each key, and when the text is sent or gone. */
  set(on: boolean): void {
    if (this.timer !== null) this.env.clearTimer(this.timer);
    this.timer = on ? this.env.setTimer(TYPING_IDLE_MS, () => this.set(false)) : null;
    if (this.on === on) return;
    this.on = on;
    this.tell(on);
  }

  /** A new connection knows nothing of it. */
  tellAgain(): void {
    if (this.on) this.tell(true);
  }
}
