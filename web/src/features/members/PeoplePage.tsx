// The people of a channel: members with their roles, and the invites that still open it.

import { Trash2, UserPlus } from 'lucide-react';
import { useState } from 'react';
import { ApiError, sentenceOf } from '@/api/client';
import { useChannel, useMembers } from '@/api/queries';
import { mayDeleteChannel, mayInvite } from '@/api/rights';
import { ChannelShell } from '@/app/ChannelShell';
import { DeleteChannelDialog } from '@/app/DeleteChannelDialog';
import { t } from '@/i18n/t';
import { Button } from '@/ui/button';
import { Skeleton, SkeletonRegion } from '@/ui/skeleton';
import { ErrorState } from '@/ui/states';
import { InviteDialog } from './InviteDialog';
import { InviteList } from './InviteList';
import { MemberRow } from './MemberRow';

/** The page at `/channel/{channel}/people`. */
export function PeoplePage({ channel }: { channel: string }) {
  const view = useChannel(channel);
  const members = useMembers(channel);
  const [inviting, setInviting] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const role = view.data?.role ?? null;
  // What I may do decides how high a row is: both are awaited, so that nothing moves.
  const loading = members.isPending || view.isPending;
  return (
    <ChannelShell channel={channel} page="people">
      <div className="mb-6 flex min-h-10 items-center justify-between gap-4">
        <h1 className="text-page font-semibold">{t('members.heading')}</h1>
        {mayInvite(role) && <Button kind="primary" icon={UserPlus} onClick={() => setInviting(true)}>{t('members.invite')}</Button>}
      </div>
      {loading && (
        <SkeletonRegion className="flex flex-col gap-px overflow-hidden rounded-card">
          {[0, 1, 2].map((row) => <Skeleton key={row} className="h-14 rounded-none" />)}
        </SkeletonRegion>
      )}
      {members.isError && !members.data && (
        <ErrorState
          offline={members.error instanceof ApiError && members.error.offline}
          text={sentenceOf(members.error)}
          onRetry={() => void members.refetch()}
        />
      )}
      {members.data && !loading && (
        <ul className="rounded-card bg-surface-1 shadow-card" aria-label={t('members.heading')}>
          {members.data.map((member) => <MemberRow key={member.person} channel={channel} member={member} myRole={role} />)}
        </ul>
      )}
      {mayInvite(role) && <InviteList channel={channel} />}
      {view.data && mayDeleteChannel(role) && (
        <section className="mt-8 flex items-center justify-between gap-4 rounded-card bg-surface-1 p-4 shadow-card max-sm:flex-col max-sm:items-stretch" aria-label={t('members.delete')}>
          <p className="text-list text-text-2">{t('members.delete.hint')}</p>
          <Button kind="danger" icon={Trash2} className="shrink-0" onClick={() => setDeleting(true)}>{t('members.delete')}</Button>
          <DeleteChannelDialog channel={channel} name={view.data.name} open={deleting} onOpenChange={setDeleting} />
        </section>
      )}
      <InviteDialog channel={channel} open={inviting} onOpenChange={setInviting} />
    </ChannelShell>
  );
}
