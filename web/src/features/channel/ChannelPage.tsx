// The live channel: stage and transport, people, chat and queue, put together from their features.

import { useNavigate } from '@tanstack/react-router';
import { Film } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { ApiError } from '@/api/client';
import { sessionQuery, useChannel as useChannelQuery, useSession } from '@/api/queries';
import { mayInvite, mayManageVideo, mayUpload } from '@/api/rights';
import { SkipLink } from '@/app/Shell';
import { useShortcuts } from '@/app/shortcuts';
import { useTitle } from '@/app/use-title';
import { t } from '@/i18n/t';
import { ChannelProvider, useChannel, useChannelView, useMe, useRights } from '@/sync/channel-store-react';
import { TimeProvider } from '@/sync/time-react';
import { TIME_STYLES, type TimeStyle } from '@/sync/timecode';
import { Badge } from '@/ui/badge';
import { BannerSlot } from '@/ui/banner';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { channelColors } from '@/ui/people-colors';
import { PeopleColors } from '@/ui/people-context';
import { Skeleton } from '@/ui/skeleton';
import { ErrorState } from '@/ui/states';
import { ChatPanel } from '../chat/ChatPanel';
import { InviteDialog } from '../members/InviteDialog';
import { PlayerProvider, usePlayer } from '../player/player-context';
import { CaptionDialog } from '../library/CaptionDialog';
import { chapterFrom } from '../player/chapters';
import { Stage, StageEmpty } from '../player/Stage';
import { Transport } from '../player/Transport';
import { PeoplePanel } from '../presence/PeoplePanel';
import { PickVideoDialog } from '../queue/PickVideoDialog';
import { QueuePanel } from '../queue/QueuePanel';
import { UploadButton } from '../upload/UploadButton';
import { ChannelBar } from './ChannelBar';
import { ReactionBar, ReactionButton } from './ReactionBar';
import { REACTIONS } from './reactions';
import { PANEL_WIDTH, SidePanel, TABS, type Tab } from './SidePanel';
import { useChannelNotices } from './use-channel-notices';
import { useFullScreen } from './use-full-screen';
import { ROOMY, SIDEWAYS, useMediaQuery, WIDE } from './use-media-query';
import { useOpenChannel } from './use-open-channel';
import { usePreference } from './use-preference';
import { useStageVideo } from './use-video';
import { queryClient } from '@/api/query-client';

/** The page of one channel. */
export function ChannelPage({ channel: id }: { channel: string }) {
  const { data: session } = useSession();
  const open = useOpenChannel(id, session?.person ?? null);
  const known = useChannelQuery(id);
  // Known by now to be closed or gone: say so instead of knocking for ever.
  if (known.error instanceof ApiError && !known.error.retryable && !known.data) return <Closed text={known.error.sentence} />;
  if (!open || !session?.person || known.isPending) return <Opening />;
  return (
    <ChannelProvider channel={open.channel} person={session.person.person}>
      <PlayerProvider value={open.player}>
        <Screen key={id} channelId={id} />
      </PlayerProvider>
    </ChannelProvider>
  );
}

const isTab = (text: string): text is Tab => (TABS as readonly string[]).includes(text);
const isStyle = (text: string): text is TimeStyle => (TIME_STYLES as readonly string[]).includes(text);
const isShown = (text: string): text is 'shown' | 'hidden' => text === 'shown' || text === 'hidden';
const isFold = (text: string): text is 'folded' | 'open' => text === 'folded' || text === 'open';
const isWidth = (text: string): text is string => {
  const width = Number(text);
  return width >= PANEL_WIDTH.min && width <= PANEL_WIDTH.max;
};

