const key = "kenh-token";

/**
 * The bearer token of this tab: from the address (`#token=…`), which is cleaned at once so that it
 * reaches neither the history nor a screenshot, else from the tab's own storage.
 */
export function readToken(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem(key, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(key);
}

export function keepToken(token: string): void {
  sessionStorage.setItem(key, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(key);
}
