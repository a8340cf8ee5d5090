// The technical facts of a video: what was uploaded and what was made of it.

import { bytes, clock, dateTime } from '@/i18n/format';
import { t } from '@/i18n/t';
import type { VersionView, VideoView } from '@/protocol/types';
import { Dialog } from '@/ui/dialog';
import { CaptionList } from './CaptionList';
import { isSound, versionStatus } from './version-words';

/** `23.976`: a rate as people write it. */
const rateWords = ({ num, den }: { num: number; den: number }): string => String(Number((num / den).toFixed(3)));

function rows(video: VideoView, version: VersionView): [string, string][] {
  const { facts } = version;
  const list: [string, string | null][] = [
    [t('facts.state'), versionStatus(version).words],
    [t('facts.file'), version.filename],
    [t('facts.size'), bytes(version.bytes)],
    [t('facts.added'), video.added_by
      ? t('facts.addedBy', { when: dateTime(video.added_at / 1000), name: video.added_by.name })
      : dateTime(video.added_at / 1000)],
  ];
  if (facts) {
    list.push(
      [t('facts.duration'), clock(facts.duration_ms / 1000)],
      [t('facts.container'), facts.container],
      [t('facts.video'), facts.video_codec === null ? null : t('facts.videoWords', { codec: facts.video_codec, bits: facts.bit_depth })],
      [t('facts.picture'), facts.width === 0 ? null : t('facts.pictureWords', { width: String(facts.width), height: String(facts.height) })],
      [t('facts.rate'), isSound(version) ? null : t('facts.rateWords', { rate: rateWords(facts.rate), frames: facts.frames })],
      [t('facts.timecode'), facts.start_timecode === null ? null : facts.drop_frame ? t('facts.dropFrame', { timecode: facts.start_timecode }) : facts.start_timecode],
      [t('facts.timecode'), facts.unused_timecode === null ? null : t('facts.unusedTimecode', { timecode: facts.unused_timecode })],
      [t('facts.audio'), facts.audio_codec === null ? t('facts.noAudio') : t('facts.audioWords', { codec: facts.audio_codec, count: facts.audio_channels ?? 1 })],
    );
  }
  if (facts && facts.chapters.length > 0) list.push([t('facts.chapters'), String(facts.chapters.length)]);
  const [loudness] = version.loudness;
  if (loudness && loudness.integrated_lufs !== null) {
    list.push([t('facts.loudness'), t('facts.loudnessWords', { lufs: loudness.integrated_lufs.toFixed(1), peak: (loudness.true_peak_dbtp ?? 0).toFixed(1) })]);
  }
  if (version.renditions.length > 0 && !isSound(version)) list.push([t('facts.qualities'), version.renditions.join(', ')]);
  return list.filter((row): row is [string, string] => row[1] !== null);
}

/** The dialog. */
export function DetailsDialog({ video, manage, open, onOpenChange }: {
  video: VideoView;
  /** I may change the video. */
  manage: boolean;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const version = video.versions[0];
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t('library.details')} text={video.title} width="normal">
      {version && (
        <dl>
          {rows(video, version).map(([name, value]) => (
            <div key={name} className="grid grid-cols-[8rem_1fr] gap-4 border-b border-line py-2 last:border-0">
              <dt className="text-list text-text-2">{name}</dt>
              <dd className="min-w-0 text-list tnum">{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {version?.facts && (manage || version.captions.length > 0) && <CaptionList video={video} version={version} manage={manage} />}
    </Dialog>
  );
}
