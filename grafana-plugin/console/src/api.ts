import type { Problem } from "@kenh/schemas";

/** An answer of the station other than 2xx. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** The station's HTTP API with one token. Rejects with ApiError, or with the error of `fetch` when no answer came. */
export interface Api {
  /** The answer as JSON. */
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  /** The answer itself. */
  open(path: string, init?: RequestInit): Promise<Response>;
  /** The answer itself, whatever its status. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** `origin` is empty in the page; `onUnauthorised` is called at each 401. */
export function createApi(token: string, onUnauthorised: () => void, origin = ""): Api {
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(origin + path, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${token}` },
    });
    if (response.status === 401) onUnauthorised();
    return response;
  };
  const open = async (path: string, init?: RequestInit) => {
    const response = await ask(path, init);
    if (response.ok) return response;
    throw new ApiError(response.status, await problemText(response));
  };
  return {
    open,
    fetch: ask,
    async get<T>(path: string, signal?: AbortSignal) {
      const response = await open(path, { signal: signal ?? null });
      return (await response.json()) as T;
    },
  };
}

async function problemText(response: Response): Promise<string> {
  try {
    const problem = (await response.json()) as Partial<Problem>;
    return problem.detail ?? problem.title ?? `HTTP ${response.status}`;
  } catch {
    return `HTTP ${response.status}`;
  }
}
