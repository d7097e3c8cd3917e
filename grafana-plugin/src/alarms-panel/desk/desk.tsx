import type { Priority } from "@kenh/schemas";
import {
  type KeyboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Freshness, ShownAlarm } from "../../shared/alarm-frame.ts";
import type { Language } from "../../shared/language.ts";
import { clockText } from "../../shared/time-text.ts";
import { Banners, SilentDevices } from "../banners.tsx";
import type { Call, CallKind, CarryOut } from "../calls.ts";
import { explained, layOut } from "../items.ts";
import { order, type Sort } from "../order.ts";
import { matches } from "../search.ts";
import { isIn, offeredCalls, type Rights, type View } from "../states.ts";
import { useActions } from "../use-actions.ts";
import { useHeld } from "../use-held.ts";
import type { Sound } from "../use-sound.ts";
import { useWindow } from "../use-window.ts";
import { words } from "../words.ts";
import { AskDialog, type AskedKind } from "./ask-dialog.tsx";
import { BulkBar } from "./bulk-bar.tsx";
import { Details } from "./details.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { deskKey } from "./keys.ts";
import { KpiStrip } from "./kpi-strip.tsx";
import { becauseText, Rows } from "./rows.tsx";
import { StatusLine } from "./status-line.tsx";
import { nextView, Tabs } from "./tabs.tsx";
import { Toolbar } from "./toolbar.tsx";

/** Rows keep their places this long after the hand last moved over them. */
const handMs = 6_000;
/** Height of a row, in its font size; in the style sheet too. */
const rowEm = { wide: 4.1, narrow: 7.2 };
/** Narrower than this, a row has its parts one above the other. */
const narrowPx = 700;

interface Props {
  readonly alarms: readonly ShownAlarm[];
  readonly freshness: Freshness;
  readonly unreadable: number;
  readonly failed: boolean;
  /** Milliseconds UTC by this computer's clock. */
  readonly now: number;
  readonly staleAfterS: number;
  readonly unit: string;
  readonly width: number;
  readonly language: Language;
  readonly flood: number | null;
  readonly rights: Rights;
  readonly sound: Sound;
  readonly carryOut: CarryOut;
  readonly onLanguage: () => void;
}

