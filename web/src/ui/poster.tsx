// The poster of a version at 16:9. While it loads, or where there is none, a quiet ground; nothing moves.

import { Film } from 'lucide-react';
import { useState } from 'react';
import { cx } from './cx';

/** A picture by address; null: none yet. */
export function Poster({ src, className }: { src: string | null; className?: string }) {
  const [failed, setFailed] = useState<string | null>(null);
  const shown = src !== null && failed !== src;
  return (
    <div className={cx('relative aspect-video overflow-hidden', shown ? 'bg-stage' : 'bg-surface-2', className)}>
      {shown
        ? <img src={src} alt="" loading="lazy" decoding="async" draggable={false} onError={() => setFailed(src)} className="size-full object-contain" />
        : <div className="grid size-full place-items-center text-text-3"><Film size={24} strokeWidth={1.75} aria-hidden /></div>}
    </div>
  );
}
