// The stage: the one <video> with what stands over the picture. Always 16:9, so that nothing moves when the picture
// comes; another shape is letterboxed.

import { CircleAlert, Clapperboard, LoaderCircle, Volume2 } from 'lucide-react';
import { useEffect, useRef, type ReactNode, type Ref } from 'react';
import { posterUrl } from '@/api/media-address';
import { t } from '@/i18n/t';
import { useChannelView, useRights } from '@/sync/channel-store-react';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Icon } from '@/ui/icon';
import type { CaptionView } from '@/protocol/types';
import { CaptionLayer } from './CaptionLayer';
import { isWithoutData } from './player';
import { usePlayer, usePlayerState } from './player-context';
import { Reactions } from './Reactions';
import { WhoDidIt } from './WhoDidIt';

/**
 * The stage. `empty` stands on it while there is no video; `percent` is how far the video is prepared, `uploaded` how much of
 * it is here while it is on its way.
 */
export function Stage({ ref, empty, percent, uploaded, captions, posterFrame, controlsOver, onRejoin, className, children }: {
  ref?: Ref<HTMLElement>;
  empty: ReactNode;
  percent: number | null;
  uploaded: number | null;
  captions: readonly CaptionView[];
  /** Frame of the poster that somebody chose. */
  posterFrame: number | null;
  /** The controls stand over the foot of the picture. */
  controlsOver: boolean;
  /** What to do when the video is gone or closed to me: one button's words and action. */
  onRejoin: { words: string; run: () => void };
  className?: string;
  children?: ReactNode;
}) {
  const player = usePlayer();
  const video = useRef<HTMLVideoElement>(null);
  const shown = useChannelView(({ own, state }) => (own ?? state?.timeline)?.video ?? null);
  const version = shown?.version ?? null;
  const known = useChannelView(({ state }) => state !== null);
  const picture = usePlayerState((state) => state.picture);
  const { steer } = useRights();

  useEffect(() => {
    if (video.current) player.attach(video.current);
  }, [player]);

  return (
    <section
      ref={ref}
      aria-label={t('stage.label')}
      className={cx('@container relative isolate aspect-video overflow-hidden bg-stage text-white select-none', className)}
    >
      <video
        ref={video}
        playsInline
        preload="auto"
        disableRemotePlayback
        tabIndex={-1}
        className={cx('absolute inset-0 size-full object-contain', version === null && 'invisible')}
        onPointerUp={(event) => {
          // A finger that only wants to see must not pause everybody.
          if (event.pointerType === 'mouse' && event.button === 0 && steer) player.playOrPause();
        }}
      />
      {version !== null && !picture && (
        <img
          src={posterUrl(version, posterFrame)}
          alt=""
          className="pointer-events-none absolute inset-0 size-full object-contain"
          onError={(event) => {
            event.currentTarget.hidden = true;
          }}
        />
      )}
      {known && version === null && <div className="absolute inset-0 grid place-items-center overflow-y-auto">{empty}</div>}
      {shown !== null && <CaptionLayer key={version} video={shown} captions={captions} raised={controlsOver} />}
      {version !== null && <Waiting percent={percent} uploaded={uploaded} />}
      {version !== null && <Problem onRejoin={onRejoin} />}
      <Reactions />
      <WhoDidIt />
      <JoinWithSound />
      {children}
    </section>
  );
}

/** Nothing chosen yet. */
export function StageEmpty({ text, action }: { text: string; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-center px-6 py-4 text-center">
      <Icon of={Clapperboard} size={32} className="mb-3 text-white/60" />
      <h2 className="text-page font-semibold">{t('stage.empty.title')}</h2>
      <p className="mt-1 max-w-90 text-body text-white/70">{text}</p>
      {action !== undefined && <div className="mt-5 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

/** The data is not there: being made, or on its way. */
function Waiting({ percent, uploaded }: { percent: number | null; uploaded: number | null }) {
  const prepared = percent === null ? t('stage.preparing') : t('stage.preparing.per', { percent });
  const buffering = usePlayerState(({ report, picture }) => isWithoutData(report?.status) || !picture);
  const preparing = usePlayerState(({ media, report }) => media.preparing || report?.status === 'preparing');
  const problem = usePlayerState(({ media }) => media.problem);
  if (!buffering || problem) return null;
  return (
    <div className="pointer-events-none absolute inset-0 grid animate-late place-items-center">
      <div className="relative">
        <span className="grid size-14 place-items-center rounded-full bg-over-picture">
          <LoaderCircle size={28} strokeWidth={1.75} aria-hidden className="animate-spin" />
        </span>
        {/* Out of the flow: the wheel stays where it is when the words come. */}
        {preparing && (
          <p className="absolute top-full left-1/2 mt-3 -translate-x-1/2 rounded-chip bg-over-picture px-2.5 py-1 text-list whitespace-nowrap tnum">
            {uploaded === null ? prepared : t('stage.onItsWay', { percent: uploaded })}
          </p>
        )}
      </div>
    </div>
  );
}

/** It cannot be played: what happened, one button. */
function Problem({ onRejoin }: { onRejoin: { words: string; run: () => void } }) {
  const player = usePlayer();
  const problem = usePlayerState(({ media }) => media.problem);
  if (!problem) return null;
  const again = problem === 'network' || problem === 'codec';
  return (
    <div role="alert" className="absolute inset-0 grid place-items-center bg-over-picture p-6">
      <div className="flex max-w-100 flex-col items-center text-center">
        <Icon of={CircleAlert} size={32} className="mb-3 text-[#ff7a7a]" />
        <p className="text-body">{t(`stage.problem.${problem}`)}</p>
        <Button className="mt-4" onClick={() => (again ? player.retryMedia() : onRejoin.run())}>
          {again ? t('action.retry') : onRejoin.words}
        </Button>
      </div>
    </div>
  );
}

/** The browser wants a gesture before it makes a sound. */
function JoinWithSound() {
  const player = usePlayer();
  const wanted = usePlayerState(({ report }) => report?.status === 'gesture');
  if (!wanted) return null;
  return (
    <div className="pointer-events-none absolute inset-0 grid place-items-center">
      <Button
        kind="primary"
        size="touch"
        icon={Volume2}
        className="pointer-events-auto animate-fade shadow-menu"
        onClick={() => player.joinWithSound()}
      >
        {t('stage.joinWithSound')}
      </Button>
    </div>
  );
}
