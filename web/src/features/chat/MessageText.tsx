// The text of a message: shown as text, whatever is in it, with the times in it as pills that jump.

import { memo } from 'react';
import { t } from '@/i18n/t';
import { useChannel, useChannelView, useRights } from '@/sync/channel-store-react';
import { useTimeWriting } from '@/sync/time-react';
import { piecesOf, timeOf } from '@/sync/timecode';
import type { FrameRef } from '@/protocol/types';

/** Text with its times. */
export const MessageText = memo(function MessageText({ text, frame }: { text: string; frame: FrameRef | null }) {
  const video = useChannelView(({ state }) => state?.timeline.video ?? null);
  const writing = useTimeWriting(video?.version);
  const pieces = video ? piecesOf(text, video.rate, video.frames, writing.timecode) : [{ text, frame: null }];
  const attached = frame && video && frame.version === video.version ? frame.frame : null;
  return (
    <>
      {attached !== null && video && <TimePill frame={attached} words={timeOf(attached, video.rate, writing)} className="mr-1.5" />}
      {pieces.map((piece, index) => (piece.frame === null ? <span key={index}>{piece.text}</span> : <TimePill key={index} frame={piece.frame} words={piece.text} />))}
    </>
  );
});

/** A time that jumps. */
function TimePill({ frame, words, className = '' }: { frame: number; words: string; className?: string }) {
  const channel = useChannel();
  const { steer } = useRights();
  return (
    <button
      type="button"
      disabled={!steer}
      aria-label={t('chat.jump', { time: words })}
      title={steer ? t('chat.jump', { time: words }) : t('transport.noRight')}
      onClick={() => channel.seek(frame)}
      className={`inline-flex h-5 items-center rounded-chip bg-tint-accent px-1.5 align-[-1px] text-meta text-on-tint-accent timecode hover:underline disabled:no-underline ${className}`}
    >
      {words}
    </button>
  );
}
