// One member: name, since when, role; changing the role and taking out where one may.

import { useNavigate } from '@tanstack/react-router';
import { LogOut, UserMinus } from 'lucide-react';
import { useState } from 'react';
import { sentenceOf } from '@/api/client';
import { useChannelStep, useRemoveMember, useSession, useSetRole } from '@/api/queries';
import { mayRemove, rolesToGive } from '@/api/rights';
import { ago } from '@/i18n/format';
import { t } from '@/i18n/t';
import type { MemberView, Role } from '@/protocol/types';
import { Badge } from '@/ui/badge';
import { IconButton } from '@/ui/button';
import { Select } from '@/ui/choice';
import { ConfirmDialog } from '@/ui/dialog';
import { Face } from '@/ui/face';
import { toast } from '@/ui/toast';

/** A row of 56 px. */
export function MemberRow({ channel, member, myRole }: { channel: string; member: MemberView; myRole: Role | null }) {
  const session = useSession();
  const setRole = useSetRole(channel);
  const remove = useRemoveMember(channel);
  const leave = useChannelStep('leave');
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const mine = session.data?.person?.person === member.person;
  const roles = rolesToGive(myRole, member.role);
  const complain = (error: unknown) => toast({ kind: 'bad', words: sentenceOf(error) });

  return (
    <li className="flex min-h-14 items-center gap-3 border-b border-line px-4 py-2 last:border-0 max-sm:flex-wrap">
      <Face of={member} size={32} named />
      <div className="min-w-0 flex-1">
        <p className="flex items-center gap-2 text-body font-medium">
          <span className="cut">{member.name}</span>
          {mine && <Badge>{t('members.you')}</Badge>}
        </p>
        <p className="cut text-meta text-text-3">{t(member.kind === 'guest' ? 'members.since.byLink' : 'members.since', { when: ago(member.joined_at / 1000) })}</p>
      </div>
      {roles.length > 0
        ? (
            <Select
              label={t('members.roleOf', { name: member.name })}
              labelHidden
              dense
              value={member.role}
              onChange={(role) => setRole.mutate({ person: member.person, role }, { onError: complain })}
              options={roles.map((role) => ({ value: role, words: t(`role.${role}`) })).reverse()}
              className="w-32 max-sm:order-last max-sm:basis-full max-sm:pl-11"
            />
          )
        : <span className="text-list text-text-2">{t(`role.${member.role}`)}</span>}
      {mine && <IconButton icon={LogOut} name={t('members.leave')} onClick={() => setAsking(true)} />}
      {!mine && mayRemove(myRole, member.role) && (
        <IconButton icon={UserMinus} name={t('members.removeOf', { name: member.name })} onClick={() => setAsking(true)} />
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={mine ? t('members.leave') : t('members.remove.title', { name: member.name })}
        text={mine ? t('members.leave.text') : t('members.remove.text', { name: member.name })}
        action={mine ? t('members.leave.action') : t('action.remove')}
        onConfirm={async () => {
          try {
            if (mine) {
              await leave.mutateAsync(channel);
              await navigate({ to: '/' });
            } else await remove.mutateAsync(member.person);
          } catch (error) {
            complain(error);
          }
        }}
      />
    </li>
  );
}
