/** Why a device is not adopted. */
export class AdoptionRefused extends Error {
  override readonly name = "AdoptionRefused";
  readonly kind: "nothing-waits" | "bad-value" | "registered";

  constructor(kind: AdoptionRefused["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}
