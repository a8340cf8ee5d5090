// The timeline rail: buffered and played parts, the playhead, a card with the storyboard's picture under the pointer.
// A drag shows the frame to me alone and commits once on release; the keys of a slider do the same.

import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import type { ChapterView, TimelineVideo } from '@/protocol/types';
import { t } from '@/i18n/t';
import { useTimeWriting } from '@/sync/time-react';
import { clockOf, secondsOf, timeOf } from '@/sync/timecode';
import { cx } from '@/ui/cx';
import { chapterAt, chapterWords } from './chapters';
import { usePlayer, usePlayerState } from './player-context';
import { cueAt } from './storyboard';
import { useFrameLoop } from './use-frame-loop';
import { useStoryboard } from './use-storyboard';

const none: ReadonlySet<string> = new Set();
/** Size of the picture on the card (product.md). */
const CARD = { width: 160, height: 90 };

/** The rail of a video. */
export function Rail({ video, chapters, ready, disabled, compact }: {
  video: TimelineVideo;
  chapters: readonly ChapterView[];
  /** Everything is prepared, the storyboard too. */
  ready: boolean;
  /** The control is kept to others. */
  disabled: boolean;
  /** The phone's height. */
  compact: boolean;
}) {
  const player = usePlayer();
  const rail = useRef<HTMLDivElement>(null);
  const played = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const [hover, setHover] = useState<{ x: number; frame: number } | null>(null);
  const [pointed, setPointed] = useState(false);
  const [dragging, setDragging] = useState(false);
  const [missing, setMissing] = useState<ReadonlySet<string>>(none);
  const onMissing = (sheet: string) => setMissing((before) => new Set(before).add(sheet));
  const buffered = usePlayerState((state) => state.buffered);
  const cues = useStoryboard(video.version, pointed, ready);
  const last = Math.max(1, video.frames - 1);
  const lengthS = secondsOf(video.frames, video.rate);

  useFrameLoop(() => {
    const frame = player.frame();
    const share = Math.min(1, frame / last);
    if (played.current) played.current.style.transform = `scaleX(${share.toFixed(5)})`;
    if (head.current) head.current.style.left = `${(share * 100).toFixed(3)}%`;
    const slider = rail.current;
    const words = clockOf(frame, video.rate);
    if (slider && slider.ariaValueText !== words) {
      slider.setAttribute('aria-valuenow', String(frame));
      slider.setAttribute('aria-valuetext', words);
    }
  });

  const frameAtPointer = (event: PointerEvent): { x: number; frame: number } => {
    const box = rail.current!.getBoundingClientRect();
    const x = Math.min(Math.max(event.clientX - box.left, 0), box.width);
    return { x, frame: Math.round((x / box.width) * last) };
  };

  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (disabled || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDragging(true);
    setPointed(true);
    const at = frameAtPointer(event);
    setHover(at);
    player.showPreview(at.frame);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    setPointed(true);
    const at = frameAtPointer(event);
    setHover(at);
    if (dragging) player.showPreview(at.frame);
  };
  const onPointerUp = () => {
    if (!dragging) return;
    setDragging(false);
    player.commitPreview();
  };
  const onPointerCancel = () => {
    setDragging(false);
    setHover(null);
    player.endPreview();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (disabled || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape' && dragging) {
      onPointerCancel();
      return;
    }
    const page = Math.max(10, lengthS / 10);
    const seconds = { ArrowLeft: -5, ArrowRight: 5, ArrowDown: -5, ArrowUp: 5, PageDown: -page, PageUp: page, Home: -Infinity, End: Infinity }[event.key];
    if (seconds === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    player.skip(Number.isFinite(seconds) ? seconds : Math.sign(seconds) * lengthS);
  };

  return (
    <div
      ref={rail}
      role="slider"
      tabIndex={disabled ? -1 : 0}
      aria-label={t('transport.position')}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={0}
      aria-disabled={disabled || undefined}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={onPointerCancel}
      onPointerLeave={() => {
        if (!dragging) setHover(null);
      }}
      // What was not prepared a while ago may be there now.
      onPointerEnter={() => setMissing(none)}
      onKeyDown={onKeyDown}
      className={cx('group relative flex touch-none items-center rounded-chip', compact ? 'h-6' : 'h-7', disabled ? 'cursor-default' : 'cursor-pointer')}
    >
      <div className={cx('relative h-1 w-full overflow-hidden rounded-full bg-surface-3 transition-[height]', !disabled && 'group-hover:h-2', dragging && 'h-2')}>
        {buffered.map(([fromS, toS]) => (
          <span
            key={fromS}
            className="absolute inset-y-0 bg-text-3/55"
            style={{ left: `${percent(fromS / lengthS)}%`, width: `${percent((toS - fromS) / lengthS)}%` }}
          />
        ))}
        {hover && !dragging && <span className="absolute inset-y-0 left-0 bg-text-3/40" style={{ width: `${hover.x.toFixed(0)}px` }} />}
        <div ref={played} className="absolute inset-0 origin-left bg-accent" />
        {chapters.filter(({ frame }) => frame > 0).map(({ frame }) => (
          <span key={frame} data-chapter={frame} className="absolute inset-y-0 w-[3px] -translate-x-1/2 bg-bg" style={{ left: `${percent(frame / last)}%` }} />
        ))}
      </div>
      <div
        ref={head}
        className={cx(
          'pointer-events-none absolute size-3 -translate-x-1/2 rounded-full bg-accent shadow-[0_0_0_2px_var(--c-bg)] transition-transform',
          !disabled && 'group-hover:scale-125', dragging && 'scale-125',
        )}
      />
      {hover && <HoverCard x={hover.x} rail={rail} frame={hover.frame} video={video} chapters={chapters} cues={cues} missing={missing} onMissing={onMissing} />}
    </div>
  );
}

function HoverCard({ x, rail, frame, video, chapters, cues, missing, onMissing }: {
  x: number;
  rail: React.RefObject<HTMLDivElement | null>;
  frame: number;
  video: TimelineVideo;
  chapters: readonly ChapterView[];
  cues: Parameters<typeof cueAt>[0];
  /** Sheets that are not there yet. */
  missing: ReadonlySet<string>;
  onMissing: (sheet: string) => void;
}) {
  const writing = useTimeWriting(video.version);
  const found = cueAt(cues, secondsOf(frame, video.rate));
  const cue = found && !missing.has(found.sheet) ? found : null;
  const chapter = chapterAt(chapters, frame);
  const width = rail.current?.clientWidth ?? 0;
  const left = Math.min(Math.max(x, CARD.width / 2), Math.max(CARD.width / 2, width - CARD.width / 2));
  return (
    <div aria-hidden className="pointer-events-none absolute bottom-8 z-20 -translate-x-1/2" style={{ left: `${left.toFixed(0)}px` }}>
      {cue && (
        <div className="overflow-hidden rounded-base bg-black shadow-menu" style={{ width: CARD.width, height: CARD.height }}>
          <div style={{ width: cue.width, height: cue.height, transform: `scale(${CARD.width / cue.width})`, transformOrigin: '0 0' }} className="relative overflow-hidden">
            <img
              key={cue.sheet}
              src={cue.sheet}
              alt=""
              draggable={false}
              onError={() => onMissing(cue.sheet)}
              className="absolute max-w-none"
              style={{ left: -cue.x, top: -cue.y }}
            />
          </div>
        </div>
      )}
      {chapter >= 0 && (
        <p className="cut mx-auto mt-1 w-fit max-w-40 rounded-chip bg-raised px-1.5 py-0.5 text-label font-medium shadow-menu">{chapterWords(chapters, chapter)}</p>
      )}
      <p className="mx-auto mt-1 w-fit rounded-chip bg-raised px-1.5 py-0.5 text-label shadow-menu timecode">
        {timeOf(frame, video.rate, writing)}
      </p>
    </div>
  );
}

function percent(share: number): string {
  return (Math.min(1, Math.max(0, share)) * 100).toFixed(3);
}
