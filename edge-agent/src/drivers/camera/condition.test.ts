import { describe, expect, test } from "vitest";
import { noSharedData, sharedLines } from "../../../../test/support/shared-data.ts";
import { axisRules } from "./axis.ts";
import { conditionOf } from "./condition.ts";
import { type Notification, notificationsOf } from "./notification.ts";
import { allAt, firstAt, parseXml, textAt } from "./xml.ts";

const plain: Notification = { topic: "", source: "0", data: {}, at: 1, initial: false };

describe("what a notification says", () => {
  test.each([
    ["VideoSource/GlobalSceneChange/ImagingService", { State: "true" }, "tamper", true],
    ["VideoSource/GlobalSceneChange/AnalyticsService", { State: "0" }, "tamper", false],
    ["RuleEngine/TamperDetector/Tamper", { IsTamper: "1" }, "tamper", true],
    ["Device/HardwareFailure/StorageFailure", { Failed: "true" }, "storage-failure", true],
    ["Storage/Alert", { alert: "0", wear: "12" }, "storage-failure", false],
    ["VideoSource/Tampering", { tampering: "1" }, "tamper", true],
  ] as const)("%s %j", (topic, data, kind, active) => {
    expect(conditionOf({ ...plain, topic, data })).toMatchObject({ kind, active, at: 1 });
  });

  test.each([
    ["VideoSource/MotionAlarm", { State: "true" }],
    ["VideoSource/ImageTooDark/ImagingService", { State: "true" }],
    ["VideoSource/GlobalSceneChange/ImagingService", { State: "perhaps" }],
    ["VideoSource/GlobalSceneChange/ImagingService", {}],
    ["Storage/AlertOther", { alert: "1" }],
  ])("%s %j says nothing", (topic, data) => {
    expect(conditionOf({ ...plain, topic, data })).toBeUndefined();
  });

  test("a state as it stands has no time of change", () => {
    const topic = "VideoSource/GlobalSceneChange/ImagingService";
    const told = { ...plain, topic, data: { State: "true" }, initial: true };
    expect(conditionOf(told)?.at).toBeUndefined();
  });
});

const noData = noSharedData();
describe.skipIf(noData)(`events of real Axis cameras${noData ? ` (${noData})` : ""}`, () => {
  const documents = noData
    ? []
    : sharedLines<{ maker: string; kind: string; payload: string }>("mqtt-payloads/messages.jsonl")
        .filter(({ maker, kind }) => maker === "Axis camera" && kind === "onvif-notification-xml")
        .map(({ payload }) => parseXml(payload));
  const notifications = documents.flatMap((document) =>
    allAt(document, "MetadataStream", "Event").flatMap(notificationsOf),
  );

  test("every notification is read: topic without prefixes, items, time, whether it is a change", () => {
    expect(documents).toHaveLength(19);
    expect(notifications).toHaveLength(16);
    for (const each of notifications) {
      expect(each.topic).toMatch(/^\w+(\/\w+)+$/);
      expect(Object.keys(each.data)).toHaveLength(1);
      expect(each.at).toBeGreaterThan(Date.parse("2019-01-01"));
    }
    expect(notifications.filter(({ initial }) => !initial)).toHaveLength(5);
    expect(notifications).toContainEqual({
      topic: "AudioSource/TriggerLevel",
      source: "1",
      data: { triggered: "0" },
      at: Date.parse("2019-02-06T18:58:50.922Z"),
      initial: true,
    });
  });

  test("motion, loitering, ports and moves of the lens are not taken for a fault of the camera", () => {
    expect(notifications.map(conditionOf).filter(Boolean)).toEqual([]);
  });

  test("the declaration of the storage alert has the topic and the item by which we know it", () => {
    const declared = documents
      .map((each) => firstAt(each, "Envelope", "Body", "GetEventInstancesResponse", "TopicSet"))
      .map((topics) => firstAt(topics, "Storage", "Alert"))
      .find((each) => each !== undefined);
    const items = allAt(declared, "MessageInstance", "DataInstance", "SimpleItemInstance");
    const state = items.find((item) => textAt(item, "@isPropertyState") === "true");
    const rule = axisRules.find(({ topic }) => topic.test("Storage/Alert"));
    expect(rule?.items).toContain(textAt(state, "@Name"));
  });
});
