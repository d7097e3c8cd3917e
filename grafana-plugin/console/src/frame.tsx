import { type ReactNode, useEffect, useRef } from "react";
import type { Language } from "../../src/shared/language.ts";
import type { Theme } from "./console.tsx";
import { words } from "./words.ts";

/** How the whole console looks, and who changes that; every page of it is given this. */
export interface Looks {
  readonly language: Language;
  readonly theme: Theme;
  readonly onLanguage: (language: Language) => void;
  readonly onTheme: (theme: Theme) => void;
  readonly onSignOut: () => void;
}

interface Tab {
  readonly name: string;
  readonly href: string;
  readonly isPresent: boolean;
}

interface Props extends Looks {
  /** What the pages are called together. */
  readonly label: string;
  readonly tabs: readonly Tab[];
  /** Who is signed in, where that is shown. */
  readonly role?: string;
  /** The address of the page: another one begins at its top. */
  readonly address: string;
  readonly children: ReactNode;
}

/** The head that the pages beside the alarms have, and below it one of them. */
export function Frame({ label, tabs, role, address, children, language, theme, ...on }: Props) {
  const say = words[language];
  const otherTheme = theme === "dark" ? "light" : "dark";
  const other = language === "vi" ? "en" : "vi";
  return (
    <>
      <header className="eng-top">
        <a className="eng-home" href="#/">
          <img src="/plugins/kenh-ioc-app/img/logo.svg" alt="" width="28" height="28" />
          <span>{say.alarms}</span>
        </a>
        <nav aria-label={label}>
          <ul>
            {tabs.map(({ name, href, isPresent }) => (
              <li key={href}>
                <a href={href} aria-current={isPresent ? "page" : undefined}>
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        {role !== undefined && <span className="eng-role">{role}</span>}
        <button type="button" onClick={() => on.onTheme(otherTheme)}>
          {say.themes[otherTheme]}
        </button>
        <button type="button" lang={other} onClick={() => on.onLanguage(other)}>
          {say.switchLanguage}
        </button>
        <button type="button" onClick={on.onSignOut}>
          {say.signOut}
        </button>
      </header>
      <Scroll key={address}>{children}</Scroll>
    </>
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
