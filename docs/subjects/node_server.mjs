// What most people write with Node's http module, with the routes that the scenarios of httpd ask for.
//
//     toylab run httpd --subject 'node docs/subjects/node_server.mjs {address} {port}'
//
// With the name of a PEM file that holds key and certificate behind the port, it speaks TLS.

import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";

const [address, port, pem] = process.argv.slice(2);

function answer(request, response) {
  const url = new URL(request.url, "http://x");
  if (url.pathname === "/slow") {
    setTimeout(() => response.end("done\n"), Number(url.searchParams.get("ms")));
  } else if (url.pathname === "/bytes") {
    response.end("x".repeat(Number(url.searchParams.get("n"))));
  } else if (url.pathname === "/echo") {
    request.pipe(response);
  } else if (["/", "/api/data"].includes(url.pathname)) {
    response.end('{"status": "ok"}\n');
  } else {
    response.writeHead(404).end();
  }
}

const server = pem
  ? https.createServer({ key: readFileSync(pem), cert: readFileSync(pem) }, answer)
  : http.createServer(answer);
server.listen(Number(port), address);
