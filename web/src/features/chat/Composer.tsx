// Where a message is written: Enter sends, Shift+Enter begins a line, a frame can be attached. The text survives a
// change of tab; a refused send keeps it.

import { Clock3, SendHorizontal, X } from 'lucide-react';
import { useLayoutEffect, useRef, useState, type KeyboardEvent, type Ref } from 'react';
import { t } from '@/i18n/t';
import type { FrameRef } from '@/protocol/types';
import { useChannel, useChannelView, useRights } from '@/sync/channel-store-react';
import { useTimeWriting } from '@/sync/time-react';
import { timeOf } from '@/sync/timecode';
import { IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';

/** Longest message, characters (crates/protocol, MESSAGE_CHARS_MAX). */
export const MESSAGE_CHARS_MAX = 4_000;
/** Below this many characters left the count is shown. */
const COUNT_FROM = 200;

/** The composer. `frameSeen` gives the frame on the screen. */
export function Composer({ frameSeen, ref }: { frameSeen: () => number; ref?: Ref<HTMLTextAreaElement> }) {
  const channel = useChannel();
  const { chat } = useRights();
  const video = useChannelView(({ state }) => state?.timeline.video ?? null);
  const writing = useTimeWriting(video?.version);
  const [text, setText] = useState('');
  const [attached, setFrame] = useState<FrameRef | null>(null);
  // A frame of another video means nothing here any more.
  const frame = attached !== null && attached.version === video?.version ? attached : null;
  const own = useRef<HTMLTextAreaElement>(null);
  const over = charactersOf(text.trim()) - MESSAGE_CHARS_MAX;
  const ready = text.trim() !== '' && over <= 0;

  // As high as its text, up to six lines.
  useLayoutEffect(() => {
    const area = own.current;
    if (!area) return;
    area.style.height = 'auto';
    area.style.height = `${Math.min(area.scrollHeight, 136)}px`;
  }, [text]);

  const send = () => {
    if (!ready) return;
    channel.say(text.trim(), frame);
    setText('');
    setFrame(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send();
    }
    if (event.key === 'Escape') own.current?.blur();
  };

  const time = frame && video ? timeOf(frame.frame, video.rate, writing) : null;
  return (
    <div className="px-3 pb-3 max-md:pb-[max(0.75rem,env(safe-area-inset-bottom))]">
      <div className={cx('rounded-base border border-edge bg-field transition-colors focus-within:border-focus focus-within:outline-2 focus-within:outline-focus', !chat && 'opacity-45')}>
        {time !== null && (
          <div className="flex items-center gap-1 px-2 pt-2">
            <span className="inline-flex h-6 items-center rounded-chip bg-tint-accent pl-2 text-meta text-on-tint-accent timecode">
              {t('chat.attached', { time })}
              <button type="button" aria-label={t('chat.detach')} onClick={() => setFrame(null)} className="ml-1 grid size-6 place-items-center rounded-chip hover:brightness-125">
                <X size={14} aria-hidden />
              </button>
            </span>
          </div>
        )}
        <div className="flex items-end">
          <textarea
            ref={(element) => {
              own.current = element;
              if (typeof ref === 'function') ref(element);
              else if (ref) ref.current = element;
            }}
            rows={1}
            value={text}
            disabled={!chat}
            aria-label={t('chat.write')}
            aria-invalid={over > 0 || undefined}
            placeholder={chat ? t('chat.placeholder') : t('chat.placeholder.viewer')}
            onChange={(event) => {
              setText(event.target.value);
              channel.setTyping(event.target.value.trim() !== '');
            }}
            onBlur={() => channel.setTyping(false)}
            onKeyDown={onKeyDown}
            className="min-h-9 flex-1 resize-none bg-transparent px-3 py-2 text-list outline-none placeholder:text-text-3 max-md:text-title"
          />
          {video && time === null && (
            <IconButton
              icon={Clock3}
              size="dense"
              name={t('chat.attach')}
              className="mb-1"
              disabled={!chat}
              onClick={() => {
                setFrame({ version: video.version, frame: Math.min(frameSeen(), video.frames - 1) });
                own.current?.focus();
              }}
            />
          )}
          <IconButton icon={SendHorizontal} size="dense" name={t('chat.send')} shortcut="Enter" className={cx('m-1', ready && 'text-link!')} disabled={!chat || !ready} onClick={send} />
        </div>
      </div>
      {over > -COUNT_FROM && (
        <p role={over > 0 ? 'alert' : undefined} className={cx('px-1 pt-1 text-label tnum', over > 0 ? 'text-bad' : 'text-text-3')}>
          {over > 0 ? t('chat.tooLong', { count: over }) : `${MESSAGE_CHARS_MAX + over} / ${MESSAGE_CHARS_MAX}`}
        </p>
      )}
    </div>
  );
}

/** Characters as the server counts them: code points. */
function charactersOf(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
