import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate in PEM, and its key. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** An authority made by openssl for one test, in a folder of the test's own. */
export interface Authority {
  readonly caFile: string;
  /** Signs a certificate for this common name; `alternativeName` such as `IP:127.0.0.1`. */
  issue(commonName: string, alternativeName?: string): Certificate;
}

const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Makes a certificate authority; its files go with the folder. Needs openssl. */
export function certificateAuthority(folder: string, name = "ca"): Authority {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  const caFile = join(folder, `${name}.pem`);
  const caKey = join(folder, `${name}.key`);
  openssl(
    "req",
    "-x509",
    ...ec,
    "-keyout",
    caKey,
    "-out",
    caFile,
    "-days",
    "2",
    "-subj",
    `/CN=${name}`,
  );
  let count = 0;
  return {
    caFile,
    issue(commonName, alternativeName) {
      const base = join(folder, `${name}-${++count}`);
      const [keyFile, request, certFile] = [`${base}.key`, `${base}.csr`, `${base}.pem`];
      const subject = `/CN=${commonName.replaceAll("/", "\\/")}`;
      openssl("req", "-new", ...ec, "-keyout", keyFile, "-out", request, "-subj", subject);
      const extensions = `${base}.ext`;
      writeFileSync(extensions, alternativeName ? `subjectAltName=${alternativeName}\n` : "");
      const ca = ["-CA", caFile, "-CAkey", caKey, "-CAcreateserial", "-extfile", extensions];
      openssl("x509", "-req", "-in", request, "-out", certFile, "-days", "2", ...ca);
      return { certFile, keyFile };
    },
  };
}
