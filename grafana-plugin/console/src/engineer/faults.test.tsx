import { fireEvent, render, screen } from "@testing-library/react";
import { useRef } from "react";
import { expect, test } from "vitest";
import { Faults } from "./faults.tsx";
import type { Fault } from "./shapes.ts";
import { YamlEditor, type YamlPlace } from "./yaml-editor.tsx";

const yaml = "version: 2\nname: a\nmesurement: water\n";

function Bench({ faults }: { faults: readonly Fault[] }) {
  const place = useRef<YamlPlace>(null);
  return (
    <>
      <YamlEditor
        ref={place}
        label="YAML"
        value={yaml}
        onChange={() => undefined}
        faulty={new Set(faults.map(({ line }) => line))}
        readOnly={false}
        describedBy="faults"
      />
      <Faults
        id="faults"
        faults={faults}
        language="vi"
        onLine={(line) => place.current?.goTo(line)}
      />
    </>
  );
}

test("a fault is said with its line, and a press on it marks the line in the text", () => {
  const message = "mesurement is not known there: did you mean measurement?";
  render(<Bench faults={[{ line: 3, path: [], message }]} />);
  screen.getByText("không có từ mesurement ở chỗ này: có phải là measurement?");
  fireEvent.click(screen.getByRole("button", { name: "dòng 3" }));
  const field = screen.getByRole<HTMLTextAreaElement>("textbox");
  expect(document.activeElement).toBe(field);
  expect(yaml.slice(field.selectionStart, field.selectionEnd)).toBe("mesurement: water");
  expect(field).toHaveAttribute("aria-invalid", "true");
});

test("markup in a message is text", () => {
  const message = '<img src=x onerror="alert(1)"> is no quantity';
  render(<Bench faults={[{ line: 1, path: ["<b>"], message }]} />);
  expect(document.querySelector("img, b")).toBeNull();
  screen.getByText(message);
});
