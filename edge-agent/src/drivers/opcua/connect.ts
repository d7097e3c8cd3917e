import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClientSession, EndpointDescription, UserIdentityInfo } from "node-opcua-client";
import type { Config } from "./config.ts";
import { checkTrust } from "./trust.ts";

/** The library, loaded here and nowhere else: half a second and tens of megabytes. */
export type Library = typeof import("node-opcua-client");

/** A session at a server. */
export interface Connection extends AsyncDisposable {
  readonly library: Library;
  readonly session: ClientSession;
  /** The server's namespaces, in its order. */
  readonly namespaces: readonly string[];
  /** All that the server offers. */
  readonly endpoints: readonly EndpointDescription[];
  /** Resolves, with the reason, when the session or its connection is gone. */
  readonly lost: Promise<string>;
}

/** The name by which the agent presents itself; part of its certificate. */
const applicationName = "Kenh";

/**
 * Asks for the endpoints, holds the server's certificate against the trusted one, and opens a session.
 * @param pkiDir folder of the agent's certificate and key
 * @throws Error naming the server, what it refused, and the way out.
 */
export async function connect(config: Config, pkiDir: string): Promise<Connection> {
  const { url, security, connectTimeoutMs } = config;
  const library = await import("node-opcua-client");
  const { OPCUACertificateManager } = await import("node-opcua-certificate-manager");
  const { MessageSecurityMode, OPCUAClient, SecurityPolicy } = library;
  const policy = SecurityPolicy[security];
  const certificates = new OPCUACertificateManager({
    rootFolder: pkiDir,
    automaticallyAcceptUnknownCertificate: false,
    disableFileWatchers: true,
  });
  const open: { disconnect(): Promise<void> }[] = [];
  async function close(): Promise<void> {
    for (const client of open.splice(0).reverse()) await client.disconnect().catch(() => {});
    await certificates.dispose().catch(() => {});
  }
  const common = {
    applicationName,
    clientCertificateManager: certificates,
    // A lost connection ends the driver, and its supervisor starts it again.
    connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 1000 },
    transportTimeout: connectTimeoutMs,
    endpointMustExist: false,
  };

  try {
    const scout = OPCUAClient.create(common);
    open.push(scout);
    await scout.connect(url).catch((cause: Error) => {
      throw new Error(
        `${url} can't be reached (${cause.message}); check address, port and firewall`,
        { cause },
      );
    });
    const endpoints = await scout.getEndpoints({ endpointUrl: url });
    const mode =
      security === "None" ? MessageSecurityMode.None : MessageSecurityMode.SignAndEncrypt;
    const endpoint = endpoints.find(
      (e) => e.securityPolicyUri === policy && e.securityMode === mode,
    );
    if (!endpoint) {
      throw new Error(
        `${url} offers no ${security === "None" ? "open endpoint" : `${security} with SignAndEncrypt`}; it offers ${endpoints.map(describeEndpoint(library)).join(", ")}: set security to one of them, or enable it at the server`,
      );
    }
    let client = scout;
    if (security !== "None") {
      const { serverCertFile, serverThumbprint } = config;
      const trusted = serverCertFile ? await readFile(serverCertFile) : serverThumbprint;
      checkTrust(url, endpoint.serverCertificate, trusted);
      await certificates.trustCertificate(endpoint.serverCertificate);
      client = OPCUAClient.create({
        ...common,
        securityMode: mode,
        securityPolicy: policy,
        serverCertificate: endpoint.serverCertificate,
      });
      open.push(client);
      await client.connect(url).catch((cause: Error) => {
        throw new Error(
          `${url} refuses the secure channel (${cause.message}); trust the agent's certificate at the server: ${join(certificates.rootDir, "own/certs/client_certificate.pem")}`,
          { cause },
        );
      });
    }
    const session = await client
      .createSession(await identityOf(config, library))
      .catch((cause: Error) => {
        throw new Error(refusal(config, cause), { cause });
      });
    const lost = new Promise<string>((resolve) => {
      client.once("connection_lost", () => resolve("the connection is lost"));
      client.once("close", (error) =>
        resolve(`the connection is closed (${error?.message ?? "by the server"})`),
      );
      client.once("abort", () => resolve("the connection is broken off"));
      session.once("session_closed", (status) =>
        resolve(`the server closed the session (${status?.toString() ?? "without a reason"})`),
      );
      session.once("keepalive_failure", () => resolve("the session is not kept alive any more"));
    });
    const namespaces = await session.readNamespaceArray();
    return { library, session, namespaces, endpoints, lost, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One line about an endpoint. */
export function describeEndpoint({ MessageSecurityMode }: Library) {
  return ({ securityMode, securityPolicyUri }: EndpointDescription): string =>
    `${securityPolicyUri?.replace(/^.*#/, "") ?? "?"} ${MessageSecurityMode[securityMode]}`;
}

function refusal({ url, username, userCertFile }: Config, cause: Error): string {
  const who = username ?? userCertFile ?? "anonymous";
  const names = /BadUserAccessDenied|BadIdentityTokenRejected|BadIdentityTokenInvalid/;
  return names.test(cause.message)
    ? `${url} refuses ${who} (${cause.message}); check user name, password or certificate at the server`
    : `${url} gives ${who} no session (${cause.message})`;
}

async function identityOf(config: Config, { UserTokenType }: Library): Promise<UserIdentityInfo> {
  const { username, password, passwordFile, userCertFile, userKeyFile } = config;
  if (username !== undefined) {
    const secret = passwordFile
      ? (await readFile(passwordFile, "utf8")).split(/\r?\n/)[0]
      : password;
    return { type: UserTokenType.UserName, userName: username, password: secret ?? "" };
  }
  if (userCertFile !== undefined && userKeyFile !== undefined) {
    return {
      type: UserTokenType.Certificate,
      certificateData: new X509Certificate(await readFile(userCertFile)).raw,
      privateKey: await readFile(userKeyFile, "utf8"),
    };
  }
  return { type: UserTokenType.Anonymous };
}
