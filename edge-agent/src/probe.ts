import type { AgentConfig } from "./config.ts";
import type { Finding, PreparedDriver } from "./driver.ts";
import { kindNames, loadKind } from "./kinds.ts";

/** What one connection showed; exactly one of `findings`, `nothing` and `error` is there. */
export interface Probed {
  /** The address, without its password, or the device. */
  readonly target: string;
  readonly kind: string;
  readonly findings?: readonly Finding[];
  /** The kind of driver has nothing to connect to. */
  readonly nothing?: true;
  readonly error?: string;
}

/** An address that no kind of driver understands. */
export class UnknownAddress extends Error {
  override readonly name = "UnknownAddress";
}

/**
 * Connects once to what stands at an address such as `nut://10.0.0.5/ups`, reads what there is, and
 * publishes nothing.
 * @throws UnknownAddress when no kind of driver has such addresses.
 */
export async function probeAddress(address: string, signal: AbortSignal): Promise<Probed> {
  const url = URL.parse(address);
  const schemes: string[] = [];
  for (const name of kindNames) {
    const kind = await loadKind(name);
    if (!kind.addresses) continue;
    schemes.push(...kind.addresses.schemes.map((scheme) => `${scheme}://`));
    if (!url || !kind.addresses.schemes.includes(url.protocol.slice(0, -1))) continue;
    const config = kind.configSchema.safeParse(kind.addresses.configOf(url));
    const shown = new URL(url);
    shown.password = "";
    const target = shown.href;
    if (!config.success) {
      const why = config.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
      throw new UnknownAddress(`${target} is no address of a ${name} device: ${why.join("; ")}`);
    }
    return ask({ target, kind: name }, kind.prepare(kind.addresses.configOf(url)), signal);
  }
  throw new UnknownAddress(
    `${JSON.stringify(address.replace(/:[^:@/]*@/, "@"))} is no address that can be probed; they begin with ${schemes.join(", ")}`,
  );
}

/** Connects once to each device of a configuration, one after the other. Never rejects. */
export async function probeConfig(config: AgentConfig, signal: AbortSignal): Promise<Probed[]> {
  const all: Probed[] = [];
  for (const { name, device, kind, config: of } of config.drivers) {
    const about = { target: name ?? device, kind };
    all.push(await ask(about, (await loadKind(kind)).prepare(of), signal));
  }
  return all;
}

async function ask(
  about: Pick<Probed, "target" | "kind">,
  { probe }: PreparedDriver,
  signal: AbortSignal,
): Promise<Probed> {
  if (!probe) return { ...about, nothing: true };
  try {
    return { ...about, findings: await probe(signal) };
  } catch (error) {
    return { ...about, error: error instanceof Error ? error.message : String(error) };
  }
}
