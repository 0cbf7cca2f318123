// What most people write with Node: connect with a time limit, say something, read an answer, close.
//
//     toylab run toy9 --subject 'node docs/subjects/node_client.mjs {host} {port}'

import net from "node:net";

const LIMIT_MS = 3000;
const [host, port] = process.argv.slice(2);
const socket = net.connect({ host, port: Number(port) });

let connected = false;
const limit = setTimeout(() => socket.destroy(new Error("timed out")), LIMIT_MS);

socket.on("connect", () => {
  connected = true;
  clearTimeout(limit);
  socket.setTimeout(200, () => socket.destroy());
  socket.write("hello");
});
socket.on("data", (data) => {
  console.log(data.toString());
  socket.end();
});
socket.on("error", (error) => {
  clearTimeout(limit);
  console.error(`${connected ? "connected, and then" : "cannot connect"}: ${error.message}`);
});
socket.on("close", () => process.exit(connected ? 0 : 1));
