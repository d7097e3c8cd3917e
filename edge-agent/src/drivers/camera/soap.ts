import { createHash, randomBytes } from "node:crypto";
import { ask } from "./http.ts";
import { type Credentials, RefusedError } from "./login.ts";
import { escapeXml, firstAt, parseXml, textAt, type Xml } from "./xml.ts";

const maxAnswerBytes = 1024 * 1024;
const security = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss";
const passwordType = `${security}-username-token-profile-1.0#PasswordDigest`;

/** How a SOAP call reaches the camera. */
export interface SoapContext {
  readonly credentials: Credentials | undefined;
  /** The camera's clock now: a UsernameToken counts only by the camera's own time. */
  readonly cameraNow: () => number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** The camera understood, and says no. */
export class SoapFault extends Error {
  override readonly name = "SoapFault";
}

/** A call: an action without arguments is its element alone. */
export interface SoapCall {
  readonly url: URL;
  /** The content of the body. */
  readonly body: string;
  /** Further header blocks. */
  readonly header?: string;
  /** Namespaces that `header` needs, as attributes. */
  readonly namespaces?: string;
  /** Without a login, as GetSystemDateAndTime must be. */
  readonly anonymous?: boolean;
}

/** The answer: its body, and the whole text for what must be given back as it came. */
export interface SoapAnswer {
  readonly body: Xml;
  readonly text: string;
}

/**
 * Calls a SOAP 1.2 service.
 * @throws RefusedError when the camera does not accept the login; SoapFault for any other fault; Error for no
 * answer, and for an answer that is not SOAP.
 */
export async function callSoap(call: SoapCall, context: SoapContext): Promise<SoapAnswer> {
  const { url } = call;
  const { timeoutMs, signal } = context;
  const credentials = call.anonymous ? undefined : context.credentials;
  const token = credentials ? usernameToken(credentials, context.cameraNow()) : "";
  const envelope = `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"${call.namespaces ?? ""}><s:Header>${token}${call.header ?? ""}</s:Header><s:Body>${call.body}</s:Body></s:Envelope>`;
  const contentType = "application/soap+xml; charset=utf-8";
  const answer = await ask(
    { url, body: envelope, contentType, credentials, timeoutMs, signal },
    maxAnswerBytes,
  );
  const text = answer.body.toString("utf8");
  let body: Xml | undefined;
  try {
    body = firstAt(parseXml(text), "Envelope", "Body");
  } catch (cause) {
    throw new Error(`${url.href} answers ${answer.status} and no SOAP`, { cause });
  }
  if (body === undefined) throw new Error(`${url.href} answers ${answer.status} and no SOAP`);
  const fault = firstAt(body, "Fault");
  if (fault !== undefined) throw faultOf(fault, url, credentials);
  if (answer.status !== 200) throw new Error(`${url.href} answers ${answer.status}`);
  return { body, text };
}

function faultOf(fault: Xml, url: URL, credentials: Credentials | undefined): Error {
  const reason = textAt(fault, "Reason", "Text") ?? textAt(fault, "faultstring") ?? "no reason";
  const code = textAt(fault, "Code", "Subcode", "Value") ?? textAt(fault, "faultcode") ?? "";
  const said = `${url.href} answers the fault ${JSON.stringify(`${code} ${reason}`.trim())}`;
  if (
    !/NotAuthorized|FailedAuthentication|InvalidSecurity/i.test(
      `${code} ${reason}`.replace(/ /g, ""),
    )
  ) {
    return new SoapFault(said);
  }
  return new RefusedError(
    credentials
      ? `${said}: correct the password of ${credentials.username}, and let the user in to ONVIF`
      : `${said}: give username and password`,
  );
}

/** WS-Security UsernameToken with a password digest (OASIS, 2004). */
function usernameToken({ username, password }: Credentials, now: number): string {
  const nonce = randomBytes(16);
  const created = new Date(now).toISOString();
  const digest = createHash("sha1").update(nonce).update(created).update(password).digest("base64");
  return `<w:Security xmlns:w="${security}-wssecurity-secext-1.0.xsd" s:mustUnderstand="1"><w:UsernameToken><w:Username>${escapeXml(username)}</w:Username><w:Password Type="${passwordType}">${digest}</w:Password><w:Nonce EncodingType="${security}-soap-message-security-1.0#Base64Binary">${nonce.toString("base64")}</w:Nonce><u:Created xmlns:u="${security}-wssecurity-utility-1.0.xsd">${created}</u:Created></w:UsernameToken></w:Security>`;
}
