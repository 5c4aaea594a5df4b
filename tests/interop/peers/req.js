// req.js ENDPOINT NAME TEXT...: asks with a REQ socket, one TEXT after the other.

import process from "node:process";
import { Request } from "zeromq";

const [endpoint, name, ...texts] = process.argv.slice(2);
const req = new Request({ linger: 0, routingId: name });
req.connect(endpoint);

for (const text of texts) {
  await req.send(text);
  const frames = await req.receive();
  console.log(`Received reply: ${frames.map(String).join(" | ")}`);
}
req.close();
