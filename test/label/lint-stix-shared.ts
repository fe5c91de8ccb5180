/** Objects of STIX that the tests of lint put together, and what lint says of them. */

import { brief, lintAs, OPERATION, STIX } from "./lint-shared.ts";

export const EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";
export const ID = {
  clear: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
  green: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
  amber: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
  strict: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
  red: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
  white1: "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
  green1: "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
  amber1: "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
  red1: "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
} as const;
export const OWN = "marking-definition--00000000-0000-4000-8000-000000000001";
export const NOTE = "note--00000000-0000-4000-8000-00000000000a";
export const OTHER = "note--00000000-0000-4000-8000-00000000000b";

type Json = Record<string, unknown>;
export const note = (more: Json = {}, id: string = NOTE): Json => ({
  type: "note",
  id,
  modified: "2026-11-22T05:00:00Z",
  content: "x",
  ...more,
});
export const marked = (ref: string, more: Json = {}, id = NOTE): Json =>
  note({ object_marking_refs: [ref], ...more }, id);
export const bundle = (...objects: unknown[]): string => JSON.stringify({ type: "bundle", id: "bundle--1", objects });
export const definition = (rest: Json, id: string = OWN): Json => ({
  type: "marking-definition",
  spec_version: "2.1",
  id,
  ...rest,
});
export const statement = (text: string): Json =>
  definition({ definition_type: "statement", definition: { statement: text } });
export const tlp2 = (color: string, id: string = OWN): Json =>
  definition({ extensions: { [EXTENSION]: { tlp_2_0: color } } }, id);

export const found = (text: string, label = "TLP:GREEN", rest = {}) =>
  lintAs(STIX, text, label, { ...OPERATION, ...rest });
export const told = async (text: string, label = "TLP:GREEN", rest = {}) => brief(await found(text, label, rest));
export const above = (name: string, id = NOTE): string => `${id} tlp-above-envelope: ${name}, or take the object out`;
