// The card of an invite: which channel, what is playing, who is there; one name, one button.

import { Link, useNavigate } from '@tanstack/react-router';
import { Play } from 'lucide-react';
import { useState, type SyntheticEvent } from 'react';
import { ApiError, sentenceOf } from '@/api/client';
import { useAcceptInvite, useInvitePreview, useInstance } from '@/api/queries';
import { CardPage } from '@/app/CardPage';
import { useChannelPreload } from '@/app/preload';
import { t } from '@/i18n/t';
import { Code } from '@/protocol/codes';
import type { InvitePreview } from '@/protocol/types';
import { Badge } from '@/ui/badge';
import { Button, buttonClass } from '@/ui/button';
import { FaceStack } from '@/ui/face';
import { TextField } from '@/ui/field';
import { ErrorNote } from '@/ui/states';
import { Skeleton, SkeletonRegion } from '@/ui/skeleton';

/** The page at `/invite/{token}`. */
export function InvitePage({ token }: { token: string }) {
  useChannelPreload();
  const preview = useInvitePreview(token);
  if (preview.data) return <InviteCard token={token} preview={preview.data} />;
  if (preview.isError) return <InviteRefused error={preview.error} onRetry={() => void preview.refetch()} />;
  return (
    <CardPage title={t('invite.title')} picture={<div className="aspect-video bg-surface-2" />}>
      <SkeletonRegion className="flex flex-col gap-4">
        <Skeleton className="h-9 w-3/4" />
        <Skeleton className="h-5 w-1/2" />
        <Skeleton className="mt-2 h-9" />
        <Skeleton className="h-9" />
      </SkeletonRegion>
    </CardPage>
  );
}

function InviteCard({ token, preview }: { token: string; preview: InvitePreview }) {
  const accept = useAcceptInvite(token);
  const instance = useInstance();
  const navigate = useNavigate();
  const [other, setOther] = useState(false);
  const [name, setName] = useState('');
  const asMe = preview.signed_in !== null && !other;
  const nameError = accept.error instanceof ApiError && accept.error.code === Code.NameInvalid;

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    accept.mutate({ name: asMe ? null : name }, {
      onSuccess: ({ channel }) => void navigate({ to: '/channel/$channel', params: { channel }, replace: true }),
    });
  };

  return (
    <CardPage
      title={t('invite.titleOf', { channel: preview.channel_name })}
      picture={<Poster preview={preview} />}
      heading={preview.channel_name}
      text={t('invite.by', { name: preview.invited_by })}
      foot={!asMe && instance.data?.signup !== 'closed' && (
        <>
          {t('invite.account')}{' '}
          <Link to="/sign-in" search={{ next: `/invite/${token}` }} className="font-medium text-link hover:underline">{t('app.signIn')}</Link>
          {' '}{t('invite.or')}{' '}
          <Link to="/sign-up" search={{ invite: token }} className="font-medium text-link hover:underline">{t('invite.create')}</Link>
        </>
      )}
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        {preview.online > 0 && (
          <div className="flex items-center gap-2.5 text-list text-text-2">
            <FaceStack people={preview.faces} total={preview.online} ring="ring-surface-1" tips />
            <span>{t('face.here', { count: preview.online })}</span>
          </div>
        )}
        {!asMe && (
          <TextField
            label={t('auth.name')}
            name="name"
            autoComplete="nickname"
            required
            autoFocus
            value={name}
            onChange={(event) => setName(event.target.value)}
            error={nameError ? sentenceOf(accept.error) : undefined}
          />
        )}
        {accept.isError && !nameError && <ErrorNote>{sentenceOf(accept.error)}</ErrorNote>}
        <Button kind="primary" type="submit" size="touch" busy={accept.isPending} className="w-full">
          {asMe ? t('invite.continueAs', { name: preview.signed_in!.name }) : t('invite.join')}
        </Button>
        {preview.signed_in !== null && (
          <Button kind="quiet" onClick={() => setOther(!other)} className="-mt-2 w-full">
            {asMe ? t('invite.somebodyElse') : t('invite.continueAs', { name: preview.signed_in.name })}
          </Button>
        )}
      </form>
    </CardPage>
  );
}

function Poster({ preview }: { preview: InvitePreview }) {
  return (
    <div className="relative aspect-video bg-stage">
      {preview.poster === null
        ? <div className="grid size-full place-items-center bg-surface-2 text-text-3"><Play size={32} strokeWidth={1.75} aria-hidden /></div>
        : <img src={preview.poster} alt="" className="size-full object-contain" />}
      {preview.playing && (
        <div className="absolute inset-x-3 bottom-3 flex">
          <Badge tone="picture" className="h-6 max-w-full px-2 text-meta">
            <span className="cut">{t(preview.playing.playing ? 'home.playing' : 'home.paused', { title: preview.playing.title })}</span>
          </Badge>
        </div>
      )}
    </div>
  );
}

function InviteRefused({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const gone = error instanceof ApiError && !error.retryable;
  return (
    <CardPage title={t('invite.title')} heading={gone ? t('invite.gone.title') : t('error.load.title')} text={sentenceOf(error)}>
      {gone
        ? <Link to="/" className={buttonClass('secondary', 'normal', 'w-full')}>{t('app.notFound.action')}</Link>
        : <Button className="w-full" onClick={onRetry}>{t('action.retry')}</Button>}
    </CardPage>
  );
}
