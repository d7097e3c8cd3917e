import * as z from "zod";

/** One part of an identity: lower case, digits, `-` and `_`, 1 to 32 characters. */
export const identityPartPattern = /^[a-z0-9][a-z0-9_-]{0,31}$/;
const identityPattern = /^[a-z0-9][a-z0-9_-]{0,31}(\/[a-z0-9][a-z0-9_-]{0,31}){3}$/;

export const identitySchema = z.string().regex(identityPattern, {
  error:
    "must be province/unit/site/device, each 1 to 32 of a-z 0-9 - _ and beginning with a letter or digit, such as 82/29869/cau-cao-lanh/muc-nuoc-01",
});

/** `province/unit/site/device`; province and unit are official codes where there are any. */
export type Identity = z.infer<typeof identitySchema>;

export interface IdentityParts {
  readonly province: string;
  readonly unit: string;
  readonly site: string;
  readonly device: string;
}

/** Whether `text` is a well-formed identity. */
export function isIdentity(text: string): text is Identity {
  return identityPattern.test(text);
}

/**
 * Splits an identity into its parts.
 * @throws TypeError naming the identity when it is not well formed.
 */
export function parseIdentity(identity: Identity): IdentityParts {
  const [province, unit, site, device] = isIdentity(identity) ? identity.split("/") : [];
  if (!province || !unit || !site || !device) {
    throw new TypeError(
      `identity ${JSON.stringify(identity)} is not province/unit/site/device, each part 1 to 32 of a-z 0-9 - _`,
    );
  }
  return { province, unit, site, device };
}
