// Ports where nobody listens.

import net from "node:net";

/**
 * An endpoint that refuses connections. libzmq closes a listener in its own time, and until then it
 * accepts; a listener of node's is gone when it says so.
 */
export async function refusingEndpoint(): Promise<string> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `tcp://127.0.0.1:${port}`;
}

/** Whether the port of an endpoint can be listened at, on every address of this machine. */
export function isFree(endpoint: string): Promise<boolean> {
  const server = net.createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    const port = Number(endpoint.split(":").at(-1));
    server.listen(port, "0.0.0.0", () => server.close(() => resolve(true)));
  });
}
