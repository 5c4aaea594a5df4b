/**
 * callsign as a library: reach a process by its name, over ZeroMQ.
 *
 * @example A broker and a worker in one program
 * ```ts ignore
 * import { Broker, PlainWorker } from "@callsign/callsign";
 *
 * await using broker = new Broker({ bind: ["tcp://127.0.0.1:*"] });
 * await using worker = new PlainWorker({ name: "web-3", connect: broker.endpoints });
 * await Promise.race([broker.run(), worker.run()]);
 * ```
 *
 * @module
 */

export * from "./broker.ts";
export * from "./worker.ts";
export { LoadError, type LoadFailure, loadLibrary, type LoadOptions } from "./ffi/load.ts";
export type { NativeLibrary } from "./ffi/native.ts";
export { EndpointError } from "./zmq/endpoint.ts";
export type { SendResult } from "./zmq/socket.ts";
export { ZmqError } from "./zmq/errors.ts";
export { IdentityError } from "./protocol/identity.ts";
export { version } from "./version.ts";
