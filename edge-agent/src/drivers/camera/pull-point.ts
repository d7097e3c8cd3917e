import { pause } from "./deadline.ts";
import { type Notification, notificationsOf } from "./notification.ts";
import { uriAt } from "./onvif.ts";
import { callSoap, type SoapContext } from "./soap.ts";
import { escapeXml, firstAt, textAt } from "./xml.ts";

const events = "http://www.onvif.org/ver10/events/wsdl";
const notification = "http://docs.oasis-open.org/wsn/b-2";
const addressing = "http://www.w3.org/2005/08/addressing";

/** The camera forgets a subscription that nobody renews: nothing is left behind in it. */
const subscriptionLifeMs = 60_000;
/** The camera answers at once when something happens, else after this. */
const pullMs = 10_000;
const messageLimit = 100;
/** At least this long from one question to the next when there was nothing to tell. */
const breathMs = 1000;

/** Where a subscription lives, and the blocks that the camera wants back with each call. */
interface Subscription {
  readonly url: URL;
  readonly header: string;
  readonly namespaces: string;
}

/**
 * Makes a pull-point and gives what it tells, batch after batch, until a call fails; an empty batch
 * says that the camera is there and nothing happened.
 * @param lifeMs renewed when half of it is over
 * @throws RefusedError, or Error at any fault: a rebooted camera has forgotten the subscription.
 */
export async function* pullNotifications(
  service: URL,
  host: string,
  context: SoapContext,
  lifeMs = subscriptionLifeMs,
): AsyncGenerator<readonly Notification[]> {
  const subscription = await subscribe(service, host, context, lifeMs);
  let renewAt = performance.now() + lifeMs / 2;
  while (!context.signal.aborted) {
    const askedAt = performance.now();
    const pull = `<PullMessages xmlns="${events}"><Timeout>PT${pullMs / 1000}S</Timeout><MessageLimit>${messageLimit}</MessageLimit></PullMessages>`;
    const patient = { ...context, timeoutMs: pullMs + context.timeoutMs };
    const action = `${events}/PullPointSubscription/PullMessagesRequest`;
    const { body } = await callSoap(addressed(subscription, action, pull), patient);
    const answer = firstAt(body, "PullMessagesResponse");
    if (answer === undefined) throw new Error(`${subscription.url.href} answers no PullMessages`);
    const told = notificationsOf(answer);
    yield told;
    // Some cameras answer at once that nothing happened.
    if (told.length === 0) await pause(askedAt + breathMs - performance.now(), context.signal);
    if (performance.now() < renewAt) continue;
    const renew = `<Renew xmlns="${notification}"><TerminationTime>PT${lifeMs / 1000}S</TerminationTime></Renew>`;
    const renewal = "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/RenewRequest";
    await callSoap(addressed(subscription, renewal, renew), context);
    renewAt = performance.now() + lifeMs / 2;
  }
}

async function subscribe(
  service: URL,
  host: string,
  context: SoapContext,
  lifeMs: number,
): Promise<Subscription> {
  const create = `<CreatePullPointSubscription xmlns="${events}"><InitialTerminationTime>PT${lifeMs / 1000}S</InitialTerminationTime></CreatePullPointSubscription>`;
  const action = `${events}/EventPortType/CreatePullPointSubscriptionRequest`;
  const call = addressed({ url: service, header: "", namespaces: "" }, action, create);
  const { body, text } = await callSoap(call, context);
  const reference = firstAt(body, "CreatePullPointSubscriptionResponse", "SubscriptionReference");
  const url = uriAt(host, textAt(reference, "Address"));
  if (!url) throw new Error(`${service.href} makes a pull-point without an address`);
  const [, , parameters = ""] =
    /<((?:[\w.-]+:)?)ReferenceParameters\b[^>]*>([\s\S]*?)<\/\1ReferenceParameters>/.exec(text) ??
    [];
  // Blocks to give back may use prefixes that the camera declared further up.
  const prefixes = parameters
    ? [...text.matchAll(/\sxmlns:([\w.-]+)="([^"]*)"/g)].filter(([, prefix]) => prefix !== "s")
    : [];
  const namespaces = [...new Map(prefixes.map(([, prefix, uri]) => [prefix, uri]))]
    .map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`)
    .join("");
  return { url, header: parameters, namespaces };
}

function addressed({ url, header, namespaces }: Subscription, action: string, body: string) {
  const to = `<To xmlns="${addressing}">${escapeXml(url.href)}</To>`;
  return {
    url,
    body,
    namespaces,
    header: `<Action xmlns="${addressing}">${action}</Action>${to}${header}`,
  };
}
