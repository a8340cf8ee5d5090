// The chat tab: messages, who is writing, where to write.

import type { Ref } from 'react';
import { Composer } from './Composer';
import { MessageList } from './MessageList';
import { TypingLine } from './TypingLine';

/** The chat. */
export function ChatPanel({ shown, frameSeen, composerRef }: {
  /** Whether the tab is in view. */
  shown: boolean;
  frameSeen: () => number;
  composerRef?: Ref<HTMLTextAreaElement>;
}) {
  return (
    <div className="flex h-full min-h-0 flex-col">
      <MessageList shown={shown} />
      <TypingLine />
      <Composer frameSeen={frameSeen} {...(composerRef ? { ref: composerRef } : {})} />
    </div>
  );
}