function Screen({ channelId }: { channelId: string }) {
  const channel = useChannel();
  const player = usePlayer();
  const wide = useMediaQuery(WIDE);
  const roomy = useMediaQuery(ROOMY);
  const sideways = useMediaQuery(SIDEWAYS);
  const beside = wide || sideways;
  const ended = useChannelView(({ connection }) => (connection.status === 'ended' ? connection.code : null));
  const name = useChannelView((view) => view.state?.name ?? null);
  const role = useChannelView((view) => view.role);
  const video = useStageVideo(channelId);
  const { steer } = useRights();
  const [tab, setTab] = usePreference<Tab>('panel.tab', 'chat', isTab);
  const [fold, setFold] = usePreference<'folded' | 'open'>('panel.fold', 'open', isFold);
  const [width, setWidth] = usePreference<string>('panel.width', String(PANEL_WIDTH.initial), isWidth);
  const [style, setStyle] = usePreference<TimeStyle>('time', wide ? 'timecode' : 'clock', isStyle);
  const [waveform, setWaveform] = usePreference<'shown' | 'hidden'>('waveform', 'shown', isShown);
  const [captioning, setCaptioning] = useState(false);
  const me = useMe();
  const [inviting, setInviting] = useState(false);
  const [picking, setPicking] = useState(false);
  const theatre = useRef<HTMLDivElement>(null);
  const composer = useRef<HTMLTextAreaElement>(null);
  const full = useFullScreen(theatre);
  const colors = useColors();
  const unread = useUnread(tab === 'chat' && !(beside && fold === 'folded'));
  useTitle(name ?? t('channel.title'));
  useChannelNotices();

  const { prepared } = video;
  const completeKey = `${prepared.renditions.join()} ${prepared.complete.join()}`;
  useEffect(() => {
    player.setPrepared(prepared);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key stands for the lists
  }, [player, prepared.ready, prepared.playableS, prepared.sharpS, completeKey]);

  const { loudness } = video;
  useEffect(() => {
    player.setLoudness(loudness);
  }, [player, loudness]);

  // A session that ended is found out by asking who is signed in.
  useEffect(() => {
    if (ended === 4401) void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
  }, [ended]);

  const showTab = useCallback((next: Tab) => {
    setTab(next);
    setFold('open');
  }, [setTab, setFold]);

  const may = (run: () => void) => () => {
    if (steer) run();
  };
  const toChapter = (by: 1 | -1) => {
    const timeline = channel.timeline();
    const frame = timeline?.video ? chapterFrom(video.chapters, player.frame(), timeline.video.rate, by) : null;
    if (frame !== null && video.chapters.length > 0) player.jump(frame);
  };
  const manage = video.view !== null && mayManageVideo(role, video.view.added_by?.person === me);
  useShortcuts({
    ' ': may(() => player.playOrPause()),
    k: may(() => player.playOrPause()),
    ArrowLeft: may(() => player.skip(-5)),
    ArrowRight: may(() => player.skip(5)),
    j: may(() => player.skip(-10)),
    l: may(() => player.skip(10)),
    ',': may(() => player.step(-1)),
    '.': may(() => player.step(1)),
    '<': may(() => player.changeSpeed(-1)),
    '>': may(() => player.changeSpeed(1)),
    '[': may(() => toChapter(-1)),
    ']': may(() => toChapter(1)),
    m: () => player.toggleMute(),
    f: () => full.toggle(),
    p: () => player.togglePicture(),
    t: () => {
      showTab('chat');
      requestAnimationFrame(() => composer.current?.focus());
    },
    ...Object.fromEntries(REACTIONS.map((emoji, index) => [String(index + 1), () => channel.react(emoji)])),
  });

  if (ended !== null && ended !== 4401) return <Closed text={t(ended === 4410 ? 'channel.ended.4410' : 'channel.ended.4403')} />;

  const choose = () => setPicking(true);
  const upload = mayUpload(role) && <UploadButton channel={channelId} kind="secondary" />;
  const empty = steer
    ? <StageEmpty text={t('stage.empty.text')} action={<><Button kind="primary" icon={Film} onClick={choose}>{t('stage.empty.choose')}</Button>{upload}</>} />
    : <StageEmpty text={t('stage.empty.viewer')} />;

  return (
    <PeopleColors value={colors}>
      <TimeProvider style={style} version={video.version} timecode={video.timecode}>
        <div className="flex h-dvh flex-col overflow-hidden">
          <SkipLink />
          <ChannelBar channelId={channelId} wide={wide} onInvite={() => setInviting(true)} onPeople={() => showTab('people')} />
          <BannerSlot />
          <div className={cx('flex min-h-0 flex-1', !beside && 'flex-col')}>
            <main id="content" tabIndex={-1} className={cx('flex min-w-0 flex-col outline-none', beside ? 'flex-1 overflow-y-auto lg:px-4 lg:pt-4' : 'shrink-0')}>
              <div
                ref={theatre}
                className={cx('flex w-full flex-col', full.on ? 'relative size-full justify-center bg-black' : 'mx-auto', full.on && full.idle && 'cursor-none')}
              >
                <Stage
                  empty={empty}
                  percent={video.percent}
                  uploaded={video.uploaded}
                  captions={video.captions}
                  posterFrame={video.posterFrame}
                  controlsOver={full.on && !full.idle}
                  onRejoin={steer ? { words: t('stage.empty.choose'), run: choose } : { words: t('action.reload'), run: () => window.location.reload() }}
                  className={full.on ? 'size-full' : wide ? 'mx-auto w-full max-w-[calc((100dvh-224px)*16/9)] lg:rounded-base' : sideways ? 'mx-auto w-full max-w-[calc((100dvh-116px)*16/9)]' : 'w-full'}
                />
                <Transport
                  onStyle={setStyle}
                  ready={prepared.ready}
                  extras={{
                    channel: channelId,
                    chapters: video.chapters,
                    captions: video.captions,
                    hasSound: video.hasSound,
                    manage,
                    onAddCaptions: () => setCaptioning(true),
                    waveform: waveform === 'shown',
                    onWaveform: (shown) => setWaveform(shown ? 'shown' : 'hidden'),
                  }}
                  preparation={video.preparation}
                  fullScreen={full.on}
                  onFullScreen={() => full.toggle()}
                  room={roomy ? 'full' : wide ? 'some' : 'little'}
                  className={cx(
                    'w-full',
                    full.on && 'absolute inset-x-0 bottom-0 bg-bg/92 transition-opacity',
                    full.on && full.idle && 'pointer-events-none opacity-0',
                    !wide && 'border-b border-line bg-surface-1',
                  )}
                />
              </div>
              {wide && (
                <div className="flex h-12 shrink-0 items-center gap-3 px-4 lg:px-0">
                  <h2 className="cut min-w-0 flex-1 text-title font-semibold" title={video.title ?? undefined}>{video.title ?? ''}</h2>
                  <ReactionBar />
                </div>
              )}
            </main>
            <SidePanel
              wide={beside}
              folded={fold === 'folded'}
              onFold={(folded) => setFold(folded ? 'folded' : 'open')}
              width={roomy ? Number(width) : PANEL_WIDTH.narrow}
              resizable={roomy}
              onWidth={(next) => setWidth(String(next))}
              tab={tab}
              onTab={setTab}
              end={wide ? null : <ReactionButton />}
              badges={{
                people: <PeopleCount />,
                chat: unread > 0 ? <Badge tone="accent"><span aria-hidden>{unread > 99 ? '99+' : unread}</span><span className="sr-only">{t('channel.unread', { count: unread })}</span></Badge> : null,
                queue: <QueueCount />,
              }}
              panels={{
                people: <PeoplePanel invite={mayInvite(role) ? <Button size="dense" kind="primary" onClick={() => setInviting(true)}>{t('channel.invite')}</Button> : null} />,
                chat: <ChatPanel shown={tab === 'chat'} frameSeen={() => player.frameSeen()} composerRef={composer} />,
                queue: <QueuePanel title={video.title} onAdd={choose} />,
              }}
            />
          </div>
        </div>
        {mayInvite(role) && <InviteDialog channel={channelId} open={inviting} onOpenChange={setInviting} />}
        {captioning && video.view && video.version && <CaptionDialog channel={channelId} video={video.view} version={video.version} onClose={() => setCaptioning(false)} />}
        <PickVideoDialog channelId={channelId} open={picking} onOpenChange={setPicking} upload={upload} />
      </TimeProvider>
    </PeopleColors>
  );
}

