// Choosing files for a channel, from wherever they come: one way in, so that refusals are always said.

import { useCallback } from 'react';
import { useInstance } from '@/api/queries';
import { toast } from '@/ui/toast';
import type { ChosenFile } from './files';
import { addUploads } from './upload-engine';

/** A function that begins to upload the chosen files into the channel. */
export function useAddFiles(channel: string): (chosen: ChosenFile[]) => void {
  const instance = useInstance();
  const bytesMax = instance.data?.upload_bytes_max ?? Number.MAX_SAFE_INTEGER;
  return useCallback((chosen) => {
    for (const words of addUploads(chosen, { channel, bytesMax })) toast({ kind: 'bad', words });
  }, [channel, bytesMax]);
}
