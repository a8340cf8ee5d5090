// The panel beside the stage: People, Chat, Queue. It can be made wider and narrower and folds away to a rail; on a
// phone it lies under the stage.

import { ListVideo, MessageSquare, PanelRightClose, Users, type LucideIcon } from 'lucide-react';
import { useRef, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { t } from '@/i18n/t';
import { IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { TabPanel, Tabs } from '@/ui/tabs';

/** Tabs of the panel. */
export const TABS = ['people', 'chat', 'queue'] as const;
/** One of them. */
export type Tab = (typeof TABS)[number];

const icons: Record<Tab, LucideIcon> = { people: Users, chat: MessageSquare, queue: ListVideo };

/** Bounds of its width, pixels (product.md). */
export const PANEL_WIDTH = { min: 320, max: 480, initial: 360, step: 16, narrow: 304 };

export interface SidePanelProps {
  wide: boolean;
  folded: boolean;
  onFold: (folded: boolean) => void;
  width: number;
  resizable: boolean;
  onWidth: (width: number) => void;
  tab: Tab;
  onTab: (tab: Tab) => void;
  badges: Partial<Record<Tab, ReactNode>>;
  panels: Record<Tab, ReactNode>;
  /** Stands at the right end of the tabs. */
  end?: ReactNode;
}

/** The panel. All three stay mounted, so that a draft and a place in the list survive a change of tab. */
export function SidePanel({ wide, folded, onFold, width, resizable, onWidth, tab, onTab, badges, panels, end }: SidePanelProps) {
  const hidden = wide && folded;
  return (
    <>
      {hidden && (
        <nav aria-label={t('channel.panel')} className="flex w-12 shrink-0 flex-col items-center gap-1 border-l border-line bg-surface-1 py-2">
          {TABS.map((one) => (
            <span key={one} className="relative">
              <IconButton
                icon={icons[one]}
                name={t(`channel.tab.${one}`)}
                side="left"
                onClick={() => {
                  onTab(one);
                  onFold(false);
                }}
              />
              {one === 'chat' && badges.chat !== null && badges.chat !== undefined && <span aria-hidden className="pointer-events-none absolute top-1 right-1 size-2 rounded-full bg-accent" />}
            </span>
          ))}
        </nav>
      )}
      <aside
        aria-label={t('channel.panel')}
        hidden={hidden}
        style={wide ? { width } : undefined}
        className={cx('relative min-h-0 flex-col bg-surface-1', hidden ? 'hidden' : 'flex', wide ? 'shrink-0 border-l border-line' : 'w-full flex-1')}
      >
        {wide && resizable && <Grip width={width} onWidth={onWidth} />}
        <Tabs
          value={tab}
          onChange={onTab}
          label={t('channel.panel')}
          tabs={TABS.map((one) => ({ value: one, words: t(`channel.tab.${one}`), badge: badges[one] }))}
          className="flex min-h-0 flex-1 flex-col"
          listClassName="relative shrink-0"
        >
          {TABS.map((one) => (
            <TabPanel key={one} value={one} keep className="min-h-0 flex-1">
              {panels[one]}
            </TabPanel>
          ))}
        </Tabs>
        {wide && (
          <span className="absolute top-2 right-2">
            <IconButton icon={PanelRightClose} size="dense" name={t('channel.panel.hide')} side="left" onClick={() => onFold(true)} />
          </span>
        )}
        <span className={cx('absolute top-0.5', wide ? 'right-10' : 'right-1')}>{end}</span>
      </aside>
    </>
  );
}

/** The edge that is dragged; arrow keys do the same. */
function Grip({ width, onWidth }: { width: number; onWidth: (width: number) => void }) {
  const from = useRef<{ x: number; width: number } | null>(null);
  const set = (next: number) => onWidth(Math.round(Math.min(PANEL_WIDTH.max, Math.max(PANEL_WIDTH.min, next))));
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: PANEL_WIDTH.step, ArrowRight: -PANEL_WIDTH.step }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    set(width + by);
  };
  return (
    <div
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={t('channel.panel.width')}
      aria-valuemin={PANEL_WIDTH.min}
      aria-valuemax={PANEL_WIDTH.max}
      aria-valuenow={width}
      onKeyDown={onKeyDown}
      onPointerDown={(event: PointerEvent<HTMLDivElement>) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, width };
      }}
      onPointerMove={(event) => {
        if (from.current) set(from.current.width + from.current.x - event.clientX);
      }}
      onPointerUp={() => {
        from.current = null;
      }}
      onPointerCancel={() => {
        from.current = null;
      }}
      className="absolute inset-y-0 -left-1.5 z-10 w-3 cursor-col-resize touch-none after:absolute after:inset-y-0 after:left-1.5 after:w-0.5 after:bg-accent after:opacity-0 after:transition-opacity hover:after:opacity-100 focus-visible:after:opacity-100"
    />
  );
}
