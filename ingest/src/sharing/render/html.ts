import type { AdministrativeDocument, Block, Table } from "./document.ts";

const style = `
@page { size: A4; margin: 22mm 18mm 22mm 32mm; }
* { box-sizing: border-box; }
body { font: 14pt/1.35 "Times New Roman", Tinos, "Liberation Serif", serif; color: #000; background: #fff;
  max-width: 160mm; margin: 12mm auto; }
p { margin: 0 0 6pt; text-align: justify; text-indent: 1cm; }
header { display: grid; grid-template-columns: 44% 56%; text-align: center; font-size: 13pt; }
header p, .kind p, .end p { text-indent: 0; text-align: center; margin: 0; white-space: pre-line; }
.rule::after { content: ""; display: block; width: 38%; margin: 3pt auto 0; border-top: 1px solid #000; }
.rule.wide::after { width: 70%; }
.kind { margin: 18pt 0 12pt; font-weight: bold; }
.draft { text-align: center; text-indent: 0; font-weight: bold; border: 1.5px solid #000; padding: 3pt; }
h2 { font-size: 14pt; margin: 12pt 0 6pt; break-after: avoid; }
table { width: 100%; border-collapse: collapse; font-size: 12pt; margin-bottom: 8pt; line-height: 1.25; }
th, td { border: 1px solid #000; padding: 3pt 4pt; vertical-align: top; white-space: pre-line; overflow-wrap: anywhere; }
td.center { text-align: center; } td.right { text-align: right; white-space: nowrap; }
thead { display: table-header-group; } tr { break-inside: avoid; }
th { text-align: center; vertical-align: middle; } th[colspan] { text-align: left; }
.end { display: grid; grid-template-columns: 50% 50%; margin-top: 14pt; break-inside: avoid; break-before: avoid; }
.end .to { font-size: 11pt; text-align: left; } .end .to b { font-size: 12pt; font-style: italic; }
.end .to p { text-align: left; } .end .name { margin-top: 72pt; }
`;

/** The document as one page of HTML that needs nothing from anywhere, ready to be printed. */
export function htmlOf(document: AdministrativeDocument): string {
  const { superior, issuer, number, placeAndDate, draft, kind, summary, addressee } = document;
  const { body, recipients, signature } = document;
  const title = `${kind}: ${summary.join(" ")}`;
  return `<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${html(title)}</title><style>${style}</style></head><body>
${draft === null ? "" : `<p class="draft">${html(draft)}</p>`}
<header>
<div>${superior === null ? "" : `<p>${html(superior)}</p>`}<p class="rule"><b>${html(issuer)}</b></p>
<p>${html(number)}</p></div>
<div><p><b>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM</b></p><p class="rule wide"><b>Độc lập - Tự do - Hạnh phúc</b></p>
<p><i>${html(placeAndDate)}</i></p></div>
</header>
<div class="kind"><p>${html(kind)}</p>${summary
    .map((line, at) => `<p${at === summary.length - 1 ? ' class="rule"' : ""}>${html(line)}</p>`)
    .join("")}</div>
${addressee === null ? "" : `<p style="text-align:center;text-indent:0">Kính gửi: ${html(addressee)}</p>`}
${body.map(blockOf).join("\n")}
<div class="end">
<div class="to"><p><b>Nơi nhận:</b></p>${recipients.map((one) => `<p>- ${html(one)}</p>`).join("")}</div>
<div>${signature.capacity === null ? "" : `<p><b>${html(signature.capacity)}</b></p>`}<p><b>${html(signature.title)}</b></p>
<p class="name"><b>${html(signature.name)}</b></p></div>
</div>
</body></html>
`;
}

function blockOf(block: Block): string {
  if ("heading" in block) return `<h2>${html(block.heading)}</h2>`;
  if ("paragraph" in block) return `<p>${html(block.paragraph)}</p>`;
  return tableOf(block.table);
}

function tableOf({ head, widths, align, rows }: Table): string {
  const columns = widths.map((width) => `<col style="width:${Math.round(width * 100)}%">`).join("");
  const body = rows.map((row) =>
    "heading" in row
      ? `<tr><th colspan="${head.length}">${html(row.heading)}</th></tr>`
      : `<tr>${row.cells
          .map((text, at) => `<td class="${align[at]}">${html(text)}</td>`)
          .join("")}</tr>`,
  );
  return `<table><colgroup>${columns}</colgroup><thead><tr>${head
    .map((text) => `<th>${html(text)}</th>`)
    .join("")}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}

function html(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replace(/[&<>"]/g, (sign) => names[sign] as string);
}
