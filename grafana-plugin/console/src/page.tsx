import { useCallback, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import type { Language } from "../../src/shared/language.ts";
import { type Api, createApi } from "./api.ts";
import { Console } from "./console.tsx";
import { giveServices } from "./host/services.ts";
import { forgetToken, keepToken, readToken } from "./session.ts";
import { SignIn } from "./sign-in.tsx";

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
  return <Console api={api} language={language} onLanguage={setLanguage} onSignOut={signOut} />;
}

/** The language of this browser, kept between visits; `?lang=en` in the address wins. */
function useLanguage(): [Language, (language: Language) => void] {
  const [language, setLanguage] = useState<Language>(() => {
    const asked = new URLSearchParams(location.search).get("lang") ?? localStorage.getItem("lang");
    return asked === "en" ? "en" : "vi";
  });
  document.documentElement.lang = language;
  return [
    language,
    (next) => {
      localStorage.setItem("lang", next);
      setLanguage(next);
    },
  ];
}