/** The panel for one who works with it. */
export function Desk(props: Props) {
  const { language, now, freshness, rights, flood } = props;
  const say = words[language];
  const stationNow = now + (freshness.skewMs ?? 0);
  const actions = useActions(props.carryOut, props.alarms);
  const [view, setView] = useState<View>("service");
  const [sort, setSort] = useState<Sort>("priority");
  const [query, setQuery] = useState("");
  const [priority, setPriority] = useState<Priority | null>(null);
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const [selectedKey, setSelectedKey] = useState<string>();
  const [checked, setChecked] = useState<ReadonlySet<string>>(new Set());
  const [openId, setOpenId] = useState<string>();
  const [asked, setAsked] = useState<{ kind: AskedKind; alarms: readonly ShownAlarm[] }>();
  const [help, setHelp] = useState(false);
  const [handAt, setHandAt] = useState(0);
  const searchBox = useRef<HTMLInputElement>(null);
  const root = useRef<HTMLDivElement>(null);

  const { current } = actions;
  const alarms = useMemo(() => props.alarms.map(current), [props.alarms, current]);
  const byId = useMemo(() => new Map(alarms.map((alarm) => [alarm.id, alarm])), [alarms]);
  const inService = useMemo(() => alarms.filter((alarm) => isIn("service", alarm)), [alarms]);
  const under = useMemo(() => explained(alarms), [alarms]);
  const items = useMemo(() => {
    const found = alarms.filter(
      (alarm) =>
        isIn(view, alarm) &&
        (priority === null || alarm.priority === priority) &&
        (query === "" || matches(alarm, query)),
    );
    const grouped = flood !== null && view === "service" && query === "" && sort === "priority";
    return layOut(order(found, sort), { under, expanded, flood: grouped });
  }, [alarms, under, view, priority, query, sort, expanded, flood]);

  const holding = checked.size > 0 || asked !== undefined || now - handAt < handMs;
  const question = [view, sort, query, priority, [...expanded].join(), flood !== null].join("\n");
  const held = useHeld(items, byId, holding, question);
  const narrow = props.width > 0 && props.width < narrowPx;
  const rowsView = useWindow(held.items.length, narrow ? rowEm.narrow : rowEm.wide);

  // Another question is another list, and begins at its top.
  const { scroller, onScroll } = rowsView;
  // biome-ignore lint/correctness/useExhaustiveDependencies: these are what makes it another list
  useLayoutEffect(() => {
    if (scroller.current) scroller.current.scrollTop = 0;
    onScroll();
  }, [view, sort, query, priority, scroller, onScroll]);

  const selected = held.items.find(({ key }) => key === selectedKey) ?? held.items[0];
  const chosen = [...checked].flatMap((id) => byId.get(id) ?? []);
  const open = openId === undefined ? undefined : byId.get(openId);

  // What is over can't be acted upon any more.
  useEffect(() => {
    setChecked((before) => {
      const kept = [...before].filter((id) => byId.has(id));
      return kept.length === before.size ? before : new Set(kept);
    });
  }, [byId]);

  const writesWithKeys = useRef(false);
  useEffect(() => {
    const byPointer = () => {
      writesWithKeys.current = false;
    };
    document.addEventListener("pointerdown", byPointer);
    return () => document.removeEventListener("pointerdown", byPointer);
  }, []);
  // Who works with keys is not thrown out of the list when the row or the dialog under them goes.
  useLayoutEffect(() => {
    if (!writesWithKeys.current || document.activeElement !== document.body) return;
    const row = root.current?.querySelector<HTMLElement>('.kenh-row[aria-current="true"]');
    (row ?? root.current)?.focus({ preventScroll: true });
  });

  const { send } = actions;
  const call = useCallback(
    (targets: readonly ShownAlarm[], kind: CallKind) => {
      if (targets.length === 0) return;
      if (kind === "shelve" || kind === "out-of-service" || kind === "comment") {
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
      onExpand: (key: string) => setExpanded((before) => toggled(before, key)),
      onOpen: setOpenId,
      onCall: (alarm: ShownAlarm, kind: CallKind) => call([alarm], kind),
    }),
    [call],
  );

  /** The alarms that a key means: all that are marked, else the selected one; those that fit. */
  const meant = (...kinds: CallKind[]): [readonly ShownAlarm[], CallKind | undefined] => {
    const targets = chosen.length > 0 ? chosen : selected?.kind === "alarm" ? [selected.alarm] : [];
    for (const kind of kinds) {
      const fit = targets.filter((alarm) => offeredCalls(alarm, rights).includes(kind));
      if (fit.length > 0) return [fit, kind];
    }
    return [[], undefined];
  };
  const callMeant = (...kinds: CallKind[]) => {
    const [targets, kind] = meant(...kinds);
    if (kind) call(targets, kind);
  };
  const focusRow = (key: string) => {
    setSelectedKey(key);
    setHandAt(Date.now());
    rowsView.reveal(held.items.findIndex((item) => item.key === key));
    requestAnimationFrame(() => {
      for (const row of root.current?.querySelectorAll<HTMLElement>(".kenh-row") ?? []) {
        if (row.dataset["id"] === key) row.focus({ preventScroll: true });
      }
    });
  };
  const move = (step: number) => {
    const at = selected ? held.items.indexOf(selected) : 0;
    // The first key takes the row that is marked, without leaving it.
    const onRow = document.activeElement?.closest(".kenh-row");
    const to = Math.min(Math.max(0, onRow ? at + step : at), held.items.length - 1);
    const item = held.items[to];
    if (item) focusRow(item.key);
  };
  const undo = () => {
    const { summary } = actions;
    if (chosen.length === 0 && summary?.kind === "shelve" && now - summary.at < undoMs) {
      const shelved = summary.done.flatMap((id) => byId.get(id) ?? []);
      send(
        shelved.filter(({ state }) => state === "shelved"),
        { kind: "unshelve" },
      );
    } else callMeant("unshelve", "return-to-service");
  };
  const release = () => {
    setHandAt(0);
    setChecked(new Set());
  };
  const close = () => {
    if (openId !== undefined) {
      setOpenId(undefined);
      if (selected) focusRow(selected.key);
    } else release();
  };
  const expand = (wanted: boolean) => {
    if (selected && selected.below > 0 && selected.expanded !== wanted) {
      handlers.onExpand(selected.key);
    }
  };
  const checkAll = () => {
    const all = held.items.flatMap((item) => (item.kind === "alarm" ? [item.key] : []));
    setChecked((before) => (before.size === all.length ? new Set() : new Set(all)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    writesWithKeys.current = true;
    const handled = deskKey(event, {
      move,
      pageRows: rowsView.places,
      count: held.items.length,
      open: () =>
        selected?.kind === "group" ? expand(!selected.expanded) : setOpenId(selected?.key),
      expand,
      check: () => selected?.kind === "alarm" && handlers.onCheck(selected.key),
      checkAll,
      acknowledge: () => callMeant("acknowledge"),
      shelve: () => callMeant("shelve"),
      outOfService: () => callMeant("out-of-service"),
      comment: () => callMeant("comment"),
      undo,
      showFresh: release,
      priority: (one) => setPriority((before) => (before === one ? null : one)),
      view: () => setView((before) => nextView(before, 1)),
      search: () => searchBox.current?.focus(),
      sound: props.sound.toggle,
      language: props.onLanguage,
      help: () => setHelp(true),
      close,
      leave: () => {
        // At once: the next key may come before the row is drawn.
        root.current?.focus();
        if (selected) focusRow(selected.key);
      },
    });
    if (handled) event.preventDefault();
  };

  const freshAlarms = held.fresh.length;
  const freshCritical = held.fresh.filter(
    (item) => item.kind === "alarm" && item.alarm.priority === 1,
  ).length;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of what is inside, which bubble here
    <div ref={root} className="kenh-desk" data-narrow={narrow} tabIndex={-1} onKeyDown={onKeyDown}>
      <Toolbar
        alarms={inService}
        language={language}
        now={now}
        sound={props.sound}
        query={query}
        sort={sort}
        priority={priority}
        searchBox={searchBox}
        onQuery={setQuery}
        onSort={setSort}
        onPriority={setPriority}
        onLanguage={props.onLanguage}
        onHelp={() => setHelp(true)}
      />
      <Banners {...props} />
      <KpiStrip alarms={alarms} unit={props.unit} language={language} now={stationNow} />
      <div className="kenh-lists">
        <Tabs alarms={alarms} view={view} language={language} onView={setView} />
        {freshAlarms === 0 && <SilentDevices freshness={freshness} language={language} />}
        {freshAlarms > 0 && (
          <button
            type="button"
            className="kenh-fresh"
            data-critical={freshCritical > 0}
            onClick={release}
          >
            {freshCritical > 0 ? say.freshCritical(freshCritical) : say.fresh(freshAlarms)}{" "}
            <kbd>N</kbd>
          </button>
        )}
      </div>
      <div className="kenh-body" data-open={open !== undefined}>
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
            onClose={close}
          />
        )}
      </div>
      <StatusLine
        summary={actions.summary}
        now={now}
        alarms={inService}
        language={language}
        onUndo={undo}
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
      {help && <HelpDialog language={language} onClose={() => setHelp(false)} />}
    </div>
  );
}

/** How long a shelving can be taken back with one key. */
const undoMs = 8_000;

function toggled(before: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const after = new Set(before);
  if (!after.delete(key)) after.add(key);
  return after;
}
