import { createHash, randomBytes, randomUUID } from "node:crypto";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { networkInterfaces } from "node:os";

const discoveryGroup = "239.255.255.250";
const discoveryPort = 3702;

export interface CameraSimulatorOptions {
  /** A free one when absent. */
  readonly port?: number;
  /** The loopback interface when absent. */
  readonly address?: string;
  readonly username?: string;
  readonly password?: string;
  readonly streamUri?: string;
  /** Asks for HTTP Digest before SOAP is looked at, as some makers do. */
  readonly digestBeforeSoap?: boolean;
  /** Answers the probes of WS-Discovery. */
  readonly discovery?: boolean;
}

/** What can go wrong with its SOAP answers. */
export type CameraFault = "none" | "garbage" | "half" | "silence" | "no-pull-point";

/**
 * An IP camera without a lens, for what only a camera answers: ONVIF (device, media, pull-point),
 * WS-Discovery, a snapshot behind HTTP Digest, the alert stream of Hikvision.
 */
export interface CameraSimulator {
  readonly port: number;
  /** Of its device service. */
  readonly url: string;
  /** How far its clock is ahead. */
  clockOffsetMs: number;
  /** What a snapshot is; 503 when undefined. */
  snapshot: Buffer | undefined;
  fault: CameraFault;
  /** Names of the SOAP operations, and paths, that were asked, in their order. */
  readonly asked: readonly string[];
  /** Pull-points that were made. */
  readonly subscriptions: number;
  /** Logins that were refused. */
  readonly refused: number;
  /** Sends a NotificationMessage, as XML, to all pull-points. */
  notify(message: string): void;
  /** Forgets its subscriptions, as a reboot does. */
  forget(): void;
  /** Alert streams that are open. */
  readonly alertStreams: number;
  /** Sends an EventNotificationAlert, or any other part, on the alert streams. */
  alert(part: string, contentType?: string): void;
  /** Hangs up all alert streams. */
  hangUp(): void;
  close(): Promise<void>;
}

/** A state change in the words of ONVIF. */
export function notification(
  topic: string,
  data: Readonly<Record<string, string>>,
  { utc = new Date(), operation = "Changed", source = "0" } = {},
): string {
  const items = Object.entries(data).map(([n, v]) => `<tt:SimpleItem Name="${n}" Value="${v}"/>`);
  return `<wsnt:NotificationMessage><wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">${topic}</wsnt:Topic><wsnt:Message><tt:Message UtcTime="${utc.toISOString()}" PropertyOperation="${operation}"><tt:Source><tt:SimpleItem Name="VideoSourceToken" Value="${source}"/></tt:Source><tt:Data>${items.join("")}</tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>`;
}

