// Captions over the picture: white letters on black at 72 %, by the frame that is on the screen, so that they follow a
// drag as the picture does.

import { useRef, useState } from 'react';
import type { CaptionView, TimelineVideo } from '@/protocol/types';
import { secondsOf } from '@/sync/timecode';
import { cx } from '@/ui/cx';
import { captionsAt, type CaptionCue } from './captions';
import { usePlayer } from './player-context';
import { useCaptions } from './use-captions';
import { useFrameLoop } from './use-frame-loop';

const none: readonly CaptionCue[] = [];

/** The layer. `raised`: the controls stand over the foot of the picture. */
export function CaptionLayer({ video, captions, raised }: { video: TimelineVideo; captions: readonly CaptionView[]; raised: boolean }) {
  const player = usePlayer();
  const cues = useCaptions(video.version, captions);
  const [shown, setShown] = useState<readonly CaptionCue[]>(none);
  const last = useRef<readonly CaptionCue[]>(none);

  useFrameLoop(() => {
    if (cues.length === 0 && last.current.length === 0) return;
    // The middle of the frame: a cue that begins with a frame is there on that frame.
    const now = captionsAt(cues, secondsOf(player.frameSeen() + 0.5, video.rate));
    const same = now.length === last.current.length && now.every((cue, at) => cue === last.current[at]);
    if (same) return;
    last.current = now;
    setShown(now);
  });

  const [above, below] = [shown.filter((cue) => cue.top), shown.filter((cue) => !cue.top)];
  return (
    <div data-captions className="pointer-events-none absolute inset-0">
      {above.length > 0 && <Words cues={above} className="top-[5%]" />}
      {below.length > 0 && <Words cues={below} className={raised ? 'bottom-28' : 'bottom-[6%]'} />}
    </div>
  );
}

function Words({ cues, className }: { cues: readonly CaptionCue[]; className: string }) {
  return (
    <div className={cx('absolute inset-x-[5%] flex flex-col items-center gap-1 text-center', className)}>
      {cues.map((cue) => (
        <p key={`${cue.fromS}-${cue.toS}`} dir="auto" className="text-[clamp(0.8125rem,3.4cqw,2rem)] leading-[1.35] font-medium text-white">
          {cue.lines.map((line, at) => (
            <span key={at} className="block">
              <span className="box-decoration-clone rounded-[3px] bg-over-picture px-[0.35em] py-[0.1em]">
                {line.map((span, place) => (
                  <span key={place} className={cx(span.bold && 'font-bold', span.italic && 'italic', span.underlined && 'underline')}>{span.text}</span>
                ))}
              </span>
            </span>
          ))}
        </p>
      ))}
    </div>
  );
}
