import { type FormEvent, useState } from "react";
import type { Language } from "../../src/shared/language.ts";
import { ApiError, createApi } from "./api.ts";
import { words } from "./words.ts";

interface Props {
  readonly language: Language;
  readonly onLanguage: (language: Language) => void;
  readonly expired: boolean;
  readonly onToken: (token: string) => void;
}

/** Asks for a token and tries it before it is kept. */
export function SignIn({ language, onLanguage, expired, onToken }: Props) {
  const say = words[language];
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState(expired ? say.expired : "");
  const [trying, setTrying] = useState(false);

  const onSubmit = async (event: FormEvent) => {
    event.preventDefault();
    setTrying(true);
    try {
      const given = token.trim();
      await createApi(given, () => undefined).get("/api/v1/devices");
      onToken(given);
    } catch (error) {
      const refused = error instanceof ApiError && error.status < 500;
      setProblem(refused ? say.tokenRefused : say.unreachable);
      setTrying(false);
    }
  };

  return (
    <main className="sign-in">
      <form onSubmit={onSubmit}>
        <img src="/plugins/kenh-ioc-app/img/logo.svg" alt="" width="56" height="56" />
        <h1>Kênh</h1>
        <label htmlFor="token">{say.token}</label>
        <input
          id="token"
          type="password"
          autoComplete="current-password"
          required
          aria-describedby="token-hint"
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
        <p id="token-hint">{say.tokenHint}</p>
        {problem && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
        <div className="buttons">
          <button type="submit" className="primary" disabled={trying}>
            {say.signIn}
          </button>
          <button
            type="button"
            lang={language === "vi" ? "en" : "vi"}
            onClick={() => onLanguage(language === "vi" ? "en" : "vi")}
          >
            {say.switchLanguage}
          </button>
        </div>
      </form>
    </main>
  );
}
