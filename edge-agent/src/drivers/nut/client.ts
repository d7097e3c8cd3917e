import { openConnection } from "./connection.ts";
import { quoted, wordsOf } from "./line.ts";

/** Variables of one UPS that are believed to be real; upsd's own lists hold some 150. */
const maxEntries = 4096;

export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** Encrypt before anything else; `ca` is PEM. */
  readonly tls?: { readonly ca: string | undefined };
  readonly credentials?: { readonly username: string; readonly password: string };
}

/** A client that reads: the protocol's commands that set, instruct or shut down are not here. */
export interface NutClient {
  /** Aborts, with the error as reason, once the connection is lost. */
  readonly lost: AbortSignal;
  /** What the server says of itself. */
  readonly version: string;
  /** Name and description of every UPS of the server. */
  listUps(): Promise<ReadonlyMap<string, string>>;
  /**
   * All variables of a UPS.
   * @throws UpsdError when the server can't give them.
   */
  variables(ups: string): Promise<ReadonlyMap<string, string>>;
  /**
   * Counts this client as one of the UPS's, which is the only command by which upsd checks a password.
   * @throws UpsdError ACCESS-DENIED
   */
  login(ups: string): Promise<void>;
  close(): void;
}

/** What upsd's refusals mean to the one who configures. */
const wayOut: Readonly<Record<string, string>> = {
  "ACCESS-DENIED":
    "the password is wrong, or the user of upsd.users is no `upsmon secondary`; mend username and password, or leave both out: reading needs none",
  "UNKNOWN-UPS": "there is no UPS of that name in ups.conf",
  "DATA-STALE": "its driver has lost the UPS: check the cable and the UPS itself",
  "DRIVER-NOT-CONNECTED": "its driver is not running: start it with upsdrvctl",
  "FEATURE-NOT-CONFIGURED":
    "upsd has no certificate (CERTFILE or CERTIDENT): give it one, or set starttls to false",
  "FEATURE-NOT-SUPPORTED": "upsd was built without TLS: set starttls to false",
  "USERNAME-REQUIRED": "upsd wants a user: set username and password",
  "PASSWORD-REQUIRED": "upsd wants a password: set username and password",
};

/** upsd answered that it can't or won't. */
class UpsdError extends Error {
  readonly code: string;

  constructor(where: string, about: string, code: string) {
    super(`${where} refuses ${about}: ${code}${wayOut[code] ? `; ${wayOut[code]}` : ""}`);
    this.name = "UpsdError";
    this.code = code;
  }
}

/**
 * Connects, encrypts where it is told to, and says who it is.
 * @throws Error when there is no upsd, @throws UpsdError when it refuses.
 */
export async function connectNut(options: ClientOptions, signal: AbortSignal): Promise<NutClient> {
  const where = `upsd at ${options.host}:${options.port}`;
  const connection = await openConnection(options, signal);

  const nonsense = (line: string): Error =>
    new Error(
      `${where} answers ${JSON.stringify(line.slice(0, 80))}, which is not NUT's protocol; check host and port`,
    );
  async function words(about: string): Promise<string[]> {
    const line = await connection.line();
    let read: string[];
    try {
      read = wordsOf(line);
    } catch {
      throw nonsense(line);
    }
    if (read[0] === "ERR") throw new UpsdError(where, about, read[1] ?? "without a reason");
    return read;
  }
  async function confirm(command: string, about: string): Promise<void> {
    connection.send(command);
    const answer = await words(about);
    if (answer[0] !== "OK") throw nonsense(answer.join(" "));
  }
  /** A list: BEGIN LIST …, an entry a line, END LIST …. */
  async function list(kind: "UPS" | "VAR", ups?: string): Promise<Map<string, string>> {
    const name = ups === undefined ? [] : [ups];
    connection.send(["LIST", kind, ...name.map(quoted)].join(" "));
    const about =
      ups === undefined ? "the list of its UPSes" : `the variables of ${JSON.stringify(ups)}`;
    const begin = await words(about);
    if (begin.slice(0, 3).join(" ") !== `BEGIN LIST ${kind}`) throw nonsense(begin.join(" "));
    const entries = new Map<string, string>();
    for (;;) {
      const entry = await words(about);
      if (entry[0] === "END") return entries;
      const [first, ...fields] = entry;
      const [key, value] = kind === "UPS" ? fields : fields.slice(1);
      if (first !== kind || key === undefined || value === undefined || entries.size >= maxEntries)
        throw nonsense(entry.join(" "));
      entries.set(key, value);
    }
  }

  try {
    if (options.tls) {
      await confirm("STARTTLS", "STARTTLS");
      await connection.encrypt(options.tls.ca);
    }
    connection.send("VER");
    const version = (await connection.line()).trim();
    // upsd and its kin name themselves; a server of another protocol does not.
    if (!/network ups tools|upsd|nut/i.test(version)) throw nonsense(version);
    if (options.credentials) {
      await confirm(`USERNAME ${quoted(options.credentials.username)}`, "the user name");
      await confirm(`PASSWORD ${quoted(options.credentials.password)}`, "the password");
    }
    return {
      lost: connection.lost,
      version,
      listUps: () => list("UPS"),
      variables: (ups) => list("VAR", ups),
      login: (ups) => confirm(`LOGIN ${quoted(ups)}`, "the login"),
      close: () => connection.close(),
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}
