/** A record of a CSV file with the line, counted from 1, on which it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
  /** A quoted cell that was never closed: everything to the end of the file is in it. */
  readonly open: boolean;
}

/**
 * RFC 4180: cells in quotes may hold the delimiter, line breaks and doubled quotes. LF, CRLF and CR end a line; blank
 * lines, and comment lines (`# …`) before the first record, are left out. Nothing is trimmed.
 * @param delimiter one character
 */
export function* readCsv(text: string, delimiter: string): Generator<CsvRecord> {
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;
  let first = true;
  while (at < text.length) {
    if (first && text[at] === '#') {
      at = afterBreak(text, endOfLine(text, at));
      line++;
      continue;
    }
    const begin = line;
    const cells: string[] = [];
    let open = false;
    for (;;) {
      if (text[at] === '"') {
        let cell = '';
        let from = at + 1;
        for (;;) {
          const quote = text.indexOf('"', from);
          if (quote < 0) {
            cell += text.slice(from);
            at = text.length;
            open = true;
            break;
          }
          cell += text.slice(from, quote);
          at = quote + 1;
          if (text[at] !== '"') break;
          cell += '"';
          from = at + 1;
        }
        line += cell.match(/\r\n|\n|\r/g)?.length ?? 0;
        // What follows the closing quote is kept rather than lost: the cell's check will name it.
        const end = endOfCell(text, at, delimiter);
        cells.push(cell + text.slice(at, end));
        at = end;
      } else {
        const end = endOfCell(text, at, delimiter);
        cells.push(text.slice(at, end));
        at = end;
      }
      if (text[at] !== delimiter) break;
      at++;
    }
    at = afterBreak(text, at);
    line++;
    if (cells.length > 1 || cells[0].trim() !== '') {
      first = false;
      yield { line: begin, cells, open };
    }
  }
}

/** Comma, semicolon (spreadsheets where the comma is the decimal sign) or tab: the one that the text has most of. */
export function delimiterOf(header: string): string {
  const number = (delimiter: string): number => header.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, delimiter) => (number(delimiter) > number(best) ? delimiter : best));
}

function endOfCell(text: string, from: number, delimiter: string): number {
  let at = from;
  while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at++;
  return at;
}

function endOfLine(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '\n' && text[at] !== '\r') at++;
  return at;
}

function afterBreak(text: string, at: number): number {
  return text[at] === '\r' && text[at + 1] === '\n' ? at + 2 : at + 1;
}
