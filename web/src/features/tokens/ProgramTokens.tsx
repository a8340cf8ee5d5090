// Tokens of programs by what they may do (workers of other machines, metrics): the list, a new one (told once), a way to
// withdraw.

import { Activity, Cpu, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { sentenceOf } from '@/api/client';
import { useCreateToken, useTokens, useWithdrawToken } from '@/api/jobs';
import { ago } from '@/i18n/format';
import { t } from '@/i18n/t';
import { copyText } from '@/platform/copy';
import type { TokenScope, TokenView } from '@/protocol/types';
import { Button, IconButton } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Icon } from '@/ui/icon';
import { ErrorNote } from '@/ui/states';
import { toast } from '@/ui/toast';

const complain = (error: unknown) => toast({ kind: 'bad', words: sentenceOf(error) });

const origin = () => window.location.origin;

/** Words, sign and the command with which a program uses the secret. */
const scopes = {
  work: {
    icon: Cpu,
    heading: 'workers.heading',
    text: 'workers.text',
    name: 'workers.name',
    title: 'workers.made.title',
    told: 'workers.made.text',
    command: (secret: string) => `GENLOCK_TOKEN=${secret} genlock work --server ${origin()}`,
  },
  metrics: {
    icon: Activity,
    heading: 'watchers.heading',
    text: 'watchers.text',
    name: 'watchers.name',
    title: 'watchers.made.title',
    told: 'watchers.made.text',
    command: (secret: string) => `curl -H 'Authorization: Bearer ${secret}' ${origin()}/metrics`,
  },
} as const satisfies Record<TokenScope, unknown>;

/** The section below the jobs, or below the numbers. */
export function ProgramTokens({ scope }: { scope: TokenScope }) {
  const words = scopes[scope];
  const tokens = useTokens();
  const create = useCreateToken();
  const withdraw = useWithdrawToken();
  const [made, setMade] = useState<TokenView | null>(null);
  const command = words.command(made?.secret ?? '');
  const list = tokens.data?.filter((token) => token.scope === scope) ?? [];
  return (
    <section className="mt-10" aria-labelledby="tokens">
      <div className="mb-3 flex min-h-9 items-center justify-between gap-4">
        <h2 id="tokens" className="text-title font-semibold">{t(words.heading)}</h2>
        <Button
          icon={Plus}
          busy={create.isPending}
          onClick={() => create.mutate({ name: t(words.name), scope, email: null }, { onSuccess: setMade, onError: complain })}
        >
          {t('workers.add')}
        </Button>
      </div>
      <p className="mb-3 max-w-150 text-list text-text-2">{t(words.text)}</p>
      {tokens.isError && !tokens.data && <ErrorNote>{sentenceOf(tokens.error)}</ErrorNote>}
      {list.length > 0 && (
        <ul className="overflow-hidden rounded-card bg-surface-1 shadow-card">
          {list.map((token) => (
            <li key={token.token} className="flex min-h-14 items-center gap-3 border-b border-line px-4 py-2 last:border-0">
              <span className="grid size-8 shrink-0 place-items-center rounded-base bg-surface-2 text-text-2"><Icon of={words.icon} size={16} /></span>
              <div className="min-w-0 flex-1">
                <p className="cut text-body">{token.name}</p>
                <p className="cut text-meta text-text-3">{t('workers.made', { when: ago(token.created_at / 1000) })}</p>
              </div>
              <IconButton
                icon={Trash2}
                name={t('workers.withdraw', { name: token.name })}
                busy={withdraw.isPending && withdraw.variables === token.token}
                onClick={() => withdraw.mutate(token.token, {
                  onSuccess: () => toast({ kind: 'ok', words: t('workers.withdrawn') }),
                  onError: complain,
                })}
              />
            </li>
          ))}
        </ul>
      )}
      <Dialog
        open={made !== null}
        onOpenChange={(open) => { if (!open) setMade(null); }}
        title={t(words.title)}
        text={t(words.told)}
        width="normal"
        footer={(
          <Button
            kind="primary"
            onClick={() => void copyText(command).then((done) => toast(
              done ? { kind: 'ok', words: t('action.copied') } : { kind: 'bad', words: t('copy.byHand') },
            ))}
          >
            {t('workers.copy')}
          </Button>
        )}
      >
        <code className="block rounded-base bg-surface-2 p-3 font-mono text-meta break-all select-all">{command}</code>
      </Dialog>
    </section>
  );
}
