// The transport: rail and controls under the stage. What it offers is what I may do; the reason stands in the tooltip
// where I may not.

import {
  ChevronFirst, ChevronLast, Gauge, Maximize, Minimize, Pause, PictureInPicture2, Play, Settings2, Volume1, Volume2, VolumeX,
} from 'lucide-react';
import { useRef, type ReactNode } from 'react';
import type { TimelineVideo } from '@/protocol/types';
import { t } from '@/i18n/t';
import { useChannel, useChannelView, useRights } from '@/sync/channel-store-react';
import { useTimeWriting } from '@/sync/time-react';
import { lengthOf, timeOf, TIME_STYLES, type TimeStyle } from '@/sync/timecode';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine } from '@/ui/menu';
import { Slider } from '@/ui/slider';
import { SPEEDS } from './player';
import { usePlayer, usePlayerState } from './player-context';
import { Rail } from './Rail';
import { SyncBadge } from './SyncBadge';
import {
  AudioMenu, CaptionMenu, ChapterMenu, RareMenu, useAudioChoice, useCaptionChoice, useChapterList, useRareChoices, type StageExtras,
} from './TransportMenus';
import { useFrameLoop } from './use-frame-loop';
import { Waveform } from './Waveform';

/** How far the video on the stage is prepared, in words; none when it is. */
export interface Preparation {
  words: string;
  tone: 'plain' | 'bad';
}

/** The bar under the stage. */
export function Transport({ onStyle, ready, extras, preparation, fullScreen, onFullScreen, room, className }: {
  /** Somebody chose how positions are written. */
  onStyle: (style: TimeStyle) => void;
  ready: boolean;
  extras: StageExtras;
  preparation: Preparation | null;
  fullScreen: boolean;
  onFullScreen: () => void;
  /** How much room there is: `some` puts the rarer controls in a menu, `little` is the phone's arrangement. */
  room: 'full' | 'some' | 'little';
  className?: string;
}) {
  const compact = room === 'little';
  const player = usePlayer();
  const video = useChannelView(({ own, state }) => (own ?? state?.timeline)?.video ?? null);
  const { steer } = useRights();
  const refusal = steer ? undefined : t('transport.noRight');
  const playing = useChannelView(({ own, state }) => (own ?? state?.timeline)?.playing ?? false);
  const off = video === null;

  return (
    <div role="group" aria-label={t('transport.label')} className={cx('flex flex-col', compact ? 'px-2' : 'pt-2 pb-3', !compact && (fullScreen || room !== 'full') && 'px-4', className)}>
      {video && !compact && extras.waveform && extras.hasSound && <Waveform version={video.version} frames={video.frames} />}
      {video
        ? <Rail video={video} chapters={extras.chapters} ready={ready} disabled={!steer} compact={compact} />
        : <div className={cx('flex items-center', compact ? 'h-6' : 'h-7')}><span className="h-1 w-full rounded-full bg-surface-3" /></div>}
      <div className={cx('flex items-center', compact ? 'h-12 gap-0.5' : 'mt-1 h-11 gap-1')}>
        <IconButton
          icon={playing ? Pause : Play}
          filled
          name={playing ? t('transport.pause') : t('transport.play')}
          shortcut="K"
          side="top"
          disabled={off}
          refusal={refusal}
          className="text-text!"
          onClick={() => player.playOrPause()}
        />
        {!compact && (
          <>
            <IconButton icon={ChevronFirst} name={t('transport.back')} shortcut="," side="top" disabled={off} refusal={refusal} onClick={() => player.step(-1)} />
            <IconButton icon={ChevronLast} name={t('transport.forward')} shortcut="." side="top" disabled={off} refusal={refusal} onClick={() => player.step(1)} />
          </>
        )}
        <Volume compact={compact} />
        {video && <TimeFigures video={video} onStyle={onStyle} compact={compact} />}
        {preparation && !compact && <Badge tone={preparation.tone} className="ml-2">{preparation.words}</Badge>}
        <div className="flex-1" />
        <SyncBadge />
        {room !== 'full'
          ? <MoreMenu off={off} steer={steer} video={video} extras={extras} />
          : (
              <>
                <Speed refusal={refusal} off={off} />
                <ChapterMenu video={video} extras={extras} steer={steer} />
                <CaptionMenu extras={extras} off={off} />
                <AudioMenu off={off} />
                <QualityMenu off={off} />
                <RareMenu video={video} extras={extras} />
                <PictureButton off={off} />
              </>
            )}
        <IconButton
          icon={fullScreen ? Minimize : Maximize}
          name={fullScreen ? t('transport.exitFullScreen') : t('transport.fullScreen')}
          shortcut="F"
          side="top"
          onClick={onFullScreen}
        />
      </div>
    </div>
  );
}

