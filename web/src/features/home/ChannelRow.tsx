// A channel without people in it now, or one that can be joined: a row of 56 px.

import { Link, useNavigate } from '@tanstack/react-router';
import { ChevronRight, Globe, Link2, Lock } from 'lucide-react';
import { sentenceOf } from '@/api/client';
import { useChannelStep } from '@/api/queries';
import { t } from '@/i18n/t';
import type { ChannelView, Visibility } from '@/protocol/types';
import { Button } from '@/ui/button';
import { FaceStack } from '@/ui/face';
import { Icon } from '@/ui/icon';
import { toast } from '@/ui/toast';

const icons = { public: Globe, unlisted: Link2, private: Lock } satisfies Record<Visibility, unknown>;

/** A row; a link for members, a Join button for the others. */
export function ChannelRow({ channel }: { channel: ChannelView }) {
  const join = useChannelStep('join');
  const navigate = useNavigate();
  const member = channel.role !== null;
  const enter = () => navigate({ to: '/channel/$channel', params: { channel: channel.channel } });
  return (
    <li className="relative flex h-14 items-center gap-3 border-b border-line px-4 transition-colors last:border-0 hover:bg-surface-2">
      <span className="grid size-8 shrink-0 place-items-center rounded-base bg-surface-2 text-text-2"><Icon of={icons[channel.visibility]} size={16} /></span>
      <div className="min-w-0 flex-1">
        {member
          ? (
              <Link
                to="/channel/$channel"
                params={{ channel: channel.channel }}
                className="cut block text-body font-medium outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
              >
                {channel.name}
              </Link>
            )
          : <p className="cut text-body font-medium">{channel.name}</p>}
        <p className="cut text-meta text-text-3">
          {t(`visibility.${channel.visibility}`)} · {t('home.members', { count: channel.members })}
          {channel.playing && ` · ${t('home.paused', { title: channel.playing.title })}`}
        </p>
      </div>
      {channel.online > 0 && <FaceStack people={channel.faces} total={channel.online} ring="ring-surface-1" />}
      {member
        ? <Icon of={ChevronRight} size={16} className="shrink-0 text-text-3" />
        : (
            <Button
              size="dense"
              busy={join.isPending}
              aria-label={t('home.joinOf', { channel: channel.name })}
              className="max-md:h-10"
              onClick={() => join.mutate(channel.channel, {
                onSuccess: () => void enter(),
                onError: (error) => toast({ kind: 'bad', words: sentenceOf(error) }),
              })}
            >
              {t('home.join')}
            </Button>
          )}
    </li>
  );
}
