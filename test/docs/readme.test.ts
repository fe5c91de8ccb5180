import { expect, it } from "vitest";
import { agrees, typed } from "./typed.ts";

it("what is shown is compared line by line", () => {
  expect(agrees(["a", "...", "d"], ["a", "b", "c", "d"])).toBe(true);
  expect(agrees(["...", "b", "..."], ["a", "b"])).toBe(true);
  expect(agrees(["a", "...", "c"], ["a", "b", "c", "d"])).toBe(false);
  expect(agrees(["a", "c"], ["a", "b", "c"])).toBe(false);
});

typed("README.md");
