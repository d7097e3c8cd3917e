import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { topicOf } from "@kenh/schemas";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { certificateAuthority } from "../support/certificates.ts";
import { absent, freePort } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startStation } from "../support/station.ts";

const execute = promisify(execFile);
const reason = absent("openssl") ?? absent("mosquitto_pub", "mosquitto-clients");
const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const other = "82/29869/cau-cao-lanh/muc-nuoc-02";

test.skipIf(reason)(
  `a station with TLS stores what a foreign client sends with a password or a certificate${reason ? ` (${reason})` : ""}`,
  async () => {
    using folder = temporaryFolder("tls");
    const authority = certificateAuthority(folder.path);
    const server = authority.issue("station", "IP:127.0.0.1");
    const device = authority.issue("gauge", `URI:urn:kenh:device:${gauge}`);
    const port = await freePort();
    const tls = { port, ...server, caFile: authority.caFile };
    writeFileSync(join(folder.path, "broker.yaml"), stringify({ version: 1, tls }));
    await using station = await startStation({ folder });
    const password = await station.addDevice(gauge, "generic-water");
    await station.addDevice(other, "generic-water");

    const publish = (topic: string, value: number, ...how: string[]) =>
      execute("mosquitto_pub", [
        ...["-h", "127.0.0.1", "-p", String(port), "--cafile", authority.caFile, "-q", "1"],
        ...["-t", topic, "-m", JSON.stringify({ ts: value, values: { water_level_m: value } })],
        ...how,
      ]);
    const byPassword = ["-u", gauge, "-P", password];
    const byCertificate = ["--cert", device.certFile, "--key", device.keyFile];
    await publish(topicOf(gauge, "telemetry"), 1, ...byPassword);
    await publish(topicOf(gauge, "telemetry"), 2, ...byCertificate);
    await expect(publish(topicOf(other, "telemetry"), 3, ...byPassword)).rejects.toThrow();
    await expect(publish(topicOf(other, "telemetry"), 4, ...byCertificate)).rejects.toThrow();
    await expect(publish(topicOf(gauge, "telemetry"), 5, "-u", gauge, "-P", "x")).rejects.toThrow();
    const { total } = await station.settled();
    expect(total).toEqual({ received: 2, stored: 2, duplicate: 0, quarantined: 0, pending: 0 });
    const query = new URLSearchParams({
      device: gauge,
      quantity: "water_level_m",
      from: "0",
      to: "9",
    });
    expect(await station.get(`/api/v1/telemetry?${query}`)).toMatchObject({
      points: [
        [1, 1, 2],
        [2, 2, 2],
      ],
    });
  },
);
