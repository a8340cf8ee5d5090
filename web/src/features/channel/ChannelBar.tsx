// The channel's top bar: home, name, ways to the other pages, Together or On my own, faces, Invite, menu.

import { Link, useNavigate } from '@tanstack/react-router';
import { Ellipsis, Film, LogOut, Trash2, UserPlus, Users } from 'lucide-react';
import { useState } from 'react';
import { mayDeleteChannel, mayInvite } from '@/api/rights';
import { useChannel as useChannelQuery, useChannelStep, useSession } from '@/api/queries';
import { sentenceOf } from '@/api/client';
import { DeleteChannelDialog } from '@/app/DeleteChannelDialog';
import { PlainHttpNotice } from '@/app/Shell';
import { UnshieldedNotice } from '@/app/UnshieldedNotice';
import { TopBar } from '@/app/TopBar';
import { t } from '@/i18n/t';
import { useChannel, useChannelView, useMe } from '@/sync/channel-store-react';
import { atLeast } from '@/sync/channel-store-rights';
import { Button, IconButton } from '@/ui/button';
import { FaceStack } from '@/ui/face';
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine } from '@/ui/menu';
import { usePeopleColors } from '@/ui/people-context';
import { toast } from '@/ui/toast';
import { Skeleton } from '@/ui/skeleton';
import { WatchMode } from './WatchMode';

/** The bar. */
export function ChannelBar({ channelId, wide, onInvite, onPeople }: {
  channelId: string;
  wide: boolean;
  onInvite: () => void;
  onPeople: () => void;
}) {
  // What the list of channels knows stands here until the channel speaks for itself, so that nothing moves.
  const { data: listed } = useChannelQuery(channelId);
  const { data: session } = useSession();
  const name = useChannelView((view) => view.state?.name) ?? listed?.name ?? null;
  const role = useChannelView((view) => view.role) ?? listed?.role ?? null;
  const present = useChannelView((view) => view.presence.people);
  const people = present.length > 0 || !session?.person ? present : [session.person];
  const count = useChannelView((view) => view.presence.count);
  const colors = usePeopleColors();
  return (
    <TopBar
      start={
        <>
          {name === null ? <Skeleton className="h-4 w-32" /> : <h1 className="cut min-w-0 text-body font-semibold" title={name}>{name}</h1>}
          {wide && (
            <Link
              to="/channel/$channel/library"
              params={{ channel: channelId }}
              className="ml-1 flex h-8 shrink-0 items-center gap-1.5 rounded-base px-2.5 text-list font-medium text-text-2 transition-colors hover:bg-surface-2 hover:text-text"
            >
              {t('channel.menu.library')}
            </Link>
          )}
        </>
      }
      center={wide ? <WatchMode className="mx-2" /> : undefined}
      end={
        <>
          <UnshieldedNotice />
          <PlainHttpNotice />
          {people.length > 0 && (
            <button type="button" aria-label={t('face.here', { count: Math.max(count, people.length) })} onClick={onPeople} className="flex h-9 items-center rounded-base px-1.5 transition-colors hover:bg-surface-2">
              <FaceStack people={wide ? people : people.slice(0, 2)} total={Math.max(count, people.length)} colors={colors} ring="ring-surface-1" />
            </button>
          )}
          {mayInvite(role) && (wide
            ? <Button kind="primary" size="dense" icon={UserPlus} className="h-8 px-3" onClick={onInvite}>{t('channel.invite')}</Button>
            : <IconButton icon={UserPlus} name={t('channel.invite')} className="text-link!" onClick={onInvite} />)}
          <ChannelMenu channelId={channelId} wide={wide} />
        </>
      }
    />
  );
}

/** Patiences on offer, milliseconds; the third is the server's default. */
const PATIENCES_MS = [0, 1_000, 2_000, 3_000, 5_000] as const;

/** Those on offer, and the present one if a program has set another. */
function patiences(presentMs: number): number[] {
  return [...new Set([...PATIENCES_MS, presentMs])].sort((a, b) => a - b);
}

function ChannelMenu({ channelId, wide }: { channelId: string; wide: boolean }) {
  const channel = useChannel();
  const me = useMe();
  const navigate = useNavigate();
  const leave = useChannelStep('leave');
  const role = useChannelView((view) => view.role);
  const control = useChannelView((view) => view.state?.control ?? 'everyone');
  const patienceMs = useChannelView((view) => view.state?.patience_ms ?? PATIENCES_MS[2]);
  const own = useChannelView((view) => view.own !== null);
  const watchable = useChannelView((view) => (view.state?.timeline.video ?? null) !== null);
  const name = useChannelView((view) => view.state?.name) ?? '';
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      <Menu label={t('channel.menu')} trigger={<IconButton icon={Ellipsis} name={t('channel.menu')} />}>
        {!wide && (
          <>
            <MenuLabel>{t('channel.mode')}</MenuLabel>
            <MenuChoice
              value={own ? 'own' : 'together'}
              onChange={(mode) => (mode === 'own' ? channel.goOnMyOwn() : channel.returnToOthers())}
              options={[{ value: 'together', words: t('channel.together') }, { value: 'own', words: t('channel.own'), disabled: !watchable }]}
            />
            <MenuLine />
          </>
        )}
        <MenuItem icon={Film} onSelect={() => void navigate({ to: '/channel/$channel/library', params: { channel: channelId } })}>{t('channel.menu.library')}</MenuItem>
        <MenuItem icon={Users} onSelect={() => void navigate({ to: '/channel/$channel/people', params: { channel: channelId } })}>{t('channel.menu.members')}</MenuItem>
        {role !== null && atLeast(role, 'moderator') && (
          <>
            <MenuLine />
            <MenuLabel>{t('channel.menu.control')}</MenuLabel>
            <MenuChoice
              value={control}
              onChange={(mode) => channel.setControl(mode, mode === 'presenter' ? me : null)}
              options={(['everyone', 'moderators', 'presenter'] as const).map((mode) => ({ value: mode, words: t(`channel.control.${mode}`) }))}
            />
            <MenuLine />
            <MenuLabel>{t('channel.menu.patience')}</MenuLabel>
            <MenuChoice
              value={String(patienceMs)}
              onChange={(ms) => channel.setPatience(Number(ms))}
              options={patiences(patienceMs).map((ms) => ({ value: String(ms), words: ms === 0 ? t('channel.patience.none') : t('channel.patience.s', { s: ms / 1_000 }) }))}
            />
          </>
        )}
        {role !== null && role !== 'owner' && (
          <>
            <MenuLine />
            <MenuItem
              icon={LogOut}
              danger
              onSelect={() => leave.mutate(channelId, {
                onSuccess: () => void navigate({ to: '/' }),
                onError: (error) => toast({ kind: 'bad', words: sentenceOf(error) }),
              })}
            >
              {t('channel.menu.leave')}
            </MenuItem>
          </>
        )}
        {mayDeleteChannel(role) && (
          <>
            <MenuLine />
            <MenuItem icon={Trash2} danger onSelect={() => setDeleting(true)}>{t('channel.menu.delete')}</MenuItem>
          </>
        )}
      </Menu>
      <DeleteChannelDialog channel={channelId} name={name} open={deleting} onOpenChange={setDeleting} />
    </>
  );
}
