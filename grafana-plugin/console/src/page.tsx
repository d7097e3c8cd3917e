import type { Role } from "@kenh/schemas";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import type { Language } from "../../src/shared/language.ts";
import { keepHere, keptHere } from "../../src/shared/preference.ts";
import { type Api, createApi } from "./api.ts";
import { Console, type Theme, Wall } from "./console.tsx";
import { routeOf } from "./engineer/route.ts";
import { giveRights, giveServices } from "./host/services.ts";
import { forgetToken, keepToken, readToken } from "./session.ts";
import { shiftRouteOf } from "./shift/route.ts";
import { SignIn } from "./sign-in.tsx";
import { useHash } from "./use-hash.ts";
import { usePolled } from "./use-polled.ts";
import { words } from "./words.ts";

let current: Api;

/** Draws the page: the sign-in until there is a token, then the console. */
export function mount(root: HTMLElement): void {
  giveServices(() => current);
  createRoot(root).render(<Page />);
}

function Page() {
  const [token, setToken] = useState(readToken);
  const [expired, setExpired] = useState(false);
  const [language, setLanguage] = useLanguage();
  const [theme, setTheme] = useTheme();
  const signOut = useCallback(() => {
    forgetToken();
    setToken(null);
  }, []);
  const api = useMemo(
    () =>
      token === null
        ? null
        : createApi(token, () => {
            setExpired(true);
            signOut();
          }),
    [token, signOut],
  );
  if (!api) {
    return (
      <SignIn
        language={language}
        onLanguage={setLanguage}
        expired={expired}
        onToken={(given) => {
          keepToken(given);
          setExpired(false);
          setToken(given);
        }}
      />
    );
  }
  current = api;
  return (
    <SignedIn
      api={api}
      language={language}
      theme={theme}
      onLanguage={setLanguage}
      onTheme={setTheme}
      onSignOut={signOut}
    />
  );
}

const query = new URLSearchParams(location.search);
/** The same flag as in Grafana's address. */
const isWall = query.has("kiosk");

/** Loaded when an engineer first goes there: whoever watches alarms pays nothing for it. */
const Engineer = lazy(() =>
  import("./engineer/engineer.tsx").then((module) => ({ default: module.Engineer })),
);

/** Loaded when somebody hands over, or answers for an agency. */
const Shift = lazy(() => import("./shift/shift.tsx").then((module) => ({ default: module.Shift })));

/** The page of somebody whose role is known: the panel takes its rights once, when it is first drawn. */
function SignedIn(props: Parameters<typeof Console>[0]) {
  const me = usePolled<{ role: Role }>(props.api, () => "/api/v1/me", 10_000);
  const role = me.answer?.role;
  const hash = useHash();
  const route = routeOf(hash);
  const shift = shiftRouteOf(hash);
  if (!role) {
    return me.failed ? (
      <p className="problem" role="alert">
        {words[props.language].unreachable}
      </p>
    ) : null;
  }
  giveRights(role);
  if (shift) {
    return (
      <Suspense>
        <Shift {...props} role={role} route={shift} />
      </Suspense>
    );
  }
  if (route) {
    return (
      <Suspense>
        <Engineer {...props} role={role} route={route} />
      </Suspense>
    );
  }
  return isWall ? (
    <Wall language={props.language} theme={props.theme} onLanguage={props.onLanguage} />
  ) : (
    <Console {...props} />
  );
}

/** The language of this browser, kept between visits; `?lang=en` in the address wins. */
function useLanguage(): [Language, (language: Language) => void] {
  const [language, setLanguage] = useState<Language>(() =>
    (query.get("lang") ?? keptHere("language")) === "en" ? "en" : "vi",
  );
  document.documentElement.lang = language;
  return [
    language,
    (next) => {
      keepHere("language", next);
      setLanguage(next);
    },
  ];
}

/** Dark or light, kept between visits; `?theme=light` in the address wins. */
function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() =>
    (query.get("theme") ?? keptHere("theme")) === "light" ? "light" : "dark",
  );
  document.documentElement.dataset["theme"] = theme;
  return [
    theme,
    (next) => {
      keepHere("theme", next);
      setTheme(next);
    },
  ];
}
