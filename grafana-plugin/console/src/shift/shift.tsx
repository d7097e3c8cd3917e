import type { Role } from "@kenh/schemas";
import { type ReactNode, useEffect, useRef } from "react";
import type { Language } from "../../../src/shared/language.ts";
import type { Api } from "../api.ts";
import type { Theme } from "../console.tsx";
import "../engineer/engineer.css";
import "../engineer/forms.css";
import "../../../src/alarms-panel/dispatch/dispatch.css";
import { DispatchesPage } from "./dispatches-page.tsx";
import { HandoverPage } from "./handover-page.tsx";
import { HandoversPage } from "./handovers-page.tsx";
import { type ShiftRoute, shiftHref } from "./route.ts";
import "./shift.css";
import { words } from "./words.ts";

/** What every page of a shift is given. */
export interface PageProps {
  readonly api: Api;
  readonly language: Language;
  /** Whether the token may change anything; a reader sees the same pages without the buttons. */
  readonly mayOperate: boolean;
}

interface Props extends Omit<PageProps, "mayOperate"> {
  readonly role: Role;
  readonly route: ShiftRoute;
  readonly theme: Theme;
  readonly onLanguage: (language: Language) => void;
  readonly onTheme: (theme: Theme) => void;
  readonly onSignOut: () => void;
}

const tabs = ["dispatches", "handovers"] as const;

/** The pages of a shift: what agencies were given, and what the next shift is left. */
export function Shift({ api, role, route, language, theme, ...on }: Props) {
  const say = words[language];
  const otherTheme = theme === "dark" ? "light" : "dark";
  const other = language === "vi" ? "en" : "vi";
  const present = route.page === "dispatches" ? "dispatches" : "handovers";
  const props: PageProps = { api, language, mayOperate: role !== "reader" };
  return (
    <div className="engineer shift">
      <header className="eng-top">
        <a className="eng-home" href="#/">
          <img src="/plugins/kenh-ioc-app/img/logo.svg" alt="" width="28" height="28" />
          <span>{say.toAlarms}</span>
        </a>
        <nav aria-label={say.pages}>
          <ul>
            {tabs.map((page) => (
              <li key={page}>
                <a href={shiftHref({ page })} aria-current={present === page ? "page" : undefined}>
                  {say.tabs[page]}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <button type="button" onClick={() => on.onTheme(otherTheme)}>
          {say.themes[otherTheme]}
        </button>
        <button type="button" lang={other} onClick={() => on.onLanguage(other)}>
          {say.otherLanguage}
        </button>
        <button type="button" onClick={on.onSignOut}>
          {say.signOut}
        </button>
      </header>
      <Scroll key={shiftHref(route)}>
        {!props.mayOperate && <p className="hint">{say.readerHint}</p>}
        {route.page === "dispatches" && <DispatchesPage {...props} />}
        {route.page === "handovers" && <HandoversPage {...props} />}
        {route.page === "handover" && <HandoverPage {...props} id={route.id} />}
      </Scroll>
    </div>
  );
}

/** What scrolls below the head; takes the focus with each page, so that keys and readers begin there. */
function Scroll({ children }: { children: ReactNode }) {
  const place = useRef<HTMLElement>(null);
  useEffect(() => place.current?.focus(), []);
  return (
    <main ref={place} className="eng-page" tabIndex={-1}>
      {children}
    </main>
  );
}