function Volume({ compact }: { compact: boolean }) {
  const player = usePlayer();
  const muted = usePlayerState((state) => state.muted || state.volume === 0);
  const volume = usePlayerState((state) => state.volume);
  const level = muted ? 0 : volume;
  return (
    <div className="group/volume flex items-center">
      <IconButton
        icon={muted ? VolumeX : level < 0.5 ? Volume1 : Volume2}
        name={muted ? t('transport.unmute') : t('transport.mute')}
        shortcut="M"
        side="top"
        onClick={() => player.toggleMute()}
      />
      {!compact && (
        <div className="w-0 overflow-hidden opacity-0 transition-opacity group-focus-within/volume:w-auto group-focus-within/volume:overflow-visible group-focus-within/volume:opacity-100 group-hover/volume:w-auto group-hover/volume:overflow-visible group-hover/volume:opacity-100">
          <Slider
            label={t('transport.volume')}
            words={t('transport.volume.value', { percent: Math.round(level * 100) })}
            value={level}
            onChange={(value) => player.setVolume(value)}
            className="mr-3 ml-1 w-18"
          />
        </div>
      )}
    </div>
  );
}

/** Where it is, and how long it is. A press lets choose how that is written. */
function TimeFigures({ video, onStyle, compact }: {
  video: TimelineVideo;
  onStyle: (style: TimeStyle) => void;
  compact: boolean;
}) {
  const player = usePlayer();
  const now = useRef<HTMLSpanElement>(null);
  const writing = useTimeWriting(video.version);
  useFrameLoop(() => {
    const text = timeOf(player.frameSeen(), video.rate, writing);
    if (now.current && now.current.textContent !== text) now.current.textContent = text;
  });
  const trigger = (
    <button type="button" title={t('transport.time')} className="ml-1 flex h-7 shrink-0 items-center gap-1.5 rounded-chip px-1.5 text-list timecode hover:bg-surface-2 max-md:text-meta">
      <span ref={now} className="text-text" />
      {/* Two time codes have no room on a phone. */}
      {!(compact && writing.style === 'timecode') && (
        <>
          <span aria-hidden className="text-text-3">/</span>
          <span className="text-text-2">{lengthOf(video.frames, video.rate, writing)}</span>
        </>
      )}
    </button>
  );
  return (
    <Menu trigger={trigger} side="top" align="start" label={t('transport.time')}>
      <MenuLabel>{t('transport.time')}</MenuLabel>
      <MenuChoice
        value={writing.style}
        onChange={onStyle}
        options={TIME_STYLES.map((style) => ({ value: style, words: t(`transport.time.${style}`) }))}
      />
    </Menu>
  );
}

/** The speed as `3/2`, and its choice. */
function useSpeed(): { key: string; words: string; choice: ReactNode } {
  const channel = useChannel();
  const key = useChannelView(({ own, state }) => {
    const speed = (own ?? state?.timeline)?.speed;
    return speed ? `${speed.num}/${speed.den}` : '1/1';
  });
  const wordsOf = (num: number, den: number) => t('transport.speed.value', { speed: String(num / den) });
  const [num, den] = partsOf(key);
  return {
    key,
    words: wordsOf(num, den),
    choice: (
      <>
        <MenuLabel>{t('transport.speed')}</MenuLabel>
        <MenuChoice
          value={key}
          onChange={(value) => channel.setSpeed(...partsOf(value))}
          options={SPEEDS.map(([one, other]) => ({ value: `${one}/${other}`, words: wordsOf(one, other) }))}
        />
      </>
    ),
  };
}

