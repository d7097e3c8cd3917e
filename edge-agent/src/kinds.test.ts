import { expect, test } from "vitest";
import { kindNames, loadKind } from "./kinds.ts";

test("every kind loads, and an unknown one is told which there are", async () => {
  for (const kind of kindNames) expect((await loadKind(kind)).configSchema).toBeDefined();
  for (const kind of ["modbuss", "toString", "__proto__"]) {
    await expect(loadKind(kind)).rejects.toThrow(`"${kind}"; use one of ${kindNames.join(", ")}`);
  }
});
