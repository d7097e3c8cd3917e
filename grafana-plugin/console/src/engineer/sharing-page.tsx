import type { PageProps } from "./engineer.tsx";

export function SharingPage(_: PageProps) {
  return null;
}
