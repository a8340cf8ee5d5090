// The storyboard: which picture of which sheet belongs to a time. WebVTT with `#xywh=` fragments, as written by the
// packager and understood by other players. Pure; api/storyboard.ts fetches it.

/** One picture of the storyboard. */
export interface Cue {
  readonly fromS: number;
  readonly toS: number;
  /** Address of the sheet. */
  readonly sheet: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const timing = /^(?:(\d+):)?(\d{2}):(\d{2})\.(\d{3})\s+-->\s+(?:(\d+):)?(\d{2}):(\d{2})\.(\d{3})/;
const target = /^(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/;

/** Cues in order of time; lines that are none are passed by. Addresses are resolved against `base`. */
export function cuesOf(vtt: string, base: string): Cue[] {
  const cues: Cue[] = [];
  let times: { fromS: number; toS: number } | null = null;
  for (const line of vtt.split(/\r?\n/)) {
    const at = timing.exec(line);
    if (at) {
      times = { fromS: secondsOf(at, 1), toS: secondsOf(at, 5) };
      continue;
    }
    const hit = times && target.exec(line.trim());
    if (times && hit) {
      const [x, y, width, height] = hit.slice(2, 6).map(Number) as [number, number, number, number];
      if (width > 0 && height > 0) cues.push({ ...times, sheet: new URL(hit[1]!, base).href, x, y, width, height });
      times = null;
    }
  }
  return cues.sort((a, b) => a.fromS - b.fromS);
}

function secondsOf(match: RegExpExecArray, from: number): number {
  const [hours, minutes, seconds, millis] = [0, 1, 2, 3].map((place) => Number(match[from + place] ?? 0)) as [number, number, number, number];
  return hours * 3600 + minutes * 60 + seconds + millis / 1000;
}

/** The cue at a time, the last one for what lies after; none in an empty storyboard. */
export function cueAt(cues: readonly Cue[], seconds: number): Cue | null {
  let low = 0;
  let high = cues.length - 1;
  let found: Cue | null = cues[0] ?? null;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const cue = cues[middle]!;
    if (cue.fromS <= seconds) {
      found = cue;
      low = middle + 1;
    } else high = middle - 1;
  }
  return found;
}
