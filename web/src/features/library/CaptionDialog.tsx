// Adding captions to a video out of a file, or naming those that are there.

import { FileText } from 'lucide-react';
import { useRef, useState, type SyntheticEvent } from 'react';
import { useCaptionChanges } from '@/api/captions';
import { sentenceOf } from '@/api/client';
import { t } from '@/i18n/t';
import type { CaptionView, VideoView } from '@/protocol/types';
import { Button } from '@/ui/button';
import { Checkbox, Select } from '@/ui/choice';
import { Dialog } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { toast } from '@/ui/toast';
import { languageWords, textOf } from '../player/captions';

/** Largest file, bytes; the server's own bound. */
const FILE_BYTES_MAX = 2 * 1024 * 1024;
/** Languages on offer, in the order of their names here. */
const LANGUAGES = [
  'ar', 'bg', 'bn', 'ca', 'cs', 'da', 'de', 'el', 'en', 'es', 'et', 'eu', 'fa', 'fi', 'fr', 'ga', 'gl', 'he', 'hi', 'hr', 'hu', 'id', 'is', 'it',
  'ja', 'ko', 'lt', 'lv', 'ms', 'nb', 'nl', 'pl', 'pt', 'pt-BR', 'ro', 'ru', 'sk', 'sl', 'sr', 'sv', 'ta', 'te', 'th', 'tr', 'uk', 'ur', 'vi', 'zh',
] as const;
/** `Film.pt-BR.srt`: a language before the ending, as players name such files. */
const named = /[._-]([a-z]{2}(?:-[A-Z]{2})?)\.(?:srt|vtt)$/;

/** The dialog, open while mounted. With `captions` it changes those. */
export function CaptionDialog({ channel, video, version, captions, onClose }: {
  channel: string;
  video: VideoView;
  /** Version that new captions belong to. */
  version: string;
  captions?: CaptionView;
  onClose: () => void;
}) {
  const { add, update } = useCaptionChanges(channel);
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<{ name: string; text: string } | null>(null);
  const [language, setLanguage] = useState<string>(captions?.language ?? '');
  const [label, setLabel] = useState(captions?.label ?? '');
  const [isDefault, setDefault] = useState(captions?.is_default ?? false);
  const [problem, setProblem] = useState<string | null>(null);
  const busy = add.isPending || update.isPending;
  const known = LANGUAGES.some((one) => one === language) || language === '' ? LANGUAGES : [...LANGUAGES, language];
  const languages = [...known].map((value: string) => value).map((value) => ({ value, words: languageWords(value) })).sort((a, b) => a.words.localeCompare(b.words));

  const take = async (chosen: File | undefined) => {
    setProblem(null);
    if (!chosen) return;
    if (chosen.size > FILE_BYTES_MAX) {
      setProblem(t('captions.file.large'));
      return;
    }
    setFile({ name: chosen.name, text: textOf(new Uint8Array(await chosen.arrayBuffer())) });
    const found = named.exec(chosen.name)?.[1];
    if (language === '' && found !== undefined && LANGUAGES.some((one) => one === found)) setLanguage(found);
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setProblem(null);
    const names = { video: video.video, language: language === '' ? null : language, label: label.trim(), is_default: isDefault };
    const done = (words: string) => () => {
      toast({ kind: 'ok', words });
      onClose();
    };
    const refused = { onError: (error: unknown) => setProblem(sentenceOf(error)) };
    if (captions) update.mutate({ ...names, caption: captions.caption }, { ...refused, onSuccess: done(t('captions.saved')) });
    else if (file) add.mutate({ ...names, version, text: file.text }, { ...refused, onSuccess: done(t('captions.added')) });
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => { if (!open) onClose(); }}
      title={captions ? t('captions.edit') : t('captions.add')}
      text={captions ? undefined : t('captions.text', { title: video.title })}
      footer={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="primary" type="submit" form="captions" busy={busy} disabled={!captions && file === null}>{captions ? t('action.save') : t('captions.add')}</Button>
        </>
      }
    >
      <form id="captions" onSubmit={submit} className="flex flex-col gap-4">
        {!captions && (
          <div className="flex items-center gap-3">
            <input ref={input} type="file" accept=".srt,.vtt,text/vtt,application/x-subrip" aria-label={t('captions.file')} className="sr-only" tabIndex={-1} onChange={(event) => void take(event.target.files?.[0])} />
            <Button icon={FileText} onClick={() => input.current?.click()}>{t('captions.file.choose')}</Button>
            <span className="cut min-w-0 flex-1 text-list text-text-2">{file?.name ?? ''}</span>
          </div>
        )}
        <Select
          label={t('captions.language')}
          value={language}
          onChange={setLanguage}
          options={[{ value: '', words: t('captions.language.none') }, ...languages]}
        />
        <TextField label={t('captions.label')} hint={t('captions.label.hint')} maxLength={60} value={label} onChange={(event) => setLabel(event.target.value)} />
        <Checkbox label={t('captions.default')} checked={isDefault} onChange={setDefault} />
        {problem !== null && <p role="alert" className="text-list text-bad">{problem}</p>}
      </form>
    </Dialog>
  );
}
