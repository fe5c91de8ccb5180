/** What the tests of lint on plain text have in common. */

import { brief, CONFIDENTIAL, lintAs, OPERATION, TEXT } from "./lint-shared.ts";

/** `body` between the banners of an operation. */
export const between = (body: string, top = CONFIDENTIAL, bottom = top): string => `${top}\n\n${body}\n\n${bottom}\n`;
export const found = async (text: string, label = CONFIDENTIAL, rest = {}) =>
  lintAs(TEXT, text, label, { ...OPERATION, ...rest });
export const told = async (text: string, label = CONFIDENTIAL, rest = {}) => brief(await found(text, label, rest));
