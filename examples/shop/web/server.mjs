// The shop's web tier: renders the page from what the api answers. No framework, no shell beside it.
import { createServer } from "node:http";

const api = process.env.API_URL ?? "http://api:8080";
const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

async function page() {
  const answer = await fetch(`${api}/products`, { signal: AbortSignal.timeout(3000) });
  if (!answer.ok) throw new Error(`api answered ${answer.status}`);
  const { products, served } = await answer.json();
  const rows = products.map(
    (p) =>
      `<tr><td>${escape(p.name)}</td><td>${escape((p.cents / 100).toFixed(2))}</td><td>${escape(p.stock)}</td></tr>`,
  );
  return `<!doctype html><meta charset="utf-8"><title>Ship's chandler</title>
<style>body{font:16px/1.5 system-ui;margin:3rem auto;max-width:40rem;color:#0b2239}h1{border-bottom:3px solid #0b6e99}td,th{padding:.3rem 1.5rem .3rem 0;text-align:left}footer{color:#667}</style>
<h1>Ship's chandler</h1><table><tr><th>Article</th><th>Price</th><th>In stock</th></tr>${rows.join("")}</table>
<footer><p>${escape(products.length)} articles through web, api and database; page view ${escape(served)}.</p></footer>`;
}

let leaving = false;
const server = createServer((request, response) => {
  // Whoever comes again is to come on a new connection, to another pod.
  if (leaving) response.setHeader("connection", "close");
  if (request.url === "/healthz") return response.end("ok\n");
  page().then(
    (html) => response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(html),
    (error) =>
      response
        .writeHead(502, { "content-type": "text/plain" })
        .end(`the shop cannot reach its api: ${error.message}\n`),
  );
}).listen(8080, () => console.log("web listens on 8080"));
// Traffic follows the Service a moment later than this pod is told to go: until then it is answered, then what is open ends.
for (const signal of ["SIGTERM", "SIGINT"])
  process.on(signal, () => {
    leaving = true;
    setTimeout(() => server.close(() => process.exit(0)), 2_000);
  });
