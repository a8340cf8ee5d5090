// A channel with people in it: what is playing, and who is there.

import { Link } from '@tanstack/react-router';
import { Lock } from 'lucide-react';
import { posterUrl } from '@/api/media-address';
import { t } from '@/i18n/t';
import type { ChannelView } from '@/protocol/types';
import { Badge } from '@/ui/badge';
import { FaceStack } from '@/ui/face';
import { Icon } from '@/ui/icon';
import { Poster } from '@/ui/poster';

/** A card, whole a link into the channel. */
export function ChannelCard({ channel }: { channel: ChannelView }) {
  const { playing } = channel;
  return (
    <article className="group relative overflow-hidden rounded-card bg-surface-1 shadow-card transition-colors hover:bg-surface-2">
      <div className="relative">
        <Poster src={playing && posterUrl(playing.version)} />
        {playing?.playing && <Badge tone="live" className="absolute top-2.5 left-2.5">{t('home.liveNow')}</Badge>}
      </div>
      <div className="flex items-center gap-3 px-4 py-3">
        <div className="min-w-0 flex-1">
          <h3 className="flex items-center gap-1.5 text-body font-semibold">
            <Link
              to="/channel/$channel"
              params={{ channel: channel.channel }}
              className="cut outline-none after:absolute after:inset-0 after:rounded-card focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
            >
              {channel.name}
            </Link>
            {channel.visibility === 'private' && <><Icon of={Lock} size={16} className="size-3.5 shrink-0 text-text-3" /><span className="sr-only">{t('visibility.private')}</span></>}
          </h3>
          <p className="cut text-list text-text-2">
            {playing ? t(playing.playing ? 'home.playing' : 'home.paused', { title: playing.title }) : t('home.nothingOn')}
          </p>
        </div>
        <FaceStack people={channel.faces} total={channel.online} ring="ring-surface-1 group-hover:ring-surface-2" />
      </div>
    </article>
  );
}
