// The shop's api tier: products out of PostgreSQL as JSON, page views counted there.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import postgres from "postgres";

const sql = postgres({
  host: process.env.DB_HOST ?? "db",
  port: 5432,
  user: "shop",
  database: "shop",
  password: readFileSync(process.env.DB_PASSWORD_FILE ?? "/run/secrets/db/password", "utf8").trim(),
  max: 4,
  connect_timeout: 5,
  onnotice: () => {},
});

async function prepare() {
  await sql`create table if not exists products (name text primary key, cents int not null, stock int not null)`;
  await sql`create table if not exists views (one bool primary key default true check (one), count bigint not null)`;
  await sql`insert into views (count) values (0) on conflict do nothing`;
  const goods = [
    { name: "Bowline rope, 20 m", cents: 2490, stock: 14 },
    { name: "Brass lantern", cents: 7900, stock: 3 },
    { name: "Bulkhead door, watertight", cents: 129900, stock: 1 },
    { name: "Hard tack, 5 kg", cents: 1250, stock: 80 },
  ];
  await sql`insert into products ${sql(goods)} on conflict do nothing`;
}

let prepared;
async function products() {
  prepared ??= prepare();
  await prepared.catch((error) => {
    prepared = undefined;
    throw error;
  });
  const [view] = await sql`update views set count = count + 1 returning count`;
  return { products: await sql`select name, cents, stock from products order by name`, served: Number(view.count) };
}

createServer((request, response) => {
  const json = (status, body) =>
    response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
  if (request.url === "/healthz") return response.end("ok\n");
  if (request.url === "/readyz")
    return sql`select 1`.then(
      () => response.end("ok\n"),
      (error) => json(503, { error: error.code ?? error.message }),
    );
  if (request.url !== "/products") return json(404, { error: "not found" });
  products().then(
    (body) => json(200, body),
    (error) => json(503, { error: error.code ?? error.message }),
  );
}).listen(8080, () => console.log("api listens on 8080"));
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