function partsOf(key: string): [number, number] {
  const [num, den] = key.split('/').map(Number);
  return [num ?? 1, den ?? 1];
}

function Speed({ refusal, off }: { refusal: string | undefined; off: boolean }) {
  const { key, words, choice } = useSpeed();
  const trigger: ReactNode = key === '1/1'
    ? <IconButton icon={Gauge} name={t('transport.speed')} side="top" disabled={off} refusal={refusal} />
    : <Button kind="quiet" aria-label={`${t('transport.speed')} ${words}`} refusal={refusal} className="px-2 tnum text-link!">{words}</Button>;
  if (off || refusal !== undefined) return trigger;
  return <Menu trigger={trigger} side="top" label={t('transport.speed')}>{choice}</Menu>;
}

/** The choice of quality; none where there is nothing to choose. */
function useQuality(): ReactNode {
  const player = usePlayer();
  const { qualities, chosen, shown } = usePlayerState((state) => state.media);
  if (qualities.length < 2) return null;
  return (
    <>
      <MenuLabel>{t('transport.quality')}</MenuLabel>
      <MenuChoice
        value={chosen}
        onChange={(name) => player.chooseQuality(name)}
        options={[
          { value: 'auto', words: chosen === 'auto' && shown !== null ? t('transport.quality.autoShown', { shown }) : t('transport.quality.auto') },
          ...qualities.map(({ name }) => ({ value: name, words: name })),
        ]}
      />
    </>
  );
}

function QualityMenu({ off }: { off: boolean }) {
  const choice = useQuality();
  const trigger = <IconButton icon={Settings2} name={t('transport.quality')} side="top" disabled={off || choice === null} />;
  return choice === null ? trigger : <Menu trigger={trigger} side="top" label={t('transport.quality')}>{choice}</Menu>;
}

/** Everything that has no room on a phone. */
function MoreMenu({ off, steer, video, extras }: { off: boolean; steer: boolean; video: TimelineVideo | null; extras: StageExtras }) {
  const player = usePlayer();
  const { key, choice: speeds } = useSpeed();
  const qualities = useQuality();
  const captions = useCaptionChoice(extras).choice;
  const audio = useAudioChoice();
  const chapters = useChapterList(video, extras, steer);
  const rare = useRareChoices(video, extras);
  const trigger = <IconButton icon={Settings2} name={t('transport.more')} side="top" disabled={off} className={key === '1/1' ? '' : 'text-link!'} />;
  if (off) return trigger;
  return (
    <Menu trigger={trigger} side="top" label={t('transport.more')}>
      {captions}
      {audio}
      {qualities}
      {steer && speeds}
      {chapters}
      {rare}
      {document.pictureInPictureEnabled && (
        <>
          <MenuLine />
          <MenuItem icon={PictureInPicture2} onSelect={() => player.togglePicture()}>{t('transport.picture')}</MenuItem>
        </>
      )}
    </Menu>
  );
}

function PictureButton({ off }: { off: boolean }) {
  const player = usePlayer();
  const inPicture = usePlayerState((state) => state.inPicture);
  const can = typeof document !== 'undefined' && document.pictureInPictureEnabled;
  return (
    <IconButton
      icon={PictureInPicture2}
      name={t('transport.picture')}
      shortcut="P"
      side="top"
      disabled={off}
      refusal={can ? undefined : t('transport.picture.none')}
      aria-pressed={inPicture}
      className={inPicture ? 'text-link!' : ''}
      onClick={() => player.togglePicture()}
    />
  );
}