export async function startCameraSimulator(
  options: CameraSimulatorOptions = {},
): Promise<CameraSimulator> {
  const { username = "admin", password = "p@ss", address = "127.0.0.1" } = options;
  const asked: string[] = [];
  const subscriptions = new Map<string, { messages: string[]; wake: () => void }>();
  const alertStreams = new Set<ServerResponse>();
  const nonce = randomBytes(8).toString("hex");
  let subscribed = 0;
  let refused = 0;
  let port = 0;

  const simulator = {
    clockOffsetMs: 0,
    snapshot: undefined as Buffer | undefined,
    fault: "none" as CameraFault,
  };

  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    const path = request.url ?? "/";
    if (path.startsWith("/onvif/")) return soap(request, response, body);
    asked.push(path);
    if (!digestFits(request)) return challenge(response, request);
    if (path.startsWith("/snapshot")) {
      if (!simulator.snapshot) return void response.writeHead(503).end();
      return void response.writeHead(200, { "Content-Type": "image/jpeg" }).end(simulator.snapshot);
    }
    if (path === "/ISAPI/Event/notification/alertStream") {
      response.writeHead(200, { "Content-Type": "multipart/mixed; boundary=boundary" });
      response.flushHeaders();
      alertStreams.add(response);
      response.once("close", () => alertStreams.delete(response));
      return;
    }
    response.writeHead(404).end();
  }

  function challenge(response: ServerResponse, request: IncomingMessage): void {
    if (request.headers.authorization) refused += 1;
    response
      .writeHead(401, {
        "WWW-Authenticate": `Digest realm="cam", qop="auth", nonce="${nonce}", opaque="o"`,
      })
      .end();
  }

  function digestFits(request: IncomingMessage): boolean {
    const header = request.headers.authorization ?? "";
    const field = (name: string): string =>
      new RegExp(`${name}="?([^",]+)`).exec(header)?.[1] ?? "";
    const md5 = (text: string) => createHash("md5").update(text).digest("hex");
    const secret = md5(`${username}:cam:${password}`);
    const target = md5(`${request.method}:${request.url}`);
    const middle = `${nonce}:${field("nc")}:${field("cnonce")}:auth`;
    return (
      header.startsWith("Digest ") &&
      field("username") === username &&
      /[ ,]uri="/.test(header) &&
      / response="/.test(header) &&
      header.includes(`response="${md5(`${secret}:${middle}:${target}`)}"`)
    );
  }

  async function soap(
    request: IncomingMessage,
    response: ServerResponse,
    body: string,
  ): Promise<void> {
    const [, operation = "?"] = /<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?(\w+)/.exec(body) ?? [];
    asked.push(operation);
    if (simulator.fault === "silence") return;
    if (simulator.fault === "garbage") {
      return void response.writeHead(200).end("<html><p>camera<br></html>");
    }
    const anonymous = operation === "GetSystemDateAndTime" || operation === "GetCapabilities";
    if (options.digestBeforeSoap && !anonymous && !digestFits(request)) {
      return challenge(response, request);
    }
    if (!anonymous && !tokenFits(body)) {
      if (body.includes("UsernameToken")) refused += 1;
      return send(response, 400, fault("ter:NotAuthorized", "Sender not Authorized"));
    }
    const answer = await answerTo(operation, request.url ?? "", response);
    if (answer === undefined) {
      return send(response, 500, fault("ter:ActionNotSupported", `no ${operation} here`));
    }
    send(response, 200, answer);
  }

  function tokenFits(body: string): boolean {
    const field = (name: string): string =>
      new RegExp(`<(?:[\\w-]+:)?${name}\\b[^>]*>([^<]*)<`).exec(body)?.[1] ?? "";
    const created = field("Created");
    const digest = createHash("sha1")
      .update(Buffer.from(field("Nonce"), "base64"))
      .update(created)
      .update(password)
      .digest("base64");
    // A token is good for the camera's own present only.
    const age = Math.abs(Date.parse(created) - (Date.now() + simulator.clockOffsetMs));
    return field("Username") === username && field("Password") === digest && age < 10_000;
  }

  function send(response: ServerResponse, status: number, body: string): void {
    const text = `<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tev="http://www.onvif.org/ver10/events/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" xmlns:wsa5="http://www.w3.org/2005/08/addressing" xmlns:ter="http://www.onvif.org/ver10/error" xmlns:tns1="http://www.onvif.org/ver10/topics" xmlns:sim="urn:kenh:camera-simulator"><SOAP-ENV:Body>${body}</SOAP-ENV:Body></SOAP-ENV:Envelope>`;
    // libonvif reads no chunked answers.
    response.writeHead(status, {
      "Content-Type": "application/soap+xml; charset=utf-8",
      "Content-Length": Buffer.byteLength(text),
    });
    if (simulator.fault === "half") {
      response.write(text.slice(0, text.length / 2));
      response.socket?.end();
      return;
    }
    response.end(text);
  }

  async function answerTo(
    operation: string,
    path: string,
    response: ServerResponse,
  ): Promise<string | undefined> {
    const base = `http://${address}:${port}`;
    const now = new Date(Date.now() + simulator.clockOffsetMs);
    switch (operation) {
      case "GetSystemDateAndTime":
        return `<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>ICT-7</tt:TZ></tt:TimeZone><tt:UTCDateTime>${dateTime(now)}</tt:UTCDateTime><tt:LocalDateTime>${dateTime(new Date(now.getTime() + 7 * 3600_000))}</tt:LocalDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`;
      case "GetDeviceInformation":
        return "<tds:GetDeviceInformationResponse><tds:Manufacturer>Kenh</tds:Manufacturer><tds:Model>Simulator</tds:Model><tds:FirmwareVersion>1.0</tds:FirmwareVersion><tds:SerialNumber>000123</tds:SerialNumber><tds:HardwareId>1</tds:HardwareId></tds:GetDeviceInformationResponse>";
      case "GetHostname":
        return "<tds:GetHostnameResponse><tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP><tt:Name>cam-01</tt:Name></tds:HostnameInformation></tds:GetHostnameResponse>";
      case "GetCapabilities":
        return `<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Device><tt:XAddr>${base}/onvif/device_service</tt:XAddr></tt:Device><tt:Events><tt:XAddr>${base}/onvif/event_service</tt:XAddr><tt:WSSubscriptionPolicySupport>false</tt:WSSubscriptionPolicySupport><tt:WSPullPointSupport>true</tt:WSPullPointSupport><tt:WSPausableSubscriptionManagerInterfaceSupport>false</tt:WSPausableSubscriptionManagerInterfaceSupport></tt:Events><tt:Media><tt:XAddr>${base}/onvif/media_service</tt:XAddr><tt:StreamingCapabilities><tt:RTPMulticast>false</tt:RTPMulticast><tt:RTP_TCP>true</tt:RTP_TCP><tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP></tt:StreamingCapabilities></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>`;
      case "GetProfiles":
        return `<trt:GetProfilesResponse>${profile("Profiles", "main", "1920", "1080")}${profile("Profiles", "sub", "640", "360")}</trt:GetProfilesResponse>`;
      case "GetProfile":
        return `<trt:GetProfileResponse>${profile("Profile", "main", "1920", "1080")}</trt:GetProfileResponse>`;
      case "GetStreamUri":
        return options.streamUri === undefined
          ? undefined
          : mediaUri("GetStreamUri", options.streamUri);
      case "GetSnapshotUri":
        return mediaUri("GetSnapshotUri", `http://192.0.2.1:${port}/snapshot?channel=1&amp;type=0`);
      case "CreatePullPointSubscription": {
        if (simulator.fault === "no-pull-point") return undefined;
        const id = randomUUID();
        subscribed += 1;
        subscriptions.set(id, {
          messages: [
            notification(
              "tns1:VideoSource/GlobalSceneChange/ImagingService",
              { State: "false" },
              { utc: now, operation: "Initialized" },
            ),
          ],
          wake: () => {},
        });
        return `<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference><wsa5:Address>http://192.0.2.1:${port}/onvif/pull</wsa5:Address><wsa5:ReferenceParameters><sim:Id>${id}</sim:Id></wsa5:ReferenceParameters></tev:SubscriptionReference><wsnt:CurrentTime>${now.toISOString()}</wsnt:CurrentTime><wsnt:TerminationTime>${new Date(now.getTime() + 60_000).toISOString()}</wsnt:TerminationTime></tev:CreatePullPointSubscriptionResponse>`;
      }
      case "PullMessages":
      case "Renew": {
        const subscription = path === "/onvif/pull" ? subscriptions.get(idOf(response)) : undefined;
        if (!subscription) return undefined;
        if (operation === "Renew") {
          return `<wsnt:RenewResponse><wsnt:TerminationTime>${now.toISOString()}</wsnt:TerminationTime></wsnt:RenewResponse>`;
        }
        if (subscription.messages.length === 0) {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, 10_000);
            subscription.wake = () => {
              clearTimeout(timer);
              resolve();
            };
            response.once("close", subscription.wake);
          });
        }
        if (![...subscriptions.values()].includes(subscription)) return undefined;
        const messages = subscription.messages.splice(0).join("");
        return `<tev:PullMessagesResponse><tev:CurrentTime>${now.toISOString()}</tev:CurrentTime><tev:TerminationTime>${now.toISOString()}</tev:TerminationTime>${messages}</tev:PullMessagesResponse>`;
      }
      default:
        return undefined;
    }
  }

  /** The block that the subscription wants back in the head of each call. */
  const ids = new WeakMap<ServerResponse, string>();
  function idOf(response: ServerResponse): string {
    return ids.get(response) ?? "";
  }
  server.prependListener("request", (request: IncomingMessage, response: ServerResponse) => {
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      const [, id] = /<sim:Id>([^<]+)<\/sim:Id>/.exec(text) ?? [];
      if (id && text.includes('xmlns:sim="urn:kenh:camera-simulator"')) ids.set(response, id);
    });
  });

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, address, resolve);
  });
  const bound = server.address();
  if (!bound || typeof bound === "string") throw new Error("the camera simulator has no port");
  port = bound.port;
  const finder = options.discovery ? await answerProbes(address, port) : undefined;

  return {
    port,
    url: `http://${address}:${port}/onvif/device_service`,
    get clockOffsetMs() {
      return simulator.clockOffsetMs;
    },
    set clockOffsetMs(ms) {
      simulator.clockOffsetMs = ms;
    },
    get snapshot() {
      return simulator.snapshot;
    },
    set snapshot(picture) {
      simulator.snapshot = picture;
    },
    get fault() {
      return simulator.fault;
    },
    set fault(next) {
      simulator.fault = next;
    },
    asked,
    get subscriptions() {
      return subscribed;
    },
    get refused() {
      return refused;
    },
    notify(message) {
      for (const { messages, wake } of subscriptions.values()) {
        messages.push(message);
        wake();
      }
    },
    forget() {
      const all = [...subscriptions.values()];
      subscriptions.clear();
      for (const { wake } of all) wake();
    },
    get alertStreams() {
      return alertStreams.size;
    },
    alert(part, contentType = 'application/xml; charset="UTF-8"') {
      for (const stream of alertStreams) {
        stream.write(
          `--boundary\r\nContent-Type: ${contentType}\r\nContent-Length: ${Buffer.byteLength(part)}\r\n\r\n${part}\r\n`,
        );
      }
    },
    hangUp() {
      for (const stream of alertStreams) stream.destroy();
    },
    async close() {
      finder?.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers WS-Discovery on the interface that has the address. */
async function answerProbes(address: string, port: number): Promise<UdpSocket> {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.on("message", (message, from) => {
    const text = message.toString("utf8");
    const [, id] = /MessageID[^>]*>([^<]+)</.exec(text) ?? [];
    if (!id || !text.includes("Probe")) return;
    const answer = `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header><a:MessageID>urn:uuid:${randomUUID()}</a:MessageID><a:RelatesTo>${id}</a:RelatesTo><a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action></s:Header><s:Body><d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:00000000-0000-4000-8000-000000000123</a:Address></a:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/C%E1%BB%95ng%201 onvif://www.onvif.org/hardware/Simulator</d:Scopes><d:XAddrs>http://${address}:${port}/onvif/device_service</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>`;
    socket.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(discoveryPort, resolve);
  });
  socket.addMembership(discoveryGroup, address);
  return socket;
}

function dateTime(at: Date): string {
  return `<tt:Time><tt:Hour>${at.getUTCHours()}</tt:Hour><tt:Minute>${at.getUTCMinutes()}</tt:Minute><tt:Second>${at.getUTCSeconds()}</tt:Second></tt:Time><tt:Date><tt:Year>${at.getUTCFullYear()}</tt:Year><tt:Month>${at.getUTCMonth() + 1}</tt:Month><tt:Day>${at.getUTCDate()}</tt:Day></tt:Date>`;
}

function mediaUri(operation: string, uri: string): string {
  return `<trt:${operation}Response><trt:MediaUri><tt:Uri>${uri}</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:${operation}Response>`;
}

function profile(element: string, token: string, width: string, height: string): string {
  return `<trt:${element} fixed="true" token="${token}"><tt:Name>${token}</tt:Name><tt:VideoSourceConfiguration token="vs"><tt:Name>vs</tt:Name><tt:UseCount>2</tt:UseCount><tt:SourceToken>0</tt:SourceToken><tt:Bounds x="0" y="0" width="1920" height="1080"/></tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration token="ve-${token}"><tt:Name>ve</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution><tt:Quality>4</tt:Quality><tt:RateControl><tt:FrameRateLimit>25</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>2048</tt:BitrateLimit></tt:RateControl><tt:H264><tt:GovLength>50</tt:GovLength><tt:H264Profile>Main</tt:H264Profile></tt:H264><tt:SessionTimeout>PT60S</tt:SessionTimeout></tt:VideoEncoderConfiguration></trt:${element}>`;
}

function fault(subcode: string, reason: string): string {
  return `<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value><SOAP-ENV:Subcode><SOAP-ENV:Value>${subcode}</SOAP-ENV:Value></SOAP-ENV:Subcode></SOAP-ENV:Code><SOAP-ENV:Reason><SOAP-ENV:Text xml:lang="en">${reason}</SOAP-ENV:Text></SOAP-ENV:Reason></SOAP-ENV:Fault>`;
}

/** As a program, for a network namespace: port 80, discovery, on the first address that is not loopback. */
if (import.meta.main) {
  const address = Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === "IPv4" && !each.internal)?.address;
  if (!address) throw new Error("no interface with an address");
  await startCameraSimulator({
    port: 80,
    address,
    discovery: true,
    streamUri: `rtsp://${address}:554/main`,
  });
  process.stdout.write(`camera at ${address}\n`);
}
