// Invites of a channel that still open it, each with a way to withdraw it.

import { Link2, Trash2 } from 'lucide-react';
import { sentenceOf } from '@/api/client';
import { useInvites, useWithdrawInvite } from '@/api/queries';
import { ago } from '@/i18n/format';
import { t } from '@/i18n/t';
import { IconButton } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { ErrorNote } from '@/ui/states';
import { toast } from '@/ui/toast';

/** The list; nothing where there is none. */
export function InviteList({ channel }: { channel: string }) {
  const invites = useInvites(channel, true);
  const withdraw = useWithdrawInvite(channel);
  if (invites.isError && !invites.data) return <ErrorNote className="mt-8">{sentenceOf(invites.error)}</ErrorNote>;
  if (!invites.data || invites.data.length === 0) return null;
  return (
    <section className="mt-8" aria-labelledby="invites">
      <h2 id="invites" className="mb-3 text-list font-medium text-text-2">{t('invites.open')}</h2>
      <ul className="overflow-hidden rounded-card bg-surface-1 shadow-card">
        {invites.data.map((invite) => (
          <li key={invite.invite} className="flex min-h-14 items-center gap-3 border-b border-line px-4 py-2 last:border-0">
            <span className="grid size-8 shrink-0 place-items-center rounded-base bg-surface-2 text-text-2"><Icon of={Link2} size={16} /></span>
            <div className="min-w-0 flex-1">
              <p className="cut text-body">{t('invites.by', { role: t(`role.${invite.role}`), name: invite.created_by.name })}</p>
              <p className="cut text-meta text-text-3">
                {invite.uses_max === null
                  ? t('invites.used', { count: invite.uses })
                  : t('invites.usedOf', { uses: invite.uses, max: invite.uses_max })}
                {' · '}
                {t('invites.expires', { when: ago(invite.expires_at / 1000) })}
              </p>
            </div>
            <IconButton
              icon={Trash2}
              name={t('invites.withdraw')}
              busy={withdraw.isPending && withdraw.variables === invite.invite}
              onClick={() => withdraw.mutate(invite.invite, {
                onSuccess: () => toast({ kind: 'ok', words: t('invites.withdrawn') }),
                onError: (error) => toast({ kind: 'bad', words: sentenceOf(error) }),
              })}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
