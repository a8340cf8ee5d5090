// What the transport offers in menus beside speed and quality: captions, audio track, chapters, sound, poster. Each as
// a part that stands in a menu of its own where there is room, and in the one menu of small screens.

import { AudioLines, Captions, CaptionsOff, Ellipsis, ImageUp, ListOrdered, PencilLine } from 'lucide-react';
import type { ReactNode } from 'react';
import { useChoosePoster } from '@/api/poster';
import { sentenceOf } from '@/api/client';
import { t } from '@/i18n/t';
import type { CaptionView, ChapterView, TimelineVideo } from '@/protocol/types';
import { useTimeWriting } from '@/sync/time-react';
import { timeOf } from '@/sync/timecode';
import { IconButton } from '@/ui/button';
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine, MenuSwitch } from '@/ui/menu';
import { toast } from '@/ui/toast';
import { captionWords, chosenCaptions, languageWords, wishOf } from './captions';
import { chapterWords } from './chapters';
import { usePlayer, usePlayerState } from './player-context';
import { useCaptionWish } from './use-captions';

/** What the library knows of the video on the stage. */
export interface StageExtras {
  channel: string;
  chapters: readonly ChapterView[];
  captions: readonly CaptionView[];
  hasSound: boolean;
  /** I may change the video: add captions, choose its poster. */
  manage: boolean;
  onAddCaptions: () => void;
  waveform: boolean;
  onWaveform: (shown: boolean) => void;
}

/** The choice of captions; none while there is nothing to choose or add. */
export function useCaptionChoice({ captions, manage, onAddCaptions }: StageExtras): { on: boolean; choice: ReactNode } {
  const { wish, choose } = useCaptionWish();
  const shown = chosenCaptions(captions, wish);
  if (captions.length === 0 && !manage) return { on: false, choice: null };
  return {
    on: shown !== null,
    choice: (
      <>
        <MenuLabel>{t('transport.captions')}</MenuLabel>
        {captions.length > 0 && (
          <MenuChoice
            value={shown?.caption ?? 'off'}
            onChange={(caption) => {
              const chosen = captions.find((one) => one.caption === caption);
              choose(chosen ? wishOf(chosen) : 'off');
            }}
            options={[
              { value: 'off', words: t('captions.off') },
              ...captions.map((one) => ({ value: one.caption, words: captionWords(one) })),
            ]}
          />
        )}
        {manage && (
          <>
            {captions.length > 0 && <MenuLine />}
            <MenuItem icon={PencilLine} onSelect={onAddCaptions}>{t('captions.add')}</MenuItem>
          </>
        )}
      </>
    ),
  };
}

/** The menu of captions on its button. */
export function CaptionMenu({ extras, off }: { extras: StageExtras; off: boolean }) {
  const { on, choice } = useCaptionChoice(extras);
  const trigger = (
    <IconButton
      icon={on || extras.captions.length === 0 ? Captions : CaptionsOff}
      name={t('transport.captions')}
      side="top"
      disabled={off}
      refusal={choice === null ? t('transport.captions.none') : undefined}
      className={on ? 'text-link!' : ''}
    />
  );
  return off || choice === null ? trigger : <Menu trigger={trigger} side="top" label={t('transport.captions')}>{choice}</Menu>;
}

/** The choice of a sound track; none with fewer than two. */
export function useAudioChoice(): ReactNode {
  const player = usePlayer();
  const tracks = usePlayerState(({ media }) => media.audioTracks);
  const track = usePlayerState(({ media }) => media.audioTrack);
  if (tracks.length < 2) return null;
  const words = (name: string, language: string | null, number: number) => {
    const spoken = language === null ? null : languageWords(language);
    if (name === '' || name === 'Sound') return spoken ?? t('audio.number', { number: number + 1 });
    return spoken === null || name.toLowerCase().includes(spoken.toLowerCase()) ? name : t('captions.named', { language: spoken, label: name });
  };
  return (
    <>
      <MenuLabel>{t('audio.label')}</MenuLabel>
      <MenuChoice
        value={String(track)}
        onChange={(chosen) => player.chooseAudio(Number(chosen))}
        options={tracks.map((one) => ({ value: String(one.track), words: words(one.name, one.language, one.track) }))}
      />
    </>
  );
}

/** The menu of sound tracks on its button; nothing where there is nothing to choose. */
export function AudioMenu({ off }: { off: boolean }) {
  const choice = useAudioChoice();
  if (choice === null || off) return null;
  return (
    <Menu trigger={<IconButton icon={AudioLines} name={t('audio.label')} side="top" />} side="top" label={t('audio.label')}>{choice}</Menu>
  );
}

/** The list of chapters; none without any. */
export function useChapterList(video: TimelineVideo | null, { chapters }: StageExtras, steer: boolean): ReactNode {
  const player = usePlayer();
  const writing = useTimeWriting(video?.version);
  if (video === null || chapters.length === 0 || !steer) return null;
  return (
    <>
      <MenuLabel>{t('chapters.label')}</MenuLabel>
      {chapters[0]!.frame > 0 && (
        <MenuItem onSelect={() => player.jump(0)}>{t('chapters.beginning')}</MenuItem>
      )}
      {chapters.map(({ frame }, at) => (
        <MenuItem key={frame} shortcut={timeOf(frame, video.rate, writing)} onSelect={() => player.jump(frame)}>{chapterWords(chapters, at)}</MenuItem>
      ))}
    </>
  );
}

/** The chapters on their button; nothing without any. */
export function ChapterMenu({ video, extras, steer }: { video: TimelineVideo | null; extras: StageExtras; steer: boolean }) {
  const list = useChapterList(video, extras, steer);
  if (list === null) return null;
  return (
    <Menu trigger={<IconButton icon={ListOrdered} name={t('chapters.label')} side="top" />} side="top" label={t('chapters.label')}>{list}</Menu>
  );
}

/** Sound and poster: what is set seldom. None where there is nothing of it. */
export function useRareChoices(video: TimelineVideo | null, extras: StageExtras): ReactNode {
  const player = usePlayer();
  const even = usePlayerState((state) => state.even);
  const poster = useChoosePoster(extras.channel);
  if (video === null || (!extras.hasSound && !extras.manage)) return null;
  const choosePoster = () => {
    toast({ words: t('poster.working') });
    poster.mutate({ video: video.video, version: video.version, frame: player.frameSeen() }, {
      onSuccess: (made) => toast({ kind: 'ok', words: made ? t('poster.done') : t('poster.later') }),
      onError: (error) => toast({ kind: 'bad', words: sentenceOf(error) }),
    });
  };
  return (
    <>
      {extras.hasSound && (
        <>
          <MenuLabel>{t('sound.label')}</MenuLabel>
          <MenuSwitch checked={even} onChange={(on) => player.setEven(on)}>{t('sound.even')}</MenuSwitch>
          <MenuSwitch checked={extras.waveform} onChange={extras.onWaveform}>{t('sound.waveform')}</MenuSwitch>
        </>
      )}
      {extras.manage && (
        <>
          {extras.hasSound && <MenuLine />}
          <MenuItem icon={ImageUp} onSelect={choosePoster}>{t('poster.use')}</MenuItem>
        </>
      )}
    </>
  );
}

/** Those on a button. */
export function RareMenu({ video, extras }: { video: TimelineVideo | null; extras: StageExtras }) {
  const choices = useRareChoices(video, extras);
  if (choices === null) return null;
  return <Menu trigger={<IconButton icon={Ellipsis} name={t('transport.more')} side="top" />} side="top" label={t('transport.more')}>{choices}</Menu>;
}
