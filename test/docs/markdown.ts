/** The fenced code blocks of a Markdown text (CommonMark section 4.5). */

export interface Block {
  readonly language: string;
  readonly text: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
}

/** @throws Error where a block does not end */
export function codeBlocks(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { language: string; line: number; fence: string; lines: string[] } | undefined;
  for (const [i, line] of markdown.split("\n").entries()) {
    const [, fence = "", info = ""] = /^ *(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (open === undefined) {
      if (fence !== "") open = { language: info.trim(), line: i + 1, fence, lines: [] };
    } else if (fence.startsWith(open.fence) && info === "") {
      blocks.push({ language: open.language, line: open.line, text: `${open.lines.join("\n")}\n` });
      open = undefined;
    } else open.lines.push(line);
  }
  if (open !== undefined) throw new Error(`the block of line ${open.line} does not end`);
  return blocks;
}
