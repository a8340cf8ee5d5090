// Who did it: a pill at the stage's lower centre for 2.5 s, newest in place of older, none for my own doing.

import { useEffect, useState } from 'react';
import { t } from '@/i18n/t';
import type { Act } from '@/sync/channel-store';
import { useChannelView } from '@/sync/channel-store-react';
import { useTimeWriting } from '@/sync/time-react';
import { timeOf, type TimeWriting } from '@/sync/timecode';
import { Face } from '@/ui/face';
import { usePersonColor } from '@/ui/people-context';

/** How long it stands, milliseconds (product.md). */
const SHOWN_MS = 2_500;

/** The pill. */
export function WhoDidIt() {
  const act = useChannelView((view) => view.act);
  const [over, setOver] = useState<number | null>(act?.id ?? null);
  const shown = act !== null && act.id !== over;

  useEffect(() => {
    if (!act) return undefined;
    const timer = setTimeout(() => setOver(act.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [act]);

  return (
    <div role="status" className="pointer-events-none absolute inset-x-0 bottom-6 flex justify-center px-4 max-md:bottom-3">
      {shown && <Pill key={act.id} act={act} />}
    </div>
  );
}

function Pill({ act }: { act: Act }) {
  const color = usePersonColor(act.person);
  const words = wordsOf(act, useTimeWriting(act.timeline.video?.version));
  if (words === null) return null;
  return (
    <p className="flex max-w-full animate-fade items-center gap-2 rounded-full bg-over-picture py-1.5 pr-3.5 pl-1.5 text-list text-white">
      <Face of={{ person: act.person, name: act.name }} size={20} color={color} named />
      <span className="cut tnum">{words}</span>
    </p>
  );
}

function wordsOf({ name, cause, timeline }: Act, writing: TimeWriting): string | null {
  switch (cause) {
    case 'play':
    case 'pause':
    case 'load':
      return t(`stage.did.${cause}`, { name });
    case 'seek':
      return timeline.video ? t('stage.did.seek', { name, time: timeOf(timeline.frame, timeline.video.rate, writing) }) : null;
    case 'speed':
      return t('stage.did.speed', { name, speed: String(timeline.speed.num / timeline.speed.den) });
    case 'advance':
      return t('stage.did.advance');
    case 'reanchor':
    case 'wait':
    case 'resume':
      return null;
  }
}
