/**
 * callsign as a library: reach a process by its name, over ZeroMQ.
 *
 * @example A worker, which serves what is asked of its name
 * ```ts ignore
 * import { Worker } from "@callsign/callsign";
 *
 * await using worker = new Worker({
 *   name: "web-3",
 *   connect: ["tcp://127.0.0.1:5555"],
 *   handle: (request) => `Hello ${request.from}, you said ${request.text()}`,
 * });
 * await worker.run();
 * ```
 *
 * @example A client, which asks
 * ```ts ignore
 * import { Client } from "@callsign/callsign";
 *
 * await using client = new Client({ connect: ["tcp://127.0.0.1:5555"] });
 * const reply = await client.request("web-3", "Hello", { timeoutMs: 2000 });
 * console.log(reply.status, reply.text());
 * ```
 *
 * @example Their broker, in the same program or in another
 * ```ts ignore
 * import { Broker } from "@callsign/callsign";
 *
 * await using broker = new Broker({ bind: ["tcp://127.0.0.1:5555"] });
 * await broker.run();
 * ```
 *
 * @module
 */

export * from "./broker.ts";
export * from "./client.ts";
export * from "./worker.ts";
export type { Counts, FailedReply, PresenceChange, Receipt, Replies } from "./peer/answers.ts";
export { Reply, type RosterEvent } from "./peer/answers.ts";
export type { MessageBody } from "./peer/body.ts";
export type {
  AskOptions,
  ClientOptions,
  RequestOptions,
  SendOptions,
} from "./peer/client_options.ts";
export { type OnMessage, PeerMessage, PeerRequest } from "./peer/letter.ts";
export { PeerError, type PeerErrorInit } from "./peer/peer_error.ts";
export type { Handler, HandlerResult, WorkerCounts, WorkerReply } from "./peer/service.ts";
export { LoadError, type LoadFailure, loadLibrary, type LoadOptions } from "./ffi/load.ts";
export type { NativeLibrary } from "./ffi/native.ts";
export { EndpointError } from "./zmq/endpoint.ts";
export type { SendResult } from "./zmq/socket.ts";
export { ZmqError } from "./zmq/errors.ts";
export { type ErrorCode, errorCodes } from "./protocol/codes.ts";
export type { Role } from "./protocol/greeting.ts";
export { IdentityError } from "./protocol/identity.ts";
export type { PeerInfo, PresenceReason, RoutingCounts } from "./protocol/roster.ts";
export { version } from "./version.ts";
