import * as z from "zod";

const pem = z.string().min(1).max(16_384);

/** What a device or an agent asks for its first certificate with. */
export const enrolCallSchema = z.object({
  id: z.string().min(1).max(32).describe("the first part of the code"),
  csr: pem.describe("certificate signing request (PKCS #10), PEM"),
  mac: z
    .string()
    .max(128)
    .describe(
      "HMAC-SHA256 over the text of `proofs.enrol`, under SHA-256 of the code's secret part: hexadecimal",
    ),
});
export type EnrolCall = z.infer<typeof enrolCallSchema>;

/** And for the next one. */
export const renewCallSchema = z.object({
  certificate: pem.describe("the one that is to be followed, PEM"),
  csr: pem,
  signature: z
    .string()
    .max(2048)
    .describe("over the text of `proofs.renew`, by the key of that certificate: base64"),
});
export type RenewCall = z.infer<typeof renewCallSchema>;

/** What it gets. */
export const enrolledSchema = z.object({
  identity: z.string(),
  certificate: z.string().describe("PEM"),
  authority: z
    .string()
    .describe("PEM of the authority that signed it: the only one to believe the broker by"),
  broker: z
    .string()
    .nullable()
    .describe("where the broker takes connections by TLS; null where it takes none"),
  mac: z
    .string()
    .optional()
    .describe("proves that the answer comes from who made the code: of an enrolment alone"),
});
export type Enrolled = z.infer<typeof enrolledSchema>;

/** What both sides sign: its purpose first, so that no proof serves another. */
export const proofs = {
  enrol: (csr: string): string => `kenh-enrol-1\n${csr}`,
  enrolled: ({ certificate, authority, broker }: Omit<Enrolled, "mac">): string =>
    `kenh-enrolled-1\n${certificate}\n${authority}\n${broker ?? ""}`,
  renew: (csr: string): string => `kenh-renew-1\n${csr}`,
} as const;

/** A certificate that is not given; the message is for whoever asked, and tells nothing of what there is. */
export class EnrolmentRefused extends Error {
  override readonly name = "EnrolmentRefused";
}

/** A certificate request that can't be signed, whoever sends it. */
export class UnfitRequest extends Error {
  override readonly name = "UnfitRequest";
}

/** Gives certificates for codes, and new ones for old ones. */
export interface Enrolment {
  /** The authority's certificate, PEM. */
  readonly authority: string;
  /**
   * @param address where the call comes from, for the audit log
   * @throws EnrolmentRefused, UnfitRequest
   */
  enrol(call: EnrolCall, address: string | null): Promise<Enrolled>;
  /** @throws EnrolmentRefused, UnfitRequest */
  renew(call: RenewCall, address: string | null): Promise<Enrolled>;
}
