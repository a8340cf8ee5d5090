// Reactions over the stage: they pop from the right edge, rise 120 px in 1.6 s with the initials of who threw them. At
// most 24; more of the same becomes "×n" on the newest.

import { useEffect, useState } from 'react';
import { useChannel } from '@/sync/channel-store-react';
import { Face } from '@/ui/face';
import { usePersonColor } from '@/ui/people-context';

/** Flying at once (product.md). */
const FLYING_MAX = 24;
/** How long one flies, milliseconds (product.md); the animation in ui/tokens has the same. */
const FLIGHT_MS = 1_600;

interface Flying {
  id: number;
  person: string | null;
  emoji: string;
  /** Place across, 0 to 1. */
  across: number;
  times: number;
}

/** What flies. Decoration: screen readers are not told of each. */
export function Reactions() {
  const channel = useChannel();
  const [flying, setFlying] = useState<readonly Flying[]>([]);

  useEffect(() => {
    let count = 0;
    const timers = new Set<number>();
    const stop = channel.onReaction(({ person, emoji }) => {
      count += 1;
      const id = count;
      setFlying((before) => {
        if (before.length < FLYING_MAX) return [...before, { id, person, emoji, across: ((id * 37) % 100) / 100, times: 1 }];
        const same = before.findLastIndex((one) => one.emoji === emoji);
        return before.map((one, index) => (index === (same === -1 ? before.length - 1 : same) ? { ...one, times: one.times + 1 } : one));
      });
      const timer = window.setTimeout(() => {
        timers.delete(timer);
        setFlying((before) => before.filter((one) => one.id !== id));
      }, FLIGHT_MS);
      timers.add(timer);
    });
    return () => {
      stop();
      for (const timer of timers) clearTimeout(timer);
    };
  }, [channel]);

  return (
    <div aria-hidden className="pointer-events-none absolute right-4 bottom-8 h-48 w-32">
      {flying.map((one) => (
        <Reaction key={one.id} flying={one} name={one.person === null ? '' : channel.nameOf(one.person)} />
      ))}
    </div>
  );
}

function Reaction({ flying: { person, emoji, across, times }, name }: { flying: Flying; name: string }) {
  const color = usePersonColor(person ?? '');
  return (
    <div className="absolute bottom-0 animate-rise" style={{ right: `${(across * 96).toFixed(0)}px` }}>
      <span className="relative block text-[32px] leading-none drop-shadow-[0_1px_2px_rgb(0_0_0/75%)]">
        {emoji}
        {person !== null && <Face of={{ person, name }} size={16} color={color} named className="absolute -right-1.5 -bottom-1" />}
        {times > 1 && <b className="absolute -top-2 -right-3 rounded-full bg-over-picture px-1.5 text-label text-white tnum">×{times}</b>}
      </span>
    </div>
  );
}
