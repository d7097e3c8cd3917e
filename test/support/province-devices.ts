/** Devices of many units: eight a site, as a province has them. */
export function provinceDevices(count: number) {
  const profiles = ["generic-water", "generic-environment", "generic-power", "generic-camera"];
  return Array.from({ length: count }, (_, at) => {
    const unit = 28249 + Math.floor(at / 200) * 3;
    const site = `tram-${String(Math.floor((at % 200) / 8)).padStart(2, "0")}`;
    const profile = profiles[at % profiles.length] as string;
    return {
      identity: `82/${unit}/${site}/thiet-bi-${at % 8}`,
      profile,
      label: { vi: `Thiết bị số ${at}, "${site}"`, en: `Device ${at}` },
      position: { latitude: 10 + (at % 5000) / 10_000, longitude: 105 + (at % 7000) / 10_000 },
      intervalMs: 60_000,
      criticality: 1 + (at % 4),
    };
  });
}

/** The file of the devices of CSV, in the order of identities, as an export writes it. */
export function devicesCsv(devices: ReturnType<typeof provinceDevices>): string {
  const rows = devices
    .toSorted((a, b) => (a.identity < b.identity ? -1 : 1))
    .map(({ identity, profile, label, position, intervalMs, criticality }) =>
      [
        ...[identity, profile, `"${label.vi.replaceAll('"', '""')}"`, label.en],
        ...[position.latitude, position.longitude, "", intervalMs, "", "", criticality],
      ].join(","),
    );
  const head =
    "identity,profile,label_vi,label_en,latitude,longitude,elevation_m,interval_ms,vn_aqi,agency,criticality";
  return `\uFEFF${[head, ...rows].join("\n")}\n`;
}
