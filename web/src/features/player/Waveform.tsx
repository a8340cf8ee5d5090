// The waveform over the rail: the sound of the whole video as one calm shape, its played part in the accent colour.

import { useQuery } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { fetchWaveform } from '@/api/waveform';
import { usePlayer, usePlayerState } from './player-context';
import { useFrameLoop } from './use-frame-loop';
import { columnsOf, peaksOf, shapeOf } from './waveform';

/** Columns drawn: about one for two pixels of the widest rail. */
const COLUMNS = 600;
/** Asked for again while the sound is being prepared, milliseconds. */
const PREPARING_MS = 5_000;

/** The lane; as high as it is from the start, so that nothing moves when the shape comes. */
export function Waveform({ version, frames }: { version: string; frames: number }) {
  const player = usePlayer();
  const track = usePlayerState(({ media }) => media.audioTrack);
  const played = useRef<SVGSVGElement>(null);
  const { data } = useQuery({
    queryKey: ['waveform', version, track],
    queryFn: async ({ signal }) => {
      const bytes = await fetchWaveform(version, track, signal);
      return bytes && peaksOf(bytes);
    },
    staleTime: Infinity,
    refetchInterval: ({ state }) => (state.data === null && state.status === 'success' ? PREPARING_MS : false),
  });
  const shape = useMemo(() => (data ? shapeOf(columnsOf(data, COLUMNS)) : ''), [data]);
  const wide = data ? Math.min(COLUMNS, data.length / 2) : 1;

  useFrameLoop(() => {
    const share = Math.min(1, player.frame() / Math.max(1, frames - 1));
    if (played.current) played.current.style.clipPath = `inset(0 ${((1 - share) * 100).toFixed(3)}% 0 0)`;
  });

  return (
    <div aria-hidden data-waveform={shape === '' ? 'none' : 'shown'} className="pointer-events-none relative -mb-2 h-4">
      {shape !== '' && (
        <>
          <svg viewBox={`0 0 ${wide} 2`} preserveAspectRatio="none" className="absolute inset-0 size-full text-text-3/45"><path d={shape} fill="currentColor" /></svg>
          <svg ref={played} viewBox={`0 0 ${wide} 2`} preserveAspectRatio="none" className="absolute inset-0 size-full text-accent/70"><path d={shape} fill="currentColor" /></svg>
        </>
      )}
    </div>
  );
}
