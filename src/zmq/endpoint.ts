/**
 * Endpoints, checked before libzmq sees them.
 *
 * libzmq takes the port with `strtol` and 16 bits: 4.3.4 binds `tcp://127.0.0.1:99999` to port
 * 34463 and `tcp://*:80x` to port 80 without a word. So the syntax is ours to check.
 *
 * @module
 */

/** An endpoint that cannot be right; the message says what is wrong and how to write it. */
export class EndpointError extends Error {
  /** The name of the class. */
  override readonly name = "EndpointError";
}

/** libzmq's transports; those beyond tcp, ipc and inproc depend on how it was built. */
const transports = ["tcp", "ipc", "inproc", "ws", "wss", "tipc", "vmci", "udp", "pgm", "epgm"];

const tcpForm = "write it as tcp://HOST:PORT";

/**
 * Checks an endpoint.
 *
 * @param endpoint what the user wrote, such as `tcp://127.0.0.1:5555`
 * @param operation `bind` also allows port 0 or `*` for any free one
 * @throws {EndpointError} without a known transport, or with a host, port or path that cannot be
 */
export function checkEndpoint(endpoint: string, operation: "bind" | "connect"): void {
  const fail = (reason: string): never => {
    throw new EndpointError(`Cannot ${operation} ${JSON.stringify(endpoint)}: ${reason}`);
  };
  const [, transport, address] = /^([a-z0-9]+):\/\/(.*)$/is.exec(endpoint) ?? [];
  if (transport === undefined || address === undefined) {
    return fail("it has no transport; write it as tcp://HOST:PORT or ipc://PATH");
  }
  if (!transports.includes(transport)) {
    return fail(`unknown transport ${JSON.stringify(transport)}; use tcp:// or ipc://`);
  }
  // deno-lint-ignore no-control-regex -- a NUL would end the C string early
  if (/[\x00-\x1f\x7f]/.test(address)) return fail("it has a control character; remove it");
  if (address === "") return fail(`nothing follows ${transport}://`);
  if (transport === "tcp") checkTcpAddress(address, operation, fail);
}

function checkTcpAddress(
  address: string,
  operation: "bind" | "connect",
  fail: (reason: string) => never,
): void {
  // A connect may name the local address first: SOURCE;DESTINATION.
  const target = address.slice(address.lastIndexOf(";") + 1);
  const colon = target.lastIndexOf(":");
  if (colon < 0) return fail(`it has no port; ${tcpForm}`);
  const host = target.slice(0, colon);
  const port = target.slice(colon + 1);
  if (host === "") return fail(`it has no host; ${tcpForm}`);
  if (/\s/.test(host)) return fail(`the host has a space; ${tcpForm}`);
  if (host.includes(":") && !/^\[.*\]$/.test(host)) {
    return fail("an IPv6 address stands in brackets; write it as tcp://[ADDRESS]:PORT");
  }
  if (operation === "bind" && port === "*") return;
  const lowest = operation === "bind" ? 0 : 1;
  if (!/^\d{1,5}$/.test(port) || Number(port) < lowest || Number(port) > 65535) {
    const any = operation === "bind" ? ", or * for any free one" : "";
    return fail(`the port ${JSON.stringify(port)} is not a number from ${lowest} to 65535${any}`);
  }
}

/** Whether the endpoint leaves the choice of the port, or of the path, to the system. */
export function isWildcard(endpoint: string): boolean {
  return /^tcp:\/\/.*:(\*|0+)$/.test(endpoint) || endpoint === "ipc://*";
}

/** Whether an IPv6 address is written out in it, which libzmq reads with the option `ipv6` only. */
export function isIpv6(endpoint: string): boolean {
  return /^tcp:\/\/(.*;)?\[/.test(endpoint);
}
