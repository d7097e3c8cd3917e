/** Loaded where a certificate is signed or a request is read, which is rare; the library wants its polyfill first. */
export async function loadX509(): Promise<typeof import("@peculiar/x509")> {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}
