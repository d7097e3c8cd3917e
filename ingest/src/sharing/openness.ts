import type { RegisteredDevice } from "../registry.ts";
import type { Contract, Contracts } from "./contracts.ts";
import { selects } from "./roster.ts";

/** Under which contract a quantity of a device is shared; an open one goes before one that is not. */
export type ContractOf = (device: RegisteredDevice, quantity: string) => Contract | undefined;

/** Looks up what the contracts say of streams; what none names is opened by none. */
export function contractFinder({ datasets }: Contracts): ContractOf {
  const streams = [...datasets.values()]
    .filter(({ devices }) => devices)
    .map((contract) => ({ contract, selects: selects(contract) }));
  return (device, quantity) => {
    const found = streams.filter(
      ({ contract, selects }) =>
        (contract.devices?.quantities?.includes(quantity) ?? true) && selects(device),
    );
    const open = found.find(({ contract }) => contract.openness.level === "open");
    return (open ?? found[0])?.contract;
  };
}
