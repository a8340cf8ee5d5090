// Tokens with which workers of other machines take jobs: the list, a new one (told once), a way to withdraw.

import { Cpu, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { sentenceOf } from '@/api/client';
import { useCreateToken, useTokens, useWithdrawToken } from '@/api/jobs';
import { ago } from '@/i18n/format';
import { t } from '@/i18n/t';
import { copyText } from '@/platform/copy';
import type { TokenView } from '@/protocol/types';
import { Button, IconButton } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Icon } from '@/ui/icon';
import { ErrorNote } from '@/ui/states';
import { toast } from '@/ui/toast';

const complain = (error: unknown) => toast({ kind: 'bad', words: sentenceOf(error) });

/** The section below the jobs. */
export function WorkerTokens() {
  const tokens = useTokens();
  const create = useCreateToken();
  const withdraw = useWithdrawToken();
  const [made, setMade] = useState<TokenView | null>(null);
  const command = `GENLOCK_TOKEN=${made?.secret ?? ''} genlock work --server ${window.location.origin}`;
  return (
    <section className="mt-10" aria-labelledby="workers">
      <div className="mb-3 flex min-h-9 items-center justify-between gap-4">
        <h2 id="workers" className="text-title font-semibold">{t('workers.heading')}</h2>
        <Button
          icon={Plus}
          busy={create.isPending}
          onClick={() => create.mutate({ name: t('workers.name'), scope: 'work', email: null }, { onSuccess: setMade, onError: complain })}
        >
          {t('workers.add')}
        </Button>
      </div>
      <p className="mb-3 max-w-150 text-list text-text-2">{t('workers.text')}</p>
      {tokens.isError && !tokens.data && <ErrorNote>{sentenceOf(tokens.error)}</ErrorNote>}
      {tokens.data && tokens.data.length > 0 && (
        <ul className="overflow-hidden rounded-card bg-surface-1 shadow-card">
          {tokens.data.map((token) => (
            <li key={token.token} className="flex min-h-14 items-center gap-3 border-b border-line px-4 py-2 last:border-0">
              <span className="grid size-8 shrink-0 place-items-center rounded-base bg-surface-2 text-text-2"><Icon of={Cpu} size={16} /></span>
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
        title={t('workers.made.title')}
        text={t('workers.made.text')}
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
