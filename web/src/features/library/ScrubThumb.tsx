// The picture of a video: its poster, and under the pointer the frame of that place, out of the storyboard.

import { useState, type PointerEvent, type ReactNode } from 'react';
import { posterUrl } from '@/api/media-address';
import { clock } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { Poster } from '@/ui/poster';
import { cueAt, type Cue } from '../player/storyboard';
import { useStoryboard } from '../player/use-storyboard';

/** A 16:9 picture. `version` null: nothing can be shown yet but `local`. */
export function ScrubThumb({ version, posterFrame = null, local, sound = false, durationMs, scrubs, ready, dense = false, children }: {
  version: string | null;
  /** Frame of the poster that somebody chose. */
  posterFrame?: number | null;
  /** Picture made by this page from the file. */
  local: string | null;
  /** It is heard alone. */
  sound?: boolean;
  durationMs: number | null;
  /** Whether there is a storyboard. */
  scrubs: boolean;
  /** Whether it is complete. */
  ready: boolean;
  /** Too small for words on it. */
  dense?: boolean;
  /** Stands over the picture (a button). */
  children?: ReactNode;
}) {
  const [share, setShare] = useState<number | null>(null);
  // Fetched when it is first pointed at, and kept.
  const [wanted, setWanted] = useState(false);
  const cues = useStoryboard(version, wanted && scrubs, ready);

  const move = (event: PointerEvent<HTMLDivElement>) => {
    if (event.pointerType === 'touch') return;
    const box = event.currentTarget.getBoundingClientRect();
    setShare(Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width))));
  };

  const seconds = (durationMs ?? 0) / 1000;
  const cue = share !== null ? cueAt(cues, share * seconds) : null;
  return (
    <div className="relative" onPointerEnter={() => setWanted(true)} onPointerMove={move} onPointerLeave={() => setShare(null)}>
      <Poster src={version === null ? local : posterUrl(version, posterFrame)} sound={sound} />
      {cue && <Tile cue={cue} />}
      {children}
      {cue && share !== null && (
        <div className="pointer-events-none absolute inset-x-0 bottom-0 h-0.5 bg-over-picture">
          <div className="h-full origin-left bg-accent" style={{ transform: `scaleX(${share.toFixed(4)})` }} />
        </div>
      )}
      {durationMs !== null && !dense && (
        <Badge tone="picture" className="timecode pointer-events-none absolute right-2 bottom-2">
          {cue && share !== null ? `${clock(share * seconds)} / ${clock(seconds)}` : clock(seconds)}
        </Badge>
      )}
    </div>
  );
}

/** One tile of a sheet, as large as the box: an SVG window onto the sheet scales without knowing its whole size. */
function Tile({ cue }: { cue: Cue }) {
  return (
    <svg aria-hidden viewBox={`${cue.x} ${cue.y} ${cue.width} ${cue.height}`} preserveAspectRatio="xMidYMid meet" className="pointer-events-none absolute inset-0 size-full bg-stage">
      <svg x={cue.x} y={cue.y} width={cue.width} height={cue.height} viewBox={`${cue.x} ${cue.y} ${cue.width} ${cue.height}`}>
        <image href={cue.sheet} />
      </svg>
    </svg>
  );
}
