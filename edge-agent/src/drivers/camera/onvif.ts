import { callSoap, type SoapContext, SoapFault } from "./soap.ts";
import { allAt, escapeXml, firstAt, textAt, type Xml } from "./xml.ts";

const device = "http://www.onvif.org/ver10/device/wsdl";
const media = "http://www.onvif.org/ver10/media/wsdl";
const schema = "http://www.onvif.org/ver10/schema";

/** Who made the camera, all as text. */
export interface DeviceInformation {
  readonly manufacturer: string | undefined;
  readonly model: string | undefined;
  readonly firmware: string | undefined;
  readonly serial: string | undefined;
}

/** What a camera says of itself over ONVIF. */
export interface Description {
  readonly information: DeviceInformation;
  /** Tokens of its media profiles. */
  readonly profiles: readonly string[];
  readonly streamUri: URL | undefined;
  readonly snapshotUri: URL | undefined;
  /** Where pull-points are made; undefined for a camera without events. */
  readonly eventService: URL | undefined;
}

/**
 * The camera's clock in milliseconds since 1970 UTC, asked without a login (ONVIF Core, 8.3.4).
 * @throws Error when it does not answer, or names no UTC time.
 */
export async function readClock(url: URL, context: SoapContext): Promise<number> {
  const call = { url, body: `<GetSystemDateAndTime xmlns="${device}"/>`, anonymous: true };
  const { body } = await callSoap(call, context);
  const utc = firstAt(body, "GetSystemDateAndTimeResponse", "SystemDateAndTime", "UTCDateTime");
  const part = (group: string, name: string) => Number(textAt(utc, group, name) ?? Number.NaN);
  const time = Date.UTC(
    part("Date", "Year"),
    part("Date", "Month") - 1,
    part("Date", "Day"),
    part("Time", "Hour"),
    part("Time", "Minute"),
    part("Time", "Second"),
  );
  if (Number.isNaN(time)) throw new Error(`${url.href} names no UTC time`);
  return time;
}

/**
 * Asks who the camera is and where its stream, its picture and its events are. A part that it does
 * not have is undefined.
 * @param profile token of the media profile; the first when undefined
 * @throws RefusedError, or Error when the device or its media profiles can't be read.
 */
export async function describe(
  url: URL,
  host: string,
  profile: string | undefined,
  context: SoapContext,
): Promise<Description> {
  const ask = async (at: URL, namespace: string, name: string, content = ""): Promise<Xml> => {
    const element = `<${name} xmlns="${namespace}">${content}</${name}>`;
    const { body } = await callSoap({ url: at, body: element }, context);
    const answer = firstAt(body, `${name}Response`);
    if (answer === undefined) throw new Error(`${at.href} answers ${name} with something else`);
    return answer;
  };
  const about = await ask(url, device, "GetDeviceInformation");
  const capabilities = await ask(url, device, "GetCapabilities", "<Category>All</Category>");
  const service = (name: string): URL | undefined =>
    uriAt(host, textAt(capabilities, "Capabilities", name, "XAddr"));
  const mediaService = service("Media") ?? url;
  const profiles = allAt(await ask(mediaService, media, "GetProfiles"), "Profiles").flatMap(
    (each) => textAt(each, "@token") ?? [],
  );
  const token = profile ?? profiles[0];
  if (profile !== undefined && !profiles.includes(profile)) {
    throw new Error(
      `${url.href} has no profile ${JSON.stringify(profile)}; it has ${profiles.join(", ")}`,
    );
  }
  /** A camera may have no picture, or no stream: that is no reason to know nothing else of it. */
  const uri = async (name: string, setup = ""): Promise<URL | undefined> => {
    if (token === undefined) return undefined;
    const content = `${setup}<ProfileToken>${escapeXml(token)}</ProfileToken>`;
    try {
      return uriAt(host, textAt(await ask(mediaService, media, name, content), "MediaUri", "Uri"));
    } catch (error) {
      if (error instanceof SoapFault) return undefined;
      throw error;
    }
  };
  return {
    information: {
      manufacturer: textAt(about, "Manufacturer"),
      model: textAt(about, "Model"),
      firmware: textAt(about, "FirmwareVersion"),
      serial: textAt(about, "SerialNumber"),
    },
    profiles,
    streamUri: await uri(
      "GetStreamUri",
      `<StreamSetup><Stream xmlns="${schema}">RTP-Unicast</Stream><Transport xmlns="${schema}"><Protocol>RTSP</Protocol></Transport></StreamSetup>`,
    ),
    snapshotUri: await uri("GetSnapshotUri"),
    eventService: service("Events"),
  };
}

/** A URI that a camera gave, at the host where we know it: behind a router it names an inner one. */
export function uriAt(host: string, text: string | undefined): URL | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const uri = new URL(text);
  uri.hostname = host;
  uri.username = "";
  uri.password = "";
  return uri;
}
