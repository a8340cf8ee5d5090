// The published figures: one JSON file to which each part of the measurement adds its section, so that a part can be measured
// again; and what docs/sync.md says of it.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { targetFolder } from '../../e2e/support/instance';
import type { Design } from './baseline';
import type { Spread } from './closeness';
import { NETWORKS } from './networks';
import { plot } from './plot';
import type { Changes, Joins, Steady } from './scenario';

const DOCS = path.resolve(import.meta.dirname, '../../../docs');
const JSON_FILE = path.join(DOCS, 'bench/sync.json');
const PLOT_FILE = path.join(DOCS, 'bench/sync.svg');
const PAGE_FILE = path.join(DOCS, 'sync.md');
const [BEGIN, END] = ['<!-- bench sync: begin -->', '<!-- bench sync: end -->'];

/** A way of watching together that is only compared with. */
export interface Compared {
  S: Spread;
  quantiles: number[];
  seeks: number;
  dropped: number;
}

/** Everything of one network. */
export interface OnNetwork {
  busyBefore: number;
  discarded: number;
  /** By how much the measurement's own clocks can be wrong, milliseconds. */
  ownMs: number;
  kinds: Record<string, string | null>;
  steady: Steady;
  changes: Changes;
  joins: Joins;
}

export interface Results {
  machine: { processors: number; chromium: string; build: string };
  seed: number;
  networks: Record<string, Partial<Record<Design, Compared>> & { ours?: OnNetwork }>;
  controls?: Record<string, number>;
  asymmetry?: { differenceMs: number; S: Spread; bound: Steady['bound']; offsetMs: number; withOffset: Spread };
  cut?: { seconds: number; before: Spread; during: Spread };
  preparing?: Steady;
}

/** What has been measured so far. */
export function read(seed: number): Results {
  const chromium = execFileSync(process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', ['--version'], { encoding: 'utf8' }).trim();
  const machine = { processors: cpus().length, chromium: chromium.replace(/ on .*/, '').replace(/ built.*/, ''), build: path.basename(targetFolder) };
  const empty: Results = { machine, seed, networks: {} };
  return existsSync(JSON_FILE) ? { ...(JSON.parse(readFileSync(JSON_FILE, 'utf8')) as Results), machine, seed } : empty;
}

/** Adds to what has been measured, and writes file, plot and page anew. */
export function add(seed: number, change: (results: Results) => void): void {
  const results = read(seed);
  change(results);
  writeFileSync(JSON_FILE, `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(PLOT_FILE, plot(results));
  const page = readFileSync(PAGE_FILE, 'utf8');
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${PAGE_FILE} has no place for the figures`);
  writeFileSync(PAGE_FILE, `${page.slice(0, from + BEGIN.length)}\n${words(results)}${page.slice(to)}`);
}

const three = ({ p50, p95, p99 }: Spread): string => `${String(p50)} / ${String(p95)} / ${String(p99)}`;
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
const share = (part: number, whole: number): string => `${((part / Math.max(1, whole)) * 100).toFixed(2)} %`;

/** The figures as tables. */
function words(results: Results): string {
  const lines: string[] = [];
  const say = (...more: string[]): void => { lines.push(...more); };
  say('| network | S p50 / p95 / p99, ms | D p99, ms | cold join p95: data there, asked | group seek p95 | play p95 | speed p95 |');
  say('|---|---|---|---|---|---|---|');
  for (const { name, words } of NETWORKS) {
    const ours = results.networks[name]?.ours;
    if (!ours) continue;
    const { steady, changes, joins } = ours;
    say(`| ${words} | ${three(steady.S)} | ${String(steady.D.p99)} | ${seconds(joins.fromReady.p95)}, ${seconds(joins.fromAsked.p95)} | ` +
      `${seconds(changes.seek.p95)} | ${seconds(changes.play.p95)} | ${seconds(changes.speed.p95)} |`);
  }
  say('', '| network | S p95: Genlock | broadcast | heartbeat | times closer |', '|---|---|---|---|---|');
  for (const { name, words } of NETWORKS) {
    const { ours, broadcast, heartbeat } = results.networks[name] ?? {};
    if (!ours) continue;
    const others = [broadcast, heartbeat];
    const apart = others.map((other) => (other ? `${String(other.S.p95)} ms` : 'not measured'));
    const ratios = others.map((other) => (other ? (other.S.p95 / ours.steady.S.p95).toFixed(0) : '–'));
    say(`| ${words} | ${String(ours.steady.S.p95)} ms | ${apart.join(' | ')} | ${ratios.join(', ')} |`);
  }
  say('', '| network | clock error p95 of the worst client | bound broken | largest trim heard | writes of the rate a second | seeks | wrong pictures | frames dropped | runs discarded |');
  say('|---|---|---|---|---|---|---|---|---|');
  for (const { name, words } of NETWORKS) {
    const ours = results.networks[name]?.ours;
    if (!ours) continue;
    const { steady, discarded, kinds } = ours;
    const heard = Object.entries(steady.trims).filter(([client]) => kinds[client] === 'audio').map(([, { largest }]) => largest);
    const writes = Object.values(steady.trims).map(({ perSecond }) => perSecond);
    say(`| ${words} | ${String(Math.max(...Object.values(steady.clock).map(({ p95 }) => p95)))} ms | ${String(steady.bound.broken)} of ${String(steady.bound.looks)} | ` +
      `${(Math.max(0, ...heard) * 100).toFixed(2)} % | ${Math.max(...writes).toFixed(2)} | ${String(steady.seeks)} | ` +
      `${String(steady.pixels.wrong)} of ${String(steady.pixels.read)} | ${(steady.dropped * 100).toFixed(2)} % | ${String(discarded)} |`);
  }
  const { controls, asymmetry, cut, preparing } = results;
  say('');
  if (controls) say(`- Controls: ${Object.entries(controls).map(([name, value]) => `${name}: ${String(value)}`).join('; ')}.`);
  if (asymmetry) {
    say(`- One way longer than the other by ${String(asymmetry.differenceMs)} ms for one of two: S p50 ${String(asymmetry.S.p50)} ms (at most half is allowed), ` +
      `the bound did not cover ${share(asymmetry.bound.broken, asymmetry.bound.looks)} of ${String(asymmetry.bound.looks)} looks; ` +
      `with an own offset of ${String(asymmetry.offsetMs)} ms S p50 ${String(asymmetry.withOffset.p50)} ms.`);
  }
  if (cut) say(`- Live connections cut for ${String(cut.seconds)} s: S p95 ${String(cut.before.p95)} ms before, ${String(cut.during.p95)} ms in the last seconds of it.`);
  if (preparing) {
    say(`- While another film is prepared on the same machine: S ${three(preparing.S)} ms, largest share of frames dropped ${share(preparing.dropped, 1)}.`);
  }
  const { processors, chromium, build } = results.machine;
  say('', `Measured with ${chromium}, four browsers and the server (${build} build) on ${String(processors)} processors; seed ${String(results.seed)}.`, '');
  return `${lines.join('\n')}\n`;
}
