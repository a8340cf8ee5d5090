// The page's own clock and player sync against a bare time server and a timeline given by the test: no server, no
// React. What sync.spec.ts proves for the whole, this proves for the parts, in a real browser.

import { PageClock } from '../../src/sync/clock';
import { PlayerSync } from '../../src/sync/player-sync';
import { browserEnv } from '../../src/sync/socket-env';
import type { SyncReport, Timeline } from '../../src/protocol/types';

export interface Harness {
  sync: PlayerSync;
  reports: SyncReport[];
  setTimeline(timeline: Timeline): void;
}

const clock = new PageClock();
const video = document.querySelector<HTMLVideoElement>('#stage')!;
const reports: SyncReport[] = [];
const sync = new PlayerSync({ clock, env: browserEnv, onReport: (report) => reports.push(report) });
const query = new URLSearchParams(location.search);
let playing = false;

async function ping(): Promise<void> {
  const clientUs = Math.round(performance.now() * 1000);
  const response = await fetch('/time');
  const receivedMs = performance.now();
  const [received_us, sent_us] = (await response.json()) as [number, number];
  clock.onPong({ client_us: clientUs, received_us, sent_us }, receivedMs, playing);
}

async function pings(): Promise<never> {
  clock.onConnected(performance.now());
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, clock.nextPingMs(performance.now())));
    await ping();
  }
}

video.muted = query.has('muted');
video.src = query.get('clip')!;
(globalThis as { harness?: Harness }).harness = {
  sync,
  reports,
  setTimeline(timeline) {
    playing = timeline.playing;
    sync.setTimeline(timeline);
  },
};
sync.attach(video, query.get('version')!);
document.addEventListener('click', () => { sync.unlock(); });
void pings();
