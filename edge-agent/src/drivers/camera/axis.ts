import type { TopicRule } from "./condition.ts";

/**
 * Topics of Axis' own (namespace `tnsaxis`) that come through the same pull-points. Their analytics
 * (motion, people, loitering) and their ports say nothing of the camera's health and are passed over.
 */
export const axisRules: readonly TopicRule[] = [
  { topic: /^Storage\/Alert$/, items: ["alert"], kind: "storage-failure" },
  { topic: /^Storage\/Disruption$/, items: ["disruption"], kind: "storage-failure" },
  { topic: /^VideoSource\/Tampering$/, items: ["tampering"], kind: "tamper" },
];
