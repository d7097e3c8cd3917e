import {
  type KeyboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { ShownAlarm } from "../../shared/alarm-frame.ts";
import { clockText } from "../../shared/time-text.ts";
import { Banners, SilentDevices } from "../banners.tsx";
import type { Call, CallKind, CarryOut } from "../calls.ts";
import { AssignDialog } from "../dispatch/dispatch-dialog.tsx";
import type { Shown } from "../shown.ts";
import { offeredCalls, type Rights } from "../states.ts";
import { useActions } from "../use-actions.ts";
import { useHeld } from "../use-held.ts";
import { useWindow } from "../use-window.ts";
import { words } from "../words.ts";
import { AskDialog, type AskedKind } from "./ask-dialog.tsx";
import { BulkBar } from "./bulk-bar.tsx";
import { Details } from "./details.tsx";
import { FreshButton } from "./fresh-button.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { keyMeanings } from "./key-meanings.ts";
import { deskKey } from "./keys.ts";
import { KpiStrip } from "./kpi-strip.tsx";
import { becauseText, Rows } from "./rows.tsx";
import { StatusLine } from "./status-line.tsx";
import { nextView, Tabs } from "./tabs.tsx";
import { Toolbar } from "./toolbar.tsx";
import { useFocus } from "./use-focus.ts";
import { toggled, useLines } from "./use-lines.ts";

/** Rows keep their places this long after the hand last moved over them. */
const handMs = 6_000;
/** Height of a row, in its font size; in the style sheet too. */
const rowEm = { flat: 4.1, tall: 7.2 };
/** Narrower than this, a row has its parts one above the other; beside open details sooner. */
const narrowPx = { alone: 700, beside: 1180 };

interface Props extends Shown {
  readonly unit: string;
  readonly width: number;
  readonly rights: Rights;
  readonly carryOut: CarryOut;
  readonly onLanguage: () => void;
}

/** The panel for one who works with it. */
export function Desk(props: Props) {
  const { language, now, freshness, rights, flood } = props;
  const say = words[language];
  const stationNow = now + (freshness.skewMs ?? 0);
  const actions = useActions(props.carryOut, props.alarms);
  const [selectedKey, setSelectedKey] = useState<string>();
  const [checked, setChecked] = useState<ReadonlySet<string>>(new Set());
  const [openId, setOpenId] = useState<string>();
  const [asked, setAsked] = useState<{ kind: AskedKind; alarms: readonly ShownAlarm[] }>();
  const [dispatched, setDispatched] = useState<ShownAlarm>();
  const [help, setHelp] = useState(false);
  const [handAt, setHandAt] = useState(0);
  const searchBox = useRef<HTMLInputElement>(null);
  const focus = useFocus();

  const { current } = actions;
  const alarms = useMemo(() => props.alarms.map(current), [props.alarms, current]);
  const lines = useLines(alarms, flood !== null);
  const { view, query, priority, byId, under } = lines;

  const open = openId === undefined ? undefined : byId.get(openId);
  const holding =
    checked.size > 0 || asked !== undefined || dispatched !== undefined || now - handAt < handMs;
  const held = useHeld(lines.items, byId, holding, lines.shape);
  const isNarrow = (px: number) => props.width > 0 && props.width < px;
  const narrow = isNarrow(narrowPx.alone);
  const tall = narrow || (open !== undefined && isNarrow(narrowPx.beside));
  const rowsView = useWindow(held.items.length, tall ? rowEm.tall : rowEm.flat);

  // Another question is another list, and begins at its top.
  const { scroller, onScroll } = rowsView;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is what makes it another list
  useLayoutEffect(() => {
    if (scroller.current) scroller.current.scrollTop = 0;
    onScroll();
  }, [lines.list, scroller, onScroll]);

  const selected = held.items.find(({ key }) => key === selectedKey) ?? held.items[0];
  const chosen = [...checked].flatMap((id) => byId.get(id) ?? []);

  // What is over can't be acted upon any more.
  useEffect(() => {
    setChecked((before) => {
      const kept = [...before].filter((id) => byId.has(id));
      return kept.length === before.size ? before : new Set(kept);
    });
  }, [byId]);

  const { send } = actions;
  const call = useCallback(
    (targets: readonly ShownAlarm[], kind: CallKind) => {
      if (targets.length === 0) return;
      if (kind === "shelve" || kind === "out-of-service" || kind === "comment") {
        setAsked({ kind, alarms: targets });
      } else if (kind === "acknowledge" && targets.some(({ priority }) => priority === 1)) {
        // Who acknowledges what is critical says what is being done about it.
        setAsked({ kind, alarms: targets });
      } else send(targets, { kind });
    },
    [send],
  );
  const handlers = useMemo(
    () => ({
      onSelect: (key: string) => {
        setSelectedKey(key);
        setHandAt(Date.now());
        // What is open beside the list goes along with it.
        setOpenId((before) => (before === undefined ? before : key));
      },
      onCheck: (key: string) => setChecked((before) => toggled(before, key)),
      onExpand: lines.toggle,
      onOpen: setOpenId,
      onCall: (alarm: ShownAlarm, kind: CallKind) => call([alarm], kind),
    }),
    [call, lines.toggle],
  );

  const release = () => {
    setHandAt(0);
    setChecked(new Set());
  };
  const keys = keyMeanings({
    held: held.items,
    rowsView,
    focus,
    selected,
    chosen,
    open,
    rights,
    actions,
    byId,
    now,
    select: handlers.onSelect,
    call,
    expand: lines.toggle,
    check: setChecked,
    show: setOpenId,
    dispatch: setDispatched,
    release,
  });
  const onKeyDown = (event: KeyboardEvent) => {
    focus.keyed();
    const handled = deskKey(event, {
      ...keys,
      showFresh: release,
      priority: (one) => lines.setPriority(priority === one ? null : one),
      view: () => lines.setView((before) => nextView(before, 1)),
      search: () => searchBox.current?.focus(),
      sound: props.sound.toggle,
      language: props.onLanguage,
      help: () => setHelp(true),
    });
    if (handled) event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of what is inside, which bubble here
    <div
      ref={focus.root}
      className="kenh-desk"
      data-narrow={narrow}
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <Toolbar
        alarms={lines.inService}
        language={language}
        now={now}
        sound={props.sound}
        query={query}
        sort={lines.sort}
        priority={priority}
        searchBox={searchBox}
        onQuery={lines.setQuery}
        onSort={lines.setSort}
        onPriority={lines.setPriority}
        onLanguage={props.onLanguage}
        onHelp={() => setHelp(true)}
      />
      <Banners {...props} />
      <KpiStrip alarms={alarms} unit={props.unit} language={language} now={stationNow} />
      <div className="kenh-lists">
        <Tabs alarms={alarms} view={view} language={language} onView={lines.setView} />
        {lines.leftOut > 0 && (
          <button type="button" className="kenh-left-out" onClick={lines.showAll}>
            {say.leftOut(lines.leftOut)}
          </button>
        )}
        {held.fresh.length === 0 && lines.leftOut === 0 && (
          <SilentDevices freshness={freshness} language={language} />
        )}
        <FreshButton fresh={held.fresh} language={language} onShow={release} />
      </div>
      <div className="kenh-body" data-open={open !== undefined} data-tall={tall}>
        <div className="kenh-list" data-checkable={rights.operate || rights.maintain}>
          {held.items.length > 0 ? (
            <Rows
              items={held.items}
              gone={held.gone}
              byId={byId}
              view={rowsView}
              selectedKey={selected?.key}
              checked={checked}
              rights={rights}
              actions={actions}
              handlers={handlers}
              language={language}
              now={stationNow}
              onPointer={() =>
                setHandAt((before) => (Date.now() - before > 1000 ? Date.now() : before))
              }
            />
          ) : (
            freshness.heardAt !== null && (
              <div className="kenh-empty">
                <p>
                  {query || priority
                    ? say.emptySearch
                    : view === "service"
                      ? say.empty
                      : say.emptyView}
                </p>
                <p>{say.asOf(clockText(freshness.heardAt))}</p>
              </div>
            )
          )}
          {chosen.length > 0 && (
            <BulkBar
              checked={chosen}
              rights={rights}
              language={language}
              onCall={call}
              onClear={release}
            />
          )}
        </div>
        {open && (
          <Details
            alarm={open}
            language={language}
            now={stationNow}
            because={becauseText(open, byId, language)}
            explains={under.get(open.id) ?? []}
            offered={offeredCalls(open, rights)}
            sending={actions.sending(open)}
            refusal={actions.refusal(open)}
            onCall={handlers.onCall}
            mayOperate={rights.operate}
            onDispatch={setDispatched}
            onClose={keys.close}
          />
        )}
      </div>
      <StatusLine
        summary={actions.summary}
        now={now}
        alarms={lines.inService}
        language={language}
        onUndo={keys.undo}
      />
      {asked && (
        <AskDialog
          kind={asked.kind}
          alarms={asked.alarms}
          language={language}
          now={stationNow}
          onClose={() => setAsked(undefined)}
          onSend={(answer: Call) => {
            setAsked(undefined);
            setChecked(new Set());
            send(
              asked.alarms.map((alarm) => byId.get(alarm.id) ?? alarm),
              answer,
            );
          }}
        />
      )}
      {dispatched && (
        <AssignDialog
          alarm={dispatched}
          language={language}
          now={stationNow}
          onClose={() => setDispatched(undefined)}
        />
      )}
      {help && <HelpDialog language={language} onClose={() => setHelp(false)} />}
    </div>
  );
}
