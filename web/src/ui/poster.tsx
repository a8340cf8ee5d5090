// The poster of a version at 16:9. While it loads, or where there is none, a quiet ground; nothing moves. One that is
// still in the making ("later") is asked for again until it is there.

import { AudioLines, Film } from 'lucide-react';
import { useEffect, useState } from 'react';
import { cx } from './cx';

/** Asked for again after this, then twice as long each time, milliseconds ... */
const AGAIN_MS = 1_000;
/** ... at most this often: for about two minutes. Then it comes with the next look at the page. */
const AGAIN_MAX = 7;

/** A picture by address; null: none yet. `sound`: what is heard alone. */
export function Poster({ src, sound = false, className }: { src: string | null; sound?: boolean; className?: string }) {
  const Sign = sound ? AudioLines : Film;
  return (
    <div className={cx('relative aspect-video overflow-hidden bg-surface-2', className)}>
      <div className="absolute inset-0 grid place-items-center text-text-3"><Sign size={24} strokeWidth={1.75} aria-hidden /></div>
      {src !== null && <Picture key={src} src={src} />}
    </div>
  );
}

function Picture({ src }: { src: string }) {
  const [tries, setTries] = useState(0);
  const [state, setState] = useState<'coming' | 'there' | 'failed'>('coming');

  useEffect(() => {
    if (state !== 'failed' || tries >= AGAIN_MAX) return undefined;
    const timer = window.setTimeout(() => {
      setTries(tries + 1);
      setState('coming');
    }, AGAIN_MS * 2 ** tries);
    return () => window.clearTimeout(timer);
  }, [state, tries]);

  if (state === 'failed') return null;
  return (
    <img
      src={src}
      alt=""
      loading="lazy"
      decoding="async"
      draggable={false}
      onLoad={() => setState('there')}
      onError={() => setState('failed')}
      className={cx('absolute inset-0 size-full object-contain', state === 'there' && 'bg-stage')}
    />
  );
}
