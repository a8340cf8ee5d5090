// A page that takes files by drop and paste, everywhere on it.

import { Upload } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { t } from '@/i18n/t';
import { Icon } from '@/ui/icon';
import { carriesFiles, droppedFiles, plainFiles } from './files';
import { useAddFiles } from './use-add-files';

/** Its children, under a sign while files are dragged over the page. `enabled` false: nothing is taken. */
export function DropArea({ channel, channelName, enabled, children }: {
  channel: string;
  channelName: string;
  enabled: boolean;
  children: ReactNode;
}) {
  const add = useAddFiles(channel);
  const [over, setOver] = useState(false);

  useEffect(() => {
    if (!enabled) return undefined;
    // Enter and leave fire for every element on the way; the depth tells when the page itself is left.
    let depth = 0;
    const enter = (event: DragEvent) => {
      if (!carriesFiles(event.dataTransfer)) return;
      depth += 1;
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (!carriesFiles(event.dataTransfer)) return;
      depth -= 1;
      if (depth <= 0) setOver(false);
    };
    const drag = (event: DragEvent) => {
      if (carriesFiles(event.dataTransfer)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      setOver(false);
      if (!event.dataTransfer || !carriesFiles(event.dataTransfer)) return;
      event.preventDefault();
      void droppedFiles(event.dataTransfer).then(add);
    };
    const paste = (event: ClipboardEvent) => {
      const files = event.clipboardData?.files;
      if (!files || files.length === 0) return;
      event.preventDefault();
      add(plainFiles(files));
    };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragleave', leave);
    window.addEventListener('dragover', drag);
    window.addEventListener('drop', drop);
    window.addEventListener('paste', paste);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('dragover', drag);
      window.removeEventListener('drop', drop);
      window.removeEventListener('paste', paste);
    };
  }, [enabled, add]);

  return (
    <>
      {children}
      {over && (
        <div className="pointer-events-none fixed inset-0 z-40 grid animate-fade place-items-center bg-scrim p-4">
          <div className="flex flex-col items-center gap-3 rounded-card border-2 border-dashed border-accent bg-raised px-12 py-10 text-center shadow-menu">
            <Icon of={Upload} size={32} className="text-accent" />
            <p className="text-title font-semibold">{t('upload.drop', { channel: channelName })}</p>
          </div>
        </div>
      )}
    </>
  );
}
