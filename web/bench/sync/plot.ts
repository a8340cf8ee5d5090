// How far apart two players are, as a plot: which share of the time at most so many milliseconds, on a logarithmic axis.

import { NETWORKS } from './networks';
import type { Results } from './results';

const [WIDTH, HEIGHT, LEFT, TOP, GAP] = [300, 200, 46, 34, 26];
/** Ends of the axis, milliseconds, as powers of ten. */
const [LEAST, MOST] = [-2, 3];
const STYLES = { ours: ['#0b7a4b', ''], broadcast: ['#b3261e', '6 3'], heartbeat: ['#8a5a00', '2 3'] } as const;
const NAMES = { ours: 'Genlock', broadcast: 'broadcast', heartbeat: 'heartbeat' } as const;

/** The plot as SVG, readable on light and dark pages. */
export function plot({ networks }: Results): string {
  const shown = NETWORKS.filter(({ name }) => networks[name]);
  const [width, height] = [LEFT + shown.length * (WIDTH + GAP), TOP + HEIGHT + 64];
  const parts = shown.map(({ name, words }, at) => {
    const x0 = LEFT + at * (WIDTH + GAP);
    const x = (ms: number): number => x0 + ((Math.log10(Math.max(ms, 10 ** LEAST)) - LEAST) / (MOST - LEAST)) * WIDTH;
    const y = (share: number): number => TOP + (1 - share) * HEIGHT;
    const grid = Array.from({ length: MOST - LEAST + 1 }, (_, power) => 10 ** (LEAST + power)).map(
      (ms) => `<path d="M${x(ms).toFixed(1)} ${TOP}v${HEIGHT}" class="grid"/><text x="${x(ms).toFixed(1)}" y="${TOP + HEIGHT + 14}" text-anchor="middle">${String(ms)}</text>`);
    const rows = at > 0 ? [] : [0, 0.5, 0.95].map((share) => `<text x="${LEFT - 6}" y="${(y(share) + 4).toFixed(1)}" text-anchor="end">${String(share * 100)} %</text>`);
    const lines = (Object.keys(STYLES) as (keyof typeof STYLES)[]).flatMap((system) => {
      const own = networks[name]?.[system];
      const quantiles = own && ('steady' in own ? own.steady.quantiles : own.quantiles);
      if (!quantiles) return [];
      const [colour, dashes] = STYLES[system];
      const points = quantiles.map((ms, at) => `${x(ms).toFixed(1)},${y(at / (quantiles.length - 1)).toFixed(1)}`);
      return [`<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes}"/>`];
    });
    const frame = `<rect x="${x0}" y="${TOP}" width="${WIDTH}" height="${HEIGHT}" class="frame"/>`;
    const half = [0.5, 0.95].map((share) => `<path d="M${x0} ${y(share).toFixed(1)}h${WIDTH}" class="grid"/>`);
    return `<text x="${x0}" y="${TOP - 10}">${words}</text>${[frame, ...half, ...grid, ...rows, ...lines].join('\n')}`;
  });
  const legend = (Object.keys(STYLES) as (keyof typeof STYLES)[]).map((system, at) => {
    const [colour, dashes] = STYLES[system];
    const [x, y] = [LEFT + at * 130, height - 10];
    return `<path d="M${x} ${y - 4}h28" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes}"/><text x="${x + 34}" y="${y}">${NAMES[system]}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Share of the time during which two players were at most so many milliseconds apart">
<style>text{font:11px system-ui,sans-serif;fill:#57606a}.grid{stroke:#8c959f;stroke-opacity:.3}.frame{fill:none;stroke:#8c959f}@media(prefers-color-scheme:dark){text{fill:#b1bac4}}</style>
${parts.join('\n')}
<text x="${LEFT}" y="${TOP + HEIGHT + 32}">milliseconds between the media positions of two players in steady play</text>
${legend.join('\n')}
</svg>
`;
}
