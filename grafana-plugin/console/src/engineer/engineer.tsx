import type { Role } from "@kenh/schemas";
import { type ReactNode, useEffect, useRef } from "react";
import type { Language } from "../../../src/shared/language.ts";
import type { Api } from "../api.ts";
import type { Theme } from "../console.tsx";
import { AddPage } from "./add-page.tsx";
import { DevicePage } from "./device-page.tsx";
import { DevicesPage } from "./devices-page.tsx";
import { DiscoveredPage } from "./discovered-page.tsx";
import "./engineer.css";
import "./forms.css";
import { maintains } from "./ask.ts";
import { ProfilePage } from "./profile-page.tsx";
import { ProfilesPage } from "./profiles-page.tsx";
import { hrefOf, type Route } from "./route.ts";
import { SharingPage } from "./sharing-page.tsx";
import { SpoilersPage } from "./spoilers-page.tsx";
import { words } from "./words.ts";

/** What every page of the engineer is given. */
export interface PageProps {
  readonly api: Api;
  readonly language: Language;
  /** Whether the token may change anything; a reader sees the same pages without the buttons. */
  readonly mayChange: boolean;
}

interface Props {
  readonly api: Api;
  readonly role: Role;
  readonly route: Route;
  readonly language: Language;
  readonly theme: Theme;
  readonly onLanguage: (language: Language) => void;
  readonly onTheme: (theme: Theme) => void;
  readonly onSignOut: () => void;
}

const tabs = ["devices", "discovered", "add", "profiles", "sharing"] as const;
type Tab = (typeof tabs)[number];
const tabOf: Record<Route["page"], Tab> = {
  devices: "devices",
  device: "devices",
  discovered: "discovered",
  add: "add",
  profiles: "profiles",
  profile: "profiles",
  sharing: "sharing",
  spoilers: "sharing",
};
const tabHref = (tab: Tab): string => {
  if (tab === "add") return hrefOf({ page: tab, identity: "", profile: "" });
  return hrefOf(tab === "sharing" ? { page: tab, month: "" } : { page: tab });
};

/** The engineer's pages: one at a time, below their names. */
export function Engineer({ api, role, route, language, theme, ...on }: Props) {
  const say = words[language];
  const otherTheme = theme === "dark" ? "light" : "dark";
  const other = language === "vi" ? "en" : "vi";
  const props: PageProps = { api, language, mayChange: maintains(role) };
  return (
    <div className="engineer">
      <header className="eng-top">
        <a className="eng-home" href="#/">
          <img src="/plugins/kenh-ioc-app/img/logo.svg" alt="" width="28" height="28" />
          <span>{say.toAlarms}</span>
        </a>
        <nav aria-label={say.pages}>
          <ul>
            {tabs.map((tab) => (
              <li key={tab}>
                <a
                  href={tabHref(tab)}
                  aria-current={tabOf[route.page] === tab ? "page" : undefined}
                >
                  {say.tabs[tab]}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <span className="eng-role">{say.roles[role]}</span>
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
      <Scroll key={hrefOf(route)}>
        {!props.mayChange && <p className="hint">{say.readerHint}</p>}
        <PageOf route={route} {...props} />
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

function PageOf({ route, ...props }: { route: Route } & PageProps) {
  switch (route.page) {
    case "devices":
      return <DevicesPage {...props} />;
    case "device":
      return <DevicePage {...props} identity={route.identity} />;
    case "discovered":
      return <DiscoveredPage {...props} />;
    case "add":
      return <AddPage {...props} identity={route.identity} profile={route.profile} />;
    case "profiles":
      return <ProfilesPage {...props} />;
    case "profile":
      return <ProfilePage {...props} name={route.name} />;
    case "sharing":
      return <SharingPage {...props} month={route.month} />;
    case "spoilers":
      return <SpoilersPage {...props} {...route} />;
  }
}