/** Colours of the members in the order of joining. */
function useColors() {
  const members = useChannelView((view) => view.state?.members);
  return useMemo(() => {
    const inOrder = [...(members ?? [])].sort((a, b) => a.joined_at - b.joined_at || (a.person < b.person ? -1 : 1));
    return channelColors(inOrder.map(({ person }) => person));
  }, [members]);
}

/** Messages by others since the chat was last in view. */
function useUnread(inView: boolean): number {
  const me = useMe();
  const items = useChannelView((view) => view.items);
  const known = useChannelView((view) => view.history !== 'unread' && view.history !== 'loading');
  const [seen, setSeen] = useState<number | null>(null);
  const last = items.at(-1)?.seq ?? 0;
  // What was there on arrival is history, not news.
  if ((inView || (seen === null && known)) && seen !== last) setSeen(last);
  if (inView || seen === null) return 0;
  return items.filter((item) => item.kind === 'message' && item.seq > seen && item.person !== me).length;
}

function PeopleCount() {
  const count = useChannelView(({ presence }) => Math.max(1, presence.count, presence.people.length));
  return <span className="text-meta text-text-3 tnum">{count}</span>;
}

function QueueCount() {
  const count = useChannelView((view) => view.state?.queue.length ?? 0);
  return count > 0 ? <span className="text-meta text-text-3 tnum">{count}</span> : null;
}

/** The page's shape before anything is known. */
function Opening() {
  return (
    <div className="flex h-dvh flex-col">
      <div className="h-12 border-b border-line bg-surface-1 max-md:h-11" />
      <div className="flex min-h-0 flex-1 max-md:flex-col">
        <div className="flex-1 max-md:flex-none lg:px-4 lg:pt-4">
          <div className="mx-auto aspect-video w-full bg-stage md:max-w-[calc((100dvh-224px)*16/9)] lg:rounded-base" />
        </div>
        <div className="w-90 border-l border-line bg-surface-1 p-4 max-md:w-full max-md:flex-1 max-md:border-0"><Skeleton className="h-6 w-40 animate-late" /></div>
      </div>
    </div>
  );
}

function Closed({ text }: { text: string }) {
  useTitle(t('channel.title'));
  const navigate = useNavigate();
  return (
    <main className="grid min-h-dvh place-items-center">
      <ErrorState title={t('channel.closed.title')} text={text} action={<Button kind="primary" onClick={() => void navigate({ to: '/' })}>{t('app.notFound.action')}</Button>} />
    </main>
  );
}
