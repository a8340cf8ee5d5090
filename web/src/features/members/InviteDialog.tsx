// Inviting by link: which role, how many, how long; then the link to copy. The secret of a link is shown once.

import { Check, Copy, Link2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { sentenceOf } from '@/api/client';
import { useCreateInvite, useInstance } from '@/api/queries';
import { ago } from '@/i18n/format';
import { t } from '@/i18n/t';
import { copyText } from '@/platform/copy';
import type { InviteView, Role } from '@/protocol/types';
import { Button } from '@/ui/button';
import { Select } from '@/ui/choice';
import { Dialog } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { ErrorNote } from '@/ui/states';

const DAY_S = 86_400;
/** How long the button says "Copied", milliseconds. */
const COPIED_MS = 2_000;

/** The link of an invite that was just made. */
export function inviteLink(token: string, shareBase: string | null): string {
  return `${(shareBase ?? window.location.origin).replace(/\/+$/, '')}/invite/${token}`;
}

/** The dialog, for the top bar of a channel and the people page. */
export function InviteDialog({ channel, open, onOpenChange }: {
  channel: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t('invites.heading')} text={t('invites.text')} width="normal">
      <InviteForm channel={channel} />
    </Dialog>
  );
}

function InviteForm({ channel }: { channel: string }) {
  const create = useCreateInvite(channel);
  const instance = useInstance();
  const [role, setRole] = useState<Role>('guest');
  const [uses, setUses] = useState('any');
  const [days, setDays] = useState('7');
  const made = create.data;

  const make = () => create.mutate({
    role,
    uses_max: uses === 'any' ? null : Number(uses),
    valid_s: Number(days) * DAY_S,
  });
  /** A made link stands for the choices it was made with. */
  const choose = <V,>(set: (value: V) => void) => (value: V) => {
    set(value);
    create.reset();
  };

  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-3 sm:grid-cols-3">
        <Select
          label={t('invites.role')}
          value={role}
          onChange={choose(setRole)}
          options={(['guest', 'viewer', 'member'] as const).map((one) => ({ value: one, words: t(`role.${one}`) }))}
        />
        <Select
          label={t('invites.uses')}
          value={uses}
          onChange={choose(setUses)}
          options={[{ value: 'any', words: t('invites.uses.any') }, ...[1, 5, 25].map((count) => ({ value: String(count), words: t('invites.uses.count', { count }) }))]}
        />
        <Select
          label={t('invites.valid')}
          value={days}
          onChange={choose(setDays)}
          options={[1, 7, 30].map((count) => ({ value: String(count), words: t('invites.valid.days', { count }) }))}
        />
      </div>
      <p className="text-meta text-text-3">{t(`invites.role.${role === 'viewer' ? 'viewer' : role === 'member' ? 'member' : 'guest'}.hint`)}</p>
      {create.isError && <ErrorNote>{sentenceOf(create.error)}</ErrorNote>}
      {made
        ? <MadeLink invite={made} shareBase={instance.data?.share_base ?? null} />
        : <Button kind="primary" icon={Link2} busy={create.isPending} onClick={make}>{t('invites.make')}</Button>}
      {instance.data?.loopback_only && (
        <p className="rounded-base bg-tint-warn px-3 py-2 text-list text-text">
          {t('invites.loopback')} <code className="rounded-[4px] bg-over-picture px-1.5 py-0.5 font-mono text-meta whitespace-nowrap text-white select-all">{LAN_COMMAND}</code>
        </p>
      )}
    </div>
  );
}

/** The command that lets others in the network in; a name, not a text. */
const LAN_COMMAND = 'cargo xtask up --lan';

function MadeLink({ invite, shareBase }: { invite: InviteView; shareBase: string | null }) {
  const field = useRef<HTMLInputElement>(null);
  const [outcome, setOutcome] = useState<'none' | 'copied' | 'refused'>('none');
  const link = inviteLink(invite.token ?? '', shareBase);

  useEffect(() => {
    if (outcome !== 'copied') return undefined;
    const timer = window.setTimeout(() => setOutcome('none'), COPIED_MS);
    return () => window.clearTimeout(timer);
  }, [outcome]);

  const copy = () => void copyText(link).then((done) => {
    setOutcome(done ? 'copied' : 'refused');
    if (!done) field.current?.select();
  });

  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-end gap-2">
        <TextField
          ref={field}
          label={t('invites.link')}
          labelHidden
          readOnly
          autoFocus
          value={link}
          onFocus={(event) => event.target.select()}
          className="min-w-0 flex-1"
        />
        <Button kind="primary" icon={outcome === 'copied' ? Check : Copy} onClick={copy} className="min-w-32 max-md:h-11">
          {outcome === 'copied' ? t('action.copied') : t('action.copyLink')}
        </Button>
      </div>
      <p className="text-meta text-text-3" role="status">
        {outcome === 'refused' ? t('copy.byHand') : t('invites.expires', { when: ago(invite.expires_at / 1000) })}
      </p>
    </div>
  );
}
