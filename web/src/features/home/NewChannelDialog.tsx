// A new channel: its name and who can find it.

import { useState, type SyntheticEvent } from 'react';
import { sentenceOf } from '@/api/client';
import { useCreateChannel } from '@/api/queries';
import { t } from '@/i18n/t';
import type { Visibility } from '@/protocol/types';
import { Button } from '@/ui/button';
import { RadioGroup } from '@/ui/choice';
import { Dialog } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { ErrorNote } from '@/ui/states';

/** The dialog; `onMade` gets the new channel's id. */
export function NewChannelDialog({ open, onOpenChange, onMade }: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onMade: (channel: string) => void;
}) {
  const create = useCreateChannel();
  const [name, setName] = useState('');
  const [visibility, setVisibility] = useState<Visibility>('private');

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    create.mutate({ name, visibility }, {
      onSuccess: ({ channel }) => {
        onOpenChange(false);
        setName('');
        onMade(channel);
      },
    });
  };

  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        create.reset();
        onOpenChange(next);
      }}
      title={t('home.new')}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>{t('action.cancel')}</Button>
          <Button kind="primary" type="submit" form="new-channel" busy={create.isPending}>{t('home.create')}</Button>
        </>
      }
    >
      <form id="new-channel" onSubmit={submit} className="flex flex-col gap-5">
        <TextField label={t('home.name')} required autoFocus placeholder={t('home.name.example')} value={name} onChange={(event) => setName(event.target.value)} />
        <RadioGroup
          label={t('home.visibility')}
          value={visibility}
          onChange={setVisibility}
          options={[
            { value: 'private', words: t('visibility.private'), hint: t('home.private.hint') },
            { value: 'unlisted', words: t('visibility.unlisted'), hint: t('home.unlisted.hint') },
            { value: 'public', words: t('visibility.public'), hint: t('home.public.hint') },
          ]}
        />
        {create.isError && <ErrorNote>{sentenceOf(create.error)}</ErrorNote>}
      </form>
    </Dialog>
  );
}
