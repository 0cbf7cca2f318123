// HTTP/2 with prior knowledge by Node's http2 module, with the routes that the scenarios of httpd ask for.
//
//     toylab run httpd -k 'h2spec and ipv4' --subject 'node docs/subjects/node_http2.mjs {address} {port}'

import http2 from "node:http2";

const [address, port] = process.argv.slice(2);

http2
  .createServer((request, response) => {
    const url = new URL(request.url, "http://x");
    if (url.pathname === "/slow") {
      setTimeout(() => response.end("done\n"), Number(url.searchParams.get("ms")));
    } else if (url.pathname === "/echo") {
      request.pipe(response);
    } else {
      response.end('{"status": "ok"}\n');
    }
  })
  .listen(Number(port), address);
