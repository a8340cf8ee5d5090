// The Upload button: opens the browser's picker, the one with handles where there is one.

import { Upload } from 'lucide-react';
import { useRef } from 'react';
import { useInstance } from '@/api/queries';
import { t } from '@/i18n/t';
import { Button, type ButtonKind, type ButtonSize } from '@/ui/button';
import { ACCEPT, hasHandlePicker, pickWithHandles, plainFiles } from './files';
import { useAddFiles } from './use-add-files';

/** The button, for the library and the channel. */
export function UploadButton({ channel, kind = 'primary', size = 'normal' }: { channel: string; kind?: ButtonKind; size?: ButtonSize }) {
  const add = useAddFiles(channel);
  const instance = useInstance();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button
        kind={kind}
        size={size}
        icon={Upload}
        refusal={instance.data?.media_problem ?? undefined}
        onClick={() => {
          if (hasHandlePicker()) void pickWithHandles(t('upload.videos'), true).then(add);
          else input.current?.click();
        }}
      >
        {t('upload.action')}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        accept={ACCEPT}
        tabIndex={-1}
        aria-hidden
        data-upload={channel}
        className="hidden"
        onChange={(event) => {
          add(plainFiles(event.target.files ?? []));
          event.target.value = '';
        }}
      />
    </>
  );
}
