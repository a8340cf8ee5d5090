// The step before a channel is deleted; afterwards home, with a way back.

import { useNavigate } from '@tanstack/react-router';
import { sentenceOf } from '@/api/client';
import { useChannelStep } from '@/api/queries';
import { t } from '@/i18n/t';
import { ConfirmDialog } from '@/ui/dialog';
import { toast } from '@/ui/toast';

/** Asks, deletes, and offers Undo. */
export function DeleteChannelDialog({ channel, name, open, onOpenChange }: {
  channel: string;
  name: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const remove = useChannelStep('delete');
  const restore = useRestoreChannel();
  const navigate = useNavigate();
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={onOpenChange}
      title={t('members.delete.title', { name })}
      text={t('members.delete.text')}
      action={t('members.delete')}
      onConfirm={async () => {
        try {
          await remove.mutateAsync(channel);
          await navigate({ to: '/' });
          toast({ kind: 'ok', words: t('home.deleted.done', { name }), action: { words: t('action.undo'), run: () => restore(channel, name) } });
        } catch (error) {
          toast({ kind: 'bad', words: sentenceOf(error) });
        }
      }}
    />
  );
}

/** Puts a deleted channel back and says so, also when who asked for it has left the screen. */
export function useRestoreChannel(): (channel: string, name: string) => void {
  const { mutateAsync } = useChannelStep('restore');
  return (channel, name) => void mutateAsync(channel).then(
    () => toast({ kind: 'ok', words: t('home.deleted.back', { name }) }),
    (error: unknown) => toast({ kind: 'bad', words: sentenceOf(error) }),
  );
}
